/*
 * The hops that a branch has made: commits of its first-parent line at which
 * another release begins, and the last ones before that.
 *
 * A hop ends with the last commit before the next change of the release, so
 * that a fix belongs to the hop it was made for.  Only a release beyond all
 * before is on the way; one that was taken back again is none.
 */
#ifndef MODEL_HOPS_H
#define MODEL_HOPS_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/release.h"

/*
 * From `base`, an ancestor, to `tip`: `ends` gets the last commit of the
 * release of `base`, then of each hop but the last, which ends with `tip`.
 * Nothing where the release does not change on the way.
 */
int hops_read(struct strvec *ends, struct repo *r,
	      const struct release_list *list, const char *base,
	      const char *tip, struct error *err);

#endif
