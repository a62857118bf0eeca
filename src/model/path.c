#include "model/path.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const rule_names[] = {
	[PATH_ANY] = "any",
	[PATH_CONNECTED_MINOR] = "connected-minor",
	[PATH_EDGES] = "edges",
};

const char *path_rule_name(enum path_rule rule)
{
	return rule_names[rule];
}

/* Where the release is, seen from a version of the profile. */
static int side(const struct profile *p, const struct release *rel,
		const char *prefix)
{
	return version_cmp_prefix(&rel->version, p->scheme, prefix);
}

static int fits(const struct profile *p, const struct release *rel,
		const char *prefix)
{
	return !side(p, rel, prefix);
}

static int fits_one_of(const struct profile *p, const struct release *rel,
		       const struct strvec *prefixes)
{
	for (size_t i = 0; i < prefixes->nr; i++)
		if (fits(p, rel, prefixes->v[i]))
			return 1;
	return 0;
}

static int is_avoided(const struct profile *p, const struct release *rel)
{
	return fits_one_of(p, rel, &p->avoid);
}

static int is_beyond_last(const struct profile *p, const struct release *rel)
{
	return p->last && side(p, rel, p->last) > 0;
}

const struct release *path_newest(const struct release_list *list,
				  const struct profile *p)
{
	for (size_t i = list->nr; i-- > 0;)
		if (!list->v[i].prerelease && list->v[i].commit &&
		    !is_avoided(p, &list->v[i]) &&
		    !is_beyond_last(p, &list->v[i]))
			return &list->v[i];
	return NULL;
}

static int is_before_first(const struct profile *p, const struct release *rel)
{
	return p->first && side(p, rel, p->first) < 0;
}

/* From `first` the way leads to what `first.to` has, or stays with it. */
static int is_first_elsewhere(const struct profile *p,
			      const struct release *from,
			      const struct release *to)
{
	return p->first && p->first_to.nr && fits(p, from, p->first) &&
	       !fits(p, to, p->first) && !fits_one_of(p, to, &p->first_to);
}

static int is_between(const struct profile *p, const char *stop,
		      const struct release *from, const struct release *to)
{
	return side(p, from, stop) < 0 && side(p, to, stop) > 0;
}

/* The first stop that a hop would pass by; NULL: none. */
static const char *skipped_stop(const struct profile *p,
				const struct release *from,
				const struct release *to)
{
	const char *found = NULL;

	for (size_t i = 0; i < p->stops.nr; i++)
		if (is_between(p, p->stops.v[i], from, to) &&
		    (!found || version_cmp_prefixes(p->scheme, p->stops.v[i],
						    found) < 0))
			found = p->stops.v[i];
	return found;
}

static int has_edge(const struct profile *p, const struct release *from,
		    const struct release *to)
{
	for (size_t i = 0; i < p->nr_edges; i++)
		if (fits(p, from, p->edges[i].from) &&
		    fits(p, to, p->edges[i].to))
			return 1;
	return 0;
}

/* No month with a release lies between. */
static int is_next_month(const struct release *from, const struct release *to)
{
	size_t passed = from->minors_before + (size_t)from->final_minor;

	return version_same_minor(&from->version, &to->version) ||
	       to->minors_before <= passed;
}

static int is_connected(const struct release *from, const struct release *to)
{
	const struct version *a = &from->version, *b = &to->version;

	if (a->scheme == VERSION_CALENDAR)
		return is_next_month(from, to);
	if (a->major == b->major)
		return b->minor - a->minor <= 1;
	return b->major - a->major == 1 && from->last_minor &&
	       to->first_minor;
}

static int is_by_rule(const struct profile *p, const struct release *from,
		      const struct release *to)
{
	switch (p->rule) {
	case PATH_ANY:
		return 1;
	case PATH_CONNECTED_MINOR:
		return is_connected(from, to) || has_edge(p, from, to);
	case PATH_EDGES:
		return has_edge(p, from, to);
	}
	return 0;
}

