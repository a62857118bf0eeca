#include "doc/sequence.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DIFFERENCES 2000
#define MAX_COMPARED 10000

/* The middle of two sequences, without what both begin and end with. */
struct middle {
	const size_t *a, *b;
	long n, m;
};

/* How far along each diagonal one gets with d differences, for every d. */
struct trace {
	long **v;
	size_t nr, alloc;
};

static void trace_release(struct trace *t)
{
	for (size_t i = 0; i < t->nr; i++)
		free(t->v[i]);
	free(t->v);
}

/* Where diagonal k begins to be walked along with d differences; -1: not. */
static long begin_of(const struct middle *mid, const long *before, long d,
		     long k, int *is_down)
{
	/* Diagonals of d - 1 begin at -(d - 1). */
	long left = k > -d ? before[k - 1 + d - 1] : -1;
	long down = k < d ? before[k + 1 + d - 1] : -1;

	left = left >= 0 && left < mid->n ? left + 1 : -1;
	if (down - k > mid->m)
		down = -1;
	*is_down = down >= left;
	return *is_down ? down : left;
}

/* One more difference; true at the end of both.  v[k + d] is diagonal k. */
static int go_on(const struct middle *mid, struct trace *t, long d)
{
	const long *before = d ? t->v[d - 1] : NULL;
	long *v = xcalloc((size_t)(2 * d + 1), sizeof(*v));
	int done = 0, is_down;

	for (long k = -d; k <= d; k += 2) {
		long x = before ? begin_of(mid, before, d, k, &is_down) : 0;

		while (x >= 0 && x < mid->n && x - k < mid->m &&
		       mid->a[x] == mid->b[x - k])
			x++;
		v[k + d] = x;
		done |= x == mid->n && x - k == mid->m;
	}
	ALLOC_GROW(t->v, t->nr + 1, t->alloc);
	t->v[t->nr++] = v;
	return done;
}

/* Back from the end, noting what was walked along together. */
static void walk_back(const struct middle *mid, const struct trace *t,
		      size_t *match, size_t a_at, size_t b_at)
{
	long x = mid->n, y = mid->m;

	for (long d = (long)t->nr - 1; d >= 0; d--) {
		int is_down = 0;
		long begin = d ? begin_of(mid, t->v[d - 1], d, x - y,
					  &is_down) : 0;

		for (; x > begin; x--, y--)
			match[a_at + (size_t)x - 1] = b_at + (size_t)y - 1;
		if (is_down)
			y--;
		else
			x--;
	}
}

static void match_middle(const struct middle *mid, size_t *match, size_t a_at,
			 size_t b_at)
{
	struct trace t = { NULL, 0, 0 };
	long d = 0;

	while (d <= MAX_DIFFERENCES && !go_on(mid, &t, d))
		d++;
	if (d <= MAX_DIFFERENCES)
		walk_back(mid, &t, match, a_at, b_at);
	trace_release(&t);
}

size_t *sequence_match(struct sequence a, struct sequence b)
{
	size_t *match = xcalloc(a.nr + 1, sizeof(*match));
	size_t head = 0, tail = 0;

	while (head < a.nr && head < b.nr && a.v[head] == b.v[head]) {
		match[head] = head;
		head++;
	}
	while (tail < a.nr - head && tail < b.nr - head &&
	       a.v[a.nr - tail - 1] == b.v[b.nr - tail - 1]) {
		tail++;
		match[a.nr - tail] = b.nr - tail;
	}
	for (size_t i = head; i < a.nr - tail; i++)
		match[i] = SEQUENCE_NOWHERE;
	if (a.nr > head + tail && b.nr > head + tail) {
		struct middle mid = {
			a.v + head, b.v + head, (long)(a.nr - head - tail),
			(long)(b.nr - head - tail)
		};

		match_middle(&mid, match, head, head);
	}
	return match;
}

/* What one side made of a run of the base. */
struct hunk {
	size_t from, to;		/* of the base */
	size_t side, side_to;
};

struct side {
	struct hunk *v;
	size_t nr, alloc;
	size_t next;			/* hunk */
	size_t at;			/* how far in the side itself */
};

static void find_hunks(struct side *s, struct sequence base,
		       struct sequence side)
{
	size_t *match = sequence_match(base, side), at = 0;

	for (size_t i = 0; i <= base.nr; i++) {
		struct hunk h = { .from = i, .side = at };

		while (i < base.nr && match[i] == SEQUENCE_NOWHERE)
			i++;
		h.to = i;
		h.side_to = i < base.nr ? match[i] : side.nr;
		if (h.to > h.from || h.side_to > h.side) {
			ALLOC_GROW(s->v, s->nr + 1, s->alloc);
			s->v[s->nr++] = h;
		}
		at = h.side_to + 1;
	}
	free(match);
}

static int adds(const struct hunk *h)
{
	return h->side_to > h->side;
}

/* Some were replaced by more or fewer, so nobody knows which by which. */
static int is_uneven(const struct hunk *h)
{
	return h->to > h->from && adds(h) &&
	       h->to - h->from != h->side_to - h->side;
}

static const struct hunk *next_hunk(const struct side *s)
{
	return s->next < s->nr ? &s->v[s->next] : NULL;
}

/* Of two the one that begins first, or ends first where both begin. */
static int comes_first(const struct hunk *a, const struct hunk *b)
{
	return a && (!b || a->from < b->from ||
		     (a->from == b->from && a->to <= b->to));
}

