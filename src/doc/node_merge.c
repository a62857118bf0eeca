#include "doc/node_merge.h"

#include "base/mem.h"
#include "doc/node_merge_internal.h"
#include "doc/node_names.h"
#include "doc/sequence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As much of a value as a message has room for. */
#define MAX_SHOWN 60

static const struct piece nothing = { "", 0 };

size_t path_enter(struct node_merge *m, const struct entry *e)
{
	size_t len = m->path.len;

	if (e->key)
		buf_addf(&m->path, "%s%s", len ? "." : "", e->key);
	else if (e->id)
		buf_addf(&m->path, "[%s]", e->id);
	return len;
}

void path_leave(struct node_merge *m, size_t len)
{
	buf_setlen(&m->path, len);
}

void note_ours(struct node_merge *m)
{
	strvec_push(&m->ours, m->path.s);
}

void note_theirs(struct node_merge *m)
{
	strvec_push(&m->theirs, m->path.s);
}

int are_disputed(const struct node_merge *m, const struct node *ours,
		 const struct node *theirs)
{
	return m->disputed && names_differ(ours, theirs, m->disputed);
}

static void conflict_release(struct node_conflict *c)
{
	free(c->path);
	free(c->ours);
	free(c->theirs);
}

struct noted noted_here(const struct node_merge *m)
{
	return (struct noted){ m->ours.nr, m->theirs.nr, m->nr };
}

static void cut(struct strvec *vec, size_t nr)
{
	while (vec->nr > nr) {
		free(vec->v[--vec->nr]);
		vec->v[vec->nr] = NULL;
	}
}

void noted_forget(struct node_merge *m, struct noted since)
{
	cut(&m->ours, since.ours);
	cut(&m->theirs, since.theirs);
	while (m->nr > since.conflicts)
		conflict_release(&m->conflicts[--m->nr]);
}

void node_merge_release(struct node_merge *m)
{
	noted_forget(m, (struct noted){ 0, 0, 0 });
	strvec_release(&m->ours);
	strvec_release(&m->theirs);
	free(m->conflicts);
	buf_release(&m->path);
	*m = (struct node_merge)NODE_MERGE_INIT;
}

struct piece pick_piece(struct piece base, struct piece ours,
			struct piece theirs)
{
	return piece_same(ours, base) ? theirs : ours;
}

/* Lines as numbers, equal ones the same. */
struct lines {
	struct piece *v;
	size_t *ids;
	size_t nr, alloc;
};

static void lines_read(struct lines *l, struct piece p, struct strmap *known)
{
	const char *at = p.s, *end = p.s + p.len;
	size_t alloc = 0;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *next = lf ? lf + 1 : end;
		char *line = xmemdupz(at, (size_t)(next - at));

		if (!strmap_has(known, line))
			strmap_put(known, line,
				   (void *)(uintptr_t)(known->nr + 1));
		ALLOC_GROW(l->v, l->nr + 1, l->alloc);
		ALLOC_GROW(l->ids, l->nr + 1, alloc);
		l->v[l->nr] = (struct piece){ at, (size_t)(next - at) };
		l->ids[l->nr++] = (size_t)(uintptr_t)strmap_get(known, line);
		free(line);
		at = next;
	}
}

static struct sequence lines_sequence(const struct lines *l)
{
	return (struct sequence){ l->ids, l->nr };
}

static void lines_release(struct lines *l)
{
	free(l->v);
	free(l->ids);
}

static void add_lines(struct buf *out, const struct lines *l, size_t at,
		      size_t nr)
{
	for (size_t i = at; i < at + nr; i++)
		buf_add(out, l->v[i].s, l->v[i].len);
}

enum { IN_BASE = 1, IN_OURS = 2, IN_THEIRS = 4 };

static void mark(unsigned char *marks, const struct lines *l, size_t at,
		 size_t nr, int where)
{
	for (size_t i = at; i < at + nr; i++)
		marks[l->ids[i]] |= (unsigned char)where;
}

static void unmark(unsigned char *marks, const struct lines *l, size_t at,
		   size_t nr)
{
	for (size_t i = at; i < at + nr; i++)
		marks[l->ids[i]] = 0;
}

/* The three sides of a comment; for each id a mark, which is 0. */
struct commented {
	struct lines base, ours, theirs;
	unsigned char *marks;
};

/*
 * Both changed them: those of ours and those of theirs, but for what one of
 * them left as it was and the other took away.
 */
