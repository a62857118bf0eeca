#include "flow/merge_commit.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/ref.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * `git commit` runs pre-commit and post-commit; after a clean merge `git
 * merge` runs pre-merge-commit and post-merge instead.  So for a clean one
 * git gets a hooks folder of ours, where each hook is one line that runs the
 * real one, and `pre-commit` runs the real pre-merge-commit.  The shims
 * restore the configuration git was given, so that what a hook starts sees
 * the real folder again.
 */
static int write_shim(const char *dir, const char *name, const char *real,
		      struct error *err)
{
	const char *config = getenv("GIT_CONFIG_PARAMETERS");
	char *path = path_join(dir, name);
	struct buf b = BUF_INIT;
	int ret;

	buf_adds(&b, "#!/bin/sh\n");
	if (config) {
		buf_adds(&b, "GIT_CONFIG_PARAMETERS=");
		buf_add_shell(&b, config);
		buf_adds(&b, "\nexport GIT_CONFIG_PARAMETERS\n");
	} else {
		buf_adds(&b, "unset GIT_CONFIG_PARAMETERS\n");
	}
	buf_adds(&b, "exec ");
	buf_add_shell(&b, real);
	buf_adds(&b, " \"$@\"\n");
	ret = file_create(path, b.s, b.len, 0777, err);
	free(path);
	buf_release(&b);
	return ret;
}

static int write_shims(const char *dir, const char *hooks, struct error *err)
{
	struct dirent *entry;
	DIR *d = opendir(hooks);
	int ret = 0;

	while (d && !ret && (entry = readdir(d))) {
		const char *name = entry->d_name;
		char *real = path_join(hooks, name);

		if (!strcmp(name, "pre-merge-commit"))
			name = "pre-commit";
		else if (!strcmp(name, "pre-commit") ||
			 !strcmp(name, "post-commit"))
			name = NULL;
		if (name && !strchr(name, '.') && !dir_exists(real) &&
		    !access(real, X_OK))
			ret = write_shim(dir, name, real, err);
		free(real);
	}
	if (d)
		closedir(d);
	return ret;
}

static char *make_shims(const struct repo *r, struct error *err)
{
	char *hooks = repo_git_path(r, "hooks", err);
	char *dir = hooks ? repo_temp_dir(r, err) : NULL;

	if (dir && write_shims(dir, hooks, err) < 0) {
		struct error ignored = ERROR_INIT;

		remove_tree(dir, &ignored);
		error_release(&ignored);
		FREE_AND_NULL(dir);
	}
	free(hooks);
	return dir;
}

static int run_commit(struct repo *r, const char *shims, int edit,
		      struct error *err)
{
	struct proc p = PROC_INIT;
	char *config = NULL;
	int ret = -1;

	git_proc(&p, r, NULL);
	if (shims) {
		config = xstrfmt("core.hooksPath=%s", shims);
		strvec_pushl(&p.argv, "-c", config, NULL);
	}
	strvec_pushl(&p.argv, "commit", "--quiet", "--cleanup=strip",
		     edit ? "--edit" : "--no-edit", NULL);
	p.inherit_in = edit;
	/* Hooks may talk; only our own results go to standard output. */
	p.out_to_err = !edit;
	if (proc_run(&p, err) < 0)
		goto out;
	if (p.status) {
		error_set(err, ERROR_CONFLICT, "git did not make the commit "
			  "(its reason stands above); the merge stays in "
			  "progress");
		error_hint(err, "mend the cause, then \"git upgrade merge "
			   "--continue\"");
		error_hint(err, "or go back with \"git upgrade merge "
			   "--abort\"");
		err->changed = 1;
	} else {
		ret = 0;
	}
out:
	free(config);
	proc_release(&p);
	return ret;
}

/* Where there is a shim of it there is the hook. */
static void run_post_merge(struct repo *r, const char *shims)
{
	struct error ignored = ERROR_INIT;
	char *shim = path_join(shims, "post-merge");

	if (file_exists(shim))
		git_try(r, NULL, &ignored, "hook", "run", "--ignore-missing",
			"post-merge", "--", "0", NULL);
	error_release(&ignored);
	free(shim);
}

char *merge_commit(struct repo *r, int clean, int edit, struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *shims = NULL, *commit = NULL;

	if (clean) {
		shims = make_shims(r, err);
		if (!shims)
			goto out;
	}
	if (run_commit(r, shims, edit, err) < 0)
		goto out;
	commit = head_commit(r);
	if (!commit)
		error_set(err, ERROR_FATAL, "HEAD is gone after the commit");
	else if (shims)
		run_post_merge(r, shims);
out:
	if (shims)
		remove_tree(shims, &ignored);
	error_release(&ignored);
	free(shims);
	return commit;
}
