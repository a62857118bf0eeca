/*
 * A push to an environment, from the judgement to the truth about what runs.
 *
 *	push_prepare()	what would be pushed where; reads, changes nothing
 *			but the state refs here
 *	push_aim()	which of several hops it is about now
 *	push_judge()	what the gates say to it
 *	push_send()	the push, or the request to try again
 *	push_wait()	until the platform's evidence speaks about the commit
 *
 * The caller shows what is in `struct push` after each.  Evidence is what
 * decides: the refs the platform keeps (state/ledger.h), never the exit code
 * of git and never the text a hook printed.
 *
 * Where the recorded release changes more than once between what is verified
 * there and what is here, it is several pushes: each the last commit before
 * the next change on the first-parent line, so that fixes travel with their
 * hop; a release that was taken back again is none.  Each is to be verified
 * before the next begins, and what is verified already is left out, which is
 * all there is to going on with it later.
 */
#ifndef FLOW_PUSH_H
#define FLOW_PUSH_H

#include "base/error.h"
#include "base/report.h"
#include "flow/client.h"
#include "flow/destination.h"
#include "flow/hold.h"
#include "flow/turn.h"
#include "gate/gate.h"
#include "git/repo.h"
#include "git/stale.h"
#include "model/adopted.h"
#include "model/product.h"

/*
 * Told to our own pre-push hook, "OID:REF": the gates have judged this move,
 * it need not be done twice.
 */
#define PUSH_JUDGED_ENV "GIT_UPGRADE_JUDGED"

enum push_outcome {
	PUSH_PENDING,		/* nobody knows yet */
	PUSH_VERIFIED,
	PUSH_UNVERIFIED,	/* deployed; verified again since, and failed */
	PUSH_FAILED,
	PUSH_SUPERSEDED,	/* a later commit came before it: `by` */
	PUSH_NO_PLATFORM	/* nothing there deploys */
};

/* One word for it, as in JSON: "verified", "no-platform". */
const char *push_outcome_name(enum push_outcome outcome);

/* What the platform showed at some moment; all OIDs or NULL. */
struct evidence {
	char *deployed, *verified, *failed, *ledger;
};

struct push {
	struct destination to;
	struct turn turn;		/* with the branch, up to the end */
	struct stale_note note;		/* git push may be at work here */
	struct product product;
	char *tip;			/* of the branch here */
	struct strvec hops;		/* commits to push, the tip last */
	size_t at;			/* the one the rest is about */
	char *commit;
	char *old;			/* the branch there before, or NULL */
	char *from, *release;		/* releases, for people, or NULL */
	/* The same of to.expected, where that was asked before it was known. */
	struct adopted there_expected;
	int has_expected;
	/* What is there is on, where that could be told; of the product. */
	struct adopted there;
	int has_there;
	int up_to_date;			/* there is nothing to push */
	int retry;
	int no_follow;			/* do not stay for the deploy's log */
	const char *trust;		/* a hash that is given; NULL */
	/* Gates to override, which may be none; borrowed, or NULL. */
	const struct overrides *overrides;
	/* Of a promotion (flow/promote.h): the environment it comes from, and
	 * the tip of that one's branch.  Borrowed; NULL: it is none. */
	const char *promotes, *source_tip;
	const char *promotes_release;	/* that was asked for; or NULL */
	/* Where an engine deploys it: what this client does about that. */
	struct client client;
	struct verdict_list verdicts;
	struct env_lock lock;		/* of the environment, if any */
	int is_locked;
	struct hold hold;		/* the lock this clone has */
	struct evidence before;
	/* After push_send(). */
	int sent;			/* the branch moved, or a retry began */
	int cut;			/* the connection broke on the way */
	double started;
	/* After push_wait(). */
	enum push_outcome outcome;
	int interrupted;
	char *by;			/* the superseding commit */
	int by_verified;
	struct event event;		/* the ledger's last word on it */
	int has_event;
	char *serves;			/* the commit deployed now, or NULL */
	char *serves_release;
};

#define PUSH_INIT { .to = DESTINATION_INIT, .turn = TURN_INIT, \
		    .note = STALE_NOTE_INIT, \
		    .client = CLIENT_INIT, \
		    .lock = ENV_LOCK_INIT, .hold = HOLD_INIT, \
		    .product = PRODUCT_INIT, .hops = STRVEC_INIT, \
		    .there = ADOPTED_INIT, .there_expected = ADOPTED_INIT, \
		    .verdicts = VERDICT_LIST_INIT, .event = EVENT_INIT }

/*
 * `env` may be NULL: the branch that is checked out.  `command` is what
 * others are told who want to do something with that branch meanwhile; NULL:
 * nothing will be sent.
 */
int push_prepare(struct push *p, struct repo *r, const char *env, int retry,
		 const char *command, struct error *err);
/*
 * Turn to hop `at`, from the refs as they were read last.  With `foresee`
 * as if the hop before were deployed and verified: for judging it now.
 */
void push_aim(struct push *p, struct repo *r, size_t at, int foresee);
/*
 * Refuses to override where nobody would record it: that is a platform's to
 * do, or, where an engine deploys, this client's.
 */
int push_judge(struct push *p, struct repo *r, struct error *err);
int push_send(struct push *p, struct repo *r, const struct reporter *say,
	      struct error *err);
/* The command that does the same again; free(). */
char *push_again(const struct push *p);
/*
 * At most `timeout` seconds; 0 asks once.  Ends early, with `interrupted`
 * set, when an interrupt that is held (base/interrupt.h) comes.  Trouble on
 * the way is reported and tried again; what remains unknown is PUSH_PENDING.
 * Where an engine deploys, this is where it is told to, and -1: it was not,
 * or does not say how it goes.
 */
int push_wait(struct push *p, struct repo *r, long timeout,
	      const struct reporter *say, struct error *err);
void push_release(struct push *p);

/*
 * Several hops belong together: nobody else is to come in between.  True when
 * that is to be seen to, and has not been.
 */
int push_needs_lock(const struct push *p);
/* 1, with the error set: somebody else has it. */
int push_take_lock(struct push *p, struct repo *r, struct error *err);
/* What a push took; an operator keeps what he has. */
int push_give_back(struct push *p, struct repo *r, struct error *err);
/*
 * Wait for the lock of somebody else, at most `limit` seconds: 1, and what
 * was prepared is old; 0: there is none to wait for; -1.
 */
int push_await_lock(struct push *p, struct repo *r, double limit,
		    const struct reporter *say, struct error *err);
/*
 * Has somebody's commit come first, so that this push cannot go through?  1
 * with the error set, which says whose; 0, -1.
 */
int push_has_lost(struct push *p, struct repo *r, struct error *err);

#endif
