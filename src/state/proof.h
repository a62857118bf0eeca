/*
 * What an environment's ledger says of a commit that is to be promoted from
 * it: was it verified there?
 *
 * The last word counts: of the commit itself, else of one with the same tree,
 * so that a squash does not lose it.  What a rollback took back, or went back
 * over, is not verified any more, unless it was verified again since.
 */
#ifndef STATE_PROOF_H
#define STATE_PROOF_H

#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "git/repo.h"
#include "state/ledger.h"

enum proof_kind {
	PROOF_NO_LEDGER,	/* nothing at all is known of the environment */
	PROOF_NONE,		/* it was never deployed there */
	PROOF_VERIFIED,
	PROOF_FAILED,
	PROOF_TAKEN_BACK
};

struct proof {
	enum proof_kind kind;
	time_t when;		/* 0: longer ago than is looked back */
	/*
	 * Of what is verified: since when it has been, without a word against
	 * it since then; or for longer, where that is farther back than is
	 * looked.
	 */
	time_t since;
	char *who, *detail;	/* of the event; NULL */
	char *commit;		/* the one that was looked at */
};

#define PROOF_INIT { .kind = PROOF_NO_LEDGER }

/* By what is known here of `env`. */
int proof_read(struct proof *p, struct repo *r, const char *env,
	       const char *commit, struct error *err);
/* The events that tell, for proof_of_release(). */
int proof_events(struct event_list *list, struct repo *r, const char *env,
		 struct error *err);
/*
 * The commit of that release that the environment verified last, and that was
 * not taken back; NULL: none.  free().
 */
char *proof_of_release(const struct event_list *list, const char *release);
/* "verified there 4m ago", "failed there 2h ago: REASON", in words. */
void proof_add(struct buf *out, const struct proof *p);
void proof_release(struct proof *p);

#endif
