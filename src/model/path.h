/*
 * Which steps from release to release are legal.
 *
 * The rule says what is legal as such.  `any`: every later release.
 * `connected-minor`: any later patch of the same minor; any patch of the
 * next minor; from the last minor of a major (of those in the list) any
 * patch of the next major's first minor.  By the scheme `calendar` a minor is
 * a month, and the next is the next in which there was a release.  `edges`:
 * nothing.  The profile's `edges` are legal besides.
 *
 * Whatever the rule says, no hop is legal
 *  - to a release in `avoid`, or later than `last`;
 *  - over one of `stops`: from before it to behind it (Sentry's hard stops
 *    are of this kind, https://develop.sentry.dev/self-hosted/releases/);
 *  - from before `first`; and from `first` itself only to what `first.to`
 *    has, if it has any.
 * Versions in a profile are prefixes: a stop "2.1" is made at any 2.1.x.
 * Pre-releases count as what they precede.
 */
#ifndef MODEL_PATH_H
#define MODEL_PATH_H

#include "base/error.h"
#include "model/release.h"

/* True when one hop may go from `from` to `to` (never backwards). */
int path_is_legal(const struct profile *p, const struct release *from,
		  const struct release *to);

/* The newest final release that an upgrade may go to; NULL: none. */
const struct release *path_newest(const struct release_list *list,
				  const struct profile *p);

struct path {
	const struct release **v;	/* the stops, the target last */
	size_t nr, alloc;
};

#define PATH_INIT { NULL, 0, 0 }

/*
 * The shortest legal path; at each stop the newest patch.  1 found, 0 there
 * is none.  Release with path_release().
 */
int path_find(struct path *path, const struct release_list *list,
	      const struct profile *p, const struct release *from,
	      const struct release *to);
void path_release(struct path *path);

/*
 * The same from one release to many: what path_find() has to find out about
 * the releases between is found out once.  Borrows all it is made of.
 */
struct path_map {
	const struct release_list *list;
	const struct profile *profile;
	/* Where one can stop, oldest first, after where one begins. */
	struct path stops;
	size_t *order;			/* of `stops`, as they were reached */
	size_t nr_reached;
	struct path_stop *at;		/* of each of `stops` */
	/* Those an edge of the profile begins at. */
	size_t *edges;
	size_t nr_edges;
};

#define PATH_MAP_INIT { .stops = PATH_INIT }

void path_map_make(struct path_map *map, const struct release_list *list,
		   const struct profile *p, const struct release *from);
int path_map_find(const struct path_map *map, struct path *path,
		  const struct release *to);
void path_map_release(struct path_map *map);

/*
 * A way without its stops, for when there are many and they are long: how
 * many hops it has, 0 when there is none, and what comes first and last
 * before the release.  Of one hop both are where it begins.
 */
struct path_way {
	size_t hops;
	const struct release *first, *last;
	size_t stop;			/* the index of `last` */
};

struct path_way path_map_way(const struct path_map *map,
			     const struct release *to);
/* Its stops, the release last, as path_map_find() gives them. */
void path_map_add_stops(const struct path_map *map, struct path *path,
			const struct path_way *way, const struct release *to);

/*
 * Why no path leads from one release to a later one, in words that follow
 * "no path: "; free().
 */
char *path_reason(const struct release_list *list, const struct profile *p,
		  const struct release *from, const struct release *to);
/* The rule as it is called in profiles: "connected-minor". */
const char *path_rule_name(enum path_rule rule);
/*
 * -1 with a refusal that names the rule, the legal path and what to type,
 * when from -> to is no legal hop; also for a release that is adopted
 * already, and for a downgrade, where what to type depends on the branch.
 */
int path_check(const struct release_list *list, const struct profile *p,
	       const struct release *from, const struct release *to,
	       struct error *err);

#endif
