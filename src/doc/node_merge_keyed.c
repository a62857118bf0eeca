#include "doc/node_merge_internal.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* So many new keys are compared with so many that are gone. */
#define MAX_RENAMED 32

/* One id, and where it stands in the result, if it does. */
struct slot {
	struct three e;
	struct slot *next;
	int is_inserted;
	/* The other side gave what was this a name of its own: its slot. */
	struct slot *rival;
	int is_rival;
};

struct keyed {
	struct node_merge *m;
	struct node *out;
	const struct node *base;	/* or NULL */
	const struct node *spine, *other;
	int spine_is_ours;
	struct strmap slots;		/* by id */
	struct slot first;		/* before all others */
};

static struct slot *slot_of(struct keyed *k, const char *id)
{
	return strmap_get(&k->slots, id);
}

/* The n-th of a key that is there again: its number may mean another. */
static int is_again(const struct entry *e)
{
	return e->key && strchr(e->id, '\001');
}

/* The keys that some side has again. */
static void note_again(struct strmap *keys, const struct node *n)
{
	for (size_t i = 0; n && i < n->nr; i++)
		if (is_again(&n->entries[i]))
			strmap_put(keys, n->entries[i].key, NULL);
}

/* Of all entries of a key, the n-th with the n-th. */
enum likeness { SAME_ENTRIES, SAME_NUMBER, OTHER_NUMBER };

static void note_likeness(struct strmap *keys, const struct entry *e,
			  const struct entry *other)
{
	uintptr_t is = !other ? OTHER_NUMBER :
		       entry_same_but_blanks(e, other) ? SAME_ENTRIES :
		       SAME_NUMBER;

	if (is > (uintptr_t)strmap_get(keys, e->key))
		strmap_put(keys, e->key, (void *)is);
}

/* Each of those of `n` with that of `other`. */
static void compare_again(struct strmap *keys, const struct node *n,
			  const struct node *other)
{
	struct strmap ids = STRMAP_INIT;

	for (size_t i = 0; other && i < other->nr; i++)
		if (strmap_has(keys, other->entries[i].key))
			strmap_put(&ids, other->entries[i].id,
				   &other->entries[i]);
	for (size_t i = 0; n && i < n->nr; i++)
		if (strmap_has(keys, n->entries[i].key))
			note_likeness(keys, &n->entries[i],
				      strmap_get(&ids, n->entries[i].id));
	strmap_release(&ids);
}

/* `keys` with how like each other they are on the two sides. */
static struct strmap likenesses(const struct strmap *keys,
				const struct node *a, const struct node *b)
{
	struct strmap like = STRMAP_INIT;

	for (size_t i = 0; i < keys->nr; i++)
		strmap_put(&like, keys->keys[i], (void *)SAME_ENTRIES);
	compare_again(&like, a, b);
	compare_again(&like, b, a);
	return like;
}

/*
 * All have as many of a key, so that the n-th is the n-th; or one side left
 * them as they were, so that the other's are what counts.
 */
static int are_told_apart(const struct node *base, const struct node *ours,
			  const struct node *theirs)
{
	struct strmap keys = STRMAP_INIT, left, right;
	int are = 1;

	note_again(&keys, base);
	note_again(&keys, ours);
	note_again(&keys, theirs);
	if (!keys.nr)
		return 1;
	left = likenesses(&keys, base, ours);
	right = likenesses(&keys, base, theirs);
	for (size_t i = 0; i < keys.nr && are; i++)
		are = !left.values[i] || !right.values[i] ||
		      (left.values[i] == (void *)SAME_NUMBER &&
		       right.values[i] == (void *)SAME_NUMBER);
	strmap_release(&keys);
	strmap_release(&left);
	strmap_release(&right);
	return are;
}

/* Are the ids that both have in another order? */
static int is_reordered(const struct node *n, const struct node *base)
{
	struct strmap places = STRMAP_INIT;
	size_t last = 0;
	int is = 0;

	for (size_t i = 0; base && i < base->nr; i++)
		strmap_put(&places, base->entries[i].id,
			   (void *)&base->entries[i]);
	for (size_t i = 0; i < n->nr && !is; i++) {
		const struct entry *e = strmap_get(&places,
						   n->entries[i].id);
		size_t at;

		if (!e)
			continue;
		at = (size_t)(e - base->entries) + 1;
		is = at < last;
		last = at;
	}
	strmap_release(&places);
	return is;
}

