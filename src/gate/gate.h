/*
 * Gates: what must hold before an environment's branch may move.
 *
 * One file a gate.  The client's pre-push hook, `git upgrade push` and the
 * server's gate run the same list; only what they know differs.  A gate
 * looks at a move of one environment's branch and says yes, no with the
 * reason and the way out, or that it cannot tell (no release list, objects
 * missing), which does not refuse.
 *
 * Gates change nothing and run no program of the repository.
 */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/adopted.h"
#include "model/backup.h"
#include "model/condition.h"
#include "model/profile.h"
#include "model/release.h"
#include "state/lock.h"
#include "state/override.h"

/* What is known of the environment that a move is promoted from. */
struct move_source {
	const char *tip;		/* of its branch; NULL: unknown */
	/* To where the same push moves that, as far as is known; or NULL. */
	const char *next;
	/* It lives where this is judged: what is not known of it is not so. */
	int is_here;
};

/* The move that is judged. */
struct move {
	struct repo *repo;
	const struct profile *profile;
	const struct release_list *releases;
	const char *env;
	const char *branch;		/* short name */
	const char *old;		/* commit; NULL: the branch is new */
	const char *new;		/* commit; NULL: a deletion */
	/*
	 * The last commit the platform deployed, from which hops are judged;
	 * NULL: none or unknown, then `old` serves.
	 */
	const char *deployed;
	/* What moves is a work tree that is deployed where it stands. */
	int here;
	/* The lock that the environment has, and the nonce of the one that
	 * whoever moves it holds; NULL: none, or none is known. */
	const struct env_lock *lock;
	const char *nonce;
	/* Where the environment says `promotes_from`; NULL: unknown. */
	const struct move_source *source;
	/* What its own conditions answered; NULL: nobody asked. */
	const struct condition_answers *answers;
	/* What whoever moves it wants to override; NULL: nothing. */
	const struct overrides *overrides;
	/* That of the last upgrade; NULL: none, or none is known. */
	const struct backup *backup;
	time_t now;			/* gates_judge() sets it; 0: not yet */
	/*
	 * What move_from() would find out, by the same list, where the
	 * caller has; NULL: not yet.
	 */
	const struct adopted *known_from;
	/* What was found out about both ends; gates_judge() sets it. */
	struct move_facts *facts;
};

/*
 * For gates: the release of what is there now, `deployed` or `old`, one of
 * which is given, and of `new`.  Borrowed, and found out once for all gates;
 * NULL on error.
 */
const struct adopted *move_from(const struct move *m, struct error *err);
const struct adopted *move_to(const struct move *m, struct error *err);

enum verdict_kind {
	VERDICT_OK,
	VERDICT_REFUSED,
	VERDICT_UNKNOWN,
	VERDICT_OVERRIDDEN		/* it said no, and that is known */
};

struct verdict {
	enum verdict_kind kind;
	const char *gate;		/* the gate's name */
	char *reason;			/* one line; of an ok mostly NULL */
	/* Of an ok: lists have the reason behind it. */
	int is_telling;
	/* What was overridden, by name; "checks" has several. */
	struct strvec overridden;
	struct strvec hints;		/* what to type */
};

struct gate {
	const char *name;		/* "legal-hop" */
	/* Fill `v`; -1 only when judging itself failed. */
	int (*judge)(const struct move *m, struct verdict *v,
		     struct error *err);
};

extern const struct gate gate_deletion;		/* deletion.c */
extern const struct gate gate_lock;		/* lock.c: somebody else's */
extern const struct gate gate_freeze;		/* freeze.c: closed for now */
extern const struct gate gate_fast_forward;	/* fast_forward.c */
extern const struct gate gate_promotion;	/* promotion.c */
extern const struct gate gate_soak;		/* soak.c: not long enough */
extern const struct gate gate_record;		/* record.c: unfinished, gone */
extern const struct gate gate_legal_hop;	/* legal_hop.c, downgrades */
extern const struct gate gate_required_files;	/* required_files.c */
extern const struct gate gate_markers;		/* markers.c */
extern const struct gate gate_checks;		/* checks.c: its own */
extern const struct gate gate_extensions;	/* extensions.c: not yet */
extern const struct gate gate_backup;		/* backup.c: of an upgrade */

struct verdict_list {
	struct verdict *v;
	size_t nr, alloc;
	int refused;			/* at least one said no */
	int overridden;			/* so, and it does not count */
};

#define VERDICT_LIST_INIT { NULL, 0, 0, 0, 0 }

/* Run all gates; stops early only where later ones would be meaningless. */
int gates_judge(const struct move *m, struct verdict_list *list,
		struct error *err);
void verdict_list_release(struct verdict_list *list);

/* For gates: fill a verdict; 0.  Of a plain yes, what it is founded on. */
int verdict_ok(struct verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int verdict_refuse(struct verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int verdict_unknown(struct verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * For gates: may `name`, which says no, be overridden, and is it to be?  Where
 * it is not, what there is to know about that becomes hints.
 */
int verdict_override(struct verdict *v, const struct move *m,
		     const char *name);
/*
 * All that was overridden, and what it said: "production is frozen until ...".
 */
void verdicts_overridden(const struct verdict_list *list,
			 struct strvec *names, struct buf *said);
/* "freeze ok, soak ok (verified 2d ago, 24h needed)" */
void verdict_add_list(struct buf *out, const struct verdict_list *list);
/* "ok", "refused", "unknown", "overridden" */
const char *verdict_word(const struct verdict *v);
void verdict_hint(struct verdict *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What to type where the release list is missing, on a client. */
void verdict_hint_fetch(struct verdict *v, const struct move *m);
/* The command, in quotes, that makes such a promotion; NULL: it is none. */
const char *move_promotion(const struct move *m);
/* How a hint ends that says what to do first: that command, "push again". */
const char *move_again(const struct move *m);

#endif
