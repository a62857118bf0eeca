#include "git/checkout_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/*
 * The swift way from a commit to another tree.
 *
 * read-tree forgets what an index knows of its trees (its cache tree), so it
 * goes through all of both and computes every tree anew: of 100,000 files
 * that is more than half of its time.  `reset --merge` keeps it, and looks at
 * what differs.  It moves HEAD, though: so it runs in a folder that stands in
 * for ours, as that of a linked work tree does (gitrepository-layout(5)),
 * whose HEAD is a commit of that tree already.
 *
 * What is staged it would drop.  So it is for an index that was found to hold
 * just what HEAD does, and is not for repositories where something looks into
 * the git folder itself.
 */

/* Settings with which it is more than files that git looks into there. */
static int has_plain_settings(const struct repo *r)
{
	static const char *const odd[] = {
		"core.bare", "core.fsmonitor", "core.sparseCheckout",
		"core.splitIndex", "extensions.worktreeConfig",
	};
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	struct error ignored = ERROR_INIT;
	char *refs = repo_config(r, "extensions.refStorage");
	int plain = r->work_tree && !refs;

	for (size_t i = 0; plain && i < ARRAY_SIZE(odd); i++)
		plain = !repo_config_bool(r, odd[i], 0);
	/* Filters may have keys or a cache there. */
	plain = plain && !repo_config_list(r, "filter.", &keys, &values,
					   &ignored) && !keys.nr;
	strvec_release(&keys);
	strvec_release(&values);
	error_release(&ignored);
	free(refs);
	return plain;
}

/* What git would run, and show it the other folder. */
static int has_index_hook(const struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *hooks = repo_git_path(r, "hooks", &ignored);
	char *hook = hooks ? path_join(hooks, "post-index-change") : NULL;
	int has = !hook || file_exists(hook);

	error_release(&ignored);
	free(hooks);
	free(hook);
	return has;
}

/* The larger part of a split index is a file in the git folder. */
static int has_shared_index(const struct repo *r)
{
	DIR *dir = opendir(r->git_dir);
	struct dirent *entry;
	int has = !dir;

	while (!has && (entry = readdir(dir)))
		has = starts_with(entry->d_name, "sharedindex.");
	if (dir)
		closedir(dir);
	return has;
}

static int write_line(const char *dir, const char *name, const char *text)
{
	struct error ignored = ERROR_INIT;
	char *path = path_join(dir, name), *line = xstrfmt("%s\n", text);
	int ret = file_create(path, line, strlen(line), 0666, &ignored);

	error_release(&ignored);
	free(path);
	free(line);
	return ret;
}

static char *make_stand_in(const struct apply *a)
{
	static const char *const none[] = { NULL };
	struct error ignored = ERROR_INIT;
	/* Where there is no commit, any of that tree will do. */
	char *commit = a->m->commit ? xstrdup(a->m->commit) :
		       object_write_commit(a->r, a->m->tree, none,
					   "@0 +0000", &ignored);
	char *dir = commit ? repo_temp_dir(a->r, &ignored) : NULL;

	if (dir && (write_line(dir, "commondir", a->r->common_dir) < 0 ||
		    write_line(dir, "HEAD", commit) < 0)) {
		remove_tree(dir, &ignored);
		FREE_AND_NULL(dir);
	}
	error_release(&ignored);
	free(commit);
	return dir;
}

char *apply_swiftly(const struct apply *a, struct proc *p)
{
	const struct checkout_move *m = a->m;
	char *dir;

	if (!m->is_clean || a->is_retaken || m->from || m->index ||
	    !has_plain_settings(a->r) || has_index_hook(a->r) ||
	    has_shared_index(a->r))
		return NULL;
	dir = make_stand_in(a);
	if (!dir)
		return NULL;
	git_proc(p, &a->with_index, "reset", "--merge", "--quiet",
		 "--no-recurse-submodules", NULL);
	strvec_pushf(&p->env, "GIT_DIR=%s", dir);
	strvec_pushf(&p->env, "GIT_WORK_TREE=%s", a->r->work_tree);
	return dir;
}
