/*
 * git upgrade hooks install, remove, status: the client's hooks, and the merge
 * driver of plain git.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/health_view.h"
#include "doc/json.h"
#include "flow/driver.h"
#include "flow/hooks.h"
#include "flow/status.h"
#include "git/driver.h"
#include "model/product.h"

struct hooks_options {
	struct strvec env;
	int deploy;
	int driver;
	int shared;
	int dry_run;
	int json;
};

static const char *const install_synopsis[] = {
	"hooks install [<options>]", NULL
};

static const struct opt install_options[] = {
	OPTION_FLAG(0, "deploy", struct hooks_options, deploy,
		    "deploy here what \"git pull\" brings (post-merge)"),
	OPTION_FLAG(0, "merge-driver", struct hooks_options, driver,
		    "have plain git merge by what files are, too"),
	OPTION_FLAG(0, "shared", struct hooks_options, shared,
		    "also into a folder that all repositories share"),
	OPTION_LIST(0, "env", struct hooks_options, env, "name=branch",
		    "the branch of an environment"),
	OPTION_FLAG('n', "dry-run", struct hooks_options, dry_run,
		    "say what would be done"),
	OPTION_END
};

static const char *const remove_synopsis[] = {
	"hooks remove [-n] [--shared]", NULL
};

static const struct opt remove_options[] = {
	OPTION_FLAG(0, "shared", struct hooks_options, shared,
		    "also from a folder that all repositories share"),
	OPTION_FLAG('n', "dry-run", struct hooks_options, dry_run,
		    "say what would be done"),
	OPTION_END
};

static const char *const status_synopsis[] = {
	"hooks status [--json]", NULL
};

static const struct opt status_options[] = {
	OPTION_FLAG(0, "json", struct hooks_options, json, "print JSON"),
	OPTION_END
};

static unsigned flags_of(const struct hooks_options *o)
{
	return (o->deploy ? HOOKS_DEPLOY : 0U) |
	       (o->shared ? HOOKS_SHARED : 0U);
}

static void say_installed(struct cmd *cmd, const struct client_hooks *hooks,
			  const struct client_hook *h,
			  const struct client_hook *before)
{
	const char *manager = hooks_manager(hooks);

	switch (before->state) {
	case HOOK_REGISTERED:
		cmd_say(cmd, "%s calls git upgrade already: %s", h->name,
			h->path);
		return;
	case HOOK_INSTALLED:
		cmd_say(cmd, "%s is installed already: %s", h->name, h->path);
		return;
	case HOOK_NEWER:
		cmd_say(cmd, "%s is of a newer git-upgrade, and left as it "
			"is: %s", h->name, h->path);
		return;
	case HOOK_OUTDATED:
	case HOOK_ABSENT:
	case HOOK_FOREIGN:
	case HOOK_DISPLACED:
		break;
	}
	cmd_say(cmd, before->state == HOOK_OUTDATED ? "Renewed %s%s%s: %s" :
		"Installed %s%s%s: %s", h->name, manager ? " as a job of " :
		"", manager ? manager : "", h->path);
	if (h->kept && !before->kept)
		cmd_say(cmd, "  the hook that was there is kept as "
			"%s.before-upgrade and still runs", h->name);
}

static void say_environments(struct cmd *cmd, const struct env_list *envs)
{
	for (size_t i = 0; i < envs->nr; i++)
		cmd_say(cmd, "Branch '%s' is environment %s "
			"(git config upgrade.%s.branch)", envs->v[i].branch,
			envs->v[i].name, envs->v[i].name);
}

static void say_would(struct cmd *cmd, const struct client_hooks *hooks)
{
	const char *manager = hooks_manager(hooks);

	for (size_t i = 0; i < hooks->nr; i++)
		if (hooks->v[i].wanted)
			cmd_say(cmd, "Would install %s%s%s: %s",
				hooks->v[i].name, manager ? " as a job of " :
				"", manager ? manager : "",
				hooks->v[i].path);
}

/* What their managers have to be told besides. */
static void hint_manager(struct cmd *cmd, const struct client_hooks *hooks)
{
	if (hooks->folder == FOLDER_HUSKY)
		cmd_hint(cmd, "Hooks", "commit that file; in clones without "
			 "our hooks the lines in it do nothing");
	if (hooks->folder == FOLDER_LEFTHOOK)
		cmd_hint(cmd, "Hooks", "bring it into force with \"lefthook "
			 "install\"; the file is this clone's own, keep it "
			 "out of commits");
}

