#include "flow/hooks.h"

#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"
#include "flow/hook_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION_LINE "# git-upgrade shim "

static const struct {
	const char *name;
	const char *shim;
	unsigned flag;			/* 0: wanted without being asked for */
} kinds[] = {
	{ "pre-push", "hooks/client-pre-push", 0 },
	{ "post-merge", "hooks/client-post-merge", HOOKS_DEPLOY },
};

static const struct embedded *shim_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return embedded_find(kinds[i].shim);
	return NULL;
}

static char *kept_path(const struct client_hook *h)
{
	return xstrfmt("%s.before-upgrade", h->shim);
}

static int there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static int is_same_file(const char *a, const char *b)
{
	struct stat one, two;

	return !lstat(a, &one) && !lstat(b, &two) &&
	       one.st_ino == two.st_ino && one.st_dev == two.st_dev;
}

/* The version in the second line of any of our files; 0: not ours. */
static long shim_version(const char *text)
{
	const char *second = strchr(text, '\n');
	const char *version = second ?
		skip_prefix(second + 1, VERSION_LINE) : NULL;

	return version ? strtol(version, NULL, 10) + 1 : 0;
}

static long file_version(const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	long version = 0;

	if (!file_read(path, &text, &ignored))
		version = shim_version(text.s);
	error_release(&ignored);
	buf_release(&text);
	return version;
}

static int file_says(const char *path, const char *word)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	int says = !file_read(path, &text, &ignored) && strstr(text.s, word);

	error_release(&ignored);
	buf_release(&text);
	return says;
}

/* pre-commit runs what it found in its place by that name. */
static int runs_legacy(const char *path)
{
	char *legacy = xstrfmt("%s.legacy", path);
	int runs = file_version(legacy) && file_says(path, "pre-commit");

	free(legacy);
	return runs;
}

static int calls_us(const char *path, const char *name)
{
	char *call = xstrfmt("git upgrade hook %s", name);
	int calls = file_says(path, call);

	free(call);
	return calls;
}

static enum hook_state judge_shim(const struct client_hook *h)
{
	const struct embedded *shim = shim_of(h->name);
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	enum hook_state state = HOOK_FOREIGN;
	long version = 0;

	if (!there(h->shim))
		state = HOOK_ABSENT;
	else if (!file_read(h->shim, &text, &ignored))
		version = shim_version(text.s);
	if (version && shim)
		state = !strcmp(text.s, shim->data) ? HOOK_INSTALLED :
			version > shim_version(shim->data) ? HOOK_NEWER :
			HOOK_OUTDATED;
	else if (state == HOOK_FOREIGN &&
		 (calls_us(h->shim, h->name) || runs_legacy(h->shim)))
		state = HOOK_REGISTERED;
	error_release(&ignored);
	buf_release(&text);
	return state;
}

static int top_has(const struct repo *r, const char *const *files,
		   size_t nr)
{
	int found = 0;

	for (size_t i = 0; r->work_tree && i < nr && !found; i++) {
		char *path = path_join(r->work_tree, files[i]);

		found = file_exists(path);
		free(path);
	}
	return found;
}

static const char *const lefthook_files[] = {
	"lefthook.yml", ".lefthook.yml", "lefthook.yaml", ".lefthook.yaml",
	"lefthook.json", "lefthook.toml", ".lefthook.toml", ".lefthook.json",
};

/* Its configuration alone is no sign that it is in use here. */
static int is_lefthook(const struct repo *r, const struct client_hooks *hooks)
{
	static const char *const hooks_of_it[] = { "pre-push", "pre-commit",
						   "post-merge",
						   "commit-msg" };
	int yes = 0;

	if (!top_has(r, lefthook_files, ARRAY_SIZE(lefthook_files)))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(hooks_of_it) && !yes; i++) {
		char *path = path_join(hooks->dir, hooks_of_it[i]);

		yes = file_says(path, "lefthook");
		free(path);
	}
	return yes;
}

static int folder_has(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	int has = file_exists(path);

	free(path);
	return has;
}

/* Its folder is mostly .husky, but may have any name. */
static int is_husky(const char *dir)
{
	return strstr(dir, "/.husky") || folder_has(dir, "_/husky.sh") ||
	       (ends_with(dir, "/_") &&
		(folder_has(dir, "h") || folder_has(dir, "husky.sh")));
}

/* core.hooksPath of a file beyond this repository's own. */
static int is_shared(const struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	int code = git_try(r, &out, &ignored, "config", "--show-scope",
			   "--get", "core.hooksPath", NULL);
	int shared = !code && (starts_with(out.s, "global") ||
			       starts_with(out.s, "system"));

	error_release(&ignored);
	buf_release(&out);
	return shared;
}

