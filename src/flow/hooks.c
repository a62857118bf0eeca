#include "flow/hooks.h"

#include "base/embedded.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/ref.h"
#include "model/product.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIM "hooks/client-hook"
#define VERSION_LINE "# git-upgrade shim "

static const char *const names[] = { "pre-push" };

static char *kept_path(const struct client_hook *h)
{
	return xstrfmt("%s.before-upgrade", h->path);
}

static int there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static int is_ours(const char *text)
{
	const char *second = strchr(text, '\n');

	return second && starts_with(second + 1, VERSION_LINE);
}

/* The second line of any of our files, under the name others move it to. */
static int was_displaced(const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	char *old = xstrfmt("%s.old", path);
	int ours = !file_read(old, &text, &ignored) && is_ours(text.s);

	error_release(&ignored);
	buf_release(&text);
	free(old);
	return ours;
}

static enum hook_state judge_file(const char *path, const char *name)
{
	const struct embedded *shim = embedded_find(SHIM);
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	char *call = xstrfmt("git upgrade hook %s", name);
	enum hook_state state = HOOK_FOREIGN;

	if (!there(path))
		state = HOOK_ABSENT;
	else if (file_read(path, &text, &ignored) < 0)
		state = HOOK_FOREIGN;
	else if (is_ours(text.s))
		state = shim && !strcmp(text.s, shim->data) ?
			HOOK_INSTALLED : HOOK_OUTDATED;
	else if (strstr(text.s, call))
		state = HOOK_REGISTERED;
	if ((state == HOOK_FOREIGN || state == HOOK_ABSENT) &&
	    was_displaced(path))
		state = HOOK_DISPLACED;
	error_release(&ignored);
	buf_release(&text);
	free(call);
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

static int file_says(const char *path, const char *word)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	int says = !file_read(path, &text, &ignored) && strstr(text.s, word);

	error_release(&ignored);
	buf_release(&text);
	return says;
}

static int is_lefthook(const struct repo *r, const struct client_hooks *hooks)
{
	static const char *const files[] = {
		"lefthook.yml", ".lefthook.yml", "lefthook.yaml",
		".lefthook.yaml", "lefthook.json", "lefthook.toml",
		".lefthook.toml", ".lefthook.json",
	};
	char *path;
	int yes;

	if (!top_has(r, files, ARRAY_SIZE(files)))
		return 0;
	path = path_join(hooks->dir, "pre-push");
	yes = file_says(path, "lefthook");
	free(path);
	if (!yes) {
		path = path_join(hooks->dir, "pre-commit");
		yes = file_says(path, "lefthook");
		free(path);
	}
	return yes;
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
	if (strstr(hooks->dir, "/.husky"))
		return FOLDER_HUSKY;
	if (is_shared(r))
		return FOLDER_SHARED;
	if (is_tracked(r, hooks->dir))
		return FOLDER_TRACKED;
	return is_lefthook(r, hooks) ? FOLDER_LEFTHOOK : FOLDER_OWN;
}

/* husky's own files are in `_`; what people write is one folder up. */
static char *hook_path(const struct client_hooks *hooks, const char *name)
{
	char *up, *path;

	if (hooks->folder != FOLDER_HUSKY || !ends_with(hooks->dir, "/_"))
		return path_join(hooks->dir, name);
	up = path_dir(hooks->dir);
	path = path_join(up, name);
	free(up);
	return path;
}

/* A job of lefthook is in its configuration, not in a hook. */
static int lefthook_calls_us(const struct repo *r, const char *name)
{
	static const char *const files[] = {
		"lefthook.yml", ".lefthook.yml", "lefthook.yaml",
		".lefthook.yaml", "lefthook.json", "lefthook.toml",
		".lefthook.toml", ".lefthook.json", "lefthook-local.yml",
	};
	char *call = xstrfmt("git upgrade hook %s", name);
	int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && !found; i++) {
		char *path = path_join(repo_top(r), files[i]);

		found = file_says(path, call);
		free(path);
	}
	free(call);
	return found;
}

int hooks_read(struct client_hooks *hooks, struct repo *r,
	       struct error *err)
{
	hooks->dir = repo_git_path(r, "hooks", err);
	if (!hooks->dir)
		return -1;
	hooks->folder = judge_folder(r, hooks);
	hooks->nr = ARRAY_SIZE(names);
	hooks->v = xcalloc(hooks->nr, sizeof(*hooks->v));
	for (size_t i = 0; i < hooks->nr; i++) {
		struct client_hook *h = &hooks->v[i];
		char *kept;

		h->name = names[i];
		h->path = hook_path(hooks, names[i]);
		h->state = judge_file(h->path, names[i]);
		if (hooks->folder == FOLDER_LEFTHOOK &&
		    lefthook_calls_us(r, names[i]))
			h->state = HOOK_REGISTERED;
		kept = kept_path(h);
		h->kept = there(kept);
		free(kept);
	}
	return 0;
}

