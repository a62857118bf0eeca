#include "model/path.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *path_rule_name(enum path_rule rule)
{
	switch (rule) {
	case PATH_ANY:
		return "any";
	case PATH_CONNECTED_MINOR:
		return "connected-minor";
	}
	return "";
}

static int fits(const struct profile *p, const struct release *rel,
		const char *prefix)
{
	return !version_cmp_prefix(&rel->version, p->scheme, prefix);
}

static int is_avoided(const struct profile *p, const struct release *rel)
{
	for (size_t i = 0; i < p->avoid.nr; i++)
		if (fits(p, rel, p->avoid.v[i]))
			return 1;
	return 0;
}

static int is_beyond_last(const struct profile *p, const struct release *rel)
{
	return p->last &&
	       version_cmp_prefix(&rel->version, p->scheme, p->last) > 0;
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

/* No final release of the same major has a later minor. */
static int is_last_minor(const struct release_list *list,
			 const struct release *rel)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!list->v[i].prerelease &&
		    list->v[i].version.major == rel->version.major &&
		    list->v[i].version.minor > rel->version.minor)
			return 0;
	return 1;
}

static int is_first_minor(const struct release_list *list,
			  const struct release *rel)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->v[i].version.major == rel->version.major &&
		    list->v[i].version.minor < rel->version.minor)
			return 0;
	return 1;
}

static int is_connected(const struct release_list *list,
			const struct release *from, const struct release *to)
{
	const struct version *a = &from->version, *b = &to->version;

	if (a->major == b->major)
		return b->minor - a->minor <= 1;
	return b->major - a->major == 1 && is_last_minor(list, from) &&
	       is_first_minor(list, to);
}

int path_is_legal(const struct release_list *list, const struct profile *p,
		  const struct release *from, const struct release *to)
{
	if (version_cmp(&from->version, &to->version) >= 0 ||
	    is_avoided(p, to) || is_beyond_last(p, to))
		return 0;
	if (p->rule == PATH_ANY || has_edge(p, from, to))
		return 1;
	return is_connected(list, from, to);
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

/*
 * The releases one may stop at on the way: of each minor the newest patch,
 * and the newest that fits an end of an edge, which may name a patch.
 */
static int is_stop(const struct release_list *list, const struct profile *p,
		   size_t i)
{
	const struct release *rel = &list->v[i];
	const struct release *next = NULL;

	if (rel->prerelease || is_avoided(p, rel))
		return 0;
	for (size_t j = i + 1; j < list->nr && !next; j++)
		if (!list->v[j].prerelease && !is_avoided(p, &list->v[j]))
			next = &list->v[j];
	if (!next || next->version.major != rel->version.major ||
	    next->version.minor != rel->version.minor)
		return 1;
	for (size_t j = 0; j < p->nr_edges; j++)
		if ((fits(p, rel, p->edges[j].from) &&
		     !fits(p, next, p->edges[j].from)) ||
		    (fits(p, rel, p->edges[j].to) &&
		     !fits(p, next, p->edges[j].to)))
			return 1;
	return 0;
}

static void find_stops(struct path *stops, const struct release_list *list,
		       const struct profile *p, const struct release *from,
		       const struct release *to)
{
	for (size_t i = 0; i < list->nr; i++)
		if (version_cmp(&list->v[i].version, &from->version) > 0 &&
		    version_cmp(&list->v[i].version, &to->version) < 0 &&
		    is_stop(list, p, i))
			push(stops, &list->v[i]);
}

/*
 * Breadth first from the target backwards.  Hops only go to later versions
 * and the stops are sorted, so stop i can be reached from `from` or from the
 * stops before it: one pass over them from the last to the first finds how
 * many hops each is away from the target.  Of equally short ways the one
 * whose next stop is the newest wins.
 */
int path_find(struct path *path, const struct release_list *list,
	      const struct profile *p, const struct release *from,
	      const struct release *to)
{
	struct path nodes = PATH_INIT;
	size_t *hops, *next, nr;
	int found;

	push(&nodes, from);
	if (!path_is_legal(list, p, from, to))
		find_stops(&nodes, list, p, from, to);
	push(&nodes, to);
	nr = nodes.nr;
	hops = xcalloc(nr, sizeof(*hops));	/* 0: no way, but for `to` */
	next = xcalloc(nr, sizeof(*next));
	for (size_t i = nr - 1; i-- > 0;) {
		for (size_t j = nr - 1; j > i; j--) {
			if ((j < nr - 1 && !hops[j]) ||
			    (hops[i] && hops[j] + 1 >= hops[i]) ||
			    !path_is_legal(list, p, nodes.v[i], nodes.v[j]))
				continue;
			hops[i] = hops[j] + 1;
			next[i] = j;
		}
	}
	found = hops[0] != 0;
	for (size_t i = 0; found && i != nr - 1;) {
		i = next[i];
		push(path, nodes.v[i]);
	}
	free(hops);
	free(next);
	path_release(&nodes);
	return found;
}

static int refuse_backwards(const struct release *from,
			    const struct release *to, struct error *err)
{
	error_set(err, ERROR_REFUSED, "%s -> %s goes backwards, and a merge "
		  "cannot", from->name, to->name);
	error_hint(err, "to take the last upgrade back, revert its commit:");
	error_hint(err, "  git log --first-parent -1 --format=%%h -- "
		   ".gitupgrade.adopted");
	error_hint(err, "  git revert -m 1 COMMIT");
	return -1;
}

static void add_path_text(struct buf *out, const struct release *from,
			  const struct path *path)
{
	buf_adds(out, from->name);
	for (size_t i = 0; i < path->nr; i++)
		buf_addf(out, " -> %s", path->v[i]->name);
}

/* Where a rule stands, for messages. */
static const char *origin_of(const struct profile *p, const char *key)
{
	const char *origin = origins_get(&p->origins, key);

	if (!origin)
		origin = p->origin;
	return origin ? origin : "the profile";
}

static int refuse_skip(const struct profile *p, const struct release *from,
		       const struct release *to, const struct path *path,
		       struct error *err)
{
	unsigned long majors = to->version.major - from->version.major;
	struct buf text = BUF_INIT;

	error_set(err, ERROR_REFUSED,
		  "%s -> %s skips a %s release (rule %s, from %s)",
		  from->name, to->name, majors > 1 ? "major" : "minor",
		  path_rule_name(p->rule), origin_of(p, "path.rule"));
	if (path->nr) {
		add_path_text(&text, from, path);
		error_hint(err, "the path is %s; take the first hop with",
			   text.s);
		error_hint(err, "  git upgrade merge %s", path->v[0]->name);
		error_hint(err, "or all of them, a commit each, with");
		error_hint(err, "  git upgrade merge --path %s", to->name);
	} else {
		error_hint(err, "no path leads there; see what can be reached "
			   "with \"git upgrade list\"");
	}
	buf_release(&text);
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
	if (path_is_legal(list, p, from, to))
		return 0;
	path_find(&path, list, p, from, to);
	ret = refuse_skip(p, from, to, &path, err);
	path_release(&path);
	return ret;
}
