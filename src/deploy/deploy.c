#include "deploy/deploy_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/backup.h"
#include "deploy/data_mark.h"
#include "deploy/notify.h"
#include "deploy/place.h"
#include "deploy/prefix.h"
#include "deploy/restore_mark.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

void deploy_release(struct deploy *d)
{
	free(d->tree);
	free(d->release);
	free(d->from);
	free(d->who);
	free(d->top);
	free(d->before);
	env_state_release(&d->state);
	journal_release(&d->journal);
	deploy_log_release(&d->log);
	release_dir_release(&d->new);
	release_dir_release(&d->old);
	verification_release(&d->verification);
}

static char *committer(struct platform *p, const char *commit)
{
	struct error err = ERROR_INIT;
	char *who = git_line(&p->repo, &err, "log", "-1",
			     "--no-show-signature", "--encoding=UTF-8",
			     "--format=%cn <%ce>", commit, "--", NULL);

	error_release(&err);
	return who;
}

/* What is known about the commit and what stands before it. */
int deploy_prepare(struct deploy *d, struct error *err)
{
	d->start = time_monotonic();
	d->top = d->p->place->top(d->p, d->env);
	if (env_state_read(&d->state, &d->p->repo, d->env->name, err) < 0)
		return -1;
	d->tree = object_tree(&d->p->repo, d->commit);
	d->release = platform_release_of(d->p, d->commit);
	d->before = xstrdup_or_null(d->state.deployed);
	if (d->before)
		d->from = platform_release_of(d->p, d->before);
	d->who = committer(d->p, d->commit);
	notify_begin(d->p, d->env);
	return 0;
}

struct step_context deploy_context_new(const struct deploy *d)
{
	return (struct step_context){
		.platform = d->p, .env = d->env->name, .release = d->release,
		.commit = d->commit, .dir = d->new.path, .id = d->new.id,
		.at = d->env,
	};
}

struct step_context deploy_context_old(const struct deploy *d)
{
	return (struct step_context){
		.platform = d->p, .env = d->env->name, .release = d->from,
		.commit = d->before ? d->before : "", .dir = d->old.path,
		.at = d->env,
	};
}

static void say_step(struct deploy *d, const char *label, const char *name,
		     double start)
{
	struct buf b = BUF_INIT;

	time_add_clock(&b, (time_t)(time_monotonic() - start));
	deploy_log_say(&d->log, "  %-10s %s %s", label, name, b.s);
	buf_release(&b);
}

int deploy_run_step(struct deploy *d, const struct deploy_step *step,
		    const struct step_context *c, const char *label,
		    struct error *err)
{
	struct step_result result = { 0, 0, 0 };
	double start = time_monotonic();
	struct buf b = BUF_INIT;

	if (step_run(c, &step->run, step->dir, d->log.fd, NULL, &result,
		     err) < 0)
		return error_wrap(err, "step '%s'", step->name);
	if (!result.status) {
		say_step(d, label, step->name, start);
		return 0;
	}
	step_describe(&result, step->run.timeout, &b);
	error_set(err, ERROR_DEPLOY, "step '%s': %s", step->name, b.s);
	buf_release(&b);
	prefix_explain(c, &result, err);
	return -1;
}

/* "No" is an answer; what was ended, or never arrived, gives none. */
static int check_answer(const struct step_context *c,
			const struct command_line *ask,
			const struct step_result *result, struct error *err)
{
	struct buf why = BUF_INIT;

	if (!step_was_ended(result) && !prefix_may_have_failed(c, result))
		return 0;
	step_describe(result, ask->timeout, &why);
	error_set(err, ERROR_DEPLOY, "%s", why.s);
	prefix_explain(c, result, err);
	buf_release(&why);
	return -1;
}

int deploy_wants_step(const struct deploy_step *step,
		      const struct step_context *c, struct error *err)
{
	/* Borrowed. */
	struct command_line ask = { step->only_if, step->run.timeout };
	struct step_result result = { 0, 0, 0 };
	struct buf out = BUF_INIT;
	int ret;

	if (!ask.argv.nr)
		return 1;
	ret = step_run(c, &ask, step->dir, -1, &out, &result, err);
	if (!ret)
		ret = check_answer(c, &ask, &result, err);
	buf_release(&out);
	if (ret < 0)
		return error_wrap(err, "step '%s', only_if", step->name);
	return !result.status;
}

