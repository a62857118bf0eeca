/*
 * Files of upstream's that production does without (`without` in a profile,
 * gitupgrade-profile(5) for users): of those that match, the ones that are
 * not here do not come, whatever upstream makes of them.
 *
 * Who deleted upstream's own CI files once would else have to delete them
 * again at each release that changes one ("deleted by us, modified by them"),
 * and would get each new one.  A file that matches and is here is merged like
 * any other: what somebody keeps, he wants to be kept up to date.
 *
 * As for replacements (upgrade/replace.h), what is merged then are trees that
 * nobody has; parents, record and base stay the real commits.
 */
#ifndef UPGRADE_WITHOUT_H
#define UPGRADE_WITHOUT_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "git/tree.h"
#include "model/profile.h"

struct left_out {
	struct strvec paths;		/* sorted; of what upstream changed */
	/* The trees to merge; NULL where nothing is left out. */
	char *base, *theirs;
};

#define LEFT_OUT_INIT { STRVEC_INIT, NULL, NULL }

struct without_request {
	struct repo *repo;
	const struct profile *profile;
	const char *base, *theirs;	/* commits or trees */
	/* From A to B, without renames: what is left out goes. */
	struct tree_diff *their_changes;
	const struct tree_diff *our_changes;	/* from A to production */
};

/* Without such patterns nothing is run.  Writes trees, nothing else. */
int without_trees(struct left_out *l, const struct without_request *req,
		  struct error *err);
void left_out_release(struct left_out *l);

#endif
