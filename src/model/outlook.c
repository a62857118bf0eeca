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
		[OUTLOOK_ADOPTED] = "adopted",
		[OUTLOOK_PAST] = "past",
		[OUTLOOK_UNKNOWN] = "unknown",
	};

	return names[state];
}

char *outlook_reason(const struct profile *p, const struct release *to)
{
	if (!to->commit)
		return xstrfmt("its tag is on a %s, not on a commit",
			       to->type ? to->type : "missing object");
	if (p->last &&
	    version_cmp_prefix(&to->version, p->scheme, p->last) > 0)
		return p->last_reason ? xstrdup(p->last_reason) :
		       xstrfmt("%s is the last release this profile knows",
			       p->last);
	for (size_t i = 0; i < p->avoid.nr; i++)
		if (!version_cmp_prefix(&to->version, p->scheme,
					p->avoid.v[i]))
			return xstrdup("it is a release to avoid");
	return xstrfmt("rule %s allows none", path_rule_name(p->rule));
}

static void fill_row(struct outlook_row *row, const struct release_list *list,
		     const struct profile *p, const struct release *from)
{
	int cmp;

	row->commits = -1;
	if (!from) {
		row->state = OUTLOOK_UNKNOWN;
		return;
	}
	cmp = version_cmp(&row->release->version, &from->version);
	if (cmp <= 0) {
		row->state = cmp ? OUTLOOK_PAST : OUTLOOK_ADOPTED;
		return;
	}
	if (row->release->commit)
		path_find(&row->path, list, p, from, row->release);
	row->state = row->path.nr > 1 ? OUTLOOK_LATER :
		     row->path.nr ? OUTLOOK_NEXT : OUTLOOK_NO_PATH;
	if (!row->path.nr)
		row->reason = outlook_reason(p, row->release);
}

/* The list holds a later final patch of the same minor. */
static int is_superseded(const struct release_list *list, size_t i)
{
	const struct version *v = &list->v[i].version;

	for (size_t j = i + 1; j < list->nr; j++)
		if (!list->v[j].prerelease && list->v[j].commit &&
		    list->v[j].version.major == v->major &&
		    list->v[j].version.minor == v->minor)
			return 1;
	return 0;
}

static int is_wanted(const struct release_list *list, size_t i,
		     const struct release *from, unsigned flags)
{
	const struct release *rel = &list->v[i];

	if (flags & OUTLOOK_ALL)
		return 1;
	return !rel->prerelease && !is_superseded(list, i) &&
	       (!from || version_cmp(&rel->version, &from->version) > 0);
}

void outlook_make(struct outlook *o, const struct release_list *list,
		  const struct profile *p, const struct release *from,
		  unsigned flags)
{
	for (size_t i = 0; i < list->nr; i++) {
		struct outlook_row *row;

		if (!is_wanted(list, i, from, flags))
			continue;
		ALLOC_GROW(o->v, o->nr + 1, o->alloc);
		row = &o->v[o->nr++];
		memset(row, 0, sizeof(*row));
		row->release = &list->v[i];
		fill_row(row, list, p, from);
		if (from && !row->release->prerelease &&
		    version_cmp(&row->release->version, &from->version) > 0)
			o->newer = 1;
	}
	for (size_t i = 0; i < o->nr; i++)
		if (o->v[i].state == OUTLOOK_NEXT &&
		    !o->v[i].release->prerelease)
			o->next = &o->v[i];
}

void outlook_release(struct outlook *o)
{
	for (size_t i = 0; i < o->nr; i++) {
		path_release(&o->v[i].path);
		free(o->v[i].reason);
	}
	free(o->v);
	*o = (struct outlook)OUTLOOK_INIT;
}
