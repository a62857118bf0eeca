/*
 * git upgrade lock, git upgrade unlock: have an environment to oneself, and
 * open it again.
 */
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include <string.h>

#include "flow/hold.h"

struct lock_options {
	int dry_run;
	const char *reason;
};

static const char *const lock_synopsis[] = {
	"lock [-n] [--reason=<text>] [<env>]", NULL
};

static const char *const unlock_synopsis[] = {
	"unlock [-n] [--reason=<text>] [<env>]", NULL
};

static const struct opt lock_options[] = {
	OPTION_FLAG('n', "dry-run", struct lock_options, dry_run,
		    "only say what would be done"),
	OPTION_STRING(0, "reason", struct lock_options, reason, "text",
		      "what others are told"),
	OPTION_END
};

static const struct opt unlock_options[] = {
	OPTION_FLAG('n', "dry-run", struct lock_options, dry_run,
		    "only say what would be done"),
	OPTION_STRING(0, "reason", struct lock_options, reason, "text",
		      "why, of a lock of others, or since a rollback"),
	OPTION_END
};

/* An environment, its lock, and whether that is this clone's. */
struct scene {
	struct product product;
	struct destination to;
	struct env_lock lock;
	struct hold hold;
	int is_locked;
	struct env_hold held;
};

#define SCENE_INIT { PRODUCT_INIT, DESTINATION_INIT, ENV_LOCK_INIT, \
		     HOLD_INIT, 0, ENV_HOLD_INIT }

static int scene_read(struct scene *s, struct cmd *cmd, const char *env)
{
	if (product_open_warning(cmd, &s->product) < 0 ||
	    destination_find(&s->to, &cmd->repo, &s->product, env,
			     &cmd->err) < 0 ||
	    hold_demand_platform(&s->to, &cmd->err) < 0)
		return -1;
	s->is_locked = env_lock_read(&s->lock, &cmd->repo, s->to.env,
				     &cmd->err);
	if (s->is_locked > 0)
		hold_find(&s->hold, &cmd->repo, &s->lock);
	if (s->is_locked < 0 ||
	    env_hold_read(&s->held, &cmd->repo, s->to.env, &cmd->err) < 0)
		return -1;
	return 0;
}

/* What is known here is what the platform shows now. */
static void scene_release(struct scene *s, struct cmd *cmd, int changed)
{
	struct error ignored = ERROR_INIT;

	if (changed)
		hold_look(&s->lock, &cmd->repo, &s->to, &ignored);
	error_release(&ignored);
	hold_release(&s->hold);
	env_hold_release(&s->held);
	env_lock_release(&s->lock);
	destination_release(&s->to);
	product_release(&s->product);
}

/* A reason is to say something. */
static int check_reason(struct cmd *cmd, const char *reason)
{
	if (!reason || reason[strspn(reason, " \t\n")])
		return 0;
	return error_set(&cmd->err, ERROR_USAGE, "the reason is empty");
}

static void say_locked(struct cmd *cmd, const struct scene *s)
{
	struct buf held = BUF_INIT;

	env_lock_add(&held, &s->lock);
	cmd_say(cmd, "%s is locked for this clone already, %s.", s->to.env,
		held.s);
	buf_release(&held);
}

/* What the platform has of a lock stays as it is. */
static void warn_unrecorded(struct cmd *cmd, const struct scene *s)
{
	cmd_warn(cmd, "the reason is not recorded, as %s was locked before; "
		 "\"git upgrade unlock %s\" and lock it again, if others are "
		 "to be told", s->to.env, s->to.env);
}

static int lock(struct cmd *cmd, struct scene *s,
		const struct lock_options *o)
{
	int had = s->hold.nonce && !s->hold.of_push;

	if (s->is_locked && !s->hold.nonce)
		return env_lock_refuse(&s->lock, s->to.env, &cmd->err);
	if (s->is_locked && o->reason)
		warn_unrecorded(cmd, s);
	if (had) {
		say_locked(cmd, s);
		return EXIT_OK;
	}
	if (o->dry_run) {
		cmd_say(cmd, "Would lock %s.", s->to.env);
		return EXIT_OK;
	}
	if (hold_take(&s->hold, &cmd->repo, &s->to, 0, NULL, o->reason,
		      &cmd->err))
		return -1;
	cmd_say(cmd, "Locked %s: \"git upgrade push\" in this clone goes "
		"through, all else is refused.", s->to.env);
	cmd_hint(cmd, "Lock", "open it again with \"git upgrade unlock %s\"",
		 s->to.env);
	cmd_hint(cmd, "Lock", "plain git shows the lock with \"git push -o "
		 LOCK_OPTION "%s\"", s->hold.nonce);
	return EXIT_OK;
}

