/*
 * git upgrade promote: what one environment has verified comes to the next.
 */
#include "cmd/commands.h"
#include "cmd/override.h"
#include "cmd/push_lock.h"
#include "cmd/push_run.h"
#include "cmd/upstream.h"
#include "cmd/verdict_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/promote.h"

#define DEFAULT_TIMEOUT (30 * 60)

struct promote_options {
	int dry_run;
	int no_wait;
	int path;
	const char *release;
	const char *commit;
	struct strvec drop;
	struct strvec values;
	const char *message;
	const char *timeout;
	const char *trust;
	struct strvec override;
	const char *reason;
	int json;
};

static const char *const synopsis[] = {
	"promote [<options>] [<from>] <to>", NULL
};

static const struct opt options[] = {
	OPTION_FLAG('n', "dry-run", struct promote_options, dry_run,
		    "say what would be promoted, and what the gates say"),
	OPTION_FLAG(0, "path", struct promote_options, path,
		    "all hops on the way, one after the other"),
	OPTION_STRING(0, "release", struct promote_options, release,
		      "release", "promote what was verified of this one last"),
	OPTION_STRING(0, "commit", struct promote_options, commit, "commit",
		      "promote this one, which was verified"),
	OPTION_LIST(0, "drop", struct promote_options, drop, "commit",
		    "lose this commit of the environment's own"),
	OPTION_LIST(0, "set", struct promote_options, values, "name=text",
		    "a value that a migration asks for"),
	OPTION_STRING('m', "message", struct promote_options, message, "text",
		      "more to say in the commit"),
	OPTION_FLAG(0, "no-wait", struct promote_options, no_wait,
		    "do not wait for the deploy"),
	OPTION_STRING(0, "timeout", struct promote_options, timeout, "span",
		      "how long to wait: 90s, 10m, 2h (default 30m)"),
	OPTION_STRING(0, "trust", struct promote_options, trust, "hash",
		      "allow these commands of the configuration"),
	OPTION_LIST(0, "override", struct promote_options, override, "gate",
		    "let it in although this gate says no"),
	OPTION_STRING(0, "reason", struct promote_options, reason, "text",
		      "with --override: why; it is recorded"),
	OPTION_FLAG(0, "json", struct promote_options, json,
		    "print the outcome as JSON"),
	OPTION_END
};

static void say_move(struct cmd *cmd, const struct promote *p)
{
	const char *was = p->push.from;
	char *what = cmd_name_commit(p->release, p->tip);
	int hop = was && p->release && strcmp(was, p->release);
	struct buf age = BUF_INIT;

	if (p->proof.when) {
		buf_addc(&age, ' ');
		time_add_span(&age, time(NULL) - p->proof.when);
		buf_adds(&age, " ago");
	}
	cmd_say(cmd, "%s: %s%s%s of %s, verified there%s, to %s",
		p->env->name, hop ? was : "", hop ? " -> " : "", what,
		p->env->promotes_from, age.s, p->push.to.url);
	buf_release(&age);
	free(what);
}

/* What it is founded on, a line a gate. */
static void say_evidence(struct cmd *cmd, const struct promote *p)
{
	const struct verdict_list *list = &p->push.verdicts;

	for (size_t i = 0; i < list->nr; i++)
		if (list->v[i].kind == VERDICT_OK && list->v[i].reason)
			cmd_say(cmd, "  %-10s %s: %s", "evidence",
				list->v[i].gate, list->v[i].reason);
	cmd_say(cmd, "  %-10s %s", "tree", p->tree);
	cmd_say(cmd, "  %-10s %zu commit%s", "brings", p->nr_commits,
		p->nr_commits == 1 ? "" : "s");
}

static void say_carried(struct cmd *cmd, const struct promote *p)
{
	for (size_t i = 0; i < p->carried.nr; i++)
		cmd_say(cmd, "  %-10s %s", "own", p->carried.v[i]);
}