static int refuse_folder(const struct client_hooks *hooks, struct error *err)
{
	switch (hooks->folder) {
	case FOLDER_OWN:
		return 0;
	case FOLDER_HUSKY:
		error_set(err, ERROR_REFUSED, "the hooks here are husky's");
		error_hint(err, "add this line to %s (make the file if it is "
			   "not there):", hooks->v[0].path);
		error_hint(err, "  git upgrade hook pre-push \"$@\"");
		return -1;
	case FOLDER_LEFTHOOK:
		error_set(err, ERROR_REFUSED, "the hooks here are lefthook's");
		error_hint(err, "add this job to its configuration:");
		error_hint(err, "  pre-push:");
		error_hint(err, "    commands:");
		error_hint(err, "      git-upgrade:");
		error_hint(err, "        run: "
			   "git upgrade hook pre-push {1} {2}");
		error_hint(err, "        use_stdin: true");
		return -1;
	case FOLDER_SHARED:
		error_set(err, ERROR_REFUSED, "core.hooksPath makes all "
			  "repositories share the hooks in %s", hooks->dir);
		error_hint(err, "give this one its own with \"git config "
			   "core.hooksPath .git/hooks\", or add this line to "
			   "%s:", hooks->v[0].path);
		error_hint(err, "  git upgrade hook pre-push \"$@\"");
		return -1;
	case FOLDER_TRACKED:
		error_set(err, ERROR_REFUSED, "the hooks in %s are under "
			  "version control", hooks->dir);
		error_hint(err, "add this line to %s, and commit it:",
			   hooks->v[0].path);
		error_hint(err, "  git upgrade hook pre-push \"$@\"");
		return -1;
	}
	return 0;
}

/* The hook that stands there gets a second name before it loses its own. */
static int keep_aside(struct client_hook *h, struct error *err)
{
	char *kept = kept_path(h);
	int ret = -1;

	if (there(kept)) {
		error_set(err, ERROR_REFUSED, "'%s' and '%s' are both there",
			  h->path, kept);
		error_hint(err, "one of them is in the way: remove it, or make "
			   "one of both");
		goto out;
	}
	if (link(h->path, kept) < 0 && rename(h->path, kept) < 0) {
		error_errno(err, "cannot keep '%s'", h->path);
		goto out;
	}
	h->kept = 1;
	ret = 0;
out:
	free(kept);
	return ret;
}

static int write_shim(struct client_hook *h, struct error *err)
{
	const struct embedded *shim = embedded_find(SHIM);

	if (!shim)
		return error_set(err, ERROR_FATAL, "the shim is not built in");
	if (make_parent_dirs(h->path, err) < 0 ||
	    file_replace(h->path, shim->data, shim->len, 0777, err) < 0)
		return -1;
	h->state = HOOK_INSTALLED;
	return 0;
}

int hooks_install(struct client_hooks *hooks, struct error *err)
{
	for (size_t i = 0; i < hooks->nr; i++) {
		struct client_hook *h = &hooks->v[i];

		if (h->state == HOOK_REGISTERED ||
		    h->state == HOOK_INSTALLED)
			continue;
		if (refuse_folder(hooks, err) < 0)
			return -1;
		if (h->state != HOOK_OUTDATED && there(h->path) &&
		    keep_aside(h, err) < 0)
			return -1;
		if (write_shim(h, err) < 0)
			return -1;
	}
	return 0;
}

int hooks_remove(struct client_hooks *hooks, struct error *err)
{
	for (size_t i = 0; i < hooks->nr; i++) {
		struct client_hook *h = &hooks->v[i];
		char *kept = kept_path(h);
		int failed = 0;

		if (h->state == HOOK_INSTALLED || h->state == HOOK_OUTDATED) {
			failed = h->kept ? rename(kept, h->path) :
					   unlink(h->path);
			if (failed)
				error_errno(err, "cannot remove '%s'",
					    h->path);
			else
				h->state = h->kept ? HOOK_FOREIGN :
						     HOOK_ABSENT;
			h->kept = failed && h->kept;
		}
		free(kept);
		if (failed)
			return -1;
	}
	return 0;
}

static int add_given(struct env_list *list, const char *given,
		     struct error *err)
{
	const char *equals = strchr(given, '=');
	char *name = equals ? xstrndup(given, (size_t)(equals - given)) :
			      xstrdup(given);
	const char *branch = equals ? equals + 1 : given;
	int ret = 0;