/* Somebody else's */
static int take_away(struct cmd *cmd, struct scene *s,
		     const struct lock_options *o)
{
	struct buf held = BUF_INIT;
	int ret = EXIT_OK;

	env_lock_add(&held, &s->lock);
	if (!o->reason) {
		error_set(&cmd->err, ERROR_REFUSED, "%s is locked %s; this "
			  "clone does not have that lock", s->to.env, held.s);
		error_hint(&cmd->err, "to take it away, say why; it is "
			   "recorded: \"git upgrade unlock %s --reason=TEXT\"",
			   s->to.env);
		ret = -1;
	} else if (o->dry_run) {
		cmd_say(cmd, "Would take away the lock of %s, %s.", s->to.env,
			held.s);
	} else if (hold_break(&cmd->repo, &s->to, &s->lock, o->reason,
			      &cmd->err) < 0) {
		ret = -1;
	} else {
		cmd_say(cmd, "Unlocked %s, which was locked %s.", s->to.env,
			held.s);
	}
	buf_release(&held);
	return ret;
}

/* It may be promoted to again. */
static int let_go(struct cmd *cmd, struct scene *s,
		  const struct lock_options *o)
{
	struct buf held = BUF_INIT;
	int ret = EXIT_OK;

	env_hold_add(&held, &s->held);
	if (!o->reason) {
		error_set(&cmd->err, ERROR_REFUSED, "%s is held %s", s->to.env,
			  held.s);
		error_hint(&cmd->err, "when it may go on, say why; it is "
			   "recorded: \"git upgrade unlock %s "
			   "--reason=TEXT\"", s->to.env);
		ret = -1;
	} else if (o->dry_run) {
		cmd_say(cmd, "Would release %s, which is held %s.", s->to.env,
			held.s);
	} else if (hold_let_go(&cmd->repo, &s->to, &s->held, o->reason,
			       &cmd->err) < 0) {
		ret = -1;
	} else {
		cmd_say(cmd, "Released %s, which was held %s.", s->to.env,
			held.s);
	}
	buf_release(&held);
	return ret;
}

static int open_lock(struct cmd *cmd, struct scene *s,
		     const struct lock_options *o)
{
	if (!s->hold.nonce)
		return take_away(cmd, s, o);
	if (o->dry_run) {
		cmd_say(cmd, "Would unlock %s.", s->to.env);
		return EXIT_OK;
	}
	if (hold_give_back(&s->hold, &cmd->repo, &s->to, &cmd->err) < 0)
		return -1;
	cmd_say(cmd, "Unlocked %s.", s->to.env);
	return EXIT_OK;
}

/* One's own lock goes without a reason, and the hold then stays. */
static int unlock(struct cmd *cmd, struct scene *s,
		  const struct lock_options *o)
{
	int ret = EXIT_OK;

	if (!s->is_locked && !s->held.oid) {
		cmd_say(cmd, "%s is not locked.", s->to.env);
		return EXIT_OK;
	}
	if (s->is_locked)
		ret = open_lock(cmd, s, o);
	if (ret == EXIT_OK && s->held.oid && (o->reason || !s->is_locked)) {
		ret = let_go(cmd, s, o);
		cmd->err.changed |= s->is_locked && !o->dry_run;
	}
	return ret;
}

static int run(struct cmd *cmd, const struct lock_options *o, int argc,
	       char **argv,
	       int (*act)(struct cmd *cmd, struct scene *s,
			  const struct lock_options *o))
{
	struct scene s = SCENE_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0 || check_reason(cmd, o->reason) < 0)
		return -1;
	if (!scene_read(&s, cmd, argc ? argv[0] : NULL))
		ret = act(cmd, &s, o);
	scene_release(&s, cmd, ret == EXIT_OK && !o->dry_run);
	return ret;
}

static int run_lock(struct cmd *cmd, void *opts, int argc, char **argv)
{
	return run(cmd, opts, argc, argv, lock);
}

static int run_unlock(struct cmd *cmd, void *opts, int argc, char **argv)
{
	return run(cmd, opts, argc, argv, unlock);
}

const struct command cmd_lock = {
	.name = "lock",
	.summary = "have an environment to oneself",
	.synopsis = lock_synopsis,
	.options = lock_options,
	.options_size = sizeof(struct lock_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_lock,
};

const struct command cmd_unlock = {
	.name = "unlock",
	.summary = "open an environment that is locked",
	.synopsis = unlock_synopsis,
	.options = unlock_options,
	.options_size = sizeof(struct lock_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_unlock,
};
