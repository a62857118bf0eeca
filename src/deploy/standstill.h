/*
 * What serves stands still while its data are put back: users see a page, where
 * there is one, and it is stopped, where steps can do that.
 *
 * TOP/.interrupted says so from before the first of these steps until the last
 * that undoes them, so who comes after a kill starts it again.  A deploy that
 * comes in between does so itself, forward or back.
 */
#ifndef DEPLOY_STANDSTILL_H
#define DEPLOY_STANDSTILL_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/platform.h"
#include "deploy/steps.h"

struct standstill {
	const struct platform *p;
	const struct step_context *context;	/* of the release that serves */
	const char *top;
	const struct reporter *say;
};

/* -1: it may stand still in part. */
int standstill_begin(const struct standstill *s, struct error *err);
/*
 * Where nothing stops it, what starts an old release again runs: for what has
 * the old data in its memory.
 */
int standstill_end(const struct standstill *s, struct error *err);
/*
 * Somebody was killed who had the data in place, and nothing to deploy: start
 * it.  That this fails is said by the next verification.
 */
int standstill_recover(struct platform *p, const struct environment *env,
		       struct error *err);

#endif
