#include "deploy/deploy_internal.h"

#include "base/mem.h"
#include "deploy/data_mark.h"
#include "deploy/mode.h"
#include "deploy/place.h"

#include <stdlib.h>
#include <string.h>

static struct step_context context_of(const struct deploy *d, int in_old)
{
	return in_old && d->has_old ? deploy_context_old(d) :
				      deploy_context_new(d);
}

static int has_steps(const struct deploy *d, enum deploy_phase phase)
{
	const struct profile *profile = &d->p->profile;

	for (size_t i = 0; i < profile->nr_deploy; i++)
		if (deploy_step_phase(&profile->deploy[i]) == phase)
			return 1;
	return 0;
}

static int has_run(const struct deploy *d, enum deploy_phase phase)
{
	return d->journal.ran[phase].nr > 0;
}

/* Only what ran before runs afterwards. */
static int is_due(const struct deploy *d, const struct deploy_step *step)
{
	int undone = mode_undone_by(d->mode, deploy_step_phase(step));

	if (step->undoes)
		return journal_has(&d->journal, step->undoes);
	return undone < 0 || has_run(d, (enum deploy_phase)undone) ||
	       !has_steps(d, (enum deploy_phase)undone);
}

static int begin_step(struct deploy *d, const struct mode_phase *at,
		      const struct deploy_step *step, struct error *err)
{
	/* A full disk keeps no page up: nothing undoes the end of it. */
	if (at->phase != PHASE_MAINTENANCE_OFF &&
	    journal_add(&d->journal, d->top, at->phase, step->name, err) < 0)
		return -1;
	if (data_mark_is_for(step, d->mode) &&
	    data_mark_begin(d->top, err) < 0)
		return -1;
	if (!at->interrupts)
		return 0;
	d->interrupted = 1;
	return release_dir_interrupt(d->top, err);
}

static int run_phase(struct deploy *d, const struct mode_phase *at,
		     struct error *err)
{
	const struct profile *profile = &d->p->profile;
	struct step_context c = context_of(d, at->in_old);

	for (size_t i = 0; i < profile->nr_deploy; i++) {
		const struct deploy_step *step = &profile->deploy[i];
		int wants;

		if (deploy_step_phase(step) != at->phase)
			continue;
		wants = is_due(d, step) ? deploy_wants_step(step, &c, err) : 0;
		if (wants < 0)
			return -1;
		if (!wants)
			deploy_log_say(&d->log, "  %-10s %s", "left out",
				       step->name);
		else if (begin_step(d, at, step, err) < 0 ||
			 deploy_run_step(d, step, &c, "step", err) < 0)
			return -1;
	}
	return 0;
}

/* Of steps the mode has no place for, so that nobody waits for them. */
static void say_left_out(struct deploy *d)
{
	const struct profile *profile = &d->p->profile;

	for (size_t i = 0; i < profile->nr_deploy; i++)
		if (!mode_phase(d->mode,
				deploy_step_phase(&profile->deploy[i])))
			deploy_log_say(&d->log, "  %-10s %s (mode %s)",
				       "left out", profile->deploy[i].name,
				       deploy_mode_name(d->mode));
}

/* By a deploy without a mode, or by a restore, which runs all of them. */
static void take_over_stopped(struct deploy *d)
{
	const struct profile *profile = &d->p->profile;

	strvec_push(&d->journal.ran[PHASE_STOP], "(before)");
	for (size_t i = 0; release_dir_is_stopped(d->top) &&
	     i < profile->nr_deploy; i++) {
		const struct deploy_step *step = &profile->deploy[i];
		enum deploy_phase at = deploy_step_phase(step);

		if (at == PHASE_STOP || at == PHASE_MAINTENANCE_ON)
			strvec_push(&d->journal.ran[at], step->name);
	}
}

int mode_take_over(struct deploy *d, struct error *err)
{
	struct journal *j = &d->journal;

	if (journal_read(j, d->top, err) < 0)
		return -1;
	for (int i = 0; i < NR_PHASES; i++)
		if (i != PHASE_MAINTENANCE_ON &&
		    (i != PHASE_STOP || j->mode == MODE_BLUE_GREEN))
			strvec_release(&j->ran[i]);
	if (d->mode && d->interrupted && !has_run(d, PHASE_STOP) &&
	    !has_run(d, PHASE_MAINTENANCE_ON))
		take_over_stopped(d);
	return 0;
}