struct merging {
	struct sequence_merge *m;
	struct sequence base, ours, theirs;
	struct side left, right;
	size_t at;			/* how far in the base */
};

/* Does a side add what the other does, too?  When in doubt, it does. */
static int add_same(const struct merging *m, const struct hunk *ours,
		    const struct hunk *theirs)
{
	if ((ours->side_to - ours->side) * (theirs->side_to - theirs->side) >
	    MAX_COMPARED)
		return 1;
	for (size_t i = ours->side; i < ours->side_to; i++)
		for (size_t j = theirs->side; j < theirs->side_to; j++)
			if (m->ours.v[i] == m->theirs.v[j])
				return 1;
	return 0;
}

/* Does what one side made of the base touch what the other did? */
static int interact(const struct merging *m, const struct hunk *ours,
		    const struct hunk *theirs)
{
	const struct hunk *g = ours, *h = theirs;

	if (!comes_first(g, h)) {
		g = theirs;
		h = ours;
	}
	if (h->from < g->to)
		return 1;
	if (h->from > g->to)
		return 0;
	if (g->from == g->to && h->from == h->to)
		return 1;
	return (is_uneven(g) && adds(h)) || (is_uneven(h) && adds(g)) ||
	       add_same(m, ours, theirs);
}

static void add_run(struct sequence_merge *m, struct sequence_run run)
{
	ALLOC_GROW(m->v, m->nr + 1, m->alloc);
	m->v[m->nr++] = run;
}

static int same_run(struct sequence a, size_t a_at, struct sequence b,
		    size_t b_at, size_t nr)
{
	return !nr || !memcmp(a.v + a_at, b.v + b_at, nr * sizeof(*a.v));
}

/* How far a side is when the base is at `to`; `last` is its last hunk. */
static size_t side_at(const struct side *s, const struct hunk *last,
		      size_t base_at, size_t to)
{
	return last ? last->side_to + (to - last->to) :
		      s->at + (to - base_at);
}

/*
 * The next hunk, with those of the other side that it interacts with, and
 * those that these interact with.
 */
static void find_group(struct merging *g, struct hunk *group,
		       const struct hunk *last[2])
{
	struct side *sides[2] = { &g->left, &g->right };
	int i = !comes_first(next_hunk(&g->left), next_hunk(&g->right));

	*group = *next_hunk(sides[i]);
	last[0] = last[1] = NULL;
	do {
		last[i] = next_hunk(sides[i]);
		sides[i]->next++;
		if (last[i]->to > group->to)
			group->to = last[i]->to;
		for (i = 0; i < 2; i++) {
			const struct hunk *h = next_hunk(sides[i]);

			if (h && (h->from < group->to ||
				  (last[!i] && interact(g, i ? last[0] : h,
							i ? h : last[1]))))
				break;
		}
	} while (i < 2);
}

static void take_group(struct merging *g)
{
	const struct hunk *last[2];
	struct hunk group;
	struct sequence_run run = { .outcome = SEQUENCE_CLASH };
	size_t ours_to, theirs_to;

	find_group(g, &group, last);
	ours_to = side_at(&g->left, last[0], g->at, group.to);
	theirs_to = side_at(&g->right, last[1], g->at, group.to);
	run.base = group.from;
	run.base_nr = group.to - group.from;
	run.ours = g->left.at;
	run.ours_nr = ours_to - run.ours;
	run.theirs = g->right.at;
	run.theirs_nr = theirs_to - run.theirs;
	if (!last[1])
		run.outcome = SEQUENCE_OURS;
	else if (!last[0])
		run.outcome = SEQUENCE_THEIRS;
	else if (run.ours_nr == run.theirs_nr &&
		 same_run(g->ours, run.ours, g->theirs, run.theirs,
			  run.ours_nr))
		run.outcome = SEQUENCE_BOTH;
	add_run(g->m, run);
	g->left.at = ours_to;
	g->right.at = theirs_to;
	g->at = group.to;
}

/* Up to the next hunk nobody changed anything. */
static void take_same(struct merging *g)
{
	const struct hunk *l = next_hunk(&g->left);
	const struct hunk *r = next_hunk(&g->right);
	size_t to = g->base.nr;

	if (l && l->from < to)
		to = l->from;
	if (r && r->from < to)
		to = r->from;
	if (to > g->at) {
		size_t nr = to - g->at;

		add_run(g->m, (struct sequence_run){
			SEQUENCE_SAME, g->at, nr, g->left.at, nr,
			g->right.at, nr });
		g->left.at += nr;
		g->right.at += nr;
		g->at = to;
	}
}

void sequence_merge(struct sequence_merge *m, struct sequence base,
		    struct sequence ours, struct sequence theirs)
{
	struct merging g = { .m = m, .base = base, .ours = ours,
			     .theirs = theirs };

	find_hunks(&g.left, base, ours);
	find_hunks(&g.right, base, theirs);
	take_same(&g);
	while (next_hunk(&g.left) || next_hunk(&g.right)) {
		take_group(&g);
		take_same(&g);
	}
	free(g.left.v);
	free(g.right.v);
}

void sequence_merge_release(struct sequence_merge *m)
{
	free(m->v);
	*m = (struct sequence_merge)SEQUENCE_MERGE_INIT;
}