static void unite_lines(struct buf *out, const struct commented *c,
			const struct sequence_run *run)
{
	unsigned char *marks = c->marks;

	mark(marks, &c->base, run->base, run->base_nr, IN_BASE);
	mark(marks, &c->ours, run->ours, run->ours_nr, IN_OURS);
	mark(marks, &c->theirs, run->theirs, run->theirs_nr, IN_THEIRS);
	for (size_t i = run->ours; i < run->ours + run->ours_nr; i++)
		if (marks[c->ours.ids[i]] != (IN_BASE | IN_OURS))
			add_lines(out, &c->ours, i, 1);
	for (size_t i = run->theirs; i < run->theirs + run->theirs_nr; i++)
		if (marks[c->theirs.ids[i]] == IN_THEIRS)
			add_lines(out, &c->theirs, i, 1);
	unmark(marks, &c->base, run->base, run->base_nr);
	unmark(marks, &c->ours, run->ours, run->ours_nr);
	unmark(marks, &c->theirs, run->theirs, run->theirs_nr);
}

static void add_run(struct buf *out, const struct commented *c,
		    const struct sequence_run *run)
{
	if (run->outcome == SEQUENCE_CLASH)
		unite_lines(out, c, run);
	else if (run->outcome == SEQUENCE_THEIRS)
		add_lines(out, &c->theirs, run->theirs, run->theirs_nr);
	else
		add_lines(out, &c->ours, run->ours, run->ours_nr);
}

struct piece merge_lines(struct node_merge *m, struct piece base,
			 struct piece ours, struct piece theirs)
{
	struct strmap known = STRMAP_INIT;
	struct commented c = { .marks = NULL };
	struct sequence_merge merge = SEQUENCE_MERGE_INIT;
	struct buf out = BUF_INIT;
	struct piece p;

	if (piece_same(ours, theirs) || piece_same(theirs, base))
		return ours;
	if (piece_same(ours, base))
		return theirs;
	lines_read(&c.base, base, &known);
	lines_read(&c.ours, ours, &known);
	lines_read(&c.theirs, theirs, &known);
	c.marks = xcalloc(known.nr + 1, 1);
	sequence_merge(&merge, lines_sequence(&c.base),
		       lines_sequence(&c.ours), lines_sequence(&c.theirs));
	for (size_t i = 0; i < merge.nr; i++)
		add_run(&out, &c, &merge.v[i]);
	p = (struct piece){ pool_memdup(m->pool, out.s, out.len), out.len };
	sequence_merge_release(&merge);
	lines_release(&c.base);
	lines_release(&c.ours);
	lines_release(&c.theirs);
	free(c.marks);
	strmap_release(&known);
	buf_release(&out);
	return p;
}

