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
 * From a commit to a later one: `ends` has the last commit of the release
 * there was, then of each hop but the last, and `begins` the commit after
 * each, at which the next hop begins.  Empty where the release stays.
 */
struct hops {
	struct strvec ends, begins;
};

#define HOPS_INIT { .ends = STRVEC_INIT, .begins = STRVEC_INIT }

/* `base` is an ancestor of `tip`. */
int hops_read(struct hops *h, struct repo *r, const struct release_list *list,
	      const char *base, const char *tip, struct error *err);
void hops_release(struct hops *h);

#endif
