/*
 * Refs and history: what is asked of them in bulk.
 */
#ifndef GIT_REF_H
#define GIT_REF_H

#include <time.h>

#include "base/error.h"
#include "git/repo.h"

/* The branch that is checked out, short; NULL when detached.  free(). */
char *head_branch(struct repo *r);
/* HEAD's commit; NULL when unborn.  free(). */
char *head_commit(struct repo *r);
/* 1 when `ancestor` is reachable from `commit`, 0 when not, -1. */
int commit_contains(const struct repo *r, const char *commit,
		    const char *ancestor, struct error *err);
/* Parents of a commit, in order. */
int commit_parents(struct repo *r, const char *commit,
		   struct strvec *parents, struct error *err);
/* The committer's date; 0: unknown. */
time_t commit_date(struct repo *r, const char *commit);
/* Shortest unique name of at least 7 digits; free(). */
char *commit_short(const struct repo *r, const char *commit);
/* Lines of `git rev-list ARGS...`, the arguments up to NULL. */
int rev_list(const struct repo *r, struct strvec *lines, struct error *err,
	     ...) __attribute__((sentinel));

#endif
