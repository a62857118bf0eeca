/*
 * One deploy of one commit, from its log to its record: into its place
 * (deploy/place.h), the steps, verification, and the event together with
 * the state refs.  When it fails the old release goes on serving or is
 * started again, and that is recorded.
 *
 * Whoever calls these holds the environment's lock (deploy/lock.h).
 */
#ifndef DEPLOY_DEPLOY_H
#define DEPLOY_DEPLOY_H

#include "deploy/platform.h"
#include "deploy/verify.h"

/* 0 also when it failed and that was recorded. */
int deploy_commit(struct platform *p, const struct environment *env,
		  const char *commit, struct error *err);
/* Finish or throw away what a killed worker left. */
int deploy_recover(struct platform *p, const struct environment *env,
		   struct error *err);
/* `failed` is to be tried again, says `who` (NULL: unknown). */
int deploy_forget_failure(struct platform *p, const struct environment *env,
			  const char *failed, const char *who,
			  struct error *err);
/* Verify what is deployed again, and record the event. */
int deploy_verify(struct platform *p, const struct environment *env,
		  struct verification *v, struct error *err);

#endif