	if (!env_name_is_valid(name))
		ret = error_set(err, ERROR_USAGE, "'%s' is no name for an "
				"environment: a-z, 0-9, '.', '_' and '-', "
				"letter or digit first", name);
	else if (!*branch)
		ret = error_set(err, ERROR_USAGE, "'%s' names no branch",
				given);
	else
		env_list_add(list, name, branch);
	free(name);
	return ret;
}

/* True when the branch is one that upstream publishes. */
int branch_is_upstreams(const struct repo *r, const struct product *pr,
			const char *branch)
{
	struct error ignored = ERROR_INIT;
	char *ref, *key, *remote;
	int yes;

	if (!pr->upstream)
		return 0;
	ref = xstrfmt("refs/remotes/%s/%s", pr->upstream, branch);
	key = xstrfmt("branch.%s.remote", branch);
	remote = repo_config(r, key);
	yes = (remote && !strcmp(remote, pr->upstream)) ||
	      !git_try(r, NULL, &ignored, "rev-parse", "--verify", "--quiet",
		       ref, NULL);
	error_release(&ignored);
	free(ref);
	free(key);
	free(remote);
	return yes;
}

static int add_head(struct env_list *list, struct repo *r, struct error *err)
{
	struct product product = PRODUCT_INIT;
	char *head = head_branch(r);
	int ret = -1;

	if (product_open(&product, r, NULL, err) < 0)
		goto out;
	if (head && env_name_is_valid(head) &&
	    !branch_is_upstreams(r, &product, head)) {
		env_list_add(list, head, head);
		ret = 0;
		goto out;
	}
	if (!head)
		error_set(err, ERROR_REFUSED, "no environment is known, and "
			  "HEAD is on no branch");
	else
		error_set(err, ERROR_REFUSED, "no environment is known, and "
			  "branch '%s' %s", head, env_name_is_valid(head) ?
			  "is upstream's" : "has no name for one");
	error_hint(err, "say which branch is one with \"git upgrade hooks "
		   "install --env production=BRANCH\"");
out:
	free(head);
	product_release(&product);
	return ret;
}

/* The environments of the configuration. */
static int configured_environments(struct env_list *list, struct repo *r,
				   struct error *err)
{
	struct product product = PRODUCT_INIT;
	int ret = product_open(&product, r, NULL, err);

	if (!ret)
		env_list_of_product(list, &product);
	product_release(&product);
	return ret;
}

int hooks_environments(struct env_list *list, struct repo *r,
		       const struct strvec *given, struct error *err)
{
	struct env_list known = ENV_LIST_INIT, asked = ENV_LIST_INIT;
	struct strvec platforms = STRVEC_INIT;
	int ret = -1;

	for (size_t i = 0; i < given->nr; i++)
		if (add_given(list, given->v[i], err) < 0)
			goto out;
	if (configured_environments(&known, r, err) < 0 ||
	    platform_remotes(&platforms, r, err) < 0)
		goto out;
	for (size_t i = 0; i < platforms.nr; i++)
		if (env_list_of_platform(&asked, r, platforms.v[i], err) < 0)
			goto out;
	for (size_t i = 0; i < asked.nr; i++)
		if (!env_list_find(&known, asked.v[i].name))
			env_list_add(list, asked.v[i].name,
				     asked.v[i].branch);
	if (list->nr || known.nr)
		ret = 0;
	else
		ret = add_head(list, r, err);
out:
	env_list_release(&known);
	env_list_release(&asked);
	strvec_release(&platforms);
	return ret;
}

int hooks_configure(const struct env_list *list, const struct repo *r,
		    struct error *err)
{
	for (size_t i = 0; i < list->nr; i++) {
		char *key = xstrfmt("upgrade.%s.branch", list->v[i].name);
		int ret = git_run(r, NULL, err, "config", key,
				  list->v[i].branch, NULL);

		free(key);
		if (ret < 0)
			return -1;
	}
	repo_config_forget(r);
	return 0;
}

void hooks_release(struct client_hooks *hooks)
{
	for (size_t i = 0; i < hooks->nr; i++)
		free(hooks->v[i].path);
	free(hooks->v);
	free(hooks->dir);
	*hooks = (struct client_hooks)CLIENT_HOOKS_INIT;
}

const char *hook_state_name(enum hook_state state)
{
	switch (state) {
	case HOOK_ABSENT:
		return "absent";
	case HOOK_INSTALLED:
		return "installed";
	case HOOK_OUTDATED:
		return "outdated";
	case HOOK_FOREIGN:
		return "foreign";
	case HOOK_REGISTERED:
		return "registered";
	case HOOK_DISPLACED:
		return "displaced";
	}
	return "absent";
}
