#include "git/marker.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES ".gitattributes"
#define ATTRIBUTE "conflict-marker-size"

size_t marker_length(const char *line, size_t len)
{
	size_t n = 0;

	if (!len || !strchr("<|>", *line))
		return 0;
	while (n < len && line[n] == *line)
		n++;
	return n == len || line[n] == ' ' || line[n] == '\r' ? n : 0;
}

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

/* What git would make of that value. */
static size_t parse_size(const char *value)
{
	long size = strtol(value, NULL, 10);

	return size > 0 ? (size_t)size : MARKER_SIZE;
}

/* "PATH\0NAME\0VALUE\0", in the order they were asked for. */
static void take_answers(size_t *sizes, size_t nr, const struct buf *out)
{
	const char *s = out->s, *end = out->s + out->len;

	for (size_t i = 0; i < nr; i++) {
		for (int field = 0; field < 2 && s < end; field++)
			s += strlen(s) + 1;
		sizes[i] = s < end ? parse_size(s) : MARKER_SIZE;
		if (s < end)
			s += strlen(s) + 1;
	}
}

static int ask(size_t *sizes, const struct repo *r, const char *index,
	       const struct strvec *paths, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf in = BUF_INIT, out = BUF_INIT;
	int ret;

	for (size_t i = 0; i < paths->nr; i++)
		buf_add(&in, paths->v[i], strlen(paths->v[i]) + 1);
	git_proc(&p, r, "check-attr", "--cached", "-z", "--stdin", ATTRIBUTE,
		 NULL);
	strvec_pushf(&p.env, "GIT_INDEX_FILE=%s", index);
	p.in = in.s;
	p.in_len = in.len;
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		take_answers(sizes, paths->nr, &out);
	proc_release(&p);
	buf_release(&in);
	buf_release(&out);
	return ret;
}

int marker_sizes(size_t *sizes, const struct repo *r, const char *commit,
		 const struct strvec *paths, struct error *err)
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
		ret = ask(sizes, r, index, paths, err);
	remove_tree(dir, &ignored);
	error_release(&ignored);
	free(index);
	free(dir);
	return ret;
}

/* Of the paths with this size; they are marked as looked at. */
static int find_sized(char **found, const struct repo *r, size_t size,
		      size_t *sizes, const struct strvec *paths,
		      struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	git_proc(&p, r, "grep", "--cached", "--no-color", "-I", "-l", "-z",
		 "-E", NULL);
	strvec_pushf(&p.argv, "^(<{%zu}|>{%zu}|[|]{%zu}) ", size, size, size);
	strvec_push(&p.argv, "--");
	for (size_t i = 0; i < paths->nr; i++) {
		if (sizes[i] != size)
			continue;
		sizes[i] = 0;
		strvec_pushf(&p.argv, ":(top,literal)%s", paths->v[i]);
	}
	p.out = &out;
	p.quiet_err = 1;
	ret = proc_run(&p, err);
	if (!ret && !p.status && out.len) {
		*found = xstrdup(out.s);
		ret = 1;
	}
	proc_release(&p);
	buf_release(&out);
	return ret;
}

int marker_find(char **found, const struct repo *r, const char *commit,
		const struct strvec *paths, struct error *err)
{
	size_t *sizes = xcalloc(paths->nr + 1, sizeof(*sizes));
	int ret = marker_sizes(sizes, r, commit, paths, err);

	for (size_t i = 0; !ret && i < paths->nr; i++)
		if (sizes[i])
			ret = find_sized(found, r, sizes[i], sizes, paths,
					 err);
	free(sizes);
	return ret;
}
