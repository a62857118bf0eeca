#include "git/attribute.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES ".gitattributes"

/* Of each folder that one of the paths is in. */
static void list_attributes(struct strvec *files, const struct strvec *paths)
{
	strvec_push(files, ATTRIBUTES);
	for (size_t i = 0; i < paths->nr; i++) {
		const char *path = paths->v[i];

		for (const char *s = path; (s = strchr(s, '/')); s++)
			strvec_pushf(files, "%.*s/" ATTRIBUTES,
				     (int)(s - path), path);
	}
	strvec_sort(files, 1);
}

/* Lines of `git ls-tree -z`, of which git reads files only, no links. */
static void keep_files(struct buf *out, const struct buf *listed)
{
	const char *end = listed->s + listed->len;

	for (const char *s = listed->s; s < end; s += strlen(s) + 1)
		if (starts_with(s, "100"))
			buf_add(out, s, strlen(s) + 1);
}

/* An index that holds the attributes of the commit, and nothing else. */
static int make_index(const char *index, const struct repo *r,
		      const char *commit, const struct strvec *paths,
		      struct error *err)
{
	struct strvec files = STRVEC_INIT;
	struct buf listed = BUF_INIT, kept = BUF_INIT;
	struct proc list = PROC_INIT, update = PROC_INIT;
	int ret;

	list_attributes(&files, paths);
	git_proc(&list, r, "--literal-pathspecs", "ls-tree", "-z",
		 "--full-tree", commit, "--", NULL);
	strvec_pushv(&list.argv, files.v);
	list.out = &listed;
	ret = git_check(&list, err);
	if (!ret)
		keep_files(&kept, &listed);
	if (!ret && kept.len) {
		git_proc(&update, r, "update-index", "-z", "--index-info",
			 NULL);
		strvec_pushf(&update.env, "GIT_INDEX_FILE=%s", index);
		update.in = kept.s;
		update.in_len = kept.len;
		ret = git_check(&update, err);
	}
	proc_release(&list);
	proc_release(&update);
	strvec_release(&files);
	buf_release(&listed);
	buf_release(&kept);
	return ret;
}

/* "PATH\0NAME\0VALUE\0", in the order they were asked for. */
static int take_answers(struct strvec *values, size_t nr,
			const struct buf *out, struct error *err)
{
	const char *s = out->s, *end = out->s + out->len;

	for (size_t i = 0; i < nr; i++) {
		for (int field = 0; field < 2 && s < end; field++)
			s += strlen(s) + 1;
		if (s >= end)
			return error_set(err, ERROR_FATAL, "git check-attr "
					 "said something unexpected");
		strvec_push(values, s);
		s += strlen(s) + 1;
	}
	return 0;
}

static int ask(struct strvec *values, const struct repo *r,
	       const char *index, const struct strvec *paths,
	       const char *const *names, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf in = BUF_INIT, out = BUF_INIT;
	size_t nr = 0;
	int ret;

	for (size_t i = 0; i < paths->nr; i++)
		buf_add(&in, paths->v[i], strlen(paths->v[i]) + 1);
	git_proc(&p, r, "check-attr", "--cached", "-z", "--stdin", NULL);
	for (; names[nr]; nr++)
		strvec_push(&p.argv, names[nr]);
	strvec_pushf(&p.env, "GIT_INDEX_FILE=%s", index);
	p.in = in.s;
	p.in_len = in.len;
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		ret = take_answers(values, paths->nr * nr, &out, err);
	proc_release(&p);
	buf_release(&in);
	buf_release(&out);
	return ret;
}

int attributes_read(struct strvec *values, const struct repo *r,
		    const char *commit, const struct strvec *paths,
		    const char *const *names, struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *dir = NULL, *index = NULL;
	int ret = -1;

	if (!paths->nr)
		return 0;
	dir = repo_temp_dir(r, err);
	if (!dir)
		return -1;
	index = path_join(dir, "index");
	if (!make_index(index, r, commit, paths, err))
		ret = ask(values, r, index, paths, names, err);
	remove_tree(dir, &ignored);
	error_release(&ignored);
	free(index);
	free(dir);
	return ret;
}
