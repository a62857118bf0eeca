/*
 * A promotion, from the question to the truth about what runs:
 *
 *	promote_prepare()	what is at both environments, and the commit
 *				that would be pushed; reads, and writes objects
 *				at most
 *	push_judge()		(flow/push.h) what the gates say to it
 *	promote_confirm()	whether the source's engine says so, too
 *	push_send()		the commit, to the target's branch
 *	push_wait()		until the evidence speaks about it
 *
 * No checkout is needed, and no branch here is touched: both tips are those at
 * the remotes.  What moves is what model/promotion.h says.
 *
 * From where an environment promotes, and what is its own, says the
 * configuration of the commit that is there now; where that says nothing of it
 * yet, HEAD's; and where there is none either, that of the commit to promote.
 */
#ifndef FLOW_PROMOTE_H
#define FLOW_PROMOTE_H

#include "base/error.h"
#include "flow/push.h"
#include "git/mergetree.h"
#include "model/config.h"
#include "model/promotion.h"
#include "state/proof.h"

/* A commit of the target's own that may be lost. */
struct promote_fix {
	char *commit, *subject;
	size_t mainline;		/* the parent it changes; 0: its one */
	int dropped;			/* --drop says so */
};

struct promote {
	struct push push;		/* to the target; `commit` is made */
	struct destination from;
	struct config config;		/* who says what is promoted to what */
	const struct environment *env;	/* of it: the target */
	char *tip, *release;		/* of the source's branch */
	char *tree;			/* promoted */
	char *target;			/* the target's tip; NULL: no branch */
	struct proof proof;		/* that the source verified it */
	/* What the target has, and the source may lack; newest first. */
	struct promote_fix *fixes;
	size_t nr_fixes, alloc_fixes;
	size_t nr_commits;		/* of the source's, that come */
	struct strvec carried;		/* "PATH: what was done to it" */
	struct quarantine quarantine;	/* of a dry run */
};

#define PROMOTE_INIT { .push = PUSH_INIT, .from = DESTINATION_INIT, \
		       .config = CONFIG_INIT, .proof = PROOF_INIT, \
		       .carried = STRVEC_INIT, \
		       .quarantine = QUARANTINE_INIT }

struct promote_request {
	const char *from;		/* NULL: as is configured */
	const char *to;
	const char *release;		/* of it, not the newest; NULL */
	const char *commit;		/* the same, a commit; NULL */
	const char *command;		/* NULL: a dry run */
	/* For others, as whose turn it is from now on (flow/turn.h); NULL: who
	 * calls has it already, or needs none. */
	const char *turn;
	const char *message;		/* more of it; NULL */
	const struct strvec *drop;	/* commits of the target's to lose */
	const struct strvec *values;	/* --set, for migrations of its own */
};

/*
 * Refuses (ERROR_REFUSED) what the gates could not explain as well.  Where
 * there is nothing to promote, `push.up_to_date` says so, and `push.commit` is
 * what is there.
 */
int promote_prepare(struct promote *p, struct repo *r,
		    const struct promote_request *q, struct error *err);
/*
 * Before it is sent: where an engine deploys the source, all that is recorded
 * of it is what clients say.  What was not seen here the engine is asked, and
 * ERROR_REFUSED where it denies it.
 */
int promote_confirm(struct promote *p, struct repo *r, struct error *err);
/*
 * The releases between what is there and what is to come that are promoted by
 * themselves, for every hop to be legal, of those that the source has
 * verified; none where one hop does it, or there is no such way.
 */
int promote_stops(const struct promote *p, struct repo *r,
		  struct strvec *stops, struct error *err);
/*
 * Have the target to oneself while `nr` of them are promoted, one after the
 * other, by what was prepared as a dry run; no other use is to be made of that
 * then.  1, with the error set: somebody else has it.  push_give_back() ends
 * it, and an operator keeps what he has.
 */
int promote_take_lock(struct promote *p, struct repo *r, size_t nr,
		      struct error *err);
void promote_release(struct promote *p, struct repo *r);

#endif