/*
 * What lock files are a profile tells; where that does not read, what there is
 * can be shown and taken out all the same.
 */
static int read_driver(struct cmd *cmd, struct merge_driver *d)
{
	struct product product = PRODUCT_INIT;
	struct error ignored = ERROR_INIT;
	int known = !product_open(&product, &cmd->repo, NULL, &ignored);
	int ret = merge_driver_read(d, &cmd->repo, known ? &product.profile :
				    NULL, &cmd->err);

	product_release(&product);
	error_release(&ignored);
	return ret;
}

/* Asked for, or to be renewed. */
static int wants_driver(const struct merge_driver *d,
			const struct hooks_options *o)
{
	return o->driver || d->state == HOOK_OUTDATED;
}

static int install_driver(struct cmd *cmd, struct merge_driver *d)
{
	enum hook_state before = d->state;

	if (merge_driver_install(d, &cmd->repo, &cmd->err) < 0)
		return -1;
	cmd_say(cmd, before == HOOK_INSTALLED ?
		"The merge driver is registered already: %s" :
		before == HOOK_OUTDATED ? "Renewed the merge driver: %s" :
		"Registered the merge driver: %s", d->path);
	return 0;
}

static int install(struct cmd *cmd, struct client_hooks *hooks,
		   unsigned flags)
{
	struct client_hook *before = xcalloc(hooks->nr, sizeof(*before));
	int ret, news = 0;

	memcpy(before, hooks->v, hooks->nr * sizeof(*before));
	ret = hooks_install(hooks, flags, &cmd->err);
	for (size_t i = 0; !ret && i < hooks->nr; i++) {
		if (!hooks->v[i].wanted)
			continue;
		say_installed(cmd, hooks, &hooks->v[i], &before[i]);
		news |= hooks->v[i].state != before[i].state;
	}
	if (!ret && news)
		hint_manager(cmd, hooks);
	free(before);
	return ret;
}

static int run_install(struct cmd *cmd, void *opts, int argc, char **argv)
{
	static const struct strvec none = STRVEC_INIT;
	const struct hooks_options *o = opts;
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	struct merge_driver driver = MERGE_DRIVER_INIT;
	struct env_list envs = ENV_LIST_INIT;
	int ret = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0)
		return -1;
	if (hooks_environments(&envs, &cmd->repo, o->env.v ? &o->env : &none,
			       &cmd->err) < 0 ||
	    hooks_read(&hooks, &cmd->repo, flags_of(o), &cmd->err) < 0 ||
	    read_driver(cmd, &driver) < 0)
		goto out;
	if (o->dry_run) {
		say_would(cmd, &hooks);
		if (wants_driver(&driver, o))
			cmd_say(cmd, "Would register the merge driver: %s",
				driver.path);
		say_environments(cmd, &envs);
		ret = EXIT_OK;
		goto out;
	}
	if (install(cmd, &hooks, flags_of(o)) < 0 ||
	    hooks_configure(&envs, &cmd->repo, &cmd->err) < 0 ||
	    (wants_driver(&driver, o) && install_driver(cmd, &driver) < 0))
		goto out;
	say_environments(cmd, &envs);
	ret = EXIT_OK;
out:
	merge_driver_release(&driver);
	env_list_release(&envs);
	hooks_release(&hooks);
	return ret;
}

