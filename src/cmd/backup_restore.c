/*
 * git upgrade backup restore: an environment's data and code go back to what
 * they were.
 */
#include "cmd/backup_view.h"
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include "base/time.h"
#include "state/held.h"

struct restore_options {
	int dry_run, yes;
	int code_only, data_only;
	const char *to;
	const char *reason;
};

static const struct opt restore_options[] = {
	OPTION_FLAG(0, "code-only", struct restore_options, code_only,
		    "leave the data as they are"),
	OPTION_FLAG(0, "data-only", struct restore_options, data_only,
		    "leave the code as it is"),
	OPTION_STRING(0, "to", struct restore_options, to, "env",
		      "its data to another environment, as a rehearsal"),
	OPTION_FLAG('y', "yes", struct restore_options, yes, "do not ask"),
	OPTION_STRING(0, "reason", struct restore_options, reason, "text",
		      "why, for the history and the log"),
	OPTION_FLAG('n', "dry-run", struct restore_options, dry_run,
		    "only say what would be done"),
	OPTION_END
};

/* What becomes of what, and what is lost by it. */
static void say_way(struct cmd *cmd, const struct backup *one,
		    const char *env, const struct restore_options *o)
{
	struct buf when = BUF_INIT, age = BUF_INIT;
	const char *release = one->release ? one->release : "what it was";

	time_add_minute(&when, one->when);
	time_add_span(&age, time_now() - one->when);
	if (!o->code_only && one->when > time_now())
		cmd_say(cmd, "%s: the data go back to when the backup was "
			"made; it is dated in the future, so nobody knows "
			"what is lost.", env);
	else if (!o->code_only)
		cmd_say(cmd, "%s: the data go back to %s UTC; what was "
			"written since then, %s, is lost.", env, when.s,
			age.s);
	if (!o->data_only && !o->to)
		cmd_say(cmd, "%s: the code goes back to %s (%.7s).", env,
			release, one->commit);
	buf_release(&when);
	buf_release(&age);
}

static int ask(struct cmd *cmd, struct backups *b, const struct backup *one,
	       const char *from, const struct restore_options *o)
{
	struct reporter say = cmd_reporter(cmd);
	const char *const texts[] = {
		"do", "restore", "id", one->id, "only", o->code_only ? "code" :
		o->data_only ? "data" : NULL, "reason", o->reason, "from",
		from, "lock", b->hold.nonce, NULL
	};

	return backups_ask(b, &cmd->repo, texts, &say, &cmd->err);
}

static void hint_next(struct cmd *cmd, const struct backups *b,
		      const struct restore_options *o)
{
	struct env_hold hold = ENV_HOLD_INIT;
	struct error ignored = ERROR_INIT;

	if (!o->data_only && !o->to && b->to.is_platform)
		cmd_hint(cmd, "Rollback", "bring its commit here with \"git "
			 "pull --ff-only %s %s\", on branch '%s'",
			 b->to.remote, b->to.branch, b->to.branch);
	if (env_hold_read(&hold, &cmd->repo, b->to.env, &ignored) > 0)
		cmd_hint(cmd, "Rollback", "nothing is promoted to %s until you "
			 "say so: \"git upgrade unlock %s --reason=TEXT\"",
			 b->to.env, b->to.env);
	env_hold_release(&hold);
	error_release(&ignored);
}

/* The platform of the environment that it goes to is asked. */
static int restore(struct cmd *cmd, const struct backup *one,
		   const char *env, const struct restore_options *o)
{
	const char *target = o->to ? o->to : env;
	struct backups there = BACKUPS_INIT;
	int ret = -1, sure = 1;

	say_way(cmd, one, target, o);
	if (o->dry_run) {
		cmd_say(cmd, "%s", "Nothing was changed.");
		return EXIT_OK;
	}
	if (!o->yes)
		sure = cmd_ask(cmd, "--yes", "Restore backup %s to %s?",
			       one->id, target);
	if (sure < 0)
		return -1;
	if (!sure) {
		cmd_say(cmd, "%s", "Nothing was changed.");
		return EXIT_REFUSED;
	}
	if (!product_open_warning(cmd, &there.product) &&
	    !backups_find_to_change(&there, &cmd->repo, target, &cmd->err) &&
	    !ask(cmd, &there, one, o->to ? env : NULL, o) &&
	    !backups_look(&there, &cmd->repo, &cmd->err)) {
		cmd_say(cmd, "Restored backup %s to %s: deployed and "
			"verified.", one->id, target);
		hint_next(cmd, &there, o);
		ret = EXIT_OK;
	}
	backups_release(&there);
	return ret;
}

static int run_restore(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct restore_options *o = opts;
	struct backups b = BACKUPS_INIT;
	const struct backup *one = NULL;
	int ret = -1;

	if (cmd_args(cmd, argc, 2, 2) < 0)
		return -1;
	if (o->code_only && (o->data_only || o->to))
		return error_set(&cmd->err, ERROR_USAGE, "--code-only does not "
				 "go with %s", o->to ? "--to" :
				 "--data-only");
	if (!product_open_warning(cmd, &b.product) &&
	    !backups_find_to_change(&b, &cmd->repo, argv[0], &cmd->err))
		one = backups_get(&b, argv[1], &cmd->err);
	if (one)
		ret = restore(cmd, one, argv[0], o);
	backups_release(&b);
	return ret;
}

static const char *const restore_synopsis[] = {
	"backup restore [<options>] <env> <id>", NULL
};

const struct command cmd_backup_restore = {
	.name = "backup restore",
	.summary = "put an environment's data and code back",
	.synopsis = restore_synopsis,
	.options = restore_options,
	.options_size = sizeof(struct restore_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_restore,
};