static void say_dropped(struct cmd *cmd, const struct promote *p)
{
	for (size_t i = p->nr_fixes; i-- > 0;)
		if (p->fixes[i].dropped)
			cmd_say(cmd, "  %-10s %.7s (%s)", "drops",
				p->fixes[i].commit, p->fixes[i].subject);
}

static void json_source(struct json *j, const struct promote *p)
{
	struct buf when = BUF_INIT;

	if (p->proof.when)
		time_add_rfc3339(&when, p->proof.when);
	json_object(j, "from");
	json_string(j, "environment", p->env->promotes_from);
	json_string(j, "branch", p->from.branch);
	json_string(j, "remote", p->from.remote);
	json_string(j, "commit", p->tip);
	json_string(j, "release", p->release);
	json_string(j, "verified_at", p->proof.when ? when.s : NULL);
	json_end(j);
	buf_release(&when);
}

static void json_dropped(struct json *j, const struct promote *p)
{
	json_list(j, "dropped");
	for (size_t i = p->nr_fixes; i-- > 0;)
		if (p->fixes[i].dropped)
			json_string(j, NULL, p->fixes[i].commit);
	json_end(j);
}

static void json_carried(struct json *j, const struct promote *p)
{
	json_list(j, "own");
	for (size_t i = 0; i < p->carried.nr; i++)
		json_string(j, NULL, p->carried.v[i]);
	json_end(j);
}

static void json_promotion(struct json *j, const struct promote *p,
			   const char *outcome, const char *detail)
{
	const struct push *push = &p->push;

	json_object(j, NULL);
	json_source(j, p);
	json_string(j, "environment", push->to.env);
	json_string(j, "branch", push->to.branch);
	json_string(j, "remote", push->to.remote);
	json_string(j, "url", push->to.url);
	json_string(j, "was", p->target);
	json_string(j, "was_release", push->from);
	json_string(j, "commit", push->commit);
	json_string(j, "tree", p->tree);
	json_string(j, "release", push->release);
	json_number(j, "commits", (double)p->nr_commits);
	json_dropped(j, p);
	json_carried(j, p);
	verdict_view_json(j, &push->verdicts);
	json_bool(j, "sent", push->sent);
	json_string(j, "outcome", outcome);
	json_string(j, "detail", detail);
	points_json(&push->event.points, j, "points");
	json_string(j, "serves", push->serves);
	json_string(j, "serves_release", push->serves_release);
	json_end(j);
}

static void print_json(struct cmd *cmd, struct json *j)
{
	struct buf out = BUF_INIT;

	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	buf_release(&out);
}

/* It has all of it; what became of that is still worth a word. */
static int say_nothing(struct cmd *cmd, struct promote *p,
		       const struct promote_options *o, long timeout)
{
	char *what = cmd_name_commit(p->release, p->tip);

	cmd_say(cmd, "Nothing to promote: %s has all of %s, which is at %s.",
		p->env->name, p->env->promotes_from, what);
	free(what);
	for (size_t i = p->nr_fixes; i-- > 0;)
		cmd_say(cmd, "  %-10s %.7s (%s); --drop=%.7s loses it",
			"since", p->fixes[i].commit, p->fixes[i].subject,
			p->fixes[i].commit);
	return o->dry_run ? EXIT_OK :
	       push_run(cmd, &p->push, o->no_wait, timeout);
}

static int judge_and_send(struct cmd *cmd, struct promote *p,
			  const struct promote_options *o, long timeout)
{
	struct push *push = &p->push;

	say_move(cmd, p);
	say_carried(cmd, p);
	say_dropped(cmd, p);
	if (push_judge(push, &cmd->repo, &cmd->err) < 0)
		return -1;
	verdict_view_say(cmd, &push->verdicts);
	if (o->dry_run)
		say_evidence(cmd, p);
	verdict_view_warn_unknown(cmd, &push->verdicts);
	override_say(cmd, push, o->dry_run);
	if (push->verdicts.refused)
		return verdict_view_refuse(cmd, &push->verdicts, NULL);
	if (!o->dry_run)
		return promote_confirm(p, &cmd->repo, &cmd->err) < 0 ? -1 :
		       push_run(cmd, push, o->no_wait, timeout);
	cmd_say(cmd, "%s", "Would be promoted.");
	if (push->to.is_platform)
		verdict_view_hint_platform(cmd, push->to.env);
	return EXIT_OK;
}

