/*
 * git upgrade push: push an environment's branch, wait for the deploy, say
 * what is running.
 */
#include "cmd/commands.h"
#include "cmd/diagnosis_view.h"
#include "cmd/push_lock.h"
#include "cmd/push_log.h"
#include "cmd/upstream.h"
#include "cmd/verdict_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/push.h"

#define DEFAULT_TIMEOUT (30 * 60)

struct push_options {
	int dry_run;
	int no_wait;
	int retry;
	const char *timeout;
	const char *trust;
	const char *lock_wait;
	int json;
};

static const char *const synopsis[] = { "push [<options>] [<env>]", NULL };

static const struct opt options[] = {
	OPTION_FLAG('n', "dry-run", struct push_options, dry_run,
		    "judge the push, but do not push"),
	OPTION_FLAG(0, "no-wait", struct push_options, no_wait,
		    "push, and do not wait for the deploy"),
	OPTION_FLAG(0, "retry", struct push_options, retry,
		    "deploy again what failed"),
	OPTION_STRING(0, "timeout", struct push_options, timeout, "span",
		      "how long to wait: 90s, 10m, 2h (default 30m)"),
	OPTION_STRING(0, "trust", struct push_options, trust, "hash",
		      "allow these commands of the configuration"),
	OPTION_MAYBE(0, "lock-wait", struct push_options, lock_wait, "span",
		     "wait for the lock of somebody else, then have it"),
	OPTION_FLAG(0, "json", struct push_options, json,
		    "print the outcome as JSON"),
	OPTION_END
};

static void say_move(struct cmd *cmd, const struct push *p)
{
	char *to = cmd_name_commit(p->release, p->commit);
	int hop = p->from && p->release && strcmp(p->from, p->release);

	cmd_say(cmd, "%s: %s%s%s to %s", p->to.env, hop ? p->from : "",
		hop ? " -> " : "", to, p->to.url);
	free(to);
}

/* Every refusal is an error of its own; the last becomes the command's. */
static int refuse(struct cmd *cmd, const struct push *p)
{
	for (size_t i = 0; i < p->verdicts.nr; i++) {
		const struct verdict *v = &p->verdicts.v[i];

		if (v->kind != VERDICT_REFUSED)
			continue;
		if (cmd->err.message)
			cmd_print_error(cmd, &cmd->err);
		error_release(&cmd->err);
		cmd->err = (struct error)ERROR_INIT;
		error_set(&cmd->err, ERROR_REFUSED, "%s: %s", v->gate,
			  v->reason);
		for (size_t h = 0; h < v->hints.nr; h++)
			error_hint(&cmd->err, "%s", v->hints.v[h]);
	}
	return -1;
}

/* What became of each hop, as far as it got. */
struct course {
	const char **outcomes;
	char **releases;
	size_t nr;
};

static void course_add(struct course *c, const struct push *p,
		       const char *outcome)
{
	c->outcomes[c->nr] = outcome;
	c->releases[c->nr++] = xstrdup_or_null(p->release);
}

static void course_release(struct course *c)
{
	for (size_t i = 0; i < c->nr; i++)
		free(c->releases[i]);
	free(c->outcomes);
	free(c->releases);
}

static void json_hops(struct json *j, const struct push *p,
		      const struct course *c)
{
	json_list(j, "hops");
	for (size_t i = 0; i < p->hops.nr; i++) {
		json_object(j, NULL);
		json_string(j, "commit", p->hops.v[i]);
		json_string(j, "release", i < c->nr ? c->releases[i] : NULL);
		json_string(j, "outcome", i < c->nr ? c->outcomes[i] : NULL);
		json_end(j);
	}
	json_end(j);
}

/* Who deploys it, as the configuration calls that. */
static const char *deploy_of(const struct push *p)
{
	const struct environment *e = env_list_find(&p->to.environments,
						    p->to.env);

	if (p->to.is_platform)
		return deploy_driver_name(DEPLOY_BY_HOOKS);
	return e && (p->to.is_pulled || p->to.is_driven) ?
		deploy_driver_name(e->deploy) : NULL;
}