static int is_tracked(const struct repo *r, const char *dir)
{
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	int tracked;

	if (!r->work_tree || !starts_with(dir, r->work_tree) ||
	    dir[strlen(r->work_tree)] != '/')
		return 0;
	tracked = !git_try(r, &out, &ignored, "ls-files", "-z", "--", dir,
			   NULL) && out.len;
	error_release(&ignored);
	buf_release(&out);
	return tracked;
}

static enum hook_folder judge_folder(const struct repo *r,
				     const struct client_hooks *hooks)
{
	if (is_husky(hooks->dir))
		return FOLDER_HUSKY;
	if (is_shared(r))
		return FOLDER_SHARED;
	if (is_tracked(r, hooks->dir))
		return FOLDER_TRACKED;
	return is_lefthook(r, hooks) ? FOLDER_LEFTHOOK : FOLDER_OWN;
}

static int is_managed(const struct client_hooks *hooks)
{
	return hooks->folder == FOLDER_HUSKY ||
	       hooks->folder == FOLDER_LEFTHOOK;
}

static enum job_format job_format(const struct client_hooks *hooks)
{
	return hooks->folder == FOLDER_HUSKY ? JOB_SCRIPT : JOB_LEFTHOOK;
}

/* husky's own files are in `_`; what people write is one folder up. */
static char *job_path(const struct client_hooks *hooks, const struct repo *r,
		      const char *name)
{
	char *up, *path;

	if (hooks->folder == FOLDER_LEFTHOOK)
		return path_join(repo_top(r), "lefthook-local.yml");
	if (!ends_with(hooks->dir, "/_"))
		return path_join(hooks->dir, name);
	up = path_dir(hooks->dir);
	path = path_join(up, name);
	free(up);
	return path;
}

static int lefthook_calls_us(const struct repo *r, const char *name)
{
	int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lefthook_files) && !found; i++) {
		char *path = path_join(repo_top(r), lefthook_files[i]);

		found = calls_us(path, name);
		free(path);
	}
	return found;
}

/* A job and the shim it calls are one thing to users. */
static enum hook_state judge_managed(const struct client_hooks *hooks,
				     const struct repo *r,
				     const struct client_hook *h)
{
	enum job_state job = job_judge(h->path, job_format(hooks), h->name);
	enum hook_state shim = judge_shim(h);

	if (job == JOB_BY_HAND ||
	    (job == JOB_ABSENT && hooks->folder == FOLDER_LEFTHOOK &&
	     lefthook_calls_us(r, h->name)))
		return HOOK_REGISTERED;
	if (job == JOB_ABSENT)
		return hooks->folder == FOLDER_HUSKY && there(h->path) ?
		       HOOK_FOREIGN : HOOK_ABSENT;
	return job == JOB_OURS && (shim == HOOK_INSTALLED ||
				   shim == HOOK_NEWER) ?
	       HOOK_REGISTERED : HOOK_OUTDATED;
}

/* Ours, where it was before somebody moved it or git looked elsewhere. */
static char *find_stray(const struct client_hooks *hooks,
			const struct repo *r, const char *name)
{
	char *old = xstrfmt("%s/%s.old", hooks->dir, name);
	char *usual = xstrfmt("%s/hooks/%s", r->common_dir, name);
	char *dir = path_dir(usual), *found = NULL;

	if (file_version(old))
		found = xstrdup(old);
	else if (strcmp(dir, hooks->dir) && file_version(usual))
		found = xstrdup(usual);
	free(old);
	free(usual);
	free(dir);
	return found;
}

static void read_one(struct client_hook *h, const struct client_hooks *hooks,
		     const struct repo *r)
{
	char *kept;

	if (is_managed(hooks)) {
		h->path = job_path(hooks, r, h->name);
		h->shim = xstrfmt("%s/upgrade/hooks/%s", r->common_dir,
				  h->name);
		h->state = judge_managed(hooks, r, h);
	} else {
		h->path = path_join(hooks->dir, h->name);
		h->shim = xstrdup(h->path);
		h->state = judge_shim(h);
	}
	h->stray = find_stray(hooks, r, h->name);
	if (h->stray && (h->state == HOOK_ABSENT || h->state == HOOK_FOREIGN))
		h->state = HOOK_DISPLACED;
	kept = kept_path(h);
	h->kept = there(kept);
	free(kept);
}

