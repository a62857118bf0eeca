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
 * read-tree finds untracked files and local changes, but overwrites ignored
 * files without a word.
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

/* As read-tree says it in C, with PATH for the name. */
static const char *const refusals[] = {
	"error: Entry 'PATH' not uptodate. Cannot merge.",
	"error: Entry 'PATH' would be overwritten by merge. Cannot merge.",
	"error: Updating 'PATH' would lose untracked files in it",
	("error: Untracked working tree file 'PATH' would be overwritten by "
	 "merge."),
	"error: Untracked working tree file 'PATH' would be removed by merge.",
};

static char *refused_path(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const char *name = strstr(refusals[i], "PATH");
		size_t head = (size_t)(name - refusals[i]);

		if (strlen(line) > strlen(refusals[i]) - strlen("PATH") &&
		    !strncmp(line, refusals[i], head) &&
		    ends_with(line, name + strlen("PATH")))
			return xmemdupz(line + head, strlen(line) - head -
					strlen(name) + strlen("PATH"));
	}
	return NULL;
}

void parse_obstacles(struct strvec *paths, const char *said)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, said, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		char *path = refused_path(lines.v[i]);

		if (path)
			strvec_push_nodup(paths, path);
	}
	strvec_release(&lines);
}

int refuse_obstacles(const struct strvec *paths, struct error *err)
{
	error_set(err, ERROR_REFUSED, "%zu file%s would be overwritten that "
		  "git does not track, or that changed", paths->nr,
		  paths->nr == 1 ? "" : "s");
	for (size_t i = 0; i < paths->nr && i < 10; i++)
		error_hint(err, "  %s", paths->v[i]);
	if (paths->nr > 10)
		error_hint(err, "  and %zu more", paths->nr - 10);
	return error_hint(err, "move them out of the way and try again");
}

int checkout_obstacles(struct repo *r, const struct checkout_move *m,
		       struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	struct strvec paths = STRVEC_INIT;
	int ret = tree_diff_read(&d, r, move_from(m), m->tree, 0, err);

	if (!ret) {
		find_ignored(&paths, r, &d);
		strvec_sort(&paths, 1);
		if (paths.nr)
			ret = refuse_obstacles(&paths, err);
	}
	strvec_release(&paths);
	tree_diff_release(&d);
	return ret;
}

/* On our index: killed while it refreshes git's it leaves a lock. */
static int prepare_look(struct apply *a, struct proc *p, struct repo *r,
			const char *dir, struct error *err)
{
	if (apply_init(a, r, dir, NULL, err) < 0 ||
	    index_copy(a->real, a->old, err) < 0 ||
	    index_copy(a->old, a->index, err) < 0)
		return -1;
	git_proc(p, &a->with_index, "status", "--porcelain=v1", "-z",
		 "--no-renames", "--untracked-files=no",
		 "--ignore-submodules=dirty", NULL);
	return 0;
}

void checkout_look(struct checkout_look *l, struct repo *r, const char *dir)
{
	struct error ignored = ERROR_INIT;
	struct apply a;

	/* Who asks for the answer is told what was wrong. */
	if (!prepare_look(&a, &l->git, r, dir, &ignored))
		git_begin(&l->git, &ignored);
	apply_release(&a);
	error_release(&ignored);
}

void checkout_look_end(struct checkout_look *l)
{
	if (l->git.is_running)
		proc_finish(&l->git);
	proc_release(&l->git);
}

int checkout_changes(struct checkout_look *l, struct buf *out,
		     struct repo *r, const char *dir, struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct apply a;
	int ret = -1;

	if (l->git.is_running) {
		ret = git_finish(&l->git, out, &ignored);
		error_release(&ignored);
		if (!ret)
			return 0;
		buf_reset(out);
	}
	p.out = out;
	if (!prepare_look(&a, &p, r, dir, err))
		ret = git_check(&p, err);
	apply_release(&a);
	proc_release(&p);
	return ret;
}

int checkout_is_changed(struct repo *r, const char *dir, struct error *err)
{
	struct checkout_look look = CHECKOUT_LOOK_INIT;
	struct buf out = BUF_INIT;
	int ret = checkout_changes(&look, &out, r, dir, err);

	if (!ret)
		ret = out.len > 0;
	buf_release(&out);
	return ret;
}