/* The hop it stopped at, and the list of all. */
static void print_json(struct cmd *cmd, const struct push *p,
		       const struct course *c)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "environment", p->to.env);
	json_string(j, "branch", p->to.branch);
	json_string(j, "remote", p->to.remote);
	json_string(j, "url", p->to.url);
	json_string(j, "deploy", deploy_of(p));
	json_string(j, "commit", p->commit);
	json_string(j, "from", p->from);
	json_string(j, "release", p->release);
	verdict_view_json(j, &p->verdicts);
	json_bool(j, "sent", p->sent);
	json_string(j, "outcome", c->nr ? c->outcomes[c->nr - 1] : "refused");
	json_string(j, "superseded_by", p->by);
	json_string(j, "detail", p->has_event ? p->event.detail : NULL);
	points_json(&p->event.points, j, "points");
	json_string(j, "serves", p->serves);
	json_string(j, "serves_release", p->serves_release);
	json_hops(j, p, c);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

/* What a failure left behind, from the ledger's outcome. */
static char *aftermath(const struct push *p)
{
	const char *how = p->has_event ? p->event.outcome : NULL;
	char *what, *text;

	if (how && !strcmp(how, "down") && !p->by)
		return xstrdup("nothing serves now");
	if (!p->serves)
		return xstrdup("nothing was deployed there before");
	what = cmd_name_commit(p->serves_release, p->serves);
	text = xstrfmt(p->by ? "%s serves now" :
		       how && !strcmp(how, "restored") ?
		       "%s was restored and serves again" :
		       "%s still serves", what);
	free(what);
	return text;
}

/* Its host can be told only where it is. */
static void hint_host(struct cmd *cmd, const struct push *p)
{
	error_hint(&cmd->err, "push a fix, or have its host try the same "
		   "commit again: there, \"git upgrade deploy --retry %s\"",
		   p->to.env);
}

/* Hops are left that were built on the one that failed. */
static void hint_fix(struct cmd *cmd, const struct push *p)
{
	size_t left = p->hops.nr - p->at - 1;
	const char *goal = NULL;
	char *last = adopted_name_at(&cmd->repo, &p->product.releases, p->tip);

	goal = last ? last : "RELEASE";
	error_hint(&cmd->err, "%zu more hop%s not pushed; try the same commit "
		   "again, and go on, with \"git upgrade push --retry %s\"",
		   left, left == 1 ? " was" : "s were", p->to.env);
	error_hint(&cmd->err, "a fix goes right behind this hop: \"git reset "
		   "--keep %.12s\", commit it,", p->commit);
	error_hint(&cmd->err, "then \"git upgrade merge --path %s\" and \"git "
		   "upgrade push\"", goal);
	free(last);
}

static int end_failed(struct cmd *cmd, struct push *p)
{
	char *what = cmd_name_commit(p->release, p->commit);
	char *left = aftermath(p);
	const char *detail = p->has_event ? p->event.detail : NULL;

	error_set(&cmd->err, ERROR_DEPLOY, "%s: the deploy of %s failed%s%s; "
		  "%s", p->to.env, what, detail ? ": " : "",
		  detail ? detail : "", left);
	cmd->err.changed = 1;
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   p->to.env);
	if (p->to.is_pulled)
		hint_host(cmd, p);
	else if (p->by)
		error_hint(&cmd->err, "%s has moved on to %.7s: bring that "
			   "here with \"git pull --ff-only %s %s\"",
			   p->to.branch, p->by, p->to.remote, p->to.branch);
	else if (p->at + 1 < p->hops.nr)
		hint_fix(cmd, p);
	else
		error_hint(&cmd->err, "push a fix, or try the same commit "
			   "again with \"git upgrade push --retry %s\"",
			   p->to.env);
	free(what);
	free(left);
	return -1;
}

static int end_unverified(struct cmd *cmd, struct push *p)
{
	char *what = cmd_name_commit(p->release, p->commit);
	const char *detail = p->has_event ? p->event.detail : NULL;

	error_set(&cmd->err, ERROR_DEPLOY, "%s: %s is deployed, but not "
		  "verified%s%s", p->to.env, what, detail ? ": " : "",
		  detail ? detail : "");
	cmd->err.changed = 1;
	error_hint(&cmd->err, p->to.is_pulled ? "verify it again on its host: "
		   "there, \"git upgrade verify %s\"" :
		   "verify it again with \"git upgrade verify %s\"",
		   p->to.env);
	free(what);
	return -1;
}