static int run_steps(struct deploy *d, struct error *err)
{
	struct step_context c = deploy_context_new(d);

	for (size_t i = 0; i < d->p->profile.nr_deploy; i++) {
		const struct deploy_step *step = &d->p->profile.deploy[i];
		int wants = deploy_wants_step(step, &c, err);

		if (wants < 0)
			return -1;
		if (!wants) {
			deploy_log_say(&d->log, "  %-10s %s", "left out",
				       step->name);
			continue;
		}
		if (data_mark_is_for(step, d->mode) &&
		    data_mark_begin(d->top, err) < 0)
			return -1;
		if (step->interrupts) {
			if (release_dir_interrupt(d->top, err) < 0)
				return -1;
			d->interrupted = 1;
		}
		if (deploy_run_step(d, step, &c, "step", err) < 0)
			return -1;
	}
	return 0;
}

int deploy_verify_new(struct deploy *d, struct error *err)
{
	struct step_context c = deploy_context_new(d);

	if (verify_release(&d->verification, &c, d->log.path, err) < 0)
		return -1;
	deploy_log_say(&d->log, "  %-10s %s", "verify",
		       d->verification.summary.s);
	if (d->verification.ok)
		return 0;
	return error_set(err, ERROR_DEPLOY, "%s", d->verification.reason.s);
}

static struct event make_event(const struct deploy *d, const char *event,
			       const char *outcome, const char *detail)
{
	struct event e = EVENT_INIT;

	/* Borrowed: the event is written, never released. */
	e.event = (char *)event;
	e.env = d->env->name;
	e.commit = (char *)d->commit;
	e.tree = d->tree;
	e.release = d->release;
	e.from = d->from;
	e.who = d->who;
	e.by = (char *)d->p->place->by;
	e.outcome = (char *)outcome;
	e.detail = (char *)detail;
	e.migrated = (char *)data_mark_word(d->top, &d->p->profile, d->mode);
	e.points = d->verification.points;
	e.seconds = (long)(time_monotonic() - d->start + 0.5);
	return e;
}

static int switch_release(void *data, struct error *err)
{
	struct deploy *d = data;

	if (d->p->place->enter(&d->new, d->p, d->commit, err) < 0)
		return -1;
	d->switched = 1;
	return 0;
}

struct state_refs {
	char *deployed, *verified, *failed;
};

static void state_refs_init(struct state_refs *s, const char *env)
{
	s->deployed = xstrfmt("refs/upgrade/deployed/%s", env);
	s->verified = xstrfmt("refs/upgrade/verified/%s", env);
	s->failed = xstrfmt("refs/upgrade/failed/%s", env);
}

static void state_refs_release(struct state_refs *s)
{
	free(s->deployed);
	free(s->verified);
	free(s->failed);
}

int deploy_record_deployed(struct deploy *d, const char *detail,
			   int (*between)(void *, struct error *),
			   struct error *err)
{
	struct event e = make_event(d, "deployed", "ok", detail);
	struct state_refs refs;
	int ret;

	state_refs_init(&refs, d->env->name);
	{
		struct ref_move moves[] = {
			{ refs.deployed, d->commit, d->state.deployed },
			{ refs.verified, d->commit, d->state.verified },
			{ refs.failed, NULL, d->state.failed },
		};

		ret = ledger_append(&d->p->repo, &e, moves,
				    ARRAY_SIZE(moves), between, d, err);
	}
	state_refs_release(&refs);
	return ret;
}

static int record_failed(struct deploy *d, const char *outcome,
			 const char *detail, struct error *err)
{
	struct event e = make_event(d, "failed", outcome, detail);
	struct state_refs refs;
	int ret;

	state_refs_init(&refs, d->env->name);
	{
		struct ref_move moves[] = {
			{ refs.failed, d->commit, d->state.failed },
		};

		ret = ledger_append(&d->p->repo, &e, moves, 1, NULL, NULL,
				    err);
	}
	state_refs_release(&refs);
	return ret;
}

/* Also what a restore has stopped (deploy/standstill.h). */
static int starts_old(const struct deploy *d, const struct deploy_step *step)
{
	enum deploy_phase at = deploy_step_phase(step);

	return step->restores || (release_dir_is_stopped(d->top) &&
				  (at == PHASE_START ||
				   at == PHASE_MAINTENANCE_OFF));
}

