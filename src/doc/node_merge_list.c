#include "doc/node_merge_internal.h"

#include "base/mem.h"
#include "doc/sequence.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct listed {
	struct node_merge *m;
	struct node *out;
	const struct node *base, *ours, *theirs;
	/* Who their entries are; and a mark for each, which is 0. */
	size_t *base_ids, *our_ids, *their_ids;
	unsigned char *marks;
	/* Comments above an entry that is gone, for what comes next. */
	struct piece left_over;
};

static const struct entry *entry_at(const struct node *n, size_t i)
{
	return n ? &n->entries[i] : NULL;
}

static struct piece join(struct listed *l, struct piece a, struct piece b)
{
	char *s;

	if (!a.len)
		return b;
	s = pool_alloc(l->m->pool, a.len + b.len + 1);
	memcpy(s, a.s, a.len);
	memcpy(s + a.len, b.s, b.len);
	return (struct piece){ s, a.len + b.len };
}

static void keep(struct listed *l, const struct entry *e)
{
	struct entry *kept = node_add(l->m->pool, l->out);

	*kept = *e;
	kept->lead = join(l, l->left_over, e->lead);
	l->left_over.len = 0;
}

static struct node_run run_at(const struct node *n, size_t at, size_t nr)
{
	return (struct node_run){ nr ? n->entries + at : NULL, nr };
}

static size_t path_enter_at(struct node_merge *m, size_t i)
{
	size_t len = m->path.len;

	buf_addf(&m->path, "[%zu]", i);
	return len;
}

static int has_negation(const struct node *n, size_t at, size_t nr)
{
	for (size_t i = at; i < at + nr; i++)
		if (*n->entries[i].value->data == '!')
			return 1;
	return 0;
}

static void note_patterns(struct strmap *to, const struct node *n, size_t at,
			  size_t nr)
{
	for (size_t i = at; i < at + nr; i++)
		strmap_put(to, n->entries[i].value->data, &n->entries[i]);
}

/* One that both have, with the comments of both. */
static void keep_both(struct listed *l, const struct entry *ours,
		      const struct entry *theirs)
{
	struct entry e;

	keep(l, merge_entry(l->m, &e, (struct three){ NULL, ours, theirs },
			    l->out->is_block) ? ours : &e);
}

/* Take the i-th entry of a side; of patterns each is worth a word. */
static void take(struct listed *l, const struct node *side, size_t i)
{
	const struct entry *e = &side->entries[i];
	size_t len = l->m->path.len;

	keep(l, e);
	if (!l->m->are_patterns)
		return;
	buf_adds(&l->m->path, e->value->data);
	if (side == l->ours)
		note_ours(l->m);
	else
		note_theirs(l->m);
	path_leave(l->m, len);
}

/*
 * A pattern that the other side removed goes, with the comments it had in the
 * base.  What else this side says above it is about something else.
 */
static void leave_out(struct listed *l, const struct entry *e,
		      const struct entry *base)
{
	struct piece lead = merge_lines(l->m, base->lead, e->lead,
					(struct piece){ "", 0 });

	if (memchr(lead.s, '#', lead.len))
		l->left_over = join(l, l->left_over, lead);
}

/* Patterns that only add to each other, but for what one side removed. */
static void unite(struct listed *l, const struct sequence_run *r)
{
	struct strmap base = STRMAP_INIT, ours = STRMAP_INIT;
	struct strmap theirs = STRMAP_INIT;

	note_patterns(&base, l->base, r->base, r->base_nr);
	note_patterns(&ours, l->ours, r->ours, r->ours_nr);
	note_patterns(&theirs, l->theirs, r->theirs, r->theirs_nr);
	for (size_t i = r->ours; i < r->ours + r->ours_nr; i++) {
		const struct entry *e = &l->ours->entries[i];
		const struct entry *other = strmap_get(&theirs,
						       e->value->data);
		const struct entry *was = strmap_get(&base, e->value->data);

		if (other)
			keep_both(l, e, other);
		else if (was)
			leave_out(l, e, was);
		else
			take(l, l->ours, i);
	}
	for (size_t i = r->theirs; i < r->theirs + r->theirs_nr; i++) {
		const struct entry *e = &l->theirs->entries[i];
		const struct entry *was = strmap_get(&base, e->value->data);

		if (strmap_has(&ours, e->value->data))
			continue;
		if (was)
			leave_out(l, e, was);
		else
			take(l, l->theirs, i);
	}
	strmap_release(&base);
	strmap_release(&ours);
	strmap_release(&theirs);
}

/* Are they patterns whose order does not count? */
static int can_unite(const struct listed *l, const struct sequence_run *r)
{
	return l->m->are_patterns &&
	       !has_negation(l->ours, r->ours, r->ours_nr) &&
	       !has_negation(l->theirs, r->theirs, r->theirs_nr);
}

