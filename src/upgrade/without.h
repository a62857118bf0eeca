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
 * git merges everything first, so that it sees all files there are when it
 * looks for renames; what is left out goes from the result.  A file that is
 * here stays a file that is here where upstream moves it: to a name that
 * matches, too.  And one that is not here comes under a name that does not.
 */
#ifndef UPGRADE_WITHOUT_H
#define UPGRADE_WITHOUT_H

#include "base/error.h"
#include "base/vec.h"
#include "git/mergetree.h"
#include "git/repo.h"
#include "git/tree.h"
#include "model/profile.h"

struct without_request {
	struct repo *repo;
	const struct profile *profile;
	/* What was merged, commits or trees. */
	const char *base, *ours, *theirs;
	/* From A to B, without renames. */
	const struct tree_diff *their_changes;
};

/*
 * `paths` gets what was left out, sorted; `m` a new tree, and fewer conflicts.
 * Without such patterns nothing is run.  Writes trees, nothing else.
 */
int without_take(struct strvec *paths, struct merge_result *m,
		 const struct without_request *req, struct error *err);

#endif