int hooks_read(struct client_hooks *hooks, struct repo *r, unsigned flags,
	       struct error *err)
{
	hooks->dir = repo_git_path(r, "hooks", err);
	if (!hooks->dir)
		return -1;
	hooks->folder = judge_folder(r, hooks);
	hooks->nr = ARRAY_SIZE(kinds);
	hooks->v = xcalloc(hooks->nr, sizeof(*hooks->v));
	for (size_t i = 0; i < hooks->nr; i++) {
		struct client_hook *h = &hooks->v[i];

		h->name = kinds[i].name;
		read_one(h, hooks, r);
		h->wanted = !kinds[i].flag || (kinds[i].flag & flags) ||
			    (h->state != HOOK_ABSENT &&
			     h->state != HOOK_FOREIGN);
	}
	return 0;
}

static int is_in_place(const struct client_hook *h)
{
	return h->state == HOOK_REGISTERED || h->state == HOOK_INSTALLED ||
	       h->state == HOOK_NEWER;
}

static int refuse_shared(const struct client_hooks *hooks,
			 const struct client_hook *h, struct error *err)
{
	error_set(err, ERROR_REFUSED, "core.hooksPath makes all repositories "
		  "share the hooks in %s", hooks->dir);
	error_hint(err, "put it there, for all of them: git upgrade hooks "
		   "install --shared");
	error_hint(err, "(it lets pass what goes to no environment), or give "
		   "this repository its own");
	error_hint(err, "hooks with \"git config core.hooksPath .git/hooks\", "
		   "or add this line to %s:", h->path);
	return error_hint(err, "  git upgrade hook %s \"$@\"", h->name);
}

/* There every clone of the user's would become a host. */
static int refuse_shared_deploy(const struct client_hooks *hooks,
				struct error *err)
{
	error_set(err, ERROR_REFUSED, "core.hooksPath makes all repositories "
		  "share the hooks in %s, and each of them would deploy what "
		  "it pulls", hooks->dir);
	return error_hint(err, "give this repository its own hooks with \"git "
			  "config core.hooksPath .git/hooks\"");
}

static int refuse_tracked(const struct client_hooks *hooks,
			  const struct client_hook *h, struct error *err)
{
	error_set(err, ERROR_REFUSED, "the hooks in %s are under version "
		  "control", hooks->dir);
	error_hint(err, "add this line to %s, and commit it:", h->path);
	return error_hint(err, "  git upgrade hook %s \"$@\"", h->name);
}

/* What would be in the way, before anything is touched. */
static int check_one(const struct client_hooks *hooks,
		     const struct client_hook *h, unsigned flags,
		     struct error *err)
{
	char *kept;
	int ret = 0;

	if (is_managed(hooks))
		return job_check(h->path, job_format(hooks), h->name, err);
	if (hooks->folder == FOLDER_TRACKED)
		return refuse_tracked(hooks, h, err);
	if (hooks->folder == FOLDER_SHARED && strcmp(h->name, "pre-push"))
		return refuse_shared_deploy(hooks, err);
	if (hooks->folder == FOLDER_SHARED && !(flags & HOOKS_SHARED))
		return refuse_shared(hooks, h, err);
	if (h->state == HOOK_OUTDATED || !there(h->path))
		return 0;
	kept = kept_path(h);
	/* Of one that was killed it has both names already. */
	if (there(kept) && !is_same_file(kept, h->path)) {
		ret = error_set(err, ERROR_REFUSED,
				"'%s' and '%s' are both there", h->path,
				kept);
		error_hint(err, "one of them is in the way: remove it, or make "
			   "one of both");
	}
	free(kept);
	return ret;
}

/* The hook that stands there gets a second name before it loses its own. */
static int keep_aside(struct client_hook *h, struct error *err)
{
	char *kept = kept_path(h);
	int ret = 0;

	if (!is_same_file(kept, h->path) && link(h->path, kept) < 0 &&
	    rename(h->path, kept) < 0)
		ret = error_errno(err, "cannot keep '%s'", h->path);
	else
		h->kept = 1;
	free(kept);
	return ret;
}

/* It has its own name alone again, as far as the disk lets us. */
static void give_back(struct client_hook *h)
{
	char *kept = kept_path(h);

	if (is_same_file(kept, h->path))
		unlink(kept);
	else if (!there(h->path))
		(void)!rename(kept, h->path);
	h->kept = 0;
	free(kept);
}

static int write_shim(const struct client_hook *h, struct error *err)
{
	const struct embedded *shim = shim_of(h->name);

	if (!shim)
		return error_set(err, ERROR_FATAL, "the shim is not built in");
	if (make_parent_dirs(h->shim, err) < 0)
		return -1;
	return file_replace(h->shim, shim->data, shim->len, 0777, err);
}

