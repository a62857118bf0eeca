/*
 * git upgrade deploy: run the deploy here, in the work tree.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "cmd/deploy_view.h"
#include "cmd/verdict_view.h"
#include "deploy/here.h"
#include "deploy/mode.h"
#include "doc/json.h"
#include "flow/trust.h"

struct deploy_options {
	int dry_run;
	int quiet;
	int retry;
	int json;
	const char *trust;
};

static const char *const synopsis[] = { "deploy [<options>] [<env>]", NULL };

static const struct opt options[] = {
	OPTION_FLAG('n', "dry-run", struct deploy_options, dry_run,
		    "judge the deploy, but run nothing"),
	OPTION_FLAG('q', "quiet", struct deploy_options, quiet,
		    "say nothing unless it fails"),
	OPTION_FLAG(0, "retry", struct deploy_options, retry,
		    "deploy again what failed"),
	OPTION_STRING(0, "trust", struct deploy_options, trust, "hash",
		      "allow these commands of the configuration"),
	OPTION_FLAG(0, "json", struct deploy_options, json,
		    "print the outcome as JSON"),
	OPTION_END
};

static const char *outcome_word(const struct host_deploy *h)
{
	switch (h->outcome) {
	case HOST_DEPLOYED:
		return "verified";
	case HOST_FAILED:
		return "failed";
	case HOST_PENDING:
		break;
	}
	return "pending";
}

static void print_json(struct cmd *cmd, struct host_deploy *h,
		       const char *outcome)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;
	int published = host_is_published(h);

	json_object(j, NULL);
	json_string(j, "environment", h->env->name);
	json_string(j, "branch", h->env->branch);
	json_string(j, "commit", h->commit);
	json_string(j, "from", h->from);
	json_string(j, "release", h->release);
	verdict_view_json(j, &h->verdicts);
	json_string(j, "outcome", outcome);
	json_string(j, "result", h->has_event ? h->event.outcome : NULL);
	json_string(j, "detail", h->has_event ? h->event.detail : NULL);
	points_json(&h->event.points, j, "points");
	if (published < 0)
		json_string(j, "published", NULL);
	else
		json_bool(j, "published", published);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

static void say_step(struct cmd *cmd, const struct deploy_step *s,
		     int interrupts)
{
	cmd_say(cmd, "  %-10s %s%s", "step", s->name,
		interrupts ? " (interrupts)" : "");
}

static void say_prefix(struct cmd *cmd, const struct environment *env)
{
	struct buf words = BUF_INIT, clean = BUF_INIT;

	for (size_t i = 0; i < env->prefix.nr; i++) {
		buf_addc(&words, ' ');
		buf_add_shell(&words, env->prefix.v[i]);
	}
	buf_add_masked(&clean, words.s, words.len);
	if (words.len)
		cmd_say(cmd, "  %-10s%s", "through", clean.s);
	buf_release(&words);
	buf_release(&clean);
}

/* In the order in which they would run. */
static void say_steps(struct cmd *cmd, const struct host_deploy *h)
{
	const struct profile *p = &h->platform.profile;
	size_t nr;
	const struct mode_phase *v = mode_phases(profile_mode(p, h->env),
						 &nr);

	say_prefix(cmd, h->env);
	for (size_t i = 0; !v && i < p->nr_deploy; i++)
		say_step(cmd, &p->deploy[i], p->deploy[i].interrupts);
	for (size_t k = 0; k < nr; k++)
		for (size_t i = 0; i < p->nr_deploy; i++)
			if (deploy_step_phase(&p->deploy[i]) == v[k].phase)
				say_step(cmd, &p->deploy[i],
					 v[k].interrupts);
}

static int dry_run(struct cmd *cmd, const struct host_deploy *h)
{
	deploy_say_move(cmd, h);
	verdict_view_say(cmd, &h->verdicts);
	say_steps(cmd, h);
	cmd_say(cmd, "Would be deployed here.");
	return EXIT_OK;
}

/* What is to be published still, where nothing is to be deployed. */
static void publish(struct cmd *cmd, struct host_deploy *h)
{
	struct error err = ERROR_INIT;

	if (h->lock >= 0 && host_publish(h, &err) < 0)
		deploy_warn(cmd, &err);
	error_release(&err);
}

/* Whoever did not follow the log has not seen it there. */
static void warn_unpublished(struct cmd *cmd, struct host_deploy *h)
{
	struct error err = ERROR_INIT;

	if (here_unpublished(&h->platform, h->env, &err) < 0)
		deploy_warn(cmd, &err);
	error_release(&err);
}

static int run_it(struct cmd *cmd, struct host_deploy *h, int follow)
{
	struct interrupt held;
	int ret;

	interrupt_hold(&held);
	ret = host_run(h, follow, &cmd->err);
	if (h->interrupted)
		interrupt_forget();
	interrupt_release(&held);
	if (!ret && follow < 0 && !h->interrupted)
		warn_unpublished(cmd, h);
	return ret < 0 ? -1 : deploy_end(cmd, h);
}

static int look_and_run(struct cmd *cmd, struct host_deploy *h,
			const struct deploy_options *o, const char **outcome)
{
	struct reporter say = cmd_reporter(cmd);
	int ret;

	if ((!o->dry_run && host_lock(h, &say, &cmd->err) < 0) ||
	    host_look(h, o->retry, &cmd->err) < 0)
		return -1;
	if (h->up_to_date || h->failed_before)
		publish(cmd, h);
	*outcome = "verified";
	if (h->up_to_date)
		return o->quiet ? EXIT_OK : deploy_end_up_to_date(cmd, h);
	*outcome = "failed";
	if (h->failed_before)
		return deploy_end_failed_before(cmd, h);
	*outcome = "refused";
	if (host_judge(h, &cmd->err) < 0)
		return -1;
	if (h->verdicts.refused)
		return verdict_view_refuse(cmd, &h->verdicts, h->env->name);
	verdict_view_warn_unknown(cmd, &h->verdicts);
	*outcome = "dry-run";
	if (o->dry_run)
		return dry_run(cmd, h);
	/* Of the very profile that runs: a pull may come in between. */
	if (trust_demand_profile(&cmd->repo, &h->platform.profile,
				 h->product.tree, o->trust, &cmd->err) < 0)
		return -1;
	ret = run_it(cmd, h, o->quiet ? -1 : 2);
	*outcome = outcome_word(h);
	return ret;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	struct host_deploy h = HOST_DEPLOY_INIT;
	const struct deploy_options *o = opts;
	const char *outcome = "refused";
	int ret = -1;

	h.trust = o->trust;
	if (cmd_args(cmd, argc, 0, 1) < 0 ||
	    host_open(&h, &cmd->repo, argc ? argv[0] : NULL, &cmd->err) < 0)
		goto out;
	ret = look_and_run(cmd, &h, o, &outcome);
	/* What was read again after a wait may not have been readable. */
	if (o->json && h.env)
		print_json(cmd, &h, outcome);
out:
	host_release(&h);
	return ret;
}

const struct command cmd_deploy = {
	.name = "deploy",
	.summary = "run the deploy here, in the work tree",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct deploy_options),
	.needs = NEED_WORK_TREE | CHANGES,
	.run = run,
};
