/*
 * Going back, forward: a commit on top of an environment's branch that has the
 * tree of what was verified there before (state/former.h), its record
 * included.  No history is rewritten, so who merges the same release again
 * begins where the first try began, and gets what that gave.
 *
 * The branch moves and the ledger says so ("rolledback") in one transaction;
 * then the worker deploys and verifies it as any other commit.  An environment
 * that promotes from another is held from then on (state/held.h), in the same
 * transaction.
 */
#ifndef DEPLOY_ROLLBACK_H
#define DEPLOY_ROLLBACK_H

#include "deploy/platform.h"

struct rollback_request {
	const char *expected;	/* the branch's tip; else it is refused */
	const char *wanted;	/* of former_find(), or NULL */
	const char *restores;	/* what it must come to; NULL: whatever */
	const char *who;	/* NULL: unknown */
	const char *why;	/* a line; NULL: nobody said */
	int is_worker;		/* who asks will deploy it himself */
	int is_given;		/* `wanted` is a commit, and no question */
};

/*
 * The new commit; NULL: nothing was done.  free().  A worker is started before
 * the branch moves: from then on nothing depends on us.
 */
char *rollback_make(struct platform *p, const struct environment *env,
		    const struct rollback_request *q, struct error *err);
/* 1: with `tip` there is nothing to go back from to that commit; 0; -1. */
int rollback_is_at(struct platform *p, const char *tip, const char *commit,
		   struct error *err);
/*
 * Where the branch is at what failed last, and the environment says
 * `on_failure: rollback`, go back.  1: the branch moved; 0: there was no reason
 * to, or nothing to go back to.  What was itself a way back is not taken back.
 */
int rollback_failed(struct platform *p, const struct environment *env,
		    struct error *err);

#endif