static int begin_journal(struct deploy *d, struct error *err)
{
	struct journal *j = &d->journal;

	free(j->new_id);
	free(j->new_commit);
	free(j->old_id);
	free(j->old_commit);
	j->mode = d->mode;
	j->new_id = xstrdup(d->new.id);
	j->new_commit = xstrdup(d->commit);
	j->old_id = d->has_old ? xstrdup(d->old.id) :
		    d->before ? xstrdup("-") : NULL;
	j->old_commit = xstrdup_or_null(d->before);
	return journal_begin(j, d->top, err);
}

static int check_place(const struct deploy *d, struct error *err)
{
	if (d->mode != MODE_BLUE_GREEN || !d->p->place->is_one_folder)
		return 0;
	error_set(err, ERROR_DEPLOY, "mode blue-green needs two releases side "
		  "by side, and a host that pulls has one folder");
	return error_hint(err, "choose another mode for %s, or deploy by a "
			  "platform (git upgrade platform init)",
			  d->env->name);
}

int mode_forward(struct deploy *d, struct error *err)
{
	const struct mode_phase *phases;
	size_t nr;

	if (check_place(d, err) < 0 || begin_journal(d, err) < 0)
		return -1;
	say_left_out(d);
	phases = mode_phases(d->mode, &nr);
	for (size_t i = 0; i < nr; i++) {
		if (run_phase(d, &phases[i], err) < 0)
			return -1;
		if (phases[i].phase == PHASE_SWITCH)
			break;
		if (phases[i].phase == PHASE_HEALTH &&
		    deploy_verify_new(d, err) < 0)
			return -1;
	}
	return 0;
}

/* Back */

/* All steps, though one fails: the more serves again the better. */
static int undo(struct deploy *d, const struct mode_undo *u)
{
	const struct profile *profile = &d->p->profile;
	struct step_context c = context_of(d, u->in_old);
	int ret = 0;

	for (size_t i = 0; i < profile->nr_deploy; i++) {
		const struct deploy_step *step = &profile->deploy[i];
		struct error err = ERROR_INIT;
		int wants;

		if (deploy_step_phase(step) != u->runs ||
		    (step->undoes && !journal_has(&d->journal, step->undoes)))
			continue;
		wants = u->runs == PHASE_STOP ?
			deploy_wants_step(step, &c, &err) : 1;
		if (wants < 0 ||
		    (wants && deploy_run_step(d, step, &c, "restore",
					      &err) < 0)) {
			deploy_log_error(&d->log, &err);
			ret = -1;
		}
		error_release(&err);
	}
	return ret;
}

/* Does the old release answer? */
static int check_old(struct deploy *d)
{
	const struct check *health = &d->p->profile.health;
	struct step_context c = context_of(d, 1);
	struct buf reason = BUF_INIT;
	struct error err = ERROR_INIT;
	long passed;
	int good = 1;

	if (check_is_there(health))
		good = verify_check(health, &c, &passed, &reason, &err);
	if (!good)
		error_set(&err, ERROR_DEPLOY, "health: %s", reason.s);
	if (good <= 0)
		deploy_log_error(&d->log, &err);
	buf_release(&reason);
	error_release(&err);
	return good > 0 ? 0 : -1;
}

static int is_interrupted(const struct deploy *d)
{
	for (int i = 0; i < NR_PHASES; i++) {
		const struct mode_phase *at;

		at = mode_phase(d->mode, (enum deploy_phase)i);
		if (at && at->interrupts && d->journal.ran[i].nr)
			return 1;
	}
	return d->interrupted;
}

/*
 * Is there anything to go back to?  What serves without a folder that we know,
 * as on a host, does so still where nothing was begun that takes its place.
 */
static int has_way_back(const struct deploy *d)
{
	return d->has_old ||
	       (d->before && !has_run(d, PHASE_STOP) &&
		!has_run(d, PHASE_START) && !has_run(d, PHASE_SWITCH));
}

/*
 * Where nothing is stopped `start` begins anew: it took the old one's place,
 * unless they stand side by side.
 */
static int is_to_undo(const struct deploy *d, const struct mode_undo *u)
{
	return has_run(d, u->ran) ||
	       (u->ran == PHASE_STOP && d->mode != MODE_BLUE_GREEN &&
		has_run(d, PHASE_START));
}

/* What a way back has come to. */
struct way_back {
	int can, interrupted;
	int down;		/* nothing serves */
	int left;		/* of the new release something may run */
};

/* All but the page: users see it until something serves. */
static void bring_back(struct deploy *d, struct way_back *w)
{
	size_t nr;
	const struct mode_undo *undos = mode_undos(&nr);

	for (size_t i = 0; i < nr; i++) {
		const struct mode_undo *u = &undos[i];

		if (!is_to_undo(d, u) || u->ran == PHASE_MAINTENANCE_ON)
			continue;
		/* The new one, ill as it may be, rather than none. */
		if (!w->can && (u->in_old || d->mode != MODE_BLUE_GREEN))
			w->down |= u->in_old;
		else if (undo(d, u) < 0)
			*(u->in_old ? &w->down : &w->left) = 1;
	}
	w->down |= w->interrupted && (!w->can || check_old(d) < 0);
}