/* So many bytes, but no half of a character of UTF-8. */
static size_t whole(struct piece p, size_t len)
{
	while (len && ((unsigned char)p.s[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* A value in a few words, on one line. */
static char *describe(const struct node_run *run)
{
	struct buf b = BUF_INIT;
	const struct node *n = run->nr == 1 ? run->v[0].value : NULL;

	if (!run->nr)
		return NULL;
	if (n && n->type == NODE_SCALAR && n->text.len <= MAX_SHOWN)
		buf_add(&b, n->text.s, n->text.len);
	else if (n && n->type == NODE_SCALAR)
		buf_addf(&b, "%.*s...", (int)whole(n->text, MAX_SHOWN),
			 n->text.s);
	else if (n && n->type == NODE_ALIAS)
		buf_addf(&b, "*%s", n->data);
	else if (n)
		buf_addf(&b, "%zu %s", n->nr, n->type == NODE_MAP ?
			 (n->nr == 1 ? "key" : "keys") :
			 (n->nr == 1 ? "entry" : "entries"));
	else
		buf_addf(&b, "%zu entries", run->nr);
	for (char *s = b.s; *s; s++)
		if (*s == '\n')
			*s = ' ';
	return buf_detach(&b);
}

static void note_conflict(struct node_merge *m, const struct clash *c)
{
	ALLOC_GROW(m->conflicts, m->nr + 1, m->alloc);
	m->conflicts[m->nr++] = (struct node_conflict){
		.path = xstrdup(m->path.s), .ours = describe(&c->ours),
		.theirs = describe(&c->theirs),
	};
}

/* Is it about one and the same entry? */
static int is_about_one(const struct clash *c)
{
	const char *ours, *theirs;

	if (c->ours.nr != 1 || c->theirs.nr != 1)
		return 0;
	ours = c->ours.v->key;
	theirs = c->theirs.v->key;
	return c->base.nr == 1 || (ours && theirs && !strcmp(ours, theirs));
}

/* Comments that the sides agree on are not part of it. */
static void share_lead(struct entry *e, struct clash *c)
{
	struct entry *ours = c->ours.nr ? c->ours.v : NULL;
	struct entry *theirs = c->theirs.nr ? c->theirs.v : NULL;
	struct piece base = c->base.nr ? c->base.v->lead : nothing;

	if (!ours || !theirs)
		return;
	if (!piece_same(ours->lead, theirs->lead) &&
	    !(is_about_one(c) && (piece_same(ours->lead, base) ||
				  piece_same(theirs->lead, base))))
		return;
	e->lead = pick_piece(base, ours->lead, theirs->lead);
	if (c->base.nr)
		c->base.v->lead = nothing;
	ours->lead = theirs->lead = nothing;
}

static struct node_run copy_run(struct node_merge *m, struct node_run run)
{
	struct entry *v = pool_alloc(m->pool, (run.nr + 1) * sizeof(*v));

	if (run.nr)
		memcpy(v, run.v, run.nr * sizeof(*v));
	run.v = v;
	return run;
}

void add_clash(struct node_merge *m, struct node *out, struct node_run base,
	       struct node_run ours, struct node_run theirs)
{
	struct clash *c = pool_alloc(m->pool, sizeof(*c));
	struct entry *e = node_add(m->pool, out);

	c->base = copy_run(m, base);
	c->ours = copy_run(m, ours);
	c->theirs = copy_run(m, theirs);
	note_conflict(m, c);
	e->lead = nothing;
	e->clash = c;
	if (out->is_block)
		share_lead(e, c);
}

static int has_comment(struct piece p)
{
	return memchr(p.s, '#', p.len) != NULL;
}

/*
 * What has room for one comment: 1 where each side has its own.  How it is
 * written otherwise is ours.
 */
static int pick_comment(struct piece *out, struct piece base,
			struct piece ours, struct piece theirs)
{
	*out = pick_piece(base, ours, theirs);
	if (piece_same(ours, base) || piece_same(theirs, base) ||
	    piece_same(ours, theirs))
		return 0;
	if (!has_comment(ours))
		*out = theirs;
	return has_comment(ours) && has_comment(theirs);
}

/* Of the text around the entries; a comment that both changed clashes. */
static int merge_frame(struct node_merge *m, struct node *out,
		       const struct node *base, const struct node *ours,
		       const struct node *theirs)
{
	struct piece tail = base ? base->tail : nothing;

	if (out->is_block)
		out->tail = merge_lines(m, tail, ours->tail, theirs->tail);
	/* How it is closed is ours, but for comments. */
	else if (!has_comment(ours->tail) && !has_comment(theirs->tail))
		out->tail = ours->tail;
	else if (pick_comment(&out->tail, tail, ours->tail, theirs->tail))
		return 1;
	return pick_comment(&out->head, base ? base->head : nothing,
			    ours->head, theirs->head);
}

static int starts_line(struct piece p)
{
	return p.len && *p.s == '\n';
}

static int run_starts_lines(const struct node_run *run)
{
	for (size_t i = 0; i < run->nr; i++)
		if (!starts_line(run->v[i].lead))
			return 0;
	return 1;
}

/* Can the markers of that entry of a flow stand on lines of their own? */
static int clash_fits(const struct node *n, size_t i)
{
	const struct clash *c = n->entries[i].clash;
	int is_last = i + 1 == n->nr;

	if (!run_starts_lines(&c->base) || !run_starts_lines(&c->ours) ||
	    !run_starts_lines(&c->theirs))
		return 0;
	/* The comma before it would stay behind. */
	if (is_last)
		return c->ours.nr && c->theirs.nr && starts_line(n->tail);
	return n->entries[i + 1].clash || starts_line(n->entries[i + 1].lead);
}

/* Can it be written at all? */
static int fits(const struct node_merge *m, const struct node *n)
{
	if (n->is_block && !n->nr)
		return m->is_lines;
	if (n->is_inline &&
	    (n->entries[0].clash || n->entries[0].lead.len))
		return 0;
	for (size_t i = 0; !n->is_block && i < n->nr; i++)
		if (n->entries[i].clash && !clash_fits(n, i))
			return 0;
	return 1;
}

static int is_blank(struct piece p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!strchr(" \t\n", p.s[i]))
			return 0;
	return 1;
}

/* The blanks before the first entry of a flow, or before any other. */
static struct piece usual_lead(const struct node *ours,
			       const struct node *theirs, size_t i)
{
	const struct node *n = ours->nr > i ? ours : theirs;

	return n->nr > i && is_blank(n->entries[i].lead) ?
	       n->entries[i].lead : nothing;
}

/* Of a flow: the first may be another now, and what was first is not. */
static void settle_leads(struct node *n, const struct node *ours,
			 const struct node *theirs)
{
	for (size_t i = 0; i < n->nr; i++) {
		struct entry *e = &n->entries[i];

		if (!e->clash && (i ? !e->lead.len : is_blank(e->lead)))
			e->lead = usual_lead(ours, theirs, i > 0);
	}
}

/* Without entries there is no comma behind the last. */
static void drop_comma(struct node *n)
{
	const char *comma = n->nr ? NULL :
		memchr(n->tail.s, ',', n->tail.len);
	struct piece before = n->tail;

	if (!comma)
		return;
	before.len = (size_t)(comma - n->tail.s);
	if (!is_blank(before))
		return;
	n->tail.s += before.len + 1;
	n->tail.len -= before.len + 1;
}

/* As if it were written where another is. */
static const struct node *placed(struct node_merge *m, const struct node *n,
				 const struct node *there)
{
	if (!n || !n->is_block || !there->is_block ||
	    n->indent == there->indent)
		return n;
	return node_shift(m->pool, n, there->indent - n->indent);
}

/* Who says how far it is indented: they, where they alone have changed it. */
static const struct node *indents(const struct node *base,
				  const struct node *ours,
				  const struct node *theirs)
{
	return base && base->is_block && ours->is_block &&
	       base->indent == ours->indent ? theirs : ours;
}

static int merge_collection(struct node_merge *m, struct node **out,
			    const struct node *base, const struct node *ours,
			    const struct node *theirs)
{
	struct noted noted = noted_here(m);
	struct node *n = node_new(m->pool, ours->type);
	const struct node *there = indents(base, ours, theirs);
	int ret;

	base = placed(m, base, there);
	ours = placed(m, ours, there);
	theirs = placed(m, theirs, there);
	*n = *ours;
	n->entries = NULL;
	n->nr = n->alloc = 0;
	ret = merge_frame(m, n, base, ours, theirs) ||
	      (ours->type == NODE_MAP ?
	       merge_keyed(m, n, base, ours, theirs) :
	       merge_list(m, n, base, ours, theirs));
	if (!ret && !n->is_block) {
		settle_leads(n, ours, theirs);
		drop_comma(n);
	}
	ret = ret || !fits(m, n);
	if (ret)
		noted_forget(m, noted);
	else
		*out = n;
	return ret;
}

static int same_properties(const struct node *a, const struct node *b)
{
	return !a->anchor == !b->anchor && !a->tag == !b->tag &&
	       (!a->anchor || !strcmp(a->anchor, b->anchor)) &&
	       (!a->tag || !strcmp(a->tag, b->tag));
}

static int are_alike(const struct node *a, const struct node *b)
{
	return a->type == b->type && node_is_collection(a) &&
	       a->is_block == b->is_block && same_properties(a, b);
}

/*
 * Where one side, or both, did no more than spell it otherwise: whose spelling
 * is taken, NODE_MARKED where that is not so.  Comments go with it, so one
 * that has any is left only for one that has none; `silent` are the sides
 * without.
 */
static enum node_side pick_spelling(struct node_merge *m,
				    const struct node *base,
				    const struct node *ours,
				    const struct node *theirs, int silent)
{
	if (silent && node_same_data(ours, theirs))
		return silent & NODE_THEIRS ? NODE_OURS : NODE_THEIRS;
	if (base && silent & NODE_THEIRS && node_same_data(theirs, base)) {
		note_ours(m);
		return NODE_OURS;
	}
	if (base && silent & NODE_OURS && node_same_data(ours, base)) {
		note_theirs(m);
		return NODE_THEIRS;
	}
	return NODE_MARKED;
}

/* What one side made of it, indented as by the other, which did no more. */
static struct node *in_step(struct node_merge *m, const struct node *base,
			    const struct node *changed,
			    const struct node *other)
{
	int is_kept = base->is_block && changed->is_block &&
		      base->indent == changed->indent;

	return (struct node *)(is_kept ? placed(m, changed, other) : changed);
}

/* Are there no comments in it? */
static int is_silent(const struct node *n)
{
	if (!node_is_collection(n))
		return 1;
	if (has_comment(n->head) || has_comment(n->tail))
		return 0;
	for (size_t i = 0; i < n->nr; i++) {
		const struct entry *e = &n->entries[i];

		if (has_comment(e->lead) || has_comment(e->head) ||
		    has_comment(e->trail) || !is_silent(e->value))
			return 0;
	}
	return 1;
}

int merge_node(struct node_merge *m, struct node **out,
	       const struct node *base, const struct node *ours,
	       const struct node *theirs)
{
	int is_disputed = are_disputed(m, ours, theirs);
	enum node_side side;

	*out = (struct node *)ours;
	if (node_same_text(ours, theirs))
		return 0;
	if (!is_disputed && base && node_same_text(theirs, base)) {
		*out = in_step(m, base, ours, theirs);
		note_ours(m);
		return 0;
	}
	if (!is_disputed && base && node_same_text(ours, base)) {
		*out = in_step(m, base, theirs, ours);
		note_theirs(m);
		return 0;
	}
	/* Both may have made a map of what was none. */
	if (are_alike(ours, theirs) &&
	    !merge_collection(m, out, base && base->type == ours->type ?
			      base : NULL, ours, theirs))
		return 0;
	if (is_disputed)
		return 1;
	side = pick_spelling(m, base, ours, theirs,
			     (is_silent(ours) ? NODE_OURS : 0) |
			     (is_silent(theirs) ? NODE_THEIRS : 0));
	if (side == NODE_THEIRS)
		*out = (struct node *)theirs;
	return side == NODE_MARKED;
}

static int is_silent_entry(const struct entry *e)
{
	return !has_comment(e->head) && !has_comment(e->trail) &&
	       is_silent(e->value);
}

/* One is a block and the other is not: all but the lead goes together. */
static int merge_body(struct node_merge *m, struct entry *out, struct three e)
{
	struct piece lead = out->lead;
	enum node_side side = are_disputed(m, e.ours->value,
					   e.theirs->value) ? NODE_MARKED :
		pick_spelling(m, e.base ? e.base->value : NULL,
			      e.ours->value, e.theirs->value,
			      (is_silent_entry(e.ours) ? NODE_OURS : 0) |
			      (is_silent_entry(e.theirs) ? NODE_THEIRS : 0));

	if (side == NODE_THEIRS)
		*out = *e.theirs;
	out->lead = lead;
	return side == NODE_MARKED;
}

static int ends_line(struct piece p)
{
	return p.len && p.s[p.len - 1] == '\n';
}

/*
 * A block of lines ends its last line itself, and leaves no room for a
 * comment.  So which of the two it is has to go with the value.
 */
static void fit_trail(struct entry *out, struct three e)
{
	struct piece text = out->value->text;

	if (node_is_collection(out->value) ||
	    ends_line(text) != ends_line(out->trail))
		return;
	out->trail = out->value == e.theirs->value ? e.theirs->trail :
		     e.ours->trail;
}

/* A comment on the entry's own line. */
static int merge_trail(struct entry *out, struct three e, int is_block)
{
	struct piece picked;

	if (pick_comment(&picked, e.base ? e.base->trail : nothing,
			 e.ours->trail, e.theirs->trail))
		return 1;
	out->trail = picked;
	if (is_block)
		fit_trail(out, e);
	return has_comment(picked) && !has_comment(out->trail);
}

/* Is anything but conflicts left? */
static int has_result(const struct node *n)
{
	for (size_t i = 0; i < n->nr; i++)
		if (!n->entries[i].clash)
			return 1;
	return 0;
}

/*
 * Did a side take all entries out of a block?  Then it had to write "[]", as
 * there is no other way to say so.
 */
static int is_emptied(const struct entry *e, const struct entry *other,
		      const struct entry *base)
{
	return base && !e->value->is_block && !e->value->nr &&
	       node_is_block(other->value) && node_is_block(base->value) &&
	       e->value->type == other->value->type &&
	       e->value->type == base->value->type &&
	       same_properties(e->value, base->value) && is_silent_entry(e);
}

/* The block it was before, with nothing in it. */
static void empty_block(struct node_merge *m, struct entry *out,
			const struct entry *e, const struct entry *base)
{
	struct node *n = node_new(m->pool, base->value->type);

	*n = *base->value;
	n->entries = NULL;
	n->nr = n->alloc = 0;
	*out = *base;
	out->key = e->key;
	out->id = e->id;
	out->lead = e->lead;
	out->value = n;
}

/* 1: one of the sides is `emptied` now. */
static int take_emptied(struct node_merge *m, struct three *e,
			struct entry *emptied)
{
	if (is_emptied(e->ours, e->theirs, e->base)) {
		empty_block(m, emptied, e->ours, e->base);
		e->ours = emptied;
	} else if (is_emptied(e->theirs, e->ours, e->base)) {
		empty_block(m, emptied, e->theirs, e->base);
		e->theirs = emptied;
	} else {
		return 0;
	}
	return 1;
}

int merge_entry(struct node_merge *m, struct entry *out, struct three e,
		int is_block)
{
	struct entry emptied;
	struct noted noted = noted_here(m);
	size_t len = path_enter(m, e.ours);
	int is_disputed = are_disputed(m, e.ours->value, e.theirs->value);
	int is_empty, ret = 0;

	*out = *e.ours;
	if (entry_same_text(e.ours, 0, e.theirs, 0))
		goto out;
	if (!is_disputed && e.base && entry_same_text(e.theirs, 0, e.base, 0)) {
		note_ours(m);
		goto out;
	}
	if (!is_disputed && e.base && entry_same_text(e.ours, 0, e.base, 0)) {
		*out = *e.theirs;
		note_theirs(m);
		goto out;
	}
	out->lead = (is_block ? merge_lines(m, e.base ? e.base->lead : nothing,
					    e.ours->lead, e.theirs->lead) :
		     pick_piece(e.base ? e.base->lead : nothing,
				e.ours->lead, e.theirs->lead));
	is_empty = take_emptied(m, &e, &emptied);
	if (node_is_block(e.ours->value) != node_is_block(e.theirs->value)) {
		ret = merge_body(m, out, e);
		goto out;
	}
	out->head = pick_piece(e.base ? e.base->head : nothing, e.ours->head,
			       e.theirs->head);
	ret = merge_node(m, &out->value, e.base ? e.base->value : NULL,
			 e.ours->value, e.theirs->value) ||
	      merge_trail(out, e, is_block) ||
	      (is_empty && !has_result(out->value));
out:
	if (ret)
		noted_forget(m, noted);
	path_leave(m, len);
	return ret;
}

static int merge_document(struct node_merge *m, struct entry *out,
			  const struct node_document *base,
			  const struct node_document *ours,
			  const struct node_document *theirs)
{
	out->lead = merge_lines(m, base ? base->head : nothing, ours->head,
				theirs->head);
	out->trail = merge_lines(m, base ? base->tail : nothing, ours->tail,
				 theirs->tail);
	return merge_node(m, &out->value, base ? base->root : NULL,
			  ours->root, theirs->root);
}

static struct node *new_documents(struct node_merge *m)
{
	struct node *n = node_new(m->pool, NODE_LIST);

	n->is_block = 1;
	return n;
}

static struct node *documents_of(struct node_merge *m,
				 const struct node_text *t)
{
	struct node *n = new_documents(m);

	for (size_t i = 0; i < t->nr; i++) {
		struct entry *e = node_add(m->pool, n);

		e->lead = t->docs[i].head;
		e->value = t->docs[i].root;
		e->trail = t->docs[i].tail;
	}
	return n;
}

int node_merge(struct node_merge *m, struct node **out,
	       const struct node_text *base, const struct node_text *ours,
	       const struct node_text *theirs)
{
	struct node *n = new_documents(m);

	*out = n;
	if (ours->nr == 1 && theirs->nr == 1 && (!base || base->nr == 1))
		return merge_document(m, node_add(m->pool, n),
				      base ? base->docs : NULL, ours->docs,
				      theirs->docs);
	return merge_list(m, n, base ? documents_of(m, base) : NULL,
			  documents_of(m, ours), documents_of(m, theirs)) ||
	       !has_result(n);
}