/* What is quickly told comes first: this is asked very often. */
int path_is_legal(const struct profile *p, const struct release *from,
		  const struct release *to)
{
	return version_cmp(&from->version, &to->version) < 0 &&
	       is_by_rule(p, from, to) && !is_avoided(p, to) &&
	       !is_beyond_last(p, to) && !is_before_first(p, from) &&
	       !is_first_elsewhere(p, from, to) &&
	       !skipped_stop(p, from, to);
}

static void push(struct path *path, const struct release *rel)
{
	ALLOC_GROW(path->v, path->nr + 1, path->alloc);
	path->v[path->nr++] = rel;
}

void path_release(struct path *path)
{
	free(path->v);
	*path = (struct path)PATH_INIT;
}

/* Is `rel` the newest that fits, `next` being the one after it? */
static int is_newest_of(const struct profile *p, const char *prefix,
			const struct release *rel,
			const struct release *next)
{
	return fits(p, rel, prefix) && !fits(p, next, prefix);
}

/* A version the profile names may be that of a patch: it is a stop, too. */
static int is_named(const struct profile *p, const struct release *rel,
		    const struct release *next)
{
	for (size_t i = 0; i < p->nr_edges; i++)
		if (is_newest_of(p, p->edges[i].from, rel, next) ||
		    is_newest_of(p, p->edges[i].to, rel, next))
			return 1;
	for (size_t i = 0; i < p->stops.nr; i++)
		if (is_newest_of(p, p->stops.v[i], rel, next))
			return 1;
	for (size_t i = 0; i < p->first_to.nr; i++)
		if (is_newest_of(p, p->first_to.v[i], rel, next))
			return 1;
	return 0;
}

/* Not of a tag that is on no commit; lists of names have no types. */
static int can_be_merged(const struct release *rel)
{
	return rel->commit || !rel->type;
}

/*
 * The releases one may stop at on the way: of each minor the newest patch,
 * and the newest that fits what the profile names.
 */
static void find_stops(struct path *stops, const struct release_list *list,
		       const struct profile *p, const struct release *from)
{
	const struct release *rel = NULL;

	for (size_t i = 0; i <= list->nr; i++) {
		const struct release *next = i < list->nr ? &list->v[i] : NULL;

		if (next && (next->prerelease || !can_be_merged(next) ||
			     is_avoided(p, next) ||
			     version_cmp(&next->version,
					 &from->version) <= 0))
			continue;
		if (rel && (!next ||
			    !version_same_minor(&rel->version,
						&next->version) ||
			    is_named(p, rel, next)))
			push(stops, rel);
		rel = next;
	}
}

#define UNREACHED ((size_t)-1)

struct path_stop {
	size_t rank;		/* when it was reached: see `order` */
	size_t hops;
	size_t before, first;	/* the stop before it; the first on the way */
};

static int is_edge(const struct profile *p, const struct release *rel)
{
	for (size_t i = 0; i < p->nr_edges; i++)
		if (fits(p, rel, p->edges[i].from))
			return 1;
	return 0;
}

static void init_stops(struct path_map *map)
{
	size_t nr = map->stops.nr;

	map->order = xcalloc(nr, sizeof(*map->order));
	map->edges = xcalloc(nr, sizeof(*map->edges));
	map->at = xcalloc(nr, sizeof(*map->at));
	for (size_t i = 0; i < nr; i++) {
		map->at[i].rank = i ? UNREACHED : 0;
		if (is_edge(map->profile, map->stops.v[i]))
			map->edges[map->nr_edges++] = i;
	}
	map->nr_reached = 1;
}

static void reach(struct path_map *map, size_t i, size_t before)
{
	struct path_stop *at = &map->at[i];

	at->rank = map->nr_reached;
	at->before = before;
	at->first = before ? map->at[before].first : i;
	at->hops = map->at[before].hops + 1;
	map->order[map->nr_reached++] = i;
}

/*
 * One past the last stop that is worth a look as what follows stop `i`: by
 * connected-minor what is connected comes right behind it.
 */