static const struct entry **side_of(struct keyed *k, struct slot *s,
				    int spine)
{
	return spine == k->spine_is_ours ? &s->e.ours : &s->e.theirs;
}

static struct slot *new_slot(struct keyed *k, const char *id)
{
	struct slot *s = pool_alloc(k->m->pool, sizeof(*s));

	strmap_put(&k->slots, id, s);
	return s;
}

static void line_up_spine(struct keyed *k)
{
	struct slot *last = &k->first;

	for (size_t i = 0; i < k->spine->nr; i++) {
		struct slot *s = new_slot(k, k->spine->entries[i].id);

		*side_of(k, s, 1) = &k->spine->entries[i];
		last->next = s;
		last = s;
	}
}

static void note_base(struct keyed *k)
{
	for (size_t i = 0; k->base && i < k->base->nr; i++) {
		struct slot *s = slot_of(k, k->base->entries[i].id);

		if (s)
			s->e.base = &k->base->entries[i];
	}
}

/* How like it is to what was; 0: it is something else, or not there. */
static size_t like(const struct entry *was, const struct entry *is)
{
	return is ? likeness(was->value, is->value) : 0;
}

/* Of the new ones of both sides, or of one alone: what became of it. */
static struct slot *became(struct keyed *k, const struct entry *was,
			   int in_ours, int in_theirs)
{
	struct slot *found = NULL;
	size_t most = 0;

	for (struct slot *s = k->first.next; s; s = s->next) {
		size_t ours = like(was, s->e.ours);
		size_t theirs = like(was, s->e.theirs);

		if (s->e.base || s->rival || s->is_rival ||
		    !s->e.ours != !in_ours || !s->e.theirs != !in_theirs ||
		    !ours != !in_ours || !theirs != !in_theirs ||
		    ours + theirs <= most)
			continue;
		most = ours + theirs;
		found = s;
	}
	return found;
}

static void note_renamed(struct keyed *k, const struct entry *was)
{
	struct slot *both = became(k, was, 1, 1);
	struct slot *ours = both ? NULL : became(k, was, 1, 0);
	struct slot *theirs = ours ? became(k, was, 0, 1) : NULL;

	if (both) {
		both->e.base = was;
	} else if (theirs) {
		ours->e.base = was;
		ours->rival = theirs;
		theirs->is_rival = 1;
	}
}

static int is_gone(struct keyed *k, const struct entry *was)
{
	return !slot_of(k, was->id);
}

/*
 * What both sides gave the same new name is merged with what it was: without
 * that all that only one of them took out of it would be back.  Where each
 * gave it a name of its own it would be there twice.
 */
static void find_renamed(struct keyed *k)
{
	size_t gone = 0, new = 0;

	for (size_t i = 0; k->base && i < k->base->nr; i++)
		gone += (size_t)is_gone(k, &k->base->entries[i]);
	for (const struct slot *s = k->first.next; gone && s; s = s->next)
		new += !s->e.base;
	if (gone > MAX_RENAMED || new > MAX_RENAMED)
		return;
	for (size_t i = 0; gone && new && i < k->base->nr; i++)
		if (is_gone(k, &k->base->entries[i]))
			note_renamed(k, &k->base->entries[i]);
}

/* Behind what stands behind the point already, and is new there as well. */
static struct slot *behind_new(struct keyed *k, struct slot *point)
{
	while (point->next && !point->next->e.base &&
	       !*side_of(k, point->next, 0))
		point = point->next;
	return point;
}

static struct slot *insert(struct keyed *k, struct slot *point, const char *id)
{
	struct slot *s = new_slot(k, id);

	if (!point->is_inserted)
		point = behind_new(k, point);
	s->is_inserted = 1;
	s->next = point->next;
	point->next = s;
	return s;
}

/* What the spine lacks goes behind what precedes it on the other side. */
static void line_up_other(struct keyed *k)
{
	struct slot *point = &k->first;

	/* First of all what both have: behind_new() stops there. */
	for (size_t i = 0; i < k->other->nr; i++) {
		struct slot *s = slot_of(k, k->other->entries[i].id);

		if (s)
			*side_of(k, s, 0) = &k->other->entries[i];
	}
	for (size_t i = 0; i < k->other->nr; i++) {
		const struct entry *e = &k->other->entries[i];
		struct slot *s = slot_of(k, e->id);

		if (!s) {
			s = insert(k, point, e->id);
			*side_of(k, s, 0) = e;
		}
		point = s;
	}
}

