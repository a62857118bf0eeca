/*
 * git upgrade push: push an environment's branch, wait for the deploy, say
 * what is running.
 */
#include "cmd/commands.h"
#include "cmd/override.h"
#include "cmd/push_lock.h"
#include "cmd/push_run.h"
#include "cmd/upstream.h"
#include "cmd/verdict_view.h"

#include <stdlib.h>
#include <string.h>

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
	struct strvec override;
	const char *reason;
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
	OPTION_LIST(0, "override", struct push_options, override, "gate",
		    "let it in although this gate says no"),
	OPTION_STRING(0, "reason", struct push_options, reason, "text",
		      "with --override: why; it is recorded"),
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
	json_string(j, "detail", push_detail(cmd, p));
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
			return verdict_view_refuse(cmd, &p->verdicts, NULL);
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
		override_say(cmd, p, o->dry_run);
	}
	*outcome = "refused";
	if (p->verdicts.refused)
		return verdict_view_refuse(cmd, &p->verdicts, NULL);
	if (o->dry_run) {
		*outcome = "dry-run";
		if (p->at + 1 < p->hops.nr)
			return EXIT_OK;
		cmd_say(cmd, p->hops.nr > 1 ? "Would be pushed, one by one." :
			p->retry ? "Would be deployed again." :
			p->up_to_date ? "Would push nothing: up to date." :
			"Would be pushed.");
		if (p->to.is_platform && !p->up_to_date)
			verdict_view_hint_platform(cmd, p->to.env);
		return EXIT_OK;
	}
	if (push_needs_lock(p) &&
	    push_take_lock(p, &cmd->repo, &cmd->err))
		return -1;
	ret = push_run(cmd, p, o->no_wait, timeout);
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
	struct overrides overrides = OVERRIDES_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0 ||
	    read_span(cmd, o->timeout, DEFAULT_TIMEOUT, &timeout) < 0 ||
	    read_span(cmd, o->lock_wait && *o->lock_wait ? o->lock_wait : NULL,
		      LONGEST_WAIT, &lock_wait) < 0 ||
	    override_read(cmd, &overrides, &o->override, o->reason) < 0)
		goto out;
	p.trust = o->trust;
	p.overrides = &overrides;
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
	overrides_release(&overrides);
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
