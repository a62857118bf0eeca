#include "doc/edit_internal.h"

#include "base/mem.h"

#include <string.h>

static const struct piece nothing = { "", 0 }, blank = { " ", 1 };

struct piece piece_keep(struct edit *e, const struct buf *b)
{
	return (struct piece){ pool_memdup(&e->pool, b->s, b->len), b->len };
}

struct piece piece_join(struct edit *e, struct piece a, struct piece b)
{
	char *s = pool_alloc(&e->pool, a.len + b.len + 1);

	if (a.len)
		memcpy(s, a.s, a.len);
	if (b.len)
		memcpy(s + a.len, b.s, b.len);
	return (struct piece){ s, a.len + b.len };
}

struct piece piece_join3(struct edit *e, struct piece a, struct piece b,
			 struct piece c)
{
	return piece_join(e, piece_join(e, a, b), c);
}

/* From the last line end on; nothing where there is none. */
static struct piece last_line(struct piece p)
{
	const char *at = p.s + p.len;

	while (at > p.s && at[-1] != '\n')
		at--;
	return at == p.s ? nothing : (struct piece){
		at - 1, (size_t)(p.s + p.len - at) + 1 };
}

static int has_line(struct piece p)
{
	return memchr(p.s, '\n', p.len) != NULL;
}

/* How much further the entries of the outermost brackets are indented. */
struct layout flow_layout(const struct edit *e, const struct spot *spot)
{
	const struct node *root = e->tree.docs[0].root;
	const struct node *n = spot->node->nr ? spot->node : root;
	struct layout l = { .margin = spot->margin };
	struct piece line;

	if (!root->is_block && root->nr) {
		line = last_line(root->entries[0].lead);
		if (line.len)
			l.step = (struct piece){ line.s + 1, line.len - 1 };
	}
	l.is_multiline = !n->is_block && n->nr && has_line(n->entries[0].lead);
	return l;
}

void flow_add_line(struct buf *out, const struct layout *l, size_t level)
{
	if (!l->is_multiline)
		return;
	buf_addc(out, '\n');
	buf_add(out, l->margin.s, l->margin.len);
	for (; level; level--)
		buf_add(out, l->step.s, l->step.len);
}

/*
 * A comment on the line of a comma or a bracket belongs to what is before it,
 * but is in the lead or tail behind it; `rest` is what follows it.
 */
static struct piece split_line(struct piece p, struct piece *rest)
{
	const char *lf = memchr(p.s, '\n', p.len);
	size_t len = lf ? (size_t)(lf - p.s) : 0;

	if (!memchr(p.s, '#', len))
		len = 0;
	*rest = (struct piece){ p.s + len, p.len - len };
	return (struct piece){ p.s, len };
}

/* The first entry of all: `[ ]` gets as much on either side. */
static void open_empty(struct edit *e, const struct spot *spot,
		       struct entry *made)
{
	struct layout l = flow_layout(e, spot);
	struct node *n = spot->node;
	struct buf b = BUF_INIT;

	if (!l.is_multiline) {
		made->lead = (struct piece){ n->tail.s, n->tail.len - 1 };
		return;
	}
	flow_add_line(&b, &l, 1);
	made->lead = piece_keep(e, &b);
	buf_reset(&b);
	flow_add_line(&b, &l, 0);
	buf_addc(&b, n->type == NODE_MAP ? '}' : ']');
	n->tail = piece_keep(e, &b);
	buf_release(&b);
}

/* As the others begin: a line, or a blank. */
static struct piece lead_like(const struct node *n, size_t at)
{
	struct piece lead = n->entries[at < n->nr ? at : at - 1].lead;
	struct piece line = last_line(lead);

	if (line.len)
		return line;
	/* `[a, b]`: the first has no blank before it. */
	return at && n->nr == 1 && !lead.len ? blank : lead;
}

void flow_open_gap(struct edit *e, const struct spot *spot, size_t at,
		   struct entry *made)
{
	struct node *n = spot->node;
	struct piece before, rest, *behind;

	if (!n->nr) {
		open_empty(e, spot, made);
		return;
	}
	behind = at < n->nr ? &n->entries[at].lead : &n->tail;
	made->lead = lead_like(n, at);
	before = split_line(*behind, &rest);
	made->lead = piece_join(e, before, made->lead);
	*behind = rest;
	/* And `[b]` gets one when it is no longer the first. */
	if (!at && !has_line(rest))
		*behind = n->nr > 1 && !has_line(n->entries[1].lead) ?
			  n->entries[1].lead : blank;
}

void flow_close_gap(struct edit *e, struct node *n, size_t at,
		    const struct entry *gone)
{
	int is_end = at == n->nr;
	struct piece *behind = is_end ? &n->tail : &n->entries[at].lead;
	struct piece rest, line = last_line(gone->lead);
	struct piece before = split_line(gone->lead, &rest);

	split_line(*behind, &rest);
	if (!is_end && !has_line(rest))
		rest = line.len ? line : gone->lead;
	else if (is_end && before.len && !has_line(rest))
		rest = piece_join(e, line, rest);
	*behind = piece_join(e, before, rest);
	/* Nothing left, on lines of its own. */
	if (!n->nr && *n->tail.s == '\n' &&
	    !memchr(n->tail.s, '#', n->tail.len))
		n->tail = (struct piece){ n->tail.s + n->tail.len - 1, 1 };
}
