/*
 * git upgrade rollback: an environment goes back to what was verified before,
 * by a commit that its platform makes, deploys and verifies.
 */
#include "cmd/commands.h"
#include "cmd/push_log.h"
#include "cmd/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/rollback.h"
#include "state/held.h"

#define DEFAULT_TIMEOUT (30 * 60)

struct rollback_options {
	int dry_run;
	int no_wait;
	const char *to;
	const char *reason;
	const char *timeout;
	int json;
};

static const char *const synopsis[] = { "rollback [<options>] [<env>]", NULL };

static const struct opt options[] = {
	OPTION_FLAG('n', "dry-run", struct rollback_options, dry_run,
		    "say what it would go back to, and do not"),
	OPTION_STRING(0, "to", struct rollback_options, to, "release",
		      "go back to this release, or commit"),
	OPTION_STRING(0, "reason", struct rollback_options, reason, "text",
		      "why, for the history and the log"),
	OPTION_FLAG(0, "no-wait", struct rollback_options, no_wait,
		    "do not wait for the deploy"),
	OPTION_STRING(0, "timeout", struct rollback_options, timeout, "span",
		      "how long to wait: 90s, 10m, 2h (default 30m)"),
	OPTION_FLAG(0, "json", struct rollback_options, json,
		    "print the outcome as JSON"),
	OPTION_END
};

static void say_way(struct cmd *cmd, const struct back *b)
{
	char *from = cmd_name_commit(b->release, b->tip);
	char *to = cmd_name_commit(b->former.release, b->former.commit);
	struct buf age = BUF_INIT;

	time_add_span(&age, time(NULL) - b->former.when);
	cmd_say(cmd, "%s: from %s back to %s, verified %s ago",
		b->push.to.env, from, to, age.s);
	buf_release(&age);
	free(from);
	free(to);
}

static void print_json(struct cmd *cmd, const struct back *b)
{
	const struct push *p = &b->push;
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "environment", p->to.env);
	json_string(j, "branch", p->to.branch);
	json_string(j, "remote", p->to.remote);
	json_string(j, "undoes", b->tip);
	json_string(j, "from", b->release);
	json_string(j, "restores", b->former.commit);
	json_string(j, "release", b->former.release);
	json_string(j, "commit", p->commit);
	json_string(j, "outcome", b->push.sent ?
		    push_outcome_name(b->push.outcome) : "dry-run");
	json_string(j, "detail", p->has_event ? p->event.detail : NULL);
	points_json(&p->event.points, j, "points");
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

/* It is held, as the platform that took it back has recorded. */
static int is_held(struct cmd *cmd, const struct push *p)
{
	struct env_hold hold = ENV_HOLD_INIT;
	struct error ignored = ERROR_INIT;
	int held = env_hold_read(&hold, &cmd->repo, p->to.env, &ignored);

	env_hold_release(&hold);
	error_release(&ignored);
	return held > 0;
}

static void hint_next(struct cmd *cmd, const struct back *b)
{
	const struct push *p = &b->push;

	cmd_hint(cmd, "Rollback", "bring its commit here with \"git pull "
		 "--ff-only %s %s\", on branch '%s'", p->to.remote,
		 p->to.branch, p->to.branch);
	if (is_held(cmd, p))
		cmd_hint(cmd, "Rollback", "nothing is promoted to %s until you "
			 "say so: \"git upgrade unlock %s --reason=TEXT\"",
			 p->to.env, p->to.env);
	else if (b->release && b->former.release &&
		 strcmp(b->release, b->former.release))
		cmd_hint(cmd, "Rollback", "to try again after that: git "
			 "upgrade merge %s", b->release);
}

