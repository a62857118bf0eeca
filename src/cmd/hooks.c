/*
 * git upgrade hooks install, remove, status: the client's hooks.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "doc/json.h"
#include "flow/hooks.h"

struct hooks_options {
	struct strvec env;
	int dry_run;
	int json;
};

static const char *const install_synopsis[] = {
	"hooks install [-n] [--env=<name>=<branch>]...", NULL
};

static const struct opt install_options[] = {
	OPTION_LIST(0, "env", struct hooks_options, env, "name=branch",
		    "the branch of an environment"),
	OPTION_FLAG('n', "dry-run", struct hooks_options, dry_run,
		    "say what would be done"),
	OPTION_END
};

static const char *const remove_synopsis[] = { "hooks remove [-n]", NULL };

static const struct opt remove_options[] = {
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

static void say_installed(struct cmd *cmd, const struct client_hook *h,
			  enum hook_state before, int was_kept)
{
	if (before == HOOK_REGISTERED) {
		cmd_say(cmd, "%s calls git upgrade already: %s", h->name,
			h->path);
		return;
	}
	cmd_say(cmd, before == HOOK_INSTALLED ? "%s is installed already: %s" :
		before == HOOK_OUTDATED ? "Renewed %s: %s" :
		"Installed %s: %s", h->name, h->path);
	if (h->kept && !was_kept)
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

static int run_install(struct cmd *cmd, void *opts, int argc, char **argv)
{
	static const struct strvec none = STRVEC_INIT;
	const struct hooks_options *o = opts;
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	struct env_list envs = ENV_LIST_INIT;
	struct client_hook before;
	int ret = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0)
		return -1;
	if (hooks_environments(&envs, &cmd->repo, o->env.v ? &o->env : &none,
			       &cmd->err) < 0 ||
	    hooks_read(&hooks, &cmd->repo, &cmd->err) < 0)
		goto out;
	before = hooks.v[0];
	if (o->dry_run) {
		cmd_say(cmd, "Would install %s: %s", before.name,
			before.path);
		say_environments(cmd, &envs);
		ret = EXIT_OK;
		goto out;
	}
	if (hooks_install(&hooks, &cmd->err) < 0)
		goto out;
	cmd->err.changed = 1;
	say_installed(cmd, &hooks.v[0], before.state, before.kept);
	if (hooks_configure(&envs, &cmd->repo, &cmd->err) < 0)
		goto out;
	say_environments(cmd, &envs);
	ret = EXIT_OK;
out:
	env_list_release(&envs);
	hooks_release(&hooks);
	return ret;
}

static int run_remove(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct hooks_options *o = opts;
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	enum hook_state before;
	int ret = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0)
		return -1;
	if (hooks_read(&hooks, &cmd->repo, &cmd->err) < 0)
		goto out;
	before = hooks.v[0].state;
	ret = EXIT_OK;
	if (before != HOOK_INSTALLED && before != HOOK_OUTDATED)
		cmd_say(cmd, "%s is not installed: there is nothing of ours "
			"to remove", hooks.v[0].name);
	else if (o->dry_run)
		cmd_say(cmd, "Would remove %s", hooks.v[0].path);
	else if (hooks_remove(&hooks, &cmd->err) < 0)
		ret = -1;
	else
		cmd_say(cmd, hooks.v[0].state == HOOK_FOREIGN ?
			"Removed %s; the hook that was there before is back" :
			"Removed %s", hooks.v[0].path);
out:
	hooks_release(&hooks);
	return ret;
}

static void print_json(struct cmd *cmd, const struct client_hooks *hooks)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "directory", hooks->dir);
	json_list(j, "hooks");
	for (size_t i = 0; i < hooks->nr; i++) {
		json_object(j, NULL);
		json_string(j, "name", hooks->v[i].name);
		json_string(j, "path", hooks->v[i].path);
		json_string(j, "state", hook_state_name(hooks->v[i].state));
		json_bool(j, "kept", hooks->v[i].kept);
		json_end(j);
	}
	json_end(j);
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
		cmd_hint(cmd, "Hooks", "install it with \"git upgrade hooks "
			 "install\"%s", h->state == HOOK_FOREIGN ?
			 "; the hook that is there will be kept" : "");
		break;
	case HOOK_OUTDATED:
		cmd_hint(cmd, "Hooks", "renew it with \"git upgrade hooks "
			 "install\"");
		break;
	case HOOK_DISPLACED:
		cmd_hint(cmd, "Hooks", "something moved it to %s.old; \"git "
			 "upgrade hooks install\" says what to do", h->path);
		break;
	case HOOK_INSTALLED:
	case HOOK_REGISTERED:
		break;
	}
}

static int run_status(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct hooks_options *o = opts;
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	struct buf out = BUF_INIT;
	int ret = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0)
		return -1;
	if (hooks_read(&hooks, &cmd->repo, &cmd->err) < 0)
		goto out;
	ret = EXIT_OK;
	if (o->json) {
		print_json(cmd, &hooks);
		goto out;
	}
	for (size_t i = 0; i < hooks.nr; i++)
		buf_addf(&out, "%-10s %-11s %s%s\n", hooks.v[i].name,
			 hook_state_name(hooks.v[i].state), hooks.v[i].path,
			 hooks.v[i].kept ? " (the one before is kept)" : "");
	cmd_print(cmd, &out);
	for (size_t i = 0; i < hooks.nr; i++)
		hint_state(cmd, &hooks.v[i]);
out:
	buf_release(&out);
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