/* Does the old release serve again?  Its start steps, then its health. */
static int start_old(struct deploy *d, struct error *err)
{
	const struct profile *profile = &d->p->profile;
	struct step_context c = deploy_context_old(d);
	struct buf reason = BUF_INIT;
	int restored = 0, good;
	long passed;

	for (size_t i = 0; i < profile->nr_deploy; i++) {
		if (!starts_old(d, &profile->deploy[i]))
			continue;
		if (deploy_run_step(d, &profile->deploy[i], &c, "restore",
				    err) < 0)
			return -1;
		restored = 1;
	}
	if (!check_is_there(&profile->health))
		return restored ? 0 :
		       error_set(err, ERROR_DEPLOY, "the profile has no step "
				 "that starts the old release again");
	good = verify_check(&profile->health, &c, &passed, &reason, err);
	if (!good)
		error_set(err, ERROR_DEPLOY, "health: %s", reason.s);
	buf_release(&reason);
	return good > 0 ? 0 : -1;
}

int deploy_is_there(const struct deploy *d)
{
	return d->has_old || (d->p->place->is_one_folder && d->state.deployed);
}

/* The old release's files are gone from a place that is one folder. */
void deploy_say_no_way_back(struct deploy *d)
{
	if (d->p->place->is_one_folder && d->state.deployed)
		deploy_log_say(&d->log, "error: the files of the old release "
			       "are not here any more, so it cannot be "
			       "started again; nothing serves now");
	else
		deploy_log_say(&d->log, "error: there is no release to go "
			       "back to; nothing serves now");
}

/* Back to the old release: the outcome as the ledger calls it. */
static const char *restore(struct deploy *d)
{
	struct error err = ERROR_INIT;
	const char *old = d->from ? d->from : "the old release";
	const char *outcome = "failed";

	if (!d->interrupted) {
		if (deploy_is_there(d))
			deploy_log_say(&d->log, "%s keeps serving", old);
	} else if (!d->has_old) {
		deploy_say_no_way_back(d);
		outcome = "down";
	} else if (start_old(d, &err) < 0) {
		deploy_log_error(&d->log, &err);
		deploy_log_say(&d->log, "error: %s could not be started "
			       "again; nothing serves now", old);
		outcome = "down";
	} else {
		deploy_log_say(&d->log, "%s was restored and serves again",
			       old);
		if (release_dir_resume(d->top, &err) < 0)
			deploy_log_error(&d->log, &err);
		outcome = "restored";
	}
	error_release(&err);
	return outcome;
}

static void say_data(struct deploy *d)
{
	const char *word = data_mark_word(d->top, &d->p->profile, d->mode);

	if (deploy_is_there(d) && word && !strcmp(word, "yes"))
		deploy_log_say(&d->log, "warning: steps that update data had "
			       "begun; what they changed is not changed back");
}

/* `why` becomes the reason in log and ledger. */
static int deploy_failed(struct deploy *d, struct error *why,
			 struct error *err)
{
	const char *text = why->message ? why->message : "unknown";
	/* The ledger has one line of it, the log all. */
	char *detail = xmemdupz(text, strcspn(text, "\n"));
	struct point_list *points = &d->verification.points;
	const char *outcome;
	int ret;

	deploy_log_say(&d->log, "error: %s was not deployed: %s",
		       d->release ? d->release : "the commit", text);
	for (size_t i = 0; i < why->hints.nr; i++)
		deploy_log_say(&d->log, "hint: %s", why->hints.v[i]);
	/* Before anything was verified, or after all of it was good. */
	if (!points->nr || d->verification.ok) {
		point_list_release(points);
		point_add(points, "platform", 0, "failed", detail);
	}
	outcome = d->mode ? mode_restore(d) : restore(d);
	say_data(d);
	ret = record_failed(d, outcome, detail, err);
	if (ret < 0)
		deploy_log_error(&d->log, err);
	if (d->p->place->again)
		deploy_log_say(&d->log, "hint: %s", d->p->place->again);
	if (!ret)
		ret = d->p->place->failed(&d->new, err);
	if (!ret && d->p->place->recorded)
		d->p->place->recorded(d->p, d->env, &d->log);
	deploy_log_end(&d->log, outcome);
	notify_tell(d->p, d->env, d->log.path);
	free(detail);
	return ret;
}

static void deploy_succeeded(struct deploy *d)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;
	int is_done = mode_finish(d) == 0;

	if (is_done && release_dir_resume(d->top, &err) < 0)
		deploy_log_error(&d->log, &err);
	error_release(&err);
	if (data_mark_end(d->top, &err) < 0)
		deploy_log_error(&d->log, &err);
	error_release(&err);
	time_add_clock(&b, (time_t)(time_monotonic() - d->start));
	if (is_done)
		deploy_log_say(&d->log, "Deployed and verified in %s.", b.s);
	/* Old releases in the way are no reason to call it a failure. */
	if (d->p->place->succeeded(&d->new, d->p, &err) < 0)
		deploy_log_error(&d->log, &err);
	if (d->p->place->recorded)
		d->p->place->recorded(d->p, d->env, &d->log);
	deploy_log_end(&d->log, is_done ? "ok" : "failed");
	notify_tell(d->p, d->env, d->log.path);
	error_release(&err);
	buf_release(&b);
}