static int end_badly(struct cmd *cmd, const struct back *b)
{
	const struct push *p = &b->push;
	const char *detail = p->has_event ? p->event.detail : NULL;
	const char *how = p->has_event ? p->event.outcome : NULL;

	error_set(&cmd->err, ERROR_DEPLOY, "%s: '%s' is back at %s, but its "
		  "deploy %s%s%s%s", p->to.env, p->to.branch,
		  b->former.release ? b->former.release : "what it was",
		  p->outcome == PUSH_FAILED ? "failed" : "is not verified",
		  detail ? ": " : "", detail ? detail : "",
		  how && !strcmp(how, "down") ? "; nothing serves now" : "");
	cmd->err.changed = 1;
	error_hint(&cmd->err, "what happened: git upgrade log %s", p->to.env);
	if (p->outcome == PUSH_UNVERIFIED)
		return error_hint(&cmd->err, "verify it again with \"git "
				  "upgrade verify %s\"", p->to.env);
	return error_hint(&cmd->err, "try the same commit again: \"git pull "
			  "--ff-only %s %s\" on branch '%s', then \"git "
			  "upgrade push --retry %s\"", p->to.remote,
			  p->to.branch, p->to.branch, p->to.env);
}

static int end_pending(struct cmd *cmd, const struct back *b, int waited)
{
	const struct push *p = &b->push;

	cmd_say(cmd, p->interrupted ? "Detached; the deploy of %s goes on." :
		waited ? "%s is not deployed yet, and the time is up." :
		"%s: the deploy is not waited for.", p->to.env);
	cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
		 "status\"");
	return EXIT_PENDING;
}

static int end(struct cmd *cmd, const struct back *b, int waited)
{
	const struct push *p = &b->push;
	struct buf clock = BUF_INIT;

	switch (p->outcome) {
	case PUSH_VERIFIED:
		time_add_clock(&clock, (time_t)(time_monotonic() -
						p->started));
		cmd_say(cmd, "Back at %s: deployed and verified in %s.",
			b->former.release ? b->former.release :
			"what it was", clock.s);
		buf_release(&clock);
		hint_next(cmd, b);
		return EXIT_OK;
	case PUSH_SUPERSEDED:
		cmd_say(cmd, "Superseded: somebody pushed to %s since.",
			p->to.env);
		cmd_hint(cmd, "Rollback", "what happened: git upgrade log %s",
			 p->to.env);
		return EXIT_PENDING;
	case PUSH_UNVERIFIED:
	case PUSH_FAILED:
		return end_badly(cmd, b);
	case PUSH_NO_PLATFORM:
	case PUSH_PENDING:
		break;
	}
	return end_pending(cmd, b, waited);
}

static int go_back(struct cmd *cmd, struct back *b,
		   const struct rollback_options *o, long timeout)
{
	struct push_log log = { cmd, b->push.to.env, 0, STRVEC_INIT,
				BUF_INIT };
	struct reporter say = { push_log_line, &log };
	struct interrupt held;
	int ret;

	b->push.no_follow = o->no_wait;
	interrupt_hold(&held);
	ret = back_send(b, &cmd->repo, o->to, o->reason, &say, &cmd->err);
	if (!ret)
		ret = push_wait(&b->push, &cmd->repo, o->no_wait ? 0 : timeout,
				&say, &cmd->err);
	if (ret < 0 || !b->push.has_event)
		push_log_errors(&log);
	if (!ret)
		ret = end(cmd, b, !o->no_wait);
	if (b->push.interrupted)
		interrupt_forget();
	interrupt_release(&held);
	strvec_release(&log.errors);
	buf_release(&log.text);
	return ret;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct rollback_options *o = opts;
	const char *env = argc ? argv[0] : NULL;
	struct back b = BACK_INIT;
	long timeout = o->timeout ? time_parse_span(o->timeout) :
				    DEFAULT_TIMEOUT;
	char *command = NULL;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (timeout < 0)
		return error_set(&cmd->err, ERROR_USAGE, "'%s' is no span of "
				 "time such as 90s, 10m or 2h", o->timeout);
	command = xstrfmt("git upgrade rollback%s%s", env ? " " : "",
			  env ? env : "");
	if (back_prepare(&b, &cmd->repo, env, o->to, o->dry_run ? NULL :
			 command, &cmd->err) < 0)
		goto out;
	say_way(cmd, &b);
	if (o->dry_run) {
		cmd_say(cmd, "%s", "Nothing was changed.");
		ret = EXIT_OK;
	} else {
		ret = go_back(cmd, &b, o, timeout);
	}
	if (o->json && (o->dry_run || b.push.sent))
		print_json(cmd, &b);
out:
	back_release(&b);
	free(command);
	return ret;
}

const struct command cmd_rollback = {
	.name = "rollback",
	.summary = "go back to what was verified before",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct rollback_options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