static void clash(struct listed *l, const struct sequence_run *r)
{
	size_t len;

	if (can_unite(l, r)) {
		unite(l, r);
		return;
	}
	len = path_enter_at(l->m, r->ours);
	add_clash(l->m, l->out, run_at(l->base, r->base, r->base_nr),
		  run_at(l->ours, r->ours, r->ours_nr),
		  run_at(l->theirs, r->theirs, r->theirs_nr));
	path_leave(l->m, len);
}

/* The i-th entries of a run whose sides are all as long. */
static void merge_pair(struct listed *l, const struct sequence_run *r,
		       size_t i, int has_base)
{
	struct three e = {
		has_base ? entry_at(l->base, r->base + i) : NULL,
		entry_at(l->ours, r->ours + i),
		entry_at(l->theirs, r->theirs + i),
	};
	struct sequence_run one = {
		SEQUENCE_CLASH, r->base + i, has_base, r->ours + i, 1,
		r->theirs + i, 1
	};
	size_t len = path_enter_at(l->m, r->ours + i);
	struct entry merged;
	int ret = merge_entry(l->m, &merged, e, l->out->is_block);

	path_leave(l->m, len);
	if (ret)
		clash(l, &one);
	else
		keep(l, &merged);
}

static void merge_pairs(struct listed *l, const struct sequence_run *r,
			int has_base)
{
	for (size_t i = 0; i < r->ours_nr; i++)
		merge_pair(l, r, i, has_base);
}

/* Is what two sides share of as many entries in the same places? */
static int are_in_place(const struct listed *l, const size_t *one,
			const size_t *other, size_t nr)
{
	int are = 1;

	for (size_t i = 0; i < nr; i++)
		l->marks[one[i]] = 1;
	for (size_t i = 0; i < nr && are; i++)
		are = one[i] == other[i] || !l->marks[other[i]];
	for (size_t i = 0; i < nr; i++)
		l->marks[one[i]] = 0;
	return are;
}

/* Is the n-th of either side what it made of the n-th of the base? */
static int are_pairs(const struct listed *l, const struct sequence_run *r)
{
	const size_t *base = l->base_ids + r->base;
	const size_t *ours = l->our_ids + r->ours;
	const size_t *theirs = l->their_ids + r->theirs;

	return r->base_nr && r->base_nr == r->ours_nr &&
	       r->base_nr == r->theirs_nr &&
	       are_in_place(l, base, ours, r->base_nr) &&
	       are_in_place(l, base, theirs, r->base_nr) &&
	       are_in_place(l, ours, theirs, r->base_nr);
}

/* Did the side that is said to be as the base change what is in them? */
static int is_touched(const struct listed *l, const struct sequence_run *r,
		      const struct node *side, size_t at)
{
	for (size_t i = 0; i < r->base_nr; i++)
		if (!entry_same_but_blanks(&side->entries[at + i],
					   &l->base->entries[r->base + i]))
			return 1;
	return 0;
}

/* Is there any whose names are in dispute? */
static int has_disputed(const struct node_merge *m, const struct node *n,
			size_t at, size_t nr)
{
	for (size_t i = at; m->disputed && i < at + nr; i++)
		if (are_disputed(m, n->entries[i].value, NULL))
			return 1;
	return 0;
}

/* One side has other entries than the base and the other side. */
static void take_run(struct listed *l, const struct sequence_run *r)
{
	int is_ours = r->outcome == SEQUENCE_OURS;
	const struct node *side = is_ours ? l->ours : l->theirs;
	size_t at = is_ours ? r->ours : r->theirs;
	size_t nr = is_ours ? r->ours_nr : r->theirs_nr, len;

	if (is_touched(l, r, is_ours ? l->theirs : l->ours,
		       is_ours ? r->theirs : r->ours)) {
		if (are_pairs(l, r))
			merge_pairs(l, r, 1);
		else
			clash(l, r);
		return;
	}
	if (has_disputed(l->m, l->ours, r->ours, r->ours_nr) ||
	    has_disputed(l->m, l->theirs, r->theirs, r->theirs_nr)) {
		clash(l, r);
		return;
	}
	len = path_enter_at(l->m, at);
	if (!l->m->are_patterns && is_ours)
		note_ours(l->m);
	else if (!l->m->are_patterns)
		note_theirs(l->m);
	path_leave(l->m, len);
	for (size_t i = 0; i < nr; i++)
		take(l, side, at + i);
}

static void merge_run(struct listed *l, const struct sequence_run *r)
{
	switch (r->outcome) {
	case SEQUENCE_SAME:
		merge_pairs(l, r, 1);
		break;
	case SEQUENCE_OURS:
	case SEQUENCE_THEIRS:
		take_run(l, r);
		break;
	case SEQUENCE_BOTH:
		merge_pairs(l, r, are_pairs(l, r));
		break;
	case SEQUENCE_CLASH:
		if (are_pairs(l, r) && !can_unite(l, r))
			merge_pairs(l, r, 1);
		else
			clash(l, r);
		break;
	}
}

