#include "doc/node_merge_internal.h"

#include "base/mem.h"
#include "doc/sequence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is compared to find what an entry became: pairs, and keys of each. */
#define MAX_PAIRS 10000
#define MAX_KEYS 64

static const char *text_at(const struct node *n, const char *key)
{
	const struct entry *e = node_find(n, key);

	return e && e->value->type == NODE_SCALAR ? e->value->data : NULL;
}

static const struct node *map_at(const struct node *n, const char *key)
{
	const struct entry *e = node_find(n, key);

	return e && e->value->type == NODE_MAP ? e->value : NULL;
}

/*
 * What a map in a list calls itself, as it is; or, of an object of
 * Kubernetes, in its metadata, where a name is one among those of its kind.
 */
static int add_name(struct buf *out, const struct node *n)
{
	const char *name = text_at(n, "name");
	const struct node *meta = map_at(n, "metadata");
	const char *space, *kind;

	if (!name)
		name = text_at(n, "id");
	if (name || !meta) {
		buf_addf(out, "n%s", name ? name : "");
		return name != NULL;
	}
	name = text_at(meta, "name");
	space = text_at(meta, "namespace");
	kind = text_at(n, "kind");
	buf_addf(out, "o%s/%s/%s", kind ? kind : "", space ? space : "",
		 name ? name : "");
	return name && kind;
}

void add_identity(struct buf *out, const struct node *n)
{
	size_t len = out->len;

	if (n->type == NODE_SCALAR) {
		buf_addf(out, "s%s", n->data);
	} else if (n->type == NODE_ALIAS) {
		buf_addf(out, "*%s", n->data);
	} else if (n->type == NODE_LIST || !add_name(out, n)) {
		buf_setlen(out, len);
		node_write_one(out, n, NODE_OURS, NULL);
	}
}

size_t *identify(const struct node *n, struct strmap *known)
{
	size_t *ids = xcalloc(n ? n->nr + 1 : 1, sizeof(*ids));
	struct buf b = BUF_INIT;

	for (size_t i = 0; n && i < n->nr; i++) {
		buf_reset(&b);
		add_identity(&b, n->entries[i].value);
		if (!strmap_has(known, b.s))
			strmap_put(known, b.s,
				   (void *)(uintptr_t)(known->nr + 1));
		ids[i] = (size_t)(uintptr_t)strmap_get(known, b.s);
	}
	buf_release(&b);
	return ids;
}

/* A map that only its text tells from others. */
static int is_nameless(const struct node *n)
{
	struct buf b = BUF_INIT;
	int is = n->type == NODE_MAP && n->nr && n->nr <= MAX_KEYS &&
		 !add_name(&b, n);

	buf_release(&b);
	return is;
}

static int same_entry(const struct entry *a, const struct entry *b)
{
	return (!a->id || !strcmp(a->id, b->id)) &&
	       node_same_data(a->value, b->value);
}

/* By its id, where it has one; else by what it says. */
static int has_entry(const struct node *n, const struct entry *e)
{
	const struct entry *found = e->id ? node_find(n, e->id) : NULL;

	if (e->id)
		return found && same_entry(e, found);
	for (size_t i = 0; i < n->nr; i++)
		if (same_entry(e, &n->entries[i]))
			return 1;
	return 0;
}

/*
 * One may be what became of the other when more than half is the same; or
 * half, with what is said first, which mostly tells what it is about.
 */
size_t likeness(const struct node *was, const struct node *is)
{
	size_t same = 0, like;

	if (was->type != is->type || !node_is_collection(was) || !was->nr ||
	    !is->nr || was->nr > MAX_KEYS || is->nr > MAX_KEYS)
		return 0;
	for (size_t i = 0; i < was->nr; i++)
		same += (size_t)has_entry(is, &was->entries[i]);
	like = same * 2000 / (was->nr + is->nr);
	return like > 500 || (like == 500 &&
			      same_entry(&was->entries[0], &is->entries[0])) ?
	       like : 0;
}

/* Neighbours in the base, and what stands there instead. */
struct gap {
	const struct node *base, *side;
	size_t from, to;
	size_t side_from, side_to;
};

/* The entry of the gap that is most like the i-th of the base; or its end. */
static size_t most_like(const struct gap *g, size_t i)
{
	const struct node *was = g->base->entries[i].value;
	size_t found = g->side_to, most = 0;

	for (size_t j = g->side_from; j < g->side_to; j++) {
		const struct node *is = g->side->entries[j].value;
		size_t like = is_nameless(is) ? likeness(was, is) : 0;

		if (like > most) {
			most = like;
			found = j;
		}
	}
	return found;
}

static void identify_in(struct gap *g, const size_t *base_ids, size_t *ids)
{
	if ((g->to - g->from) * (g->side_to - g->side_from) > MAX_PAIRS)
		return;
	for (size_t i = g->from; i < g->to; i++) {
		size_t j = g->side_to;

		if (is_nameless(g->base->entries[i].value))
			j = most_like(g, i);
		if (j == g->side_to)
			continue;
		ids[j] = base_ids[i];
		g->side_from = j + 1;
	}
}

void identify_edited(const struct node *base, const size_t *base_ids,
		     const struct node *side, size_t *ids)
{
	size_t *match = sequence_match((struct sequence){ base_ids, base->nr },
				       (struct sequence){ ids, side->nr });
	size_t at = 0;

	for (size_t i = 0; i <= base->nr; i++) {
		struct gap g = { .base = base, .side = side, .from = i,
				 .side_from = at };

		while (i < base->nr && match[i] == SEQUENCE_NOWHERE)
			i++;
		g.to = i;
		g.side_to = i < base->nr ? match[i] : side->nr;
		identify_in(&g, base_ids, ids);
		at = g.side_to + 1;
	}
	free(match);
}
