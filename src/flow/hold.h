/*
 * Locks of environments (state/lock.h) that this clone holds.
 *
 *	$GIT_COMMON_DIR/upgrade/held/NONCE	a fact a line:
 *
 *	environment NAME
 *	remote NAME
 *	for push		or `operator`
 *
 * The note is there before the platform is asked for the lock, so that
 * whatever is killed, what the platform shows can be told to be ours: a push
 * then goes on with it.  Notes of locks that are gone mean nothing.
 */
#ifndef FLOW_HOLD_H
#define FLOW_HOLD_H

#include "base/error.h"
#include "base/interrupt.h"
#include "flow/destination.h"
#include "git/repo.h"
#include "state/held.h"
#include "state/lock.h"

struct hold {
	char *nonce;		/* NULL: this clone has no lock there */
	int of_push;		/* and gives it back when that ends */
	struct interrupt signals;
	int holds_signals;	/* from hold_take() to hold_give_back() */
};

#define HOLD_INIT { .nonce = NULL }

/* 1: that lock is ours; 0: it is not. */
int hold_find(struct hold *h, const struct repo *r, const struct env_lock *l);
/*
 * Is it a push that took it, and gives it back?  An operator may have made it
 * his own since, by `git upgrade lock` in this clone.
 */
int hold_is_for_push(const struct hold *h, const struct repo *r);
/*
 * Have the environment to oneself; fine, when this clone has it already.
 * `what` and `why` (NULL: none) are for people.  1, with the error set: it is
 * locked by others.  A lock of a push holds signals back, too, or Ctrl-C
 * would leave it.
 */
int hold_take(struct hold *h, struct repo *r, struct destination *d,
	      int of_push, const char *what, const char *why,
	      struct error *err);
/* That somebody else has taken it away is no error. */
int hold_give_back(struct hold *h, struct repo *r, struct destination *d,
		   struct error *err);
/* Take away somebody else's. */
int hold_break(struct repo *r, struct destination *d,
	       const struct env_lock *l, const char *reason,
	       struct error *err);
/* Let an environment go on that is held (state/held.h), which is recorded. */
int hold_let_go(struct repo *r, struct destination *d,
		const struct env_hold *h, const char *reason,
		struct error *err);
/*
 * Ask the remote again what it shows: 1 locked, 0 not, -1.  `l` is released
 * first.
 */
int hold_look(struct env_lock *l, struct repo *r, struct destination *d,
	      struct error *err);
/* ERROR_REFUSED unless there is a platform, which keeps locks. */
int hold_demand_platform(const struct destination *d, struct error *err);
void hold_release(struct hold *h);

#endif