/* It is where its host pulls from, and that is all that can be done here. */
static int end_delivered(struct cmd *cmd, struct push *p)
{
	size_t left = p->hops.nr - p->at - 1;

	cmd_say(cmd, p->sent ? "Delivered to '%s'; the host of %s deploys it "
		"when it pulls." : "'%s' has it already; the host of %s has "
		"not deployed it yet.", p->to.remote, p->to.env);
	if (left)
		cmd_hint(cmd, "Pending", "%zu more hop%s: \"git upgrade push "
			 "%s\" again when its host has deployed this one",
			 left, left == 1 ? " follows" : "s follow",
			 p->to.env);
	if (destination_has_evidence(&p->to))
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "verify %s\", or wait for it with \"git upgrade push "
			 "--timeout=10m %s\"", p->to.env, p->to.env);
	else
		cmd_hint(cmd, "Pending", "nobody says here how it goes; see it "
			 "on the host with \"git upgrade status\"");
	return EXIT_PENDING;
}

/* No error, no success: said in plain words, with an exit code of its own. */
static int end_pending(struct cmd *cmd, struct push *p, int waited)
{
	if (p->to.is_pulled)
		return end_delivered(cmd, p);
	/* Behind the ^C. */
	if (p->interrupted && cmd->term.err_tty)
		cmd_say(cmd, "%s", "");
	cmd_say(cmd, p->interrupted ?
		"Detached; the deploy of %s goes on." : waited ?
		"%s is not deployed yet, and the time is up." :
		"%s: the deploy is not waited for.", p->to.env);
	if (p->to.is_driven)
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "verify %s\", or wait again with \"git upgrade push "
			 "%s\"", p->to.env, p->to.env);
	else
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "status\", or wait again with \"git upgrade push "
			 "%s\"", p->to.env);
	return EXIT_PENDING;
}

static int end_no_platform(struct cmd *cmd, struct push *p)
{
	error_set(&cmd->err, ERROR_DEPLOY, "%s '%s', which is no platform "
		  "of git upgrade: nothing there deploys it",
		  p->sent ? "pushed to" : "everything is up to date at",
		  p->to.remote);
	cmd->err.changed = p->sent;
	error_hint(&cmd->err, "make a repository that deploys with \"git "
		   "upgrade platform init DIR\" on the server");
	return -1;
}

/* Superseded by a rollback or by an older release is no success. */
static int end_superseded(struct cmd *cmd, struct push *p)
{
	const struct release_list *list = &p->product.releases;
	const struct release *ours, *theirs;
	char *what = cmd_name_commit(p->event.release, p->by);

	if (!p->by_verified) {
		error_set(&cmd->err, ERROR_DEPLOY, "%s: superseded by %s, "
			  "whose deploy failed%s%s", p->to.env, what,
			  p->event.detail ? ": " : "",
			  p->event.detail ? p->event.detail : "");
		goto out;
	}
	ours = p->release ? release_find(list, p->release) : NULL;
	theirs = p->event.release ? release_find(list, p->event.release) :
				    NULL;
	if (!ours || !theirs || version_cmp(&theirs->version,
					    &ours->version) >= 0) {
		cmd_say(cmd, "Superseded by %s, which is deployed and "
			"verified and includes it.", what);
		free(what);
		return EXIT_OK;
	}
	error_set(&cmd->err, ERROR_PENDING, "%s: superseded by %s, an older "
		  "release, which is deployed and verified", p->to.env, what);
out:
	cmd->err.changed = 1;
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   p->to.env);
	free(what);
	return -1;
}

static int end_verified(struct cmd *cmd, struct push *p)
{
	struct buf when = BUF_INIT;

	if (p->sent) {
		time_add_clock(&when, (time_t)(time_monotonic() -
					       p->started));
		cmd_say(cmd, "Deployed and verified in %s.", when.s);
	} else {
		if (p->has_event) {
			buf_adds(&when, ", ");
			time_add_span(&when, time(NULL) - p->event.when);
			buf_adds(&when, " ago");
		}
		cmd_say(cmd, "Up to date: deployed and verified%s.", when.s);
	}
	buf_release(&when);
	return EXIT_OK;
}

