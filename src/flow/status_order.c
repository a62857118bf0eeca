/* In which order environments are shown. */
#include "flow/status_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Where it is among them; `nr`: nowhere. */
static size_t place_of(const struct status *s, const char *name)
{
	size_t i = 0;

	while (i < s->nr && strcmp(s->v[i].name, name))
		i++;
	return i;
}

/*
 * An order that somebody wrote down counts.  One that lacks some says nothing
 * about where those belong.  1: this is it.
 */
static int order_as_configured(struct status *s,
			       const struct env_list *configured)
{
	struct env_status *v;
	size_t nr = 0;

	for (size_t i = 0; i < configured->nr; i++)
		nr += place_of(s, configured->v[i].name) < s->nr;
	if (nr < s->nr || !nr)
		return 0;
	v = xcalloc(nr, sizeof(*v));
	nr = 0;
	for (size_t i = 0; i < configured->nr; i++) {
		size_t at = place_of(s, configured->v[i].name);

		if (at < s->nr)
			v[nr++] = s->v[at];
	}
	free(s->v);
	s->v = v;
	s->alloc = nr;
	return 1;
}

/* The environment at `from` comes to stand where the one at `to` does. */
static void move(struct status *s, size_t from, size_t to)
{
	struct env_status e = s->v[from];

	memmove(s->v + from, s->v + from + 1, (to - from) * sizeof(e));
	s->v[to] = e;
}

/* 1: one stood before what it is promoted from, and stands behind it now. */
static int order_one(struct status *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct environment *env = profile_environment(
				&s->product.profile, s->v[i].name);
		size_t source = env && env->promotes_from ?
				place_of(s, env->promotes_from) : s->nr;

		if (source < s->nr && source > i) {
			move(s, i, source);
			return 1;
		}
	}
	return 0;
}

/* By the configuration, or by the platform that has both. */
static int follows(const struct status *s, size_t i)
{
	const struct env_status *before = &s->v[i - 1], *e = &s->v[i];
	const struct environment *env = profile_environment(
			&s->product.profile, e->name);

	return (env && env->promotes_from) ||
	       (e->remote && are_same(e->remote, before->remote));
}

void status_order(struct status *s, const struct env_list *configured)
{
	int is_said = order_as_configured(s, configured);

	/* Each can be behind all others, and none comes from itself. */
	for (size_t i = 0; i < s->nr * s->nr; i++)
		if (!order_one(s))
			break;
	for (size_t i = 1; i < s->nr; i++)
		s->v[i].follows = is_said || follows(s, i);
}
