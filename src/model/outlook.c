#include "model/outlook.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *outlook_state_name(enum outlook_state state)
{
	static const char *const names[] = {
		[OUTLOOK_NEXT] = "next",
		[OUTLOOK_LATER] = "later",
		[OUTLOOK_NO_PATH] = "no path",
		[OUTLOOK_UPDATED] = "updated",
		[OUTLOOK_ADOPTED] = "adopted",
		[OUTLOOK_PAST] = "past",
		[OUTLOOK_UNKNOWN] = "unknown",
	};

	return names[state];
}

/* `map`: the ways from `from`, where that is known. */
static void fill_row(struct outlook_row *row, const struct path_map *map,
		     const struct release *from, unsigned flags)
{
	int cmp;

	row->commits = -1;
	if (!from) {
		row->state = OUTLOOK_UNKNOWN;
		return;
	}
	cmp = version_cmp(&row->release->version, &from->version);
	if (cmp <= 0) {
		row->state = cmp ? OUTLOOK_PAST :
			     (flags & OUTLOOK_BEHIND) && row->release == from ?
			     OUTLOOK_UPDATED : OUTLOOK_ADOPTED;
		return;
	}
	if (row->release->commit)
		row->way = path_map_way(map, row->release);
	row->state = row->way.hops > 1 ? OUTLOOK_LATER :
		     row->way.hops ? OUTLOOK_NEXT : OUTLOOK_NO_PATH;
	if (!row->way.hops)
		row->reason = path_reason(map->list, map->profile, from,
					  row->release);
}

/*
 * The list holds a later final patch of the same minor.  Branches get their
 * patches on them, so one is no patch of another.
 */
static int is_superseded(const struct release_list *list, size_t i)
{
	const struct version *v = &list->v[i].version;

	if (list->source == RELEASES_ARE_BRANCHES)
		return 0;
	for (size_t j = i + 1; j < list->nr &&
	     version_same_minor(&list->v[j].version, v); j++)
		if (!list->v[j].prerelease && list->v[j].commit)
			return 1;
	return 0;
}

static int is_wanted(const struct release_list *list, size_t i,
		     const struct release *from, unsigned flags)
{
	const struct release *rel = &list->v[i];

	if ((flags & OUTLOOK_ALL) || (rel == from && (flags & OUTLOOK_BEHIND)))
		return 1;
	return !rel->prerelease && !is_superseded(list, i) &&
	       (!from || version_cmp(&rel->version, &from->version) > 0);
}

void outlook_make(struct outlook *o, const struct release_list *list,
		  const struct profile *p, const struct release *from,
		  unsigned flags)
{
	if (from)
		path_map_make(&o->map, list, p, from);
	for (size_t i = 0; i < list->nr; i++) {
		struct outlook_row *row;

		if (!is_wanted(list, i, from, flags))
			continue;
		ALLOC_GROW(o->v, o->nr + 1, o->alloc);
		row = &o->v[o->nr++];
		memset(row, 0, sizeof(*row));
		row->release = &list->v[i];
		fill_row(row, &o->map, from, flags);
		if (from && !row->release->prerelease &&
		    version_cmp(&row->release->version, &from->version) > 0)
			o->newer = 1;
	}
	for (size_t i = 0; i < o->nr; i++) {
		if (o->v[i].state == OUTLOOK_NEXT &&
		    !o->v[i].release->prerelease)
			o->next = &o->v[i];
		if (o->v[i].state == OUTLOOK_UPDATED)
			o->updated = &o->v[i];
	}
}

void outlook_path(const struct outlook *o, const struct outlook_row *row,
		  struct path *path)
{
	path_map_add_stops(&o->map, path, &row->way, row->release);
}

void outlook_release(struct outlook *o)
{
	for (size_t i = 0; i < o->nr; i++)
		free(o->v[i].reason);
	path_map_release(&o->map);
	free(o->v);
	*o = (struct outlook)OUTLOOK_INIT;
}
