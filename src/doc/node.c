#include "doc/node.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Pieces point somewhere even where nothing is. */
static const struct piece nothing = { "", 0 };

struct node *node_new(struct pool *pool, enum node_type type)
{
	struct node *n = pool_alloc(pool, sizeof(*n));

	n->type = type;
	n->head = n->tail = n->text = nothing;
	return n;
}

int node_is_collection(const struct node *n)
{
	return n->type == NODE_LIST || n->type == NODE_MAP;
}

int node_is_block(const struct node *n)
{
	return node_is_collection(n) && n->is_block;
}

struct entry *node_add(struct pool *pool, struct node *n)
{
	POOL_GROW(pool, n->entries, n->nr, n->alloc);
	n->entries[n->nr] = (struct entry)ENTRY_INIT;
	return &n->entries[n->nr++];
}

const char *node_new_id(struct pool *pool, struct strmap *seen,
			const char *key)
{
	uintptr_t nth = (uintptr_t)strmap_get(seen, key);
	const char *id = key;

	while (strmap_has(seen, id)) {
		char *text = xstrfmt("%s\001%zu", key, (size_t)++nth);

		id = pool_memdup(pool, text, strlen(text));
		free(text);
	}
	strmap_put(seen, key, (void *)(nth ? nth : 1));
	if (id != key)
		strmap_put(seen, id, (void *)(uintptr_t)1);
	return id;
}

struct entry *node_find(const struct node *n, const char *id)
{
	for (size_t i = 0; n->type == NODE_MAP && i < n->nr; i++)
		if (n->entries[i].id && !strcmp(n->entries[i].id, id))
			return &n->entries[i];
	return NULL;
}

static int same_string(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/*
 * Would every reader take that plain scalar for a text?  YAML 1.1 and 1.2 have
 * different ideas of numbers, dates and truth; whatever may be one of them is
 * none.
 */
static int is_certain_text(const char *s)
{
	static const char *const words[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null",
	};

	if (!*s || strchr("0123456789+-.~=<", *s))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *word = words[i], *at = s;

		while (*word && (*at | 0x20) == *word) {
			at++;
			word++;
		}
		if (!*word && !*at)
			return 0;
	}
	return 1;
}

static int same_scalar(const struct node *a, const struct node *b)
{
	if (strcmp(a->data, b->data))
		return 0;
	return a->is_plain == b->is_plain || a->is_untyped ||
	       is_certain_text(a->data);
}

static int same_list(const struct node *a, const struct node *b)
{
	for (size_t i = 0; i < a->nr; i++)
		if (!node_same_data(a->entries[i].value, b->entries[i].value))
			return 0;
	return 1;
}

static int same_map(const struct node *a, const struct node *b)
{
	struct strmap places = STRMAP_INIT;
	int same = 1;

	for (size_t i = 0; i < b->nr; i++)
		strmap_put(&places, b->entries[i].id, &b->entries[i]);
	for (size_t i = 0; same && i < a->nr; i++) {
		const struct entry *e = &a->entries[i];
		/* Mostly they are in the same order. */
		const struct entry *other =
			!strcmp(e->id, b->entries[i].id) ? &b->entries[i] :
			strmap_get(&places, e->id);

		same = other && node_same_data(e->value, other->value);
	}
	strmap_release(&places);
	return same;
}

int node_same_data(const struct node *a, const struct node *b)
{
	if (a == b)
		return 1;
	if (a->type != b->type || !same_string(a->anchor, b->anchor) ||
	    !same_string(a->tag, b->tag) || a->nr != b->nr)
		return 0;
	switch (a->type) {
	case NODE_SCALAR:
		return same_scalar(a, b);
	case NODE_ALIAS:
		return !strcmp(a->data, b->data);
	case NODE_LIST:
		return same_list(a, b);
	case NODE_MAP:
		return same_map(a, b);
	}
	return 0;
}

int piece_same(struct piece a, struct piece b)
{
	return a.len == b.len && !memcmp(a.s, b.s, a.len);
}

static size_t blanks(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && *at == ' ')
		at++;
	return (size_t)(at - s);
}

