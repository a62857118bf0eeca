/* The commit that ends an upgrade, made by git itself. */
#ifndef FLOW_MERGE_COMMIT_H
#define FLOW_MERGE_COMMIT_H

#include "base/error.h"
#include "git/repo.h"

/*
 * Commit the merge in progress: signing, templates, trailers and hooks are
 * git's.  A `clean` merge runs the hooks `git merge` runs, a resolved one
 * those of `git commit`.  When a hook refuses, the merge stays in progress
 * (ERROR_CONFLICT).  The new commit; free().
 */
char *merge_commit(struct repo *r, int clean, int edit, struct error *err);

#endif