static size_t end_of_next(const struct path_map *map, size_t i)
{
	const struct release **v = map->stops.v;
	size_t end = i + 1;

	if (map->profile->rule == PATH_ANY || is_edge(map->profile, v[i]))
		return map->stops.nr;
	if (map->profile->rule == PATH_CONNECTED_MINOR)
		while (end < map->stops.nr && is_connected(v[i], v[end]))
			end++;
	return end;
}

/*
 * Breadth first.  The stops are sorted and hops only lead on to later ones;
 * each looks at the newest first.  So of equally short ways to a stop that
 * one is found whose first hop is the longest, then its second, and so on.
 */
void path_map_make(struct path_map *map, const struct release_list *list,
		   const struct profile *p, const struct release *from)
{
	const struct release **v;

	map->list = list;
	map->profile = p;
	push(&map->stops, from);
	find_stops(&map->stops, list, p, from);
	init_stops(map);
	v = map->stops.v;
	for (size_t at = 0; at < map->nr_reached; at++) {
		size_t i = map->order[at];

		for (size_t j = end_of_next(map, i); --j > i;)
			if (map->at[j].rank == UNREACHED &&
			    path_is_legal(p, v[i], v[j]))
				reach(map, j, i);
	}
}

void path_map_release(struct path_map *map)
{
	path_release(&map->stops);
	free(map->order);
	free(map->edges);
	free(map->at);
	*map = (struct path_map)PATH_MAP_INIT;
}

/* The stops before a release: so many are of earlier versions. */
static size_t stops_before(const struct path_map *map,
			   const struct release *to)
{
	size_t low = 0, high = map->stops.nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (version_cmp(&map->stops.v[mid]->version,
				&to->version) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Stop `i` instead of `best`, if it was reached before that one. */
static size_t earlier(const struct path_map *map, size_t best, size_t i,
		      const struct release *to)
{
	size_t rank = map->at[i].rank;

	if (rank == UNREACHED ||
	    (best != UNREACHED && map->at[best].rank <= rank) ||
	    !path_is_legal(map->profile, map->stops.v[i], to))
		return best;
	return i;
}

/* The first that was reached of the stops from which one hop leads there. */
static size_t last_stop(const struct path_map *map, const struct release *to)
{
	const struct release **v = map->stops.v;
	size_t best = UNREACHED, i;

	if (map->profile->rule == PATH_ANY) {
		for (i = 0; i < map->nr_reached; i++)
			if (path_is_legal(map->profile, v[map->order[i]], to))
				return map->order[i];
		return UNREACHED;
	}
	for (i = 0; i < map->nr_edges; i++)
		best = earlier(map, best, map->edges[i], to);
	if (map->profile->rule == PATH_CONNECTED_MINOR)
		for (i = stops_before(map, to);
		     i-- > 0 && is_connected(v[i], to);)
			best = earlier(map, best, i, to);
	return best;
}

struct path_way path_map_way(const struct path_map *map,
			     const struct release *to)
{
	struct path_way way = { 0, NULL, NULL, last_stop(map, to) };

	if (way.stop == UNREACHED)
		return way;
	way.hops = map->at[way.stop].hops + 1;
	way.first = map->stops.v[map->at[way.stop].first];
	way.last = map->stops.v[way.stop];
	return way;
}

void path_map_add_stops(const struct path_map *map, struct path *path,
			const struct path_way *way, const struct release *to)
{
	size_t at = path->nr + way->hops, i = way->stop;

	if (!way->hops)
		return;
	ALLOC_GROW(path->v, at, path->alloc);
	path->nr = at;
	path->v[--at] = to;
	for (; i; i = map->at[i].before)
		path->v[--at] = map->stops.v[i];
}

int path_map_find(const struct path_map *map, struct path *path,
		  const struct release *to)
{
	struct path_way way = path_map_way(map, to);

	path_map_add_stops(map, path, &way, to);
	return way.hops > 0;
}

int path_find(struct path *path, const struct release_list *list,
	      const struct profile *p, const struct release *from,
	      const struct release *to)
{
	struct path_map map = PATH_MAP_INIT;
	int found = path_is_legal(p, from, to);

	if (found) {
		push(path, to);
	} else {
		path_map_make(&map, list, p, from);
		found = path_map_find(&map, path, to);
		path_map_release(&map);
	}
	return found;
}

/* Where a value of the profile was given, for messages. */
static const char *origin_of(const struct profile *p, const char *key)
{
	const char *origin = origins_get(&p->origins, key);

	if (!origin)
		origin = p->origin;
	return origin ? origin : "the profile";
}

static int is_known(const struct release_list *list, const struct profile *p,
		    const char *prefix)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!list->v[i].prerelease && can_be_merged(&list->v[i]) &&
		    !is_avoided(p, &list->v[i]) &&
		    fits(p, &list->v[i], prefix))
			return 1;
	return 0;
}