int piece_same_shifted(struct piece a, struct piece b, int shift)
{
	const char *x = a.s, *x_end = a.s + a.len;
	const char *y = b.s, *y_end = b.s + b.len;

	if (!shift)
		return piece_same(a, b);
	/* What follows a line end is indentation, but for an empty line. */
	while (x < x_end && y < y_end) {
		if (*x != *y++)
			return 0;
		if (*x++ == '\n') {
			size_t in = blanks(x, x_end), other = blanks(y, y_end);

			x += in;
			y += other;
			if ((x == x_end || *x == '\n') &&
			    (y == y_end || *y == '\n'))
				continue;
			if ((long)in != (long)other + shift)
				return 0;
		}
	}
	return x == x_end && y == y_end;
}

/* Pieces that begin a line: their first blanks are indentation, too. */
static int same_lines(struct piece a, struct piece b, int shift)
{
	size_t in, other;

	if (!shift || !a.len || !b.len)
		return piece_same(a, b);
	in = blanks(a.s, a.s + a.len);
	other = blanks(b.s, b.s + b.len);
	a.s += in;
	a.len -= in;
	b.s += other;
	b.len -= other;
	if (a.len && *a.s != '\n' && (long)in != (long)other + shift)
		return 0;
	return piece_same_shifted(a, b, shift);
}

static int same_text(const struct node *a, const struct node *b, int shift);

static int same_entries(const struct node *a, const struct node *b, int shift)
{
	if (a->nr != b->nr)
		return 0;
	for (size_t i = 0; i < a->nr; i++) {
		const struct entry *x = &a->entries[i], *y = &b->entries[i];

		if (!(a->is_block ? same_lines(x->lead, y->lead, shift) :
		      piece_same_shifted(x->lead, y->lead, shift)) ||
		    !piece_same_shifted(x->head, y->head, shift) ||
		    !same_text(x->value, y->value, shift) ||
		    !piece_same_shifted(x->trail, y->trail, shift))
			return 0;
	}
	return 1;
}

static int same_text(const struct node *a, const struct node *b, int shift)
{
	if (a == b && !shift)
		return 1;
	if (a->type != b->type)
		return 0;
	if (!node_is_collection(a))
		return piece_same_shifted(a->text, b->text, shift);
	return a->is_block == b->is_block && a->is_inline == b->is_inline &&
	       (!a->is_block || a->indent == b->indent + shift) &&
	       piece_same_shifted(a->head, b->head, shift) &&
	       same_entries(a, b, shift) &&
	       (a->is_block ? same_lines(a->tail, b->tail, shift) :
		piece_same_shifted(a->tail, b->tail, shift));
}

int node_same_text(const struct node *a, const struct node *b)
{
	return same_text(a, b, a->is_block && b->is_block ?
			 a->indent - b->indent : 0);
}

int entry_same_text(const struct entry *a, int a_indent,
		    const struct entry *b, int b_indent)
{
	int shift = a_indent - b_indent;

	return same_lines(a->lead, b->lead, shift) &&
	       piece_same_shifted(a->head, b->head, shift) &&
	       same_text(a->value, b->value, shift) &&
	       piece_same_shifted(a->trail, b->trail, shift);
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int same_words(struct piece a, struct piece b)
{
	const char *x = a.s, *x_end = a.s + a.len;
	const char *y = b.s, *y_end = b.s + b.len;

	for (;;) {
		while (x < x_end && is_blank(*x))
			x++;
		while (y < y_end && is_blank(*y))
			y++;
		if (x == x_end || y == y_end)
			return x == x_end && y == y_end;
		if (*x++ != *y++)
			return 0;
	}
}

static int same_node_but_blanks(const struct node *a, const struct node *b)
{
	if (a->type != b->type || a->nr != b->nr)
		return 0;
	/* Empty lines below a block of lines are part of its text. */
	if (!node_is_collection(a))
		return node_same_data(a, b) && same_words(a->text, b->text);
	if (a->is_block != b->is_block || !same_words(a->head, b->head) ||
	    !same_words(a->tail, b->tail))
		return 0;
	for (size_t i = 0; i < a->nr; i++)
		if (!entry_same_but_blanks(&a->entries[i], &b->entries[i]))
			return 0;
	return 1;
}

int entry_same_but_blanks(const struct entry *a, const struct entry *b)
{
	return same_words(a->lead, b->lead) && same_words(a->head, b->head) &&
	       same_node_but_blanks(a->value, b->value) &&
	       same_words(a->trail, b->trail);
}
