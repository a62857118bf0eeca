/*
 * What lies ahead of a release: which releases can be reached, over which
 * stops, and why others cannot.  Pure: a list and a profile in, rows out.
 *
 * Without OUTLOOK_ALL there is one row for the newest patch of each minor
 * later than the release one is on (of its own minor, too), or for each
 * branch where releases are branches, pre-releases left out.  With it, every
 * release is a row.  Oldest first.
 */
#ifndef MODEL_OUTLOOK_H
#define MODEL_OUTLOOK_H

#include <stddef.h>
#include <time.h>

#include "model/path.h"
#include "model/profile.h"
#include "model/release.h"

enum outlook_state {
	OUTLOOK_NEXT,		/* one hop away */
	OUTLOOK_LATER,		/* more hops: see `way` */
	OUTLOOK_NO_PATH,	/* `reason` says why */
	OUTLOOK_UPDATED,	/* adopted, and it has newer commits */
	OUTLOOK_ADOPTED,
	OUTLOOK_PAST,		/* older than the adopted one */
	OUTLOOK_UNKNOWN		/* nobody knows what is adopted */
};

struct outlook_row {
	const struct release *release;	/* borrowed */
	enum outlook_state state;
	struct path_way way;		/* outlook_path() has the stops */
	char *reason;
	/* Of the repository, for whoever asks it: flow/standing.h. */
	long commits;			/* that would come in; -1: not asked */
	time_t date;			/* of the release's commit */
};

struct outlook {
	struct outlook_row *v;
	size_t nr, alloc;
	/*
	 * The row to take next: the newest final release one hop away, NULL
	 * when there is none.
	 */
	const struct outlook_row *next;
	const struct outlook_row *updated;	/* the row of that state */
	int newer;			/* some row is later than A */
	struct path_map map;		/* the ways from A */
};

#define OUTLOOK_INIT { .map = PATH_MAP_INIT }

enum {
	OUTLOOK_ALL = 1,
	/* The adopted release is a row, too: it has newer commits. */
	OUTLOOK_BEHIND = 2
};

/* `from` may be NULL: unknown.  Borrows list and profile as well. */
void outlook_make(struct outlook *o, const struct release_list *list,
		  const struct profile *p, const struct release *from,
		  unsigned flags);
void outlook_release(struct outlook *o);
/* The stops on the way to a row's release, itself last; path_release(). */
void outlook_path(const struct outlook *o, const struct outlook_row *row,
		  struct path *path);
const char *outlook_state_name(enum outlook_state state);

#endif