static const char *outcome_of(const struct cmd *cmd, const struct promote *p,
			      const struct promote_options *o)
{
	if (p->push.verdicts.refused ||
	    (cmd->err.kind == ERROR_REFUSED && !p->push.sent))
		return "refused";
	return o->dry_run ? "dry-run" : push_outcome_name(p->push.outcome);
}

/* `*arrived`: the target's branch has it, whatever became of that. */
static int promote(struct cmd *cmd, const struct promote_options *o,
		   const struct promote_request *q, long timeout,
		   struct json *j, int *arrived)
{
	struct promote p = PROMOTE_INIT;
	struct overrides overrides = OVERRIDES_INIT;
	int ret = -1;

	p.push.trust = o->trust;
	p.push.overrides = &overrides;
	if (override_read(cmd, &overrides, &o->override, o->reason) < 0 ||
	    promote_prepare(&p, &cmd->repo, q, &cmd->err) < 0)
		goto out;
	product_warn(cmd, &p.push.product);
	/* When a host pulls is its own affair. */
	if (p.push.to.is_pulled && !o->timeout)
		timeout = 0;
	ret = p.push.up_to_date ? say_nothing(cmd, &p, o, timeout) :
				  judge_and_send(cmd, &p, o, timeout);
	if (j)
		json_promotion(j, &p, outcome_of(cmd, &p, o),
			       push_detail(cmd, &p.push));
out:
	*arrived = p.push.sent || p.push.up_to_date;
	/* Of several, one that was killed; of these here, whoever began. */
	if (q->turn)
		push_unlock(cmd, &p.push);
	promote_release(&p, &cmd->repo);
	overrides_release(&overrides);
	return ret;
}

/*
 * The releases before the last one, each of which is promoted by itself; where
 * there are any, nobody else is to come in between.
 */
static int find_stops(struct strvec *stops, struct promote *p,
		      struct cmd *cmd, const struct promote_request *q)
{
	struct promote_request look = *q;

	/* A look: but the turn is all of theirs, and so is the lock. */
	look.command = NULL;
	if (promote_prepare(p, &cmd->repo, &look, &cmd->err) < 0 ||
	    promote_stops(p, &cmd->repo, stops, &cmd->err) < 0)
		return -1;
	if (!q->command || !stops->nr)
		return 0;
	return promote_take_lock(p, &cmd->repo, stops->nr + 1, &cmd->err) ?
	       -1 : 0;
}

/* The same again, for what is left; free(). */
static char *rest_of(const struct promote_request *q, const char *last)
{
	return xstrfmt("git upgrade promote --path %s%s%s%s%s%s",
		       last ? "--release=" : "", last ? last : "",
		       last ? " " : "", q->from ? q->from : "",
		       q->from ? " " : "", q->to);
}

/* It ended at `stop` (NULL: the last one), behind `former` (NULL: none). */
static void hint_rest(struct cmd *cmd, const char *rest, const char *stop,
		      const char *former, int arrived)
{
	if (arrived && stop)
		cmd_hint(cmd, "Promote", "%s is as far as it came; when that "
			 "is well, go on with \"%s\"", stop, rest);
	if (arrived || !former || !cmd->err.kind)
		return;
	/* That it was refused would say that nothing was changed. */
	if (cmd->err.kind == ERROR_REFUSED)
		cmd->err.kind = ERROR_DEPLOY;
	cmd->err.changed = 1;
	error_hint(&cmd->err, "%s was promoted and verified before; \"%s\" "
		   "goes on from there", former, rest);
}