/* A stop on the way at which one cannot stop; NULL: none. */
static const char *lost_stop(const struct release_list *list,
			     const struct profile *p,
			     const struct release *from,
			     const struct release *to)
{
	for (size_t i = 0; i < p->stops.nr; i++)
		if (is_between(p, p->stops.v[i], from, to) &&
		    !is_known(list, p, p->stops.v[i]))
			return p->stops.v[i];
	return NULL;
}

static void add_list(struct buf *out, const struct strvec *texts)
{
	for (size_t i = 0; i < texts->nr; i++)
		buf_addf(out, "%s%s", !i ? "" :
			 i + 1 == texts->nr ? " or " : ", ", texts->v[i]);
}

char *path_reason(const struct release_list *list, const struct profile *p,
		  const struct release *from, const struct release *to)
{
	const char *stop = lost_stop(list, p, from, to);
	struct buf b = BUF_INIT;

	if (!can_be_merged(to))
		buf_addf(&b, "its tag is on a %s, not on a commit",
			 to->type);
	else if (is_beyond_last(p, to) && p->last_reason)
		buf_adds(&b, p->last_reason);
	else if (is_beyond_last(p, to))
		buf_addf(&b, "%s is the last release this profile knows",
			 p->last);
	else if (is_avoided(p, to))
		buf_adds(&b, "it is a release to avoid");
	else if (is_before_first(p, from) && p->first_reason)
		buf_adds(&b, p->first_reason);
	else if (is_before_first(p, from))
		buf_addf(&b, "%s is the first release one can upgrade from",
			 p->first);
	else if (stop)
		buf_addf(&b, "the way leads over %s, and no such release is "
			 "known here", stop);
	else
		buf_addf(&b, "rule %s allows none", path_rule_name(p->rule));
	return buf_detach(&b);
}

static int refuse_backwards(const struct release *from,
			    const struct release *to, struct error *err)
{
	return error_set(err, ERROR_REFUSED, "%s -> %s goes backwards, and a "
			 "merge cannot", from->name, to->name);
}

static void add_path_text(struct buf *out, const struct release *from,
			  const struct path *path)
{
	buf_adds(out, from->name);
	for (size_t i = 0; i < path->nr; i++)
		buf_addf(out, " -> %s", path->v[i]->name);
}

/* "FROM -> TO does what it must not" for a hop that is not legal. */
static void say_illegal(const struct profile *p, const struct release *from,
			const struct release *to, struct error *err)
{
	unsigned long majors = to->version.major - from->version.major;
	const char *stop = skipped_stop(p, from, to);
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s -> %s ", from->name, to->name);
	if (is_first_elsewhere(p, from, to)) {
		buf_adds(&b, "is no first hop, the way leads to ");
		add_list(&b, &p->first_to);
		buf_addf(&b, " (path.first, from %s)",
			 origin_of(p, "path.first"));
		if (p->first_reason)
			buf_addf(&b, ": %s", p->first_reason);
	} else if (stop) {
		buf_addf(&b, "skips %s, where every upgrade must stop "
			 "(path.stops, from %s)", stop,
			 origin_of(p, "path.stops"));
	} else if (p->rule == PATH_EDGES) {
		buf_addf(&b, "is not among the upgrades there are (rule "
			 "edges, from %s)", origin_of(p, "path.rule"));
	} else {
		buf_addf(&b, "skips a %s release (rule %s, from %s)",
			 p->scheme == VERSION_CALENDAR ? "month's" :
			 majors > 1 ? "major" : "minor",
			 path_rule_name(p->rule), origin_of(p, "path.rule"));
	}
	error_set(err, ERROR_REFUSED, "%s", b.s);
	buf_release(&b);
}