static void keep(struct keyed *k, const struct entry *e)
{
	*node_add(k->m->pool, k->out) = *e;
}

static struct node_run run_of(const struct entry *e)
{
	return (struct node_run){ (struct entry *)e, e != NULL };
}

static void clash(struct keyed *k, const struct slot *s)
{
	const struct entry *e = s->rival ? s->e.base :
				s->e.ours ? s->e.ours : s->e.theirs;
	const struct entry *theirs = s->rival ? s->rival->e.theirs :
				     s->e.theirs;
	size_t len = path_enter(k->m, e);

	add_clash(k->m, k->out, run_of(s->e.base), run_of(s->e.ours),
		  run_of(theirs));
	path_leave(k->m, len);
}

static int begins_with(struct piece p, struct piece with)
{
	return p.len >= with.len && !memcmp(p.s, with.s, with.len);
}

/*
 * A comment at the end of the map, behind which both sides added something, is
 * above that in either: once is enough.
 */
static int is_said_already(const struct keyed *k, const struct entry *e)
{
	const struct node *n = k->out;

	if (!k->base || !k->base->tail.len || !k->out->is_block ||
	    !begins_with(e->lead, k->base->tail))
		return 0;
	for (size_t i = 0; i < n->nr; i++)
		if (!n->entries[i].clash &&
		    begins_with(n->entries[i].lead, k->base->tail))
			return 1;
	return 0;
}

static void keep_new(struct keyed *k, const struct entry *e)
{
	struct entry copy = *e;

	if (is_said_already(k, e)) {
		copy.lead.s += k->base->tail.len;
		copy.lead.len -= k->base->tail.len;
	}
	keep(k, &copy);
}

/* Only one side has it: it is new there, or the other removed it. */
static void decide_single(struct keyed *k, const struct slot *s)
{
	const struct entry *e = s->e.ours ? s->e.ours : s->e.theirs;
	int is_removed = s->e.base && entry_same_but_blanks(e, s->e.base);
	size_t len;

	if ((s->e.base && !is_removed) || are_disputed(k->m, e->value, NULL)) {
		clash(k, s);
		return;
	}
	len = path_enter(k->m, e);
	if ((s->e.ours != NULL) == !is_removed)
		note_ours(k->m);
	else
		note_theirs(k->m);
	path_leave(k->m, len);
	if (!is_removed)
		keep_new(k, e);
}

static void decide(struct keyed *k, const struct slot *s)
{
	struct entry e;

	if (s->is_rival)
		return;
	if (s->rival)
		clash(k, s);
	else if (!s->e.ours || !s->e.theirs)
		decide_single(k, s);
	else if (merge_entry(k->m, &e, s->e, k->out->is_block))
		clash(k, s);
	else
		keep(k, &e);
}

static int can_be_last(const struct entry *e)
{
	return !e->clash || (e->clash->ours.nr && e->clash->theirs.nr);
}

/*
 * Behind a last entry that one side lacks there would be a comma too many.
 * Where keys count and not their order, another one may be the last.
 */
static void settle_last(struct node *n)
{
	size_t last = n->nr;
	struct entry e;

	while (last && !can_be_last(&n->entries[last - 1]))
		last--;
	if (n->is_block || !last || last == n->nr)
		return;
	e = n->entries[last - 1];
	memmove(&n->entries[last - 1], &n->entries[last],
		(n->nr - last) * sizeof(e));
	n->entries[n->nr - 1] = e;
}

int merge_keyed(struct node_merge *m, struct node *out,
		const struct node *base, const struct node *ours,
		const struct node *theirs)
{
	struct keyed k = {
		.m = m, .out = out, .base = base, .spine = ours,
		.other = theirs, .spine_is_ours = 1, .slots = STRMAP_INIT,
	};

	if (!are_told_apart(base, ours, theirs))
		return 1;
	if (is_reordered(theirs, base) && !is_reordered(ours, base)) {
		k.spine = theirs;
		k.other = ours;
		k.spine_is_ours = 0;
	}
	line_up_spine(&k);
	note_base(&k);
	line_up_other(&k);
	note_base(&k);
	find_renamed(&k);
	for (const struct slot *s = k.first.next; s; s = s->next)
		decide(&k, s);
	settle_last(out);
	strmap_release(&k.slots);
	return 0;
}