static int is_ours(const struct client_hook *h)
{
	return h->stray || (h->state != HOOK_ABSENT &&
			    h->state != HOOK_FOREIGN);
}

static void say_would_remove(struct cmd *cmd, const struct client_hooks *hooks,
			     const struct merge_driver *d)
{
	for (size_t i = 0; i < hooks->nr; i++)
		if (is_ours(&hooks->v[i]))
			cmd_say(cmd, "Would remove %s", hooks->v[i].path);
	if (merge_driver_is_there(d))
		cmd_say(cmd, "Would take the merge driver out of %s",
			d->path);
}

static void say_removed(struct cmd *cmd, const struct client_hooks *hooks)
{
	for (size_t i = 0; i < hooks->nr; i++)
		if (hooks->v[i].wanted)
			cmd_say(cmd, hooks_manager(hooks) ?
				"Took our job out of %s" :
				hooks->v[i].state == HOOK_FOREIGN ?
				"Removed %s; the hook that was there before "
				"is back" : "Removed %s", hooks->v[i].path);
}

static int remove_all(struct cmd *cmd, struct client_hooks *hooks,
		      struct merge_driver *d, unsigned flags)
{
	size_t removed = 0;
	int driver = -1;

	if (!hooks_remove(hooks, flags, &removed, &cmd->err)) {
		say_removed(cmd, hooks);
		driver = merge_driver_remove(d, &cmd->repo, &cmd->err);
	}
	if (driver < 0)
		return -1;
	if (driver)
		cmd_say(cmd, "Took the merge driver out of %s", d->path);
	if (!removed && !driver)
		cmd_say(cmd, "There is nothing of ours to remove in %s",
			hooks->dir);
	return EXIT_OK;
}

static int run_remove(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct hooks_options *o = opts;
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	struct merge_driver driver = MERGE_DRIVER_INIT;
	int ret = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0)
		return -1;
	if (hooks_read(&hooks, &cmd->repo, 0, &cmd->err) < 0 ||
	    read_driver(cmd, &driver) < 0)
		goto out;
	if (o->dry_run) {
		say_would_remove(cmd, &hooks, &driver);
		ret = EXIT_OK;
	} else {
		ret = remove_all(cmd, &hooks, &driver, flags_of(o));
	}
out:
	merge_driver_release(&driver);
	hooks_release(&hooks);
	return ret;
}

static void json_hosted(struct json *j, const struct status *s)
{
	json_list(j, "hosted");
	for (size_t i = 0; i < s->nr; i++) {
		if (s->v[i].runner != RUNNER_HERE)
			continue;
		json_object(j, NULL);
		json_string(j, "environment", s->v[i].name);
		health_view_json(j, &s->v[i]);
		json_end(j);
	}
	json_end(j);
}

static void json_driver(struct json *j, const struct merge_driver *d)
{
	json_object(j, "merge_driver");
	json_string(j, "path", d->path);
	json_string(j, "state", hook_state_name(d->state));
	json_string(j, "command", d->command);
	json_end(j);
}

static void print_json(struct cmd *cmd, const struct client_hooks *hooks,
		       const struct merge_driver *d, const struct status *s)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "directory", hooks->dir);
	json_string(j, "manager", hooks_manager(hooks));
	json_list(j, "hooks");
	for (size_t i = 0; i < hooks->nr; i++) {
		json_object(j, NULL);
		json_string(j, "name", hooks->v[i].name);
		json_string(j, "path", hooks->v[i].path);
		json_string(j, "state", hook_state_name(hooks->v[i].state));
		json_bool(j, "kept", hooks->v[i].kept);
		json_string(j, "displaced", hooks->v[i].stray);
		json_end(j);
	}
	json_end(j);
	json_driver(j, d);
	json_hosted(j, s);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

