#include "doc/node.h"

#include <string.h>

struct writer {
	struct buf *out;
	enum node_side side;
	const struct node_markers *markers;
	const char *before;		/* with the first clash; or NULL */
};

static void write_node(struct writer *w, const struct node *n);

static void write_piece(struct writer *w, struct piece p)
{
	buf_add(w->out, p.s, p.len);
}

static void write_marker(struct writer *w, char c, const char *label)
{
	for (size_t i = w->markers->size ? w->markers->size : 7; i; i--)
		buf_addc(w->out, c);
	if (label) {
		buf_addc(w->out, ' ');
		buf_adds(w->out, label);
	}
}

static void write_body(struct writer *w, const struct entry *e)
{
	write_piece(w, e->head);
	write_node(w, e->value);
	write_piece(w, e->trail);
}

/* An entry of a block, which begins in that column. */
static void write_line(struct writer *w, const struct entry *e, int column)
{
	write_piece(w, e->lead);
	for (; column > 0; column--)
		buf_addc(w->out, ' ');
	write_body(w, e);
}

static void write_lines(struct writer *w, const struct node_run *run,
			int column, int begins)
{
	if (begins && run->nr)
		buf_adds(w->out, w->before);
	for (size_t i = 0; i < run->nr; i++)
		write_line(w, &run->v[i], column);
}

static void write_line_clash(struct writer *w, const struct clash *c,
			     int column)
{
	const struct node_markers *m = w->markers;
	int begins = w->before && !w->out->len;

	if (w->side != NODE_MARKED) {
		write_lines(w, w->side == NODE_OURS ? &c->ours : &c->theirs,
			    column, 0);
		return;
	}
	write_marker(w, '<', m->ours);
	buf_addc(w->out, '\n');
	write_lines(w, &c->ours, column, begins);
	if (m->with_base) {
		write_marker(w, '|', m->base);
		buf_addc(w->out, '\n');
		write_lines(w, &c->base, column, begins);
	}
	write_marker(w, '=', NULL);
	buf_addc(w->out, '\n');
	write_lines(w, &c->theirs, column, begins);
	write_marker(w, '>', m->theirs);
	buf_addc(w->out, '\n');
}

static void write_block(struct writer *w, const struct node *n)
{
	write_piece(w, n->head);
	for (size_t i = 0; i < n->nr; i++) {
		const struct entry *e = &n->entries[i];

		if (e->clash) {
			write_piece(w, e->lead);
			write_line_clash(w, e->clash, n->indent);
		} else {
			write_line(w, e, n->is_inline && !i ? 0 : n->indent);
		}
	}
	write_piece(w, n->tail);
}

/* Entries of a flow, a comma between them and, but for the last, behind. */
static void write_items(struct writer *w, const struct entry *v, size_t nr,
			int is_last)
{
	for (size_t i = 0; i < nr; i++) {
		write_piece(w, v[i].lead);
		write_body(w, &v[i]);
		if (!is_last || i + 1 < nr)
			buf_addc(w->out, ',');
	}
}

/* What stands between markers begins with a line end, as they do here. */
static void write_item_clash(struct writer *w, const struct clash *c,
			     int is_last)
{
	const struct node_markers *m = w->markers;
	const struct node_run *run = w->side == NODE_OURS ? &c->ours :
				     &c->theirs;

	if (w->side != NODE_MARKED) {
		write_items(w, run->v, run->nr, is_last);
		return;
	}
	buf_addc(w->out, '\n');
	write_marker(w, '<', m->ours);
	write_items(w, c->ours.v, c->ours.nr, is_last);
	buf_addc(w->out, '\n');
	if (m->with_base) {
		write_marker(w, '|', m->base);
		write_items(w, c->base.v, c->base.nr, is_last);
		buf_addc(w->out, '\n');
	}
	write_marker(w, '=', NULL);
	write_items(w, c->theirs.v, c->theirs.nr, is_last);
	buf_addc(w->out, '\n');
	write_marker(w, '>', m->theirs);
}