static int end(struct cmd *cmd, struct push *p, int waited)
{
	switch (p->outcome) {
	case PUSH_VERIFIED:
		return end_verified(cmd, p);
	case PUSH_UNVERIFIED:
		return end_unverified(cmd, p);
	case PUSH_FAILED:
		return end_failed(cmd, p);
	case PUSH_SUPERSEDED:
		return end_superseded(cmd, p);
	case PUSH_NO_PLATFORM:
		return end_no_platform(cmd, p);
	case PUSH_PENDING:
		break;
	}
	return end_pending(cmd, p, waited);
}

static int send_and_wait(struct cmd *cmd, struct push *p,
			 const struct push_options *o, long timeout)
{
	struct push_log log = { cmd, p->to.env, p->to.is_driven,
				STRVEC_INIT, BUF_INIT };
	struct reporter say = { push_log_line, &log };
	struct interrupt held;
	int ret;

	p->no_follow = o->no_wait;
	interrupt_hold(&held);
	ret = push_send(p, &cmd->repo, &say, &cmd->err);
	if (ret < 0) {
		push_log_errors(&log);
		goto out;
	}
	ret = push_wait(p, &cmd->repo, o->no_wait ? 0 : timeout, &say,
			&cmd->err);
	if (!p->has_event)
		push_log_errors(&log);
	if (!ret)
		ret = end(cmd, p, !o->no_wait);
	if (ret < 0 && p->outcome == PUSH_FAILED)
		push_log_hints(&log, &cmd->err);
	if (ret < 0 && p->outcome == PUSH_FAILED)
		diagnosis_view_hint(&cmd->err, &p->product.profile, &log.text,
				    p->to.env);
out:
	/* git passes Ctrl-C on to us, so that it may come twice. */
	while (p->interrupted && interrupt_wait(0))
		;
	interrupt_release(&held);
	strvec_release(&log.errors);
	buf_release(&log.text);
	return ret;
}

/* "production: 3 hops, each verified before the next: 1.1.0, 1.2.0, ..." */
static void say_hops(struct cmd *cmd, struct push *p)
{
	struct buf line = BUF_INIT;

	for (size_t i = 0; i < p->hops.nr; i++) {
		char *release = adopted_name_at(&cmd->repo,
						&p->product.releases,
						p->hops.v[i]);
		char *name = cmd_name_commit(release, p->hops.v[i]);

		buf_addf(&line, "%s%s", i ? ", " : "", name);
		free(release);
		free(name);
	}
	cmd_say(cmd, "%s: %zu hops, each verified before the next: %s",
		p->to.env, p->hops.nr, line.s);
	buf_release(&line);
}

/*
 * Of several hops the later ones are judged before the first is pushed, or
 * one might be stuck in the middle.
 */
static int judge_later(struct cmd *cmd, struct push *p, int retry)
{
	for (size_t i = p->hops.nr; i-- > 1;) {
		push_aim(p, &cmd->repo, i, 1);
		if (push_judge(p, &cmd->repo, &cmd->err) < 0)
			return -1;
		if (p->verdicts.refused) {
			say_move(cmd, p);
			verdict_view_say(cmd, &p->verdicts);
			return refuse(cmd, p);
		}
	}
	push_aim(p, &cmd->repo, 0, 0);
	p->retry = retry;
	return 0;
}

static int refuse_no_wait(struct cmd *cmd, const struct push *p)
{
	error_set(&cmd->err, ERROR_REFUSED, "%zu hops are to be pushed, and "
		  "each waits for the one before to be verified",
		  p->hops.nr);
	return error_hint(&cmd->err, "leave --no-wait away; after Ctrl-C "
			  "\"git upgrade push %s\" goes on with what is "
			  "left", p->to.env);
}

static int judge_and_send(struct cmd *cmd, struct push *p,
			  const struct push_options *o, long timeout,
			  const char **outcome)
{
	int ret;

	say_move(cmd, p);
	if (!p->up_to_date) {
		if (push_judge(p, &cmd->repo, &cmd->err) < 0)
			return -1;
		verdict_view_say(cmd, &p->verdicts);
		verdict_view_warn_unknown(cmd, &p->verdicts);
	}
	*outcome = "refused";
	if (p->verdicts.refused)
		return refuse(cmd, p);
	if (o->dry_run) {
		*outcome = "dry-run";
		if (p->at + 1 < p->hops.nr)
			return EXIT_OK;
		cmd_say(cmd, p->hops.nr > 1 ? "Would be pushed, one by one." :
			p->retry ? "Would be deployed again." :
			p->up_to_date ? "Would push nothing: up to date." :
			"Would be pushed.");
		return EXIT_OK;
	}
	if (push_needs_lock(p) &&
	    push_take_lock(p, &cmd->repo, &cmd->err))
		return -1;
	ret = send_and_wait(cmd, p, o, timeout);
	if (p->sent || cmd->err.kind != ERROR_REFUSED)
		*outcome = push_outcome_name(p->outcome);
	return ret;
}