static void hint_state(struct cmd *cmd, const struct client_hook *h)
{
	switch (h->state) {
	case HOOK_ABSENT:
	case HOOK_FOREIGN:
		if (h->wanted)
			cmd_hint(cmd, "Hooks", "install %s with \"git upgrade "
				 "hooks install\"%s", h->name,
				 h->state == HOOK_FOREIGN ? "; the hook that "
				 "is there will be kept" : "");
		break;
	case HOOK_OUTDATED:
		cmd_hint(cmd, "Hooks", "renew it with \"git upgrade hooks "
			 "install\"");
		break;
	case HOOK_DISPLACED:
		cmd_hint(cmd, "Hooks", "ours is in %s, where git does not run "
			 "it any more; put it where it does with \"git upgrade "
			 "hooks install\"", h->stray);
		break;
	case HOOK_NEWER:
	case HOOK_INSTALLED:
	case HOOK_REGISTERED:
		break;
	}
}

static void hint_driver(struct cmd *cmd, const struct merge_driver *d)
{
	if (d->state == HOOK_OUTDATED)
		cmd_hint(cmd, "Hooks", "the merge driver is not, or no longer, "
			 "as it should be: renew it with \"git upgrade hooks "
			 "install\"");
	if (d->state == HOOK_FOREIGN)
		cmd_hint(cmd, "Hooks", "the merge driver '" MERGE_DRIVER "' is "
			 "somebody else's: %s", d->command);
}

static void print_hooks(struct cmd *cmd, const struct client_hooks *hooks,
			const struct merge_driver *d, const struct status *s)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < hooks->nr; i++)
		buf_addf(&out, "%-10s %-11s %s%s\n", hooks->v[i].name,
			 hook_state_name(hooks->v[i].state), hooks->v[i].path,
			 hooks->v[i].kept ? " (the one before is kept)" : "");
	buf_addf(&out, "%-10s %-11s %s\n", "merge-file",
		 hook_state_name(d->state), d->path);
	for (size_t i = 0; i < s->nr; i++)
		health_view_add(&out, &s->v[i]);
	cmd_print(cmd, &out);
	for (size_t i = 0; i < hooks->nr; i++)
		hint_state(cmd, &hooks->v[i]);
	hint_driver(cmd, d);
	buf_release(&out);
}

/* What was deployed here; a broken configuration is no reason to hide hooks. */
static void read_hosted(struct cmd *cmd, struct status *s)
{
	struct error err = ERROR_INIT;

	if (status_read(s, &cmd->repo, STATUS_NO_FETCH, NULL, &err) < 0)
		cmd_warn(cmd, "%s", err.message);
	error_release(&err);
}

static int run_status(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct hooks_options *o = opts;
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	struct merge_driver driver = MERGE_DRIVER_INIT;
	struct status s = STATUS_INIT;
	int ret = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0)
		return -1;
	if (hooks_read(&hooks, &cmd->repo, 0, &cmd->err) < 0 ||
	    read_driver(cmd, &driver) < 0)
		goto out;
	read_hosted(cmd, &s);
	if (o->json)
		print_json(cmd, &hooks, &driver, &s);
	else
		print_hooks(cmd, &hooks, &driver, &s);
	ret = EXIT_OK;
out:
	status_release(&s);
	merge_driver_release(&driver);
	hooks_release(&hooks);
	return ret;
}

const struct command cmd_hooks_install = {
	.name = "hooks install",
	.summary = "judge pushes here before they leave",
	.synopsis = install_synopsis,
	.options = install_options,
	.options_size = sizeof(struct hooks_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_install,
};

const struct command cmd_hooks_remove = {
	.name = "hooks remove",
	.summary = "remove our hooks, restore what was there",
	.synopsis = remove_synopsis,
	.options = remove_options,
	.options_size = sizeof(struct hooks_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_remove,
};

const struct command cmd_hooks_status = {
	.name = "hooks status",
	.summary = "which hooks are installed",
	.synopsis = status_synopsis,
	.options = status_options,
	.options_size = sizeof(struct hooks_options),
	.needs = NEED_REPO,
	.run = run_status,
};