static void take_page_off(struct deploy *d, struct way_back *w)
{
	const struct mode_undo off = { PHASE_MAINTENANCE_ON,
				       PHASE_MAINTENANCE_OFF, 1 };

	if (!has_run(d, PHASE_MAINTENANCE_ON))
		return;
	if (w->down && d->before) {
		deploy_log_say(&d->log, "the maintenance page stays up until "
			       "something serves again");
	} else if (undo(d, &off) < 0) {
		deploy_log_say(&d->log, "error: the maintenance page may "
			       "still be up");
		w->down = 1;
	}
}

static void say_down(struct deploy *d, const struct way_back *w)
{
	if (!w->can) {
		deploy_say_no_way_back(d);
		return;
	}
	deploy_log_say(&d->log, "error: %s could not be started again; "
		       "nothing serves now", d->from ? d->from :
		       "the old release");
	deploy_log_say(&d->log, "hint: when it can be, bring it back with: "
		       "git upgrade verify %s", d->env->name);
}

const char *mode_restore(struct deploy *d)
{
	struct way_back w = { has_way_back(d), is_interrupted(d), 0, 0 };
	const char *old = d->from ? d->from : "the old release";
	struct error err = ERROR_INIT;

	bring_back(d, &w);
	take_page_off(d, &w);
	if (w.left)
		deploy_log_say(&d->log, "warning: the new release may still "
			       "run, in '%s'", d->new.path);
	if (w.down)
		say_down(d, &w);
	else if (w.interrupted)
		deploy_log_say(&d->log, "%s was restored and serves again",
			       old);
	else if (deploy_is_there(d))
		deploy_log_say(&d->log, "%s keeps serving", old);
	if (!w.down && release_dir_resume(d->top, &err) < 0)
		deploy_log_error(&d->log, &err);
	/* Whoever comes next tries again. */
	if (!(w.down && d->before) && !w.left &&
	    journal_end(&d->journal, d->top, &err) < 0)
		deploy_log_error(&d->log, &err);
	error_release(&err);
	return w.down ? "down" : w.interrupted ? "restored" : "failed";
}

/* Behind the switch */

static int record_page(struct deploy *d, const struct error *why,
		       struct error *err)
{
	struct verification v = VERIFICATION_INIT;
	int ret;

	buf_addf(&v.reason, "%s; the maintenance page may be up",
		 why->message);
	point_add(&v.points, "platform", 0, "failed", v.reason.s);
	env_state_release(&d->state);
	ret = env_state_read(&d->state, &d->p->repo, d->env->name, err);
	/* Else it is known. */
	if (!ret && d->state.verified)
		ret = deploy_record_verified(d, &v, err);
	verification_release(&v);
	return ret;
}

/* The page matters; an old release that will not go does not. */
static int finish_failed(struct deploy *d, const struct mode_phase *at,
			 const struct error *why)
{
	struct error err = ERROR_INIT;

	if (at->phase != PHASE_MAINTENANCE_OFF) {
		deploy_log_warning(&d->log, why);
		deploy_log_say(&d->log, "warning: the old release may still "
			       "run beside the new one");
		return 0;
	}
	deploy_log_error(&d->log, why);
	deploy_log_say(&d->log, "error: the release is deployed, but the "
		       "maintenance page may still be up");
	deploy_log_say(&d->log, "hint: mend it, then take the page off with: "
		       "git upgrade verify %s", d->env->name);
	if (record_page(d, why, &err) < 0)
		deploy_log_error(&d->log, &err);
	error_release(&err);
	return -1;
}

int mode_finish(struct deploy *d)
{
	struct error why = ERROR_INIT;
	size_t nr, i = 0;
	const struct mode_phase *phases = mode_phases(d->mode, &nr);
	int ret = 0, left = 0;

	while (i < nr && phases[i].phase != PHASE_SWITCH)
		i++;
	for (i++; i < nr && !ret; i++) {
		/* Of a first release nothing else runs. */
		if (phases[i].in_old && !d->has_old)
			continue;
		if (run_phase(d, &phases[i], &why) < 0) {
			ret = finish_failed(d, &phases[i], &why);
			left = 1;
		}
		error_release(&why);
	}
	/* Also that of an earlier deploy, which is over now. */
	if (!left && journal_end(&d->journal, d->top, &why) < 0)
		deploy_log_error(&d->log, &why);
	error_release(&why);
	return ret;
}
