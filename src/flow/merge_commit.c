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

static int has_hook(const char *hooks, const char *name)
{
	char *path = path_join(hooks, name);
	int yes = !access(path, X_OK) && !dir_exists(path);

	free(path);
	return yes;
}

void merge_commit_followed(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *hooks = repo_git_path(r, "hooks", &ignored);

	if (hooks && has_hook(hooks, "post-merge"))
		git_try(r, NULL, &ignored, "hook", "run", "--ignore-missing",
			"post-merge", "--", "0", NULL);
	error_release(&ignored);
	free(hooks);
}

/* Must the merge be in progress when it is committed? */
static int wants_merge(struct repo *r, struct error *err)
{
	static const char *const names[] = {
		"pre-merge-commit", "prepare-commit-msg", "commit-msg",
	};
	char *hooks = repo_git_path(r, "hooks", err);
	char *template = repo_config(r, "commit.template");
	int yes = hooks ? template != NULL : -1;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !yes; i++)
		yes = has_hook(hooks, names[i]);
	free(hooks);
	free(template);
	return yes;
}

int merge_commit_ahead(char **commit, struct repo *r,
		       const struct checkout_move *m, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret = wants_merge(r, err);

	if (ret)
		return ret < 0 ? -1 : 0;
	git_proc(&p, r, "commit-tree", NULL);
	if (repo_config_bool(r, "commit.gpgSign", 0))
		strvec_push(&p.argv, "-S");
	strvec_pushl(&p.argv, "-p", m->head, "-p", m->merge_head, m->tree,
		     NULL);
	p.in = m->message;
	p.in_len = strlen(m->message);
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret) {
		buf_rtrim(&out);
		*commit = buf_detach(&out);
	}
	proc_release(&p);
	buf_release(&out);
	return ret;
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
		merge_commit_followed(r);
out:
	if (shims)
		remove_tree(shims, &ignored);
	error_release(&ignored);
	free(shims);
	return commit;
}