/* The shim first: a job that calls nothing would let all pass. */
static int install_one(const struct client_hooks *hooks,
		       struct client_hook *h, struct error *err)
{
	int aside = 0;

	if (is_managed(hooks)) {
		if (judge_shim(h) != HOOK_NEWER && write_shim(h, err) < 0)
			return -1;
		h->state = HOOK_REGISTERED;
		return job_add(h->path, job_format(hooks), h->name, err);
	}
	if (h->state != HOOK_OUTDATED && there(h->path)) {
		if (keep_aside(h, err) < 0)
			return -1;
		aside = 1;
	}
	if (write_shim(h, err) < 0) {
		if (aside)
			give_back(h);
		return -1;
	}
	h->state = HOOK_INSTALLED;
	return 0;
}

int hooks_install(struct client_hooks *hooks, unsigned flags,
		  struct error *err)
{
	for (size_t i = 0; i < hooks->nr; i++) {
		const struct client_hook *h = &hooks->v[i];

		if (h->wanted && !is_in_place(h) &&
		    check_one(hooks, h, flags, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < hooks->nr; i++) {
		struct client_hook *h = &hooks->v[i];

		if (!h->wanted || is_in_place(h))
			continue;
		if (install_one(hooks, h, err) < 0)
			return -1;
		err->changed = 1;
	}
	return 0;
}

/* A file of ours goes; the one it displaced comes back. */
static int remove_shim(const char *path, int *removed, struct error *err)
{
	char *kept = xstrfmt("%s.before-upgrade", path);
	int ret = 0;

	if (file_version(path)) {
		ret = there(kept) ? rename(kept, path) : unlink(path);
		if (ret)
			ret = error_errno(err, "cannot remove '%s'", path);
		*removed = !ret;
	}
	free(kept);
	return ret;
}

static int remove_one(const struct client_hooks *hooks, struct client_hook *h,
		      int *removed, struct error *err)
{
	int was_kept = h->kept;

	*removed = 0;
	if (is_managed(hooks)) {
		enum job_state job = job_judge(h->path, job_format(hooks),
					       h->name);

		if ((job == JOB_OURS || job == JOB_OUTDATED) &&
		    job_remove(h->path, h->name, err) < 0)
			return -1;
	}
	if (h->stray && remove_shim(h->stray, removed, err) < 0)
		return -1;
	if (remove_shim(h->shim, removed, err) < 0)
		return -1;
	if (*removed) {
		h->kept = 0;
		h->state = was_kept ? HOOK_FOREIGN : HOOK_ABSENT;
	}
	return 0;
}

int hooks_remove(struct client_hooks *hooks, unsigned flags, size_t *removed,
		 struct error *err)
{
	*removed = 0;
	if (hooks->folder == FOLDER_SHARED && !(flags & HOOKS_SHARED) &&
	    file_version(hooks->v[0].shim)) {
		error_set(err, ERROR_REFUSED, "the hooks in %s are those of "
			  "all repositories", hooks->dir);
		return error_hint(err, "remove them for all with \"git "
				  "upgrade hooks remove --shared\"");
	}
	for (size_t i = 0; i < hooks->nr; i++) {
		struct client_hook *h = &hooks->v[i];
		int gone = 0;

		if (remove_one(hooks, h, &gone, err) < 0)
			return -1;
		h->wanted = gone;
		*removed += (size_t)gone;
		err->changed |= gone;
	}
	return 0;
}

const char *hooks_manager(const struct client_hooks *hooks)
{
	return hooks->folder == FOLDER_HUSKY ? "husky" :
	       hooks->folder == FOLDER_LEFTHOOK ? "lefthook" : NULL;
}

void hooks_release(struct client_hooks *hooks)
{
	for (size_t i = 0; i < hooks->nr; i++) {
		free(hooks->v[i].path);
		free(hooks->v[i].shim);
		free(hooks->v[i].stray);
	}
	free(hooks->v);
	free(hooks->dir);
	*hooks = (struct client_hooks)CLIENT_HOOKS_INIT;
}

const char *hook_state_name(enum hook_state state)
{
	static const char *const state_names[] = {
		[HOOK_ABSENT] = "absent",
		[HOOK_INSTALLED] = "installed",
		[HOOK_OUTDATED] = "outdated",
		[HOOK_NEWER] = "newer",
		[HOOK_FOREIGN] = "foreign",
		[HOOK_REGISTERED] = "registered",
		[HOOK_DISPLACED] = "displaced",
	};

	return state_names[state];
}
