/*
 * What happened to an environment, and what stands now: the ledger and the
 * state refs.
 *
 *	refs/upgrade/deployed/ENV	the commit the platform switched to
 *	refs/upgrade/verified/ENV	the commit that was verified
 *	refs/upgrade/failed/ENV		the commit whose deploy failed
 *	refs/upgrade/ledger/ENV		a chain of commits on the empty tree,
 *					one an event, newest at the tip
 *
 * A ledger commit's subject is for people; its body is one JSON object:
 * id, event, env, commit, tree, release, from, who, outcome, seconds,
 * detail, by ("server", "client" or "host"), undoes, restores, migrated,
 * gates, said and reason (state/override.h), and points (state/points.h) where
 * something was verified.  Its date is when.
 * Without an event, or with a commit that is no object name, it is not ours.
 *
 * An event and the refs it moves change in one ref transaction, by
 * compare-and-swap: all of them, or none, as long as nobody is killed.  Where
 * refs are files git moves them one after the other then, the ledger first, so
 * that a kill in between leaves an event whose refs have not moved; whoever
 * comes next (deploy_recover(), the same push again) makes up for it.
 */
#ifndef STATE_LEDGER_H
#define STATE_LEDGER_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "git/repo.h"
#include "state/points.h"

struct event {
	char *id;		/* OID of the ledger commit, when read */
	/* pushed deployed verified failed restored retried rolledback,
	 * locked unlocked released overridden removed */
	char *event;
	char *env;
	char *commit, *tree;
	char *release;		/* adopted release of the commit */
	char *from;		/* the release before; NULL */
	/* Of "rolledback": what was taken back, and what for; else NULL. */
	char *undoes, *restores;
	char *who;
	char *by;		/* "server", "client", "host"; NULL: server */
	char *outcome;		/* "ok", "failed", "restored", "down" */
	/* Were data updated, for what failed or took its place: "yes", "no";
	 * NULL: nobody can tell. */
	char *migrated;
	char *detail;		/* a line for people; NULL */
	/* Of "overridden": which, what they said, and why all the same. */
	struct strvec gates;
	char *said, *reason;
	struct point_list points;	/* what was verified, if anything */
	long seconds;
	time_t when;
};

#define EVENT_INIT { .event = NULL, .gates = STRVEC_INIT }

struct event_list {
	struct event *v;
	size_t nr, alloc;
};

#define EVENT_LIST_INIT { NULL, 0, 0 }

void event_release(struct event *e);
/* It says how something ended: "pushed" and "retried" are beginnings. */
int event_is_ending(const struct event *e);
/* It says that a commit was deployed, or looked at again, and verified. */
int event_is_good(const struct event *e);
/* The event before `e` of a list that is newest first, but for one that only
 * says what was overridden; NULL: the newest.  NULL: there is none. */
const struct event *event_before(const struct event_list *list,
				 const struct event *e);
/* It is about that release; "1.1.0" is "v1.1.0" as well. */
int event_is_of(const struct event *e, const char *release);
/*
 * The JSON of an event, as the ledger has it; of one that was read, with `id`
 * and `when` in front.
 */
void event_json(const struct event *e, struct buf *out);
void event_list_release(struct event_list *list);
/* Newest first, at most `max` (0: all). */
int ledger_read(struct event_list *list, struct repo *r, const char *env,
		size_t max, struct error *err);
/*
 * The same without what was before the environment was removed last: that says
 * nothing about one that has the same name since.
 */
int ledger_read_present(struct event_list *list, struct repo *r,
			const char *env, size_t max, struct error *err);
/*
 * Entries "OID TIME LF BODY", each but the last with a NUL behind it; what
 * is no entry of ours is passed over.
 */
void ledger_parse(struct event_list *list, const struct buf *log);

/* A ref to move together with an event. */
struct ref_move {
	const char *ref;
	const char *new;	/* NULL: delete */
	const char *old;	/* expected; NULL: must not exist; "": any */
	/* NULL and NULL: nothing to delete, and that is expected. */
};

/*
 * Append `e` and move the refs, all or nothing.  When somebody else appended
 * meanwhile the append is repeated on the new tip; when one of `moves` no
 * longer has its expected value that is an error (ERROR_REFUSED).
 * `between`, when given, runs after the transaction is prepared (locked) and
 * before it commits: the switch of a deploy belongs there; if it returns -1
 * nothing is recorded.
 */
int ledger_append(struct repo *r, const struct event *e,
		  const struct ref_move *moves, size_t nr_moves,
		  int (*between)(void *data, struct error *err), void *data,
		  struct error *err);

/* What stands; any may be NULL. */
struct env_state {
	char *deployed, *verified, *failed;
};

#define ENV_STATE_INIT { NULL, NULL, NULL }

int env_state_read(struct env_state *s, struct repo *r, const char *env,
		   struct error *err);
void env_state_release(struct env_state *s);

#endif
