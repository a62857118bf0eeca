/*
 * What the files behind deploy/remove.h share; only they include it.
 *
 *	remove_read.c	what would go, and what keeps it
 *	remove.c	an environment goes
 *	remove_rest.c	and with the last one what made it a platform
 *	deploy_stop.c	the steps that stop what serves
 */
#ifndef DEPLOY_REMOVE_INTERNAL_H
#define DEPLOY_REMOVE_INTERNAL_H

#include "deploy/remove.h"

/* In upgrade/: that git is at work for this (git/stale.h). */
#define REMOVAL_NOTE "removal"

/* What is there of one, of `list`, as far as it still is.  -1: refused. */
int removal_look(struct removal *r, struct platform *p, const char *name,
		 unsigned what, const struct strvec *list, struct error *err);
/* Once more what of its folder may have changed. */
int removal_look_again(struct removal *r, struct platform *p,
		       const struct environment *env, struct error *err);
void removal_release(struct removal *r);
/*
 * What the platform's configuration says without those environments; -1:
 * they cannot be taken out of it.
 */
int removal_config(struct platform *p, const struct strvec *names,
		   struct buf *out, struct error *err);
/* Where it is kept as it was before that one went; free(). */
char *removal_kept(const struct repo *r, const char *name);
/*
 * All that is left of the platform goes.  `last`: the environment that went
 * last.
 */
int removal_rest(struct repo *r, const char *last, struct error *err);

/* Of an environment: stop what serves, by its steps (deploy_stop.c). */
int deploy_stop(struct platform *p, const struct environment *env,
		const struct removal *r, const struct reporter *say,
		struct error *err);

#endif
