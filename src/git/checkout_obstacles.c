#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout_internal.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * A folder that holds nothing but tracked files is no loss where a file or
 * a link replaces it: git takes those away itself.
 */
static int holds_untracked(const struct repo *r, const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	char *spec = xstrfmt(":(top,literal)%s/", path);
	int code = git_try(r, &out, &ignored, "ls-files", "--others", "-z",
			   "--", spec, NULL);
	int yes = code || out.len;

	error_release(&ignored);
	buf_release(&out);
	free(spec);
	return yes;
}

/* Something is there that a new entry would replace. */
static int is_in_the_way(const struct repo *r, const char *path,
			 unsigned mode)
{
	char *full = path_join(r->work_tree, path);
	struct stat st;
	int yes = !lstat(full, &st);

	/* A folder serves a submodule. */
	if (yes && S_ISDIR(st.st_mode))
		yes = mode != 0160000 && !dir_is_empty(full) &&
		      holds_untracked(r, path);
	free(full);
	return yes;
}

static int is_no_folder(const struct repo *r, const char *path)
{
	char *full = path_join(r->work_tree, path);
	struct stat st;
	int yes = !lstat(full, &st) && !S_ISDIR(st.st_mode);

	free(full);
	return yes;
}

/*
 * read-tree -n finds untracked files and local changes, but passes ignored
 * files, which the real move would overwrite without a word.
 */
static void find_ignored(struct strvec *paths, const struct repo *r,
			 const struct tree_diff *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		const char *path = d->v[i].path;
		char *parent;

		if (d->v[i].old_mode)
			continue;
		if (is_in_the_way(r, path, d->v[i].new_mode)) {
			strvec_push(paths, path);
			continue;
		}
		/* A file where a folder is to be, unless it is going too. */
		for (const char *p = strchr(path, '/'); p;
		     p = strchr(p + 1, '/')) {
			const struct tree_change *c;

			parent = xmemdupz(path, (size_t)(p - path));
			c = tree_diff_find(d, parent);
			if (!(c && c->old_mode) && is_no_folder(r, parent))
				strvec_push(paths, parent);
			free(parent);
		}
	}
}

/* "error: Entry 'PATH' not uptodate. Cannot merge." and the like. */
static void parse_obstacles(struct strvec *paths, const char *said)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		const char *rest = skip_prefix(lines.v[i], "error: ");
		const char *name = rest ? strchr(rest, '\'') : NULL;
		const char *end = NULL;

		/* The name may hold quotes: the last one ends it. */
		for (const char *p = name ? name + 1 : NULL;
		     p && (p = strstr(p, "' ")); p++)
			end = p;
		if (end)
			strvec_push_nodup(paths,
					  xmemdupz(name + 1,
						   (size_t)(end - name - 1)));
	}
	strvec_release(&lines);
}

/* On a copy of the index, so that git's own need not be locked yet. */
static int try_move(struct strvec *paths, struct repo *r, const char *dir,
		    const struct checkout_move *m, struct error *err)
{
	char *real = repo_git_path(r, "index", err);
	char *index = path_join(dir, "index");
	struct repo own = repo_on_index(r, index);
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret = -1;

	git_proc(&p, &own, "read-tree", "-m", "-u", "-n",
		 "--no-recurse-submodules", m->head, m->tree, NULL);
	/* Its words are read. */
	strvec_pushl(&p.env, "LC_ALL=C", "LANGUAGE", NULL);
	p.err = &said;
	p.quiet_out = 1;
	if (!real || index_copy(real, index, err) < 0)
		goto out;
	index_refresh(&own, err);
	if (proc_run(&p, err) < 0)
		goto out;
	ret = 0;
	if (p.status) {
		size_t before = paths->nr;

		parse_obstacles(paths, said.s);
		buf_rtrim(&said);
		if (paths->nr == before)
			ret = error_set(err, ERROR_FATAL, "%s", said.s);
	}
out:
	repo_derived_release(&own);
	proc_release(&p);
	buf_release(&said);
	free(real);
	free(index);
	return ret;
}

int checkout_obstacles(struct strvec *paths, struct repo *r,
		       const struct checkout_move *m, struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	struct error ignored = ERROR_INIT;
	char *dir = NULL;
	int ret = -1;

	if (tree_diff_read(&d, r, m->head, m->tree, 0, err) < 0)
		goto out;
	find_ignored(paths, r, &d);
	dir = repo_temp_dir(r, err);
	if (!dir || try_move(paths, r, dir, m, err) < 0)
		goto out;
	strvec_sort(paths, 1);
	ret = 0;
out:
	if (dir)
		remove_tree(dir, &ignored);
	error_release(&ignored);
	tree_diff_release(&d);
	free(dir);
	return ret;
}