static int refuse_skip(const struct release_list *list,
		       const struct profile *p, const struct release *from,
		       const struct release *to, const struct path *path,
		       struct error *err)
{
	struct buf text = BUF_INIT;
	const char *stop = lost_stop(list, p, from, to);

	say_illegal(p, from, to, err);
	if (path->nr) {
		add_path_text(&text, from, path);
		error_hint(err, "the path is %s; take the first hop with",
			   text.s);
		error_hint(err, "  git upgrade merge %s", path->v[0]->name);
		error_hint(err, "or all of them, a commit each, with");
		error_hint(err, "  git upgrade merge --path %s", to->name);
	} else if (stop) {
		error_hint(err, "no release %s is known here; ask upstream "
			   "for it with \"git upgrade fetch\"", stop);
	} else {
		error_hint(err, "no path leads there; see what can be reached "
			   "with \"git upgrade list\"");
	}
	buf_release(&text);
	return -1;
}

static int refuse_before_first(const struct profile *p,
			       const struct release *from,
			       const struct release *to, struct error *err)
{
	char *own = p->first_reason ? NULL :
		xstrfmt("%s is the first release one can upgrade from (%s)",
			p->first, origin_of(p, "path.first"));

	error_set(err, ERROR_REFUSED, "there is no path from %s to %s: %s",
		  from->name, to->name, own ? own : p->first_reason);
	error_hint(err, "bring it to %s by the means of the product, then "
		   "say so with", p->first);
	error_hint(err, "  git upgrade merge --from=%s RELEASE", p->first);
	free(own);
	return -1;
}

/* The newest release that `last` allows, and the way there. */
static void hint_last(const struct release_list *list,
		      const struct profile *p, const struct release *from,
		      struct error *err)
{
	struct path path = PATH_INIT;
	struct buf text = BUF_INIT;

	for (size_t i = list->nr; i-- > 0 && !path.nr;)
		if (!list->v[i].prerelease)
			path_find(&path, list, p, from, &list->v[i]);
	if (path.nr) {
		add_path_text(&text, from, &path);
		error_hint(err, "the way to the newest that can be reached is "
			   "%s; take the first hop with", text.s);
		error_hint(err, "  git upgrade merge %s", path.v[0]->name);
		if (path.nr > 1) {
			error_hint(err, "or all of them, a commit each, with");
			error_hint(err, "  git upgrade merge --path %s",
				   path.v[path.nr - 1]->name);
		}
	} else {
		error_hint(err, "%s is the newest that can be reached",
			   from->name);
	}
	buf_release(&text);
	path_release(&path);
}

int path_check(const struct release_list *list, const struct profile *p,
	       const struct release *from, const struct release *to,
	       struct error *err)
{
	struct path path = PATH_INIT;
	int cmp = version_cmp(&from->version, &to->version), ret;

	if (!cmp) {
		error_set(err, ERROR_REFUSED, "%s is adopted already",
			  to->name);
		error_hint(err, "see what is newer with \"git upgrade list\"");
		return -1;
	}
	if (cmp > 0)
		return refuse_backwards(from, to, err);
	if (is_beyond_last(p, to)) {
		error_set(err, ERROR_REFUSED,
			  "there is no path from %s to %s: %s", from->name,
			  to->name, p->last_reason ? p->last_reason :
			  "the profile ends before it");
		hint_last(list, p, from, err);
		return -1;
	}
	if (is_avoided(p, to)) {
		error_set(err, ERROR_REFUSED, "%s is a release to avoid (%s)",
			  to->name, origin_of(p, "path.avoid"));
		error_hint(err, "see the others with \"git upgrade list\"");
		return -1;
	}
	if (is_before_first(p, from))
		return refuse_before_first(p, from, to, err);
	if (path_is_legal(p, from, to))
		return 0;
	path_find(&path, list, p, from, to);
	ret = refuse_skip(list, p, from, to, &path, err);
	path_release(&path);
	return ret;
}
