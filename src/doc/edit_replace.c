/*
 * Another value for a key that is there: what surrounds it, and what it is
 * called, is kept.
 */
#include "doc/edit_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct piece nothing = { "", 0 };
static const struct piece blank = { " ", 1 }, line_feed = { "\n", 1 };

int edit_has_lines(const struct edit *e)
{
	return e->kind == RESOLVE_DOTENV || e->kind == RESOLVE_IGNORE;
}

/* " &name !tag" that a block's head begins with. */
static size_t properties_len(struct piece head)
{
	size_t len = 0, at = 0;

	for (;;) {
		while (at < head.len && (head.s[at] == ' ' ||
					 head.s[at] == '\t'))
			at++;
		if (at == head.len || !strchr("&!", head.s[at]))
			return len;
		while (at < head.len && !strchr(" \t\n", head.s[at]))
			at++;
		len = at;
	}
}

/* "# ..." behind the key or the value, with what is before it; or nothing. */
static struct piece comment_of(const struct entry *e)
{
	const struct node *v = e->value;
	struct piece p = node_is_block(v) ? v->head : e->trail;
	const char *at, *end;
	size_t len;

	if (node_is_block(v)) {
		len = properties_len(p);
		p = (struct piece){ p.s + len, p.len - len };
	}
	if (!node_is_collection(v) && !p.len) {
		/* Of a block of lines it is behind the `|`. */
		at = memchr(v->text.s, ' ', v->text.len);
		end = memchr(v->text.s, '\n', v->text.len);
		p = at && end && at < end ?
			(struct piece){ at, (size_t)(end - at) + 1 } : nothing;
	}
	return p.len && memchr(p.s, '#', p.len) ? p : nothing;
}

/* Put such a one there; an entry that has lines of its own. */
static void put_comment(struct edit *e, struct entry *to, struct piece p)
{
	struct node *v = to->value;
	size_t len;

	if (to->trail.len) {
		to->trail = p;
	} else if (node_is_block(v) && v->is_inline) {
		put_comment(e, &v->entries[0], p);
	} else if (node_is_block(v)) {
		v->head = p;
	} else {
		len = (size_t)((char *)memchr(v->text.s, '\n', v->text.len) -
			       v->text.s);
		v->text = piece_join3(e, (struct piece){ v->text.s, len }, p,
				      (struct piece){
					      v->text.s + len + 1,
					      v->text.len - len - 1 });
	}
}

/* What the old value is called by others, the new one is, too. */
static void put_anchor(struct edit *e, struct entry *to, const char *anchor)
{
	struct node *v = to->value;
	char *text = xstrfmt("&%s", anchor);
	struct piece p = { pool_memdup(&e->pool, text, strlen(text)),
			   strlen(text) };

	free(text);
	if (node_is_block(v) && v->is_inline)
		return;
	v->anchor = anchor;
	if (node_is_block(v))
		v->head = piece_join3(e, blank, p, v->head);
	else if (node_is_collection(v))
		v->head = piece_join3(e, p, blank, v->head);
	else
		v->text = piece_join3(e, p, blank, v->text);
}

/* The key, or dash, as it is written, for another kind of value. */
static struct piece head_for(struct edit *e, struct piece head,
			     const struct node *value)
{
	size_t len = head.len;

	while (len && strchr(" \t\n", head.s[len - 1]))
		len--;
	if (node_is_block(value))
		return (struct piece){ head.s, len };
	return len == head.len && len && !edit_has_lines(e) ?
		piece_join(e, head, blank) : head;
}

int replace_value(struct edit *e, const struct spot *spot, size_t at,
		  const char *key, const struct value *value,
		  struct error *err)
{
	struct node *in = spot->node;
	struct entry *old = &in->entries[at], made;
	struct piece comment = comment_of(old);
	/* A block of lines has an end that a scalar on a line has not. */
	int is_on_line = old->value->type == NODE_SCALAR &&
			 (old->trail.len || !in->is_block);
	struct node *scalar = is_on_line ?
			      make_scalar(e, old->value,
					  !in->is_block, value) :
			      NULL;

	if (scalar) {
		/* Behind "key:" with nothing behind it. */
		if (!old->value->text.len && !edit_has_lines(e))
			old->head = piece_join(e, old->head, blank);
		old->value = scalar;
		return 0;
	}
	if (make_entry(e, &made, spot, key, value, err) < 0)
		return -1;
	made.lead = old->lead;
	made.head = head_for(e, old->head, made.value);
	if (!in->is_block)
		made.trail = old->trail;
	else if (comment.len)
		put_comment(e, &made, comment);
	if (old->value->anchor)
		put_anchor(e, &made, old->value->anchor);
	if (key)
		made.key = made.id = old->id;
	*old = made;
	return 0;
}

void replace_empty(struct edit *e, const struct spot *spot)
{
	struct node *n = spot->node;
	struct node_document *d = &e->tree.docs[0];
	const char *text = n->type == NODE_MAP ? "{}" : "[]";
	size_t len = n->is_inline ? 0 : properties_len(n->head);
	struct piece behind = n->is_inline ? line_feed : (struct piece){
		n->head.s + len, n->head.len - len };
	struct piece names = { n->head.s, len };

	if (!spot->entry) {
		d->head = piece_join(e, d->head, n->head);
		d->tail = piece_join(e, line_feed, n->tail);
	} else {
		/* A comment behind the key stays there. */
		spot->entry->head = piece_join3(e, spot->entry->head, names,
						blank);
		spot->entry->trail = piece_join(e, behind, n->tail);
	}
	n->is_block = n->is_inline = 0;
	n->head = (struct piece){ text, 1 };
	n->tail = (struct piece){ text + 1, 1 };
}