/* What went wrong, went wrong behind hops that went well. */
static void hint_former(struct cmd *cmd, const struct push *p,
			const struct course *c)
{
	const char *former = p->hops.v[p->at - 1];
	char *what = cmd_name_commit(c->releases[p->at - 1], former);

	if (cmd->err.kind == ERROR_REFUSED)
		cmd->err.kind = ERROR_DEPLOY;
	cmd->err.changed = 1;
	error_hint(&cmd->err, "%s was deployed and verified before; \"git "
		   "upgrade push %s\" goes on from there", what, p->to.env);
	free(what);
}

/* One hop after the other, up to the first that is not verified. */
static int push_hops(struct cmd *cmd, struct push *p,
		     const struct push_options *o, long timeout,
		     struct course *c)
{
	int several = p->hops.nr > 1, ret;

	if (several) {
		say_hops(cmd, p);
		if (o->no_wait && !o->dry_run && !p->to.is_pulled)
			return refuse_no_wait(cmd, p);
		if (judge_later(cmd, p, p->retry) < 0)
			return -1;
	}
	for (size_t i = 0;;) {
		const char *outcome = "refused";

		ret = judge_and_send(cmd, p, o, timeout, &outcome);
		course_add(c, p, outcome);
		if (ret < 0 && i && !o->dry_run)
			hint_former(cmd, p, c);
		if (ret != EXIT_OK || ++i == p->hops.nr ||
		    (!o->dry_run && p->outcome != PUSH_VERIFIED))
			return ret;
		push_aim(p, &cmd->repo, i, o->dry_run);
	}
}

/* NULL: it was not given. */
static int read_span(struct cmd *cmd, const char *text, long fallback,
		     long *seconds)
{
	*seconds = text ? time_parse_span(text) : fallback;
	if (*seconds >= 0)
		return 0;
	return error_set(&cmd->err, ERROR_USAGE, "'%s' is no span of time "
			 "such as 90s, 10m or 2h", text);
}

static int prepare(struct cmd *cmd, struct push *p,
		   const struct push_options *o, const char *env,
		   long lock_wait)
{
	char *command = NULL;
	int ret;

	if (!o->dry_run)
		command = xstrfmt("git upgrade push%s%s", env ? " " : "",
				  env ? env : "");
	ret = o->lock_wait ?
	      push_prepare_locked(cmd, p, env, o->retry, command, lock_wait) :
	      push_prepare(p, &cmd->repo, env, o->retry, command, &cmd->err);
	free(command);
	return ret;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct push_options *o = opts;
	long timeout, lock_wait;
	struct push p = PUSH_INIT;
	struct course c = { NULL, NULL, 0 };
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0 ||
	    read_span(cmd, o->timeout, DEFAULT_TIMEOUT, &timeout) < 0 ||
	    read_span(cmd, o->lock_wait && *o->lock_wait ? o->lock_wait : NULL,
		      LONGEST_WAIT, &lock_wait) < 0)
		return -1;
	p.trust = o->trust;
	if (prepare(cmd, &p, o, argc ? argv[0] : NULL, lock_wait) < 0)
		goto out;
	product_warn(cmd, &p.product);
	/* When a host pulls is its own affair. */
	if (p.to.is_pulled && !o->timeout)
		timeout = 0;
	c.outcomes = xcalloc(p.hops.nr, sizeof(*c.outcomes));
	c.releases = xcalloc(p.hops.nr, sizeof(*c.releases));
	ret = push_hops(cmd, &p, o, timeout, &c);
	if (o->json)
		print_json(cmd, &p, &c);
out:
	if (!o->dry_run)
		push_unlock(cmd, &p);
	course_release(&c);
	push_release(&p);
	return ret;
}

const struct command cmd_push = {
	.name = "push",
	.summary = "push an environment, wait for its deploy",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct push_options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
