/*
 * What the files of a deploy share; only they include it.
 *
 *	deploy.c	a deploy from its log to its record
 *	deploy_recover.c what a killed worker left of one
 *	deploy_verify.c	what is deployed is verified again
 *	mode_run.c	its steps in the order of a mode, forward and back
 *	mode_recover.c	the same of a deploy that was killed
 */
#ifndef DEPLOY_DEPLOY_INTERNAL_H
#define DEPLOY_DEPLOY_INTERNAL_H

#include "deploy/deploy.h"
#include "deploy/journal.h"
#include "deploy/log.h"
#include "deploy/release_dir.h"
#include "deploy/steps.h"
#include "state/ledger.h"

/* One try to deploy one commit. */
struct deploy {
	struct platform *p;
	const struct environment *env;
	const char *commit;
	char *tree;
	char *release, *from;	/* as people call them; NULL: unknown */
	char *before;		/* the commit that was deployed; NULL: none */
	char *who;
	char *top;
	struct env_state state;	/* before */
	struct deploy_log log;
	struct release_dir new, old;
	int has_old;
	int interrupted;	/* a step that stops the service has begun,
				 * now or before a worker was killed */
	int switched;
	enum deploy_mode mode;
	struct journal journal;	/* of a mode: what ran, or was found to have */
	double start;
	struct verification verification;
};

#define DEPLOY_INIT(platform, environment, oid) { \
	.p = (platform), .env = (environment), .commit = (oid), \
	.log = DEPLOY_LOG_INIT, .verification = VERIFICATION_INIT }

/* What is known about the commit and what stands before it. */
int deploy_prepare(struct deploy *d, struct error *err);
void deploy_release(struct deploy *d);
/* What a step sees that runs in the new release, and in the old one. */
struct step_context deploy_context_new(const struct deploy *d);
struct step_context deploy_context_old(const struct deploy *d);
/* One step, in the log under `label`; -1: it failed, and why. */
int deploy_run_step(struct deploy *d, const struct deploy_step *step,
		    const struct step_context *c, const char *label,
		    struct error *err);
/* 1: it is to run, 0: its `only_if` says no. */
int deploy_wants_step(const struct deploy_step *step,
		      const struct step_context *c, struct error *err);
/* Is the new release good?  -1: no, and why not. */
int deploy_verify_new(struct deploy *d, struct error *err);
int deploy_is_there(const struct deploy *d);
/*
 * Deployed, verified, no longer failed, and the event, in one transaction; in
 * `detail` what it was verified by.  `between`, which may be NULL, is that of
 * ledger_append(), with `d`.
 */
int deploy_record_deployed(struct deploy *d, const char *detail,
			   int (*between)(void *data, struct error *err),
			   struct error *err);
/* Nothing serves: why nothing can be done about that. */
void deploy_say_no_way_back(struct deploy *d);
/* A failed one loses its place: `verified` says what holds now. */
int deploy_record_verified(struct deploy *d, const struct verification *v,
			   struct error *err);

/* What is deployed counts as verified no more, where it did, and why. */
int deploy_unverify(struct platform *p, const struct environment *env,
		    const char *why, struct error *err);

/* What an earlier deploy in a mode left undone is ours now. */
int mode_take_over(struct deploy *d, struct error *err);
/* All up to the switch. */
int mode_forward(struct deploy *d, struct error *err);
/* Undo what ran; the outcome as the ledger calls it. */
const char *mode_restore(struct deploy *d);
/*
 * What comes behind the switch.  -1: that failed, which is said and recorded:
 * the release is in place, but no longer counts as verified.
 */
int mode_finish(struct deploy *d);
/* Undo or finish what the journal tells of. */
int mode_recover(struct platform *p, const struct environment *env,
		 struct error *err);
/* May users see a maintenance page still, after mode_recover()? */
int mode_leaves_page(const char *top);

#endif
