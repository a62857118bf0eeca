/*
 * What an environment can go back to: the newest commit that its ledger says
 * was deployed and verified, and whose tree is another than what is there.
 *
 * Of a commit the last word counts: one that was verified again and failed is
 * none.  Nor is what a rollback (an event "rolledback") took back, nor anything
 * between it and what it went back to, so that going back twice does not lead
 * forward again.  That does not hold for one that is asked for by name.
 */
#ifndef STATE_FORMER_H
#define STATE_FORMER_H

#include <time.h>

#include "base/error.h"
#include "git/repo.h"

struct former {
	char *commit, *tree;
	char *release;		/* for people, or NULL */
	time_t when;		/* when it was verified */
};

#define FORMER_INIT { NULL, NULL, NULL, 0 }

/*
 * `tip` is the commit that is there.  `wanted` (NULL: the newest) is a commit,
 * at least 7 digits of it, or a release.  ERROR_REFUSED where there is none;
 * and without it where `tip` is itself a rollback that has not ended well yet.
 */
int former_find(struct former *f, struct repo *r, const char *env,
		const char *tip, const char *wanted, struct error *err);
/*
 * The newest that is verified by its ledger, and was not gone back from: what
 * is there, or what was before.  1, 0 there is none, -1.
 */
int former_verified(struct former *f, struct repo *r, const char *env,
		    struct error *err);
void former_release(struct former *f);

/*
 * From where a push on top of `tip` is judged, when not from `deployed`: a
 * rollback that is in it, and is not deployed yet, or failed.  What it took
 * back is no hop any more.  NULL: there is none, or an error.  free().
 */
char *former_standing(struct repo *r, const char *env, const char *tip,
		      const char *deployed, struct error *err);

#endif
