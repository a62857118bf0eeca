/*
 * How an environment does, by its evidence alone: the state refs, and the
 * newest events of its ledger (state/ledger.h).  Nobody is asked; what has
 * happened since the last event is not known.
 */
#ifndef STATE_HEALTH_H
#define STATE_HEALTH_H

#include <time.h>

#include "base/error.h"
#include "git/repo.h"
#include "state/ledger.h"

enum health_kind {
	HEALTH_UNKNOWN,		/* nothing is deployed */
	HEALTH_GOOD,		/* it was healthy when last looked at */
	HEALTH_UNVERIFIED,	/* deployed, and that is all one can say */
	HEALTH_DOWN		/* a deploy stopped what served, and failed */
};

struct health {
	enum health_kind kind;
	/* Of what is deployed now, and verified now; 0: unknown. */
	time_t deployed_at, verified_at;
	/*
	 * What the newest event says went wrong, with which commit, when;
	 * `trouble` NULL: nothing.
	 */
	char *trouble, *commit;
	time_t trouble_at;
	/* What was overridden to have deployed what is now; no `event`:
	 * nothing. */
	struct event overridden;
};

#define HEALTH_INIT { .kind = HEALTH_UNKNOWN, .overridden = EVENT_INIT }

/* So far back in the ledger one looks. */
#define HEALTH_EVENTS 50

int health_read(struct health *h, struct repo *r, const char *env,
		const struct env_state *state, struct error *err);
/* The same, of events that were read, newest first. */
void health_judge(struct health *h, const struct env_state *state,
		  const struct event_list *list);
void health_release(struct health *h);
/* "healthy", "unverified", "down"; NULL: unknown. */
const char *health_name(enum health_kind kind);

#endif
