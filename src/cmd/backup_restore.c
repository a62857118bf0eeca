/*
 * git upgrade backup restore: an environment's data and code go back to what
 * they were.
 */
#include "cmd/backup_view.h"
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include "base/mem.h"
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

/* All that the other one has now is lost, whenever it was written. */
static void say_rehearsal(struct cmd *cmd, const struct backup *one,
			  const struct restore_options *o)
{
	struct buf when = BUF_INIT;

	time_add_minute(&when, one->when);
	cmd_say(cmd, "%s: its data become those of %s of %s UTC; what %s has "
		"now is lost.", o->to, one->env, when.s, o->to);
	cmd_hint(cmd, "Rollback", "the recipe's 'restore' is run for %s: it "
		 "must say by {env} or UPGRADE_ENV whose data it writes, or "
		 "those of %s are overwritten", o->to, one->env);
	buf_release(&when);
}

/* What becomes of what, and what is lost by it. */
static void say_way(struct cmd *cmd, const struct backup *one,
		    const char *env, const struct restore_options *o)
{
	struct buf when = BUF_INIT, age = BUF_INIT;
	const char *release = one->release ? one->release : "what it was";

	time_add_minute(&when, one->when);
	time_add_span(&age, time_now() - one->when);
	if (o->to)
		say_rehearsal(cmd, one, o);
	else if (!o->code_only && one->when > time_now())
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

/* Where it goes to; what one platform keeps another one does not have. */
static int find_target(struct cmd *cmd, struct backups *there,
		       const struct backups *b,
		       const struct restore_options *o)
{
	if (product_open_warning(cmd, &there->product) < 0 ||
	    backups_find_to_change(there, &cmd->repo, o->to, &cmd->err) < 0)
		return -1;
	if (!b->to.is_platform || !there->to.is_platform ||
	    are_same(b->to.url, there->to.url))
		return 0;
	error_set(&cmd->err, ERROR_REFUSED, "%s is on another platform than "
		  "%s: '%s', and not '%s'", o->to, b->to.env, there->to.url,
		  b->to.url);
	return error_hint(&cmd->err, "only environments of one platform can "
			  "have each other's data");
}

/* 1, 0, -1 */
static int is_sure(struct cmd *cmd, const struct backup *one,
		   const struct restore_options *o)
{
	if (o->yes || o->dry_run)
		return !o->dry_run;
	return o->to ? cmd_ask(cmd, "--yes", "Put backup %s of %s into %s?",
			       one->id, one->env, o->to) :
		       cmd_ask(cmd, "--yes", "Restore backup %s to %s?",
			       one->id, one->env);
}

/* The platform of the environment that it goes to is asked. */
static int restore(struct cmd *cmd, struct backups *b, struct backups *at,
		   const struct backup *one, const struct restore_options *o)
{
	const char *target = o->to ? o->to : b->to.env;
	int sure;

	say_way(cmd, one, target, o);
	sure = is_sure(cmd, one, o);
	if (sure < 0)
		return -1;
	if (!sure) {
		cmd_say(cmd, "%s", "Nothing was changed.");
		return o->dry_run ? EXIT_OK : EXIT_REFUSED;
	}
	if (ask(cmd, at, one, o->to ? b->to.env : NULL, o) < 0)
		return -1;
	cmd_say(cmd, "Restored backup %s to %s: deployed and verified.",
		one->id, target);
	if (backups_look(at, &cmd->repo, &cmd->err) < 0)
		return -1;
	hint_next(cmd, at, o);
	return EXIT_OK;
}

static int run_restore(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct restore_options *o = opts;
	struct backups b = BACKUPS_INIT, there = BACKUPS_INIT;
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
	if (one && !backup_check_restorable(one, &cmd->err) &&
	    (!o->to || !find_target(cmd, &there, &b, o)))
		ret = restore(cmd, &b, o->to ? &there : &b, one, o);
	backups_release(&there);
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
