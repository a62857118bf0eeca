/*
 * What the files of a deploy share; only they include it.
 *
 *	deploy.c	a deploy from its log to its record
 */
#ifndef DEPLOY_DEPLOY_INTERNAL_H
#define DEPLOY_DEPLOY_INTERNAL_H

#include "deploy/deploy.h"
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
/* Is the new release good?  -1: no, and why not. */
int deploy_verify_new(struct deploy *d, struct error *err);

#endif