static void write_flow(struct writer *w, const struct node *n)
{
	write_piece(w, n->head);
	for (size_t i = 0; i < n->nr; i++) {
		const struct entry *e = &n->entries[i];
		int is_last = i + 1 == n->nr;

		if (e->clash)
			write_item_clash(w, e->clash, is_last);
		else
			write_items(w, e, 1, is_last);
	}
	write_piece(w, n->tail);
}

static void write_node(struct writer *w, const struct node *n)
{
	if (!node_is_collection(n))
		write_piece(w, n->text);
	else if (n->is_block)
		write_block(w, n);
	else
		write_flow(w, n);
}

void node_write_one(struct buf *out, const struct node *n,
		    enum node_side side, const struct node_markers *markers)
{
	struct writer w = { out, side, markers, NULL };

	write_node(&w, n);
}

const struct clash *node_first_clash(const struct node_text *t)
{
	const struct node_document *d = t->docs;
	const struct node *n = t->nr ? d->root : NULL;

	return n && node_is_block(n) && n->nr && !d->head.len &&
	       !n->head.len && !n->entries[0].lead.len ?
	       n->entries[0].clash : NULL;
}

static void write_text(struct writer *w, const struct node_text *t)
{
	for (size_t i = 0; i < t->nr; i++) {
		write_piece(w, t->docs[i].head);
		write_node(w, t->docs[i].root);
		write_piece(w, t->docs[i].tail);
	}
}

void node_write(struct buf *out, const struct node_text *t,
		enum node_side side, const struct node_markers *markers)
{
	struct writer w = { out, side, markers, NULL };

	write_text(&w, t);
}

void node_write_marked(struct buf *out, const struct node_text *t,
		       const struct node_markers *markers, const char *before)
{
	struct writer w = { out, NODE_MARKED, markers, before };

	if (!node_first_clash(t))
		buf_adds(out, before);
	write_text(&w, t);
}

/* Shifting. */

/* A line that is no empty one, `shift` columns further to the right. */
static const char *add_indent(struct buf *out, const char *at,
			      const char *end, int shift)
{
	if (at == end || *at == '\n')
		return at;
	for (; shift < 0 && at < end && *at == ' '; shift++)
		at++;
	for (; shift > 0; shift--)
		buf_addc(out, ' ');
	return at;
}

/* `begins`: the piece stands at the beginning of a line. */
static struct piece shift_piece(struct pool *pool, struct piece p, int shift,
				int begins)
{
	const char *at = p.s, *end = p.s + p.len;
	struct buf out = BUF_INIT;

	if (!p.len || !shift || (!begins && !memchr(p.s, '\n', p.len)))
		return p;
	if (begins)
		at = add_indent(&out, at, end, shift);
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *next = lf ? lf + 1 : end;

		buf_add(&out, at, (size_t)(next - at));
		at = lf ? add_indent(&out, next, end, shift) : end;
	}
	p = (struct piece){ pool_memdup(pool, out.s, out.len), out.len };
	buf_release(&out);
	return p;
}

struct entry entry_shift(struct pool *pool, const struct entry *e,
			 int is_block, int shift)
{
	struct entry copy = *e;

	if (!shift)
		return copy;
	copy.lead = shift_piece(pool, e->lead, shift, is_block);
	copy.head = shift_piece(pool, e->head, shift, 0);
	copy.value = node_shift(pool, e->value, shift);
	copy.trail = shift_piece(pool, e->trail, shift, 0);
	return copy;
}

struct node *node_shift(struct pool *pool, const struct node *n, int shift)
{
	struct node *copy = node_new(pool, n->type);

	*copy = *n;
	if (!node_is_collection(n)) {
		copy->text = shift_piece(pool, n->text, shift, 0);
		return copy;
	}
	copy->indent += n->is_block ? shift : 0;
	copy->head = shift_piece(pool, n->head, shift, 0);
	copy->entries = NULL;
	copy->nr = copy->alloc = 0;
	for (size_t i = 0; i < n->nr; i++)
		*node_add(pool, copy) = entry_shift(pool, &n->entries[i],
						    n->is_block, shift);
	copy->tail = shift_piece(pool, n->tail, shift, n->is_block);
	return copy;
}