static void say_what(struct deploy *d)
{
	if (d->from && d->release && strcmp(d->from, d->release))
		deploy_log_say(&d->log, "%s: %s -> %s (%.7s)", d->env->name,
			       d->from, d->release, d->commit);
	else
		deploy_log_say(&d->log, "%s: %s (%.7s)", d->env->name,
			       d->release ? d->release : "deploying",
			       d->commit);
}

static void say_line(void *data, enum report_kind kind, const char *text)
{
	(void)kind;
	deploy_log_say(data, "%s", text);
}

/* Before anything that serves, or its data, are touched. */
static int back_up(struct deploy *d, struct error *err)
{
	const struct backup_hop hop = {
		.before = d->before, .from = d->from, .commit = d->commit,
		.to = d->release,
		.data = data_mark_word(d->top, &d->p->profile, d->mode),
	};
	struct reporter say = { say_line, &d->log };

	return backup_before_upgrade(d->p, d->env, &hop, &say, err);
}

/* The new release runs, and is good. */
static int bring_up(struct deploy *d, struct error *err)
{
	if (d->mode)
		return mode_forward(d, err);
	return run_steps(d, err) < 0 ? -1 : deploy_verify_new(d, err);
}

int deploy_commit(struct platform *p, const struct environment *env,
		  const char *commit, struct error *err)
{
	struct deploy d = DEPLOY_INIT(p, env, commit);
	struct error why = ERROR_INIT;
	int ret = -1;

	if (deploy_prepare(&d, err) < 0 ||
	    deploy_log_open(&d.log, p, env->name, commit, err) < 0)
		goto out;
	say_what(&d);
	d.mode = profile_mode(&p->profile, env);
	d.has_old = p->place->serving(&d.old, d.top);
	d.interrupted = release_dir_is_interrupted(d.top);
	release_dir_set(&d.new, d.top, d.log.id);
	if (restore_mark_check(d.top, env->name, &why) < 0 ||
	    back_up(&d, &why) < 0 || mode_take_over(&d, &why) < 0 ||
	    p->place->make(&d.new, p, commit, &d.log, &why) < 0 ||
	    bring_up(&d, &why) < 0 ||
	    deploy_record_deployed(&d, d.verification.summary.s,
				   switch_release, &why) < 0) {
		/* Switched but not recorded: the next worker records it. */
		ret = d.switched ? error_move(err, &why) :
				   deploy_failed(&d, &why, err);
		goto out;
	}
	deploy_succeeded(&d);
	ret = 0;
out:
	error_release(&why);
	deploy_release(&d);
	return ret;
}

int deploy_forget_failure(struct platform *p, const struct environment *env,
			  const char *failed, const char *who,
			  struct error *err)
{
	char *ref = xstrfmt("refs/upgrade/failed/%s", env->name);
	struct ref_move move = { ref, NULL, failed };
	struct event e = EVENT_INIT;
	int ret;

	/* Borrowed: never released. */
	e.event = (char *)"retried";
	e.env = env->name;
	e.commit = (char *)failed;
	e.tree = object_tree(&p->repo, failed);
	e.release = platform_release_of(p, failed);
	e.who = (char *)who;
	e.by = (char *)p->place->by;
	e.outcome = (char *)"ok";
	notify_begin(p, env);
	ret = ledger_append(&p->repo, &e, &move, 1, NULL, NULL, err);
	notify_tell(p, env, NULL);
	free(e.tree);
	free(e.release);
	free(ref);
	return ret;
}

int deploy_record_verified(struct deploy *d, const struct verification *v,
			   struct error *err)
{
	struct event e = make_event(d, "verified", v->ok ? "ok" : "failed",
				    v->ok ? v->summary.s : v->reason.s);
	struct state_refs refs;
	int ret;

	e.points = v->points;
	e.migrated = NULL;
	state_refs_init(&refs, d->env->name);
	{
		struct ref_move moves[] = {
			{ refs.verified, v->ok ? d->commit : NULL,
			  d->state.verified },
			{ refs.deployed, d->commit, d->state.deployed },
		};

		ret = ledger_append(&d->p->repo, &e, moves, ARRAY_SIZE(moves),
				    NULL, NULL, err);
	}
	state_refs_release(&refs);
	return ret;
}