/* Ctrl-C between two of them, while it is held back: none begins any more. */
static int is_interrupted(struct cmd *cmd)
{
	if (!interrupt_forget())
		return 0;
	cmd_say(cmd, "%s", "Interrupted; what was promoted stays.");
	return 1;
}

/* One after the other, each deployed and verified before the next. */
static int promote_stops_and_rest(struct cmd *cmd,
				  const struct promote_options *o,
				  struct promote_request *q,
				  const struct strvec *stops, long timeout,
				  struct json *j)
{
	const struct strvec none = STRVEC_INIT;
	const char *last = q->release;
	char *rest = rest_of(q, last);
	int ret = EXIT_OK;

	for (size_t i = 0; ret == EXIT_OK && i <= stops->nr; i++) {
		const char *stop = i < stops->nr ? stops->v[i] : NULL;
		int arrived = 0;

		if (i && o->dry_run) {
			cmd_say(cmd, "Then %s, once that is verified.",
				stop ? stop : "the rest");
			continue;
		}
		q->release = stop ? stop : last;
		ret = i && is_interrupted(cmd) ? EXIT_PENDING :
		      promote(cmd, o, q, timeout, j, &arrived);
		if (ret != EXIT_OK)
			hint_rest(cmd, rest, stop, i ? stops->v[i - 1] : NULL,
				  arrived);
		/* With the first of them it is lost. */
		q->drop = &none;
	}
	free(rest);
	return ret;
}

static int promote_path(struct cmd *cmd, const struct promote_options *o,
			struct promote_request *q, long timeout,
			struct json *j)
{
	struct strvec stops = STRVEC_INIT;
	struct promote first = PROMOTE_INIT;
	int ret = find_stops(&stops, &first, cmd, q);

	q->turn = NULL;
	if (!ret)
		quarantine_end(&first.quarantine, &cmd->repo);
	if (!ret)
		ret = promote_stops_and_rest(cmd, o, q, &stops, timeout, j);
	if (q->command)
		push_unlock(cmd, &first.push);
	promote_release(&first, &cmd->repo);
	strvec_release(&stops);
	return ret;
}

static int promote_or_path(struct cmd *cmd, const struct promote_options *o,
			   struct promote_request *q, long timeout,
			   struct json *j)
{
	int arrived, ret;

	if (!o->path)
		return promote(cmd, o, q, timeout, j, &arrived);
	if (j)
		json_list(j, NULL);
	ret = promote_path(cmd, o, q, timeout, j);
	if (j)
		json_end(j);
	return ret;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct promote_options *o = opts;
	struct promote_request q = { .drop = &o->drop,
				     .values = &o->values,
				     .release = o->release,
				     .commit = o->commit,
				     .message = o->message };
	long timeout = o->timeout ? time_parse_span(o->timeout) :
				    DEFAULT_TIMEOUT;
	struct json *j = NULL;
	char *command;
	int ret;

	if (cmd_args(cmd, argc, 1, 2) < 0)
		return -1;
	if (timeout < 0)
		return error_set(&cmd->err, ERROR_USAGE, "'%s' is no span of "
				 "time such as 90s, 10m or 2h", o->timeout);
	if (o->path && o->no_wait)
		return error_set(&cmd->err, ERROR_USAGE, "--path waits for "
				 "each release before the next one comes");
	if (o->commit && (o->path || o->release))
		return error_set(&cmd->err, ERROR_USAGE, "--commit is one to "
				 "promote, and so neither --path nor "
				 "--release");
	q.from = argc > 1 ? argv[0] : NULL;
	q.to = argv[argc - 1];
	command = xstrfmt("git upgrade promote %s%s%s", q.from ? q.from : "",
			  q.from ? " " : "", q.to);
	q.command = q.turn = o->dry_run ? NULL : command;
	if (o->json)
		j = json_new();
	ret = promote_or_path(cmd, o, &q, timeout, j);
	if (j)
		print_json(cmd, j);
	json_free(j);
	free(command);
	return ret;
}

const struct command cmd_promote = {
	.name = "promote",
	.summary = "bring what an environment verified to the next",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct promote_options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