static int merge_ordered(struct listed *l)
{
	struct strmap known = STRMAP_INIT;
	struct sequence_merge merge = SEQUENCE_MERGE_INIT;

	l->base_ids = identify(l->base, &known);
	l->our_ids = identify(l->ours, &known);
	l->their_ids = identify(l->theirs, &known);
	l->marks = xcalloc(known.nr + 1, 1);
	if (l->base) {
		identify_edited(l->base, l->base_ids, l->ours, l->our_ids);
		identify_edited(l->base, l->base_ids, l->theirs, l->their_ids);
	}
	sequence_merge(&merge,
		       (struct sequence){ l->base_ids,
					  l->base ? l->base->nr : 0 },
		       (struct sequence){ l->our_ids, l->ours->nr },
		       (struct sequence){ l->their_ids, l->theirs->nr });
	for (size_t i = 0; i < merge.nr; i++)
		merge_run(l, &merge.v[i]);
	l->out->tail = join(l, l->left_over, l->out->tail);
	sequence_merge_release(&merge);
	strmap_release(&known);
	free(l->base_ids);
	free(l->our_ids);
	free(l->their_ids);
	free(l->marks);
	return 0;
}

/*
 * The length of KEY in KEY=VALUE, as in an environment, or of a KEY alone in
 * capitals, which passes on what is set outside; 0: it is none.
 */
static size_t variable_length(const struct node *n)
{
	const char *s = n->type == NODE_SCALAR ? n->data : "";
	size_t len = 0, lower = 0;

	if (isdigit((unsigned char)*s))
		return 0;
	for (; isalnum((unsigned char)s[len]) || s[len] == '_'; len++)
		lower += islower((unsigned char)s[len]) != 0;
	return s[len] == '=' || (!s[len] && !lower) ? len : 0;
}

enum listing {
	LIST_ORDERED,
	LIST_SET,			/* each entry is its own id */
	LIST_VARIABLES			/* KEY is */
};

static const char *new_id(struct node_merge *m, const struct node *n,
			  enum listing listing)
{
	struct buf b = BUF_INIT;
	const char *id;

	if (listing == LIST_VARIABLES)
		buf_add(&b, n->data, variable_length(n));
	else
		add_identity(&b, n);
	id = pool_memdup(m->pool, b.s, b.len);
	buf_release(&b);
	return id;
}

/* The list with an id for each; NULL when two have the same. */
static struct node *with_ids(struct node_merge *m, const struct node *n,
			     enum listing listing)
{
	struct strmap seen = STRMAP_INIT;
	struct node *copy = node_new(m->pool, NODE_LIST);
	int is_unique = 1;

	*copy = *n;
	copy->entries = NULL;
	copy->nr = copy->alloc = 0;
	for (size_t i = 0; i < n->nr && is_unique; i++) {
		struct entry *e = node_add(m->pool, copy);

		*e = n->entries[i];
		e->id = new_id(m, e->value, listing);
		is_unique = strmap_put(&seen, e->id, NULL);
	}
	strmap_release(&seen);
	return is_unique ? copy : NULL;
}

static int are_variables(const struct node *n)
{
	for (size_t i = 0; n && i < n->nr; i++)
		if (!variable_length(n->entries[i].value))
			return 0;
	return 1;
}

/* Words in capitals alone may be anything. */
static int has_value(const struct node *n)
{
	for (size_t i = 0; n && i < n->nr; i++)
		if (strchr(n->entries[i].value->data, '='))
			return 1;
	return 0;
}

static int is_set(const struct node_merge *m)
{
	for (size_t i = 0; m->sets && i < m->sets->nr; i++)
		if (!fnmatch(m->sets->v[i], m->path.s, 0))
			return 1;
	return 0;
}

int merge_list(struct node_merge *m, struct node *out,
	       const struct node *base, const struct node *ours,
	       const struct node *theirs)
{
	struct listed l = { .m = m, .out = out, .base = base, .ours = ours,
			    .theirs = theirs };
	enum listing listing = is_set(m) ? LIST_SET : LIST_ORDERED;
	struct node *b = NULL, *o = NULL, *t = NULL;

	if (listing == LIST_ORDERED && are_variables(base) &&
	    are_variables(ours) && are_variables(theirs) &&
	    (has_value(ours) || has_value(theirs)))
		listing = LIST_VARIABLES;
	if (listing != LIST_ORDERED) {
		b = base ? with_ids(m, base, listing) : NULL;
		o = with_ids(m, ours, listing);
		t = with_ids(m, theirs, listing);
	}
	if (o && t && (b || !base))
		return merge_keyed(m, out, b, o, t);
	return merge_ordered(&l);
}
