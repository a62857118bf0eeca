/* The commit that ends an upgrade, made by git itself. */
#ifndef FLOW_MERGE_COMMIT_H
#define FLOW_MERGE_COMMIT_H

#include "base/error.h"
#include "git/checkout.h"
#include "git/repo.h"

/*
 * Commit the merge in progress: signing, templates, trailers and hooks are
 * git's.  A `clean` merge runs the hooks `git merge` runs, a resolved one
 * those of `git commit`.  When a hook refuses, the merge stays in progress
 * (ERROR_CONFLICT).  The new commit; free().
 */
char *merge_commit(struct repo *r, int clean, int edit, struct error *err);

/*
 * The commit of a clean move, made before anything moves, where that comes to
 * the same: no hook wants to see the merge in progress or its message, and
 * nothing is configured about messages.  It saves git another look at all
 * files, and a commit that cannot be made (no key to sign with) leaves
 * nothing to undo.  `*commit` stays NULL where merge_commit() has to make it.
 */
int merge_commit_ahead(char **commit, struct repo *r,
		       const struct checkout_move *m, struct error *err);
/* HEAD is on it: what is to run then. */
void merge_commit_followed(struct repo *r);

#endif
