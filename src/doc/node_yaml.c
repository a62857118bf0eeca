#include "doc/node_yaml.h"

#include "base/vec.h"
#include "doc/json.h"
#include "doc/value.h"
#include "doc/yaml.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LEVELS 64
/* As much as the parser is to hold events of; no configuration is near it. */
#define MAX_BYTES ((size_t)64 * 1024 * 1024)

struct taker {
	struct node_text *out;
	struct pool *pool;
	const char *name, *text;
	size_t len;
	struct yaml_reader *reader;
	struct yaml_at at;		/* the event being looked at */
	struct error *err;
};

static size_t line_of(const struct taker *t, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at && i < t->len; i++)
		line += t->text[i] == '\n';
	return line;
}

static int refuse(const struct taker *t, size_t at, const char *what)
{
	return error_set(t->err, ERROR_FATAL, "%s:%zu: %s", t->name,
			 line_of(t, at), what);
}

/* Events to nodes: what there is, and where it begins and ends. */

static int next(struct taker *t)
{
	return yaml_reader_next(t->reader, &t->at, t->err);
}

static const char *keep(struct taker *t, const char *s)
{
	return s ? pool_memdup(t->pool, s, strlen(s)) : NULL;
}

static struct node *new_here(struct taker *t, enum node_type type)
{
	struct node *n = node_new(t->pool, type);

	n->start = t->at.start;
	n->end = t->at.end;
	n->anchor = keep(t, t->at.anchor);
	n->tag = keep(t, t->at.tag);
	n->is_block = t->at.is_block;
	return n;
}

/*
 * A block of lines ends with its last one, whatever the library counts to it;
 * but for `|+`, of which empty lines are a part.
 */
static size_t end_of_lines(const struct taker *t, size_t start, size_t end)
{
	const char *header = t->text + start;
	size_t len = strcspn(header, "\n");

	if (end <= start + len || memchr(header, '+', len))
		return end;
	while (end > start + len + 1 && t->text[end - 1] == '\n' &&
	       t->text[end - 2] == '\n')
		end--;
	return end;
}

static struct node *take_scalar(struct taker *t)
{
	struct node *n = new_here(t, t->at.is == YAML_IS_ALIAS ? NODE_ALIAS :
				  NODE_SCALAR);

	if (memchr(t->at.text, '\0', t->at.len)) {
		refuse(t, n->start, "a NUL character");
		return NULL;
	}
	n->data = pool_memdup(t->pool, t->at.text, t->at.len);
	n->is_plain = t->at.is_plain;
	if (t->at.is_lines)
		n->end = end_of_lines(t, n->start, n->end);
	n->text = (struct piece){ t->text + n->start, n->end - n->start };
	return n;
}

static struct node *take_node(struct taker *t, int level);

static struct node *take_list(struct taker *t, int level)
{
	struct node *n = new_here(t, NODE_LIST);

	while (!next(t)) {
		struct node *value;

		if (t->at.is == YAML_IS_LIST_END) {
			n->end = t->at.end;
			return n;
		}
		value = take_node(t, level);
		if (!value)
			break;
		node_add(t->pool, n)->value = value;
	}
	return NULL;
}

static int take_key(struct taker *t, struct entry *e, struct strmap *seen)
{
	if (t->at.is != YAML_IS_SCALAR || t->at.anchor || t->at.tag ||
	    memchr(t->at.text, '\0', t->at.len))
		return refuse(t, t->at.start, "a key that is no plain text");
	e->key = pool_memdup(t->pool, t->at.text, t->at.len);
	e->key_start = t->at.start;
	e->key_end = t->at.end;
	e->id = node_new_id(t->pool, seen, e->key);
	return 0;
}

static struct node *take_map(struct taker *t, int level)
{
	struct node *n = new_here(t, NODE_MAP), *found = NULL;
	struct strmap seen = STRMAP_INIT;

	while (!next(t)) {
		struct entry *e;

		if (t->at.is == YAML_IS_MAP_END) {
			n->end = t->at.end;
			found = n;
			break;
		}
		e = node_add(t->pool, n);
		if (take_key(t, e, &seen) < 0 || next(t) < 0)
			break;
		e->value = take_node(t, level);
		if (!e->value)
			break;
	}
	strmap_release(&seen);
	return found;
}

static struct node *take_node(struct taker *t, int level)
{
	if (t->at.is == YAML_IS_SCALAR || t->at.is == YAML_IS_ALIAS)
		return take_scalar(t);
	if (level >= MAX_LEVELS)
		refuse(t, t->at.start, "nested too deeply");
	else if (t->at.is == YAML_IS_LIST)
		return take_list(t, level + 1);
	else
		return take_map(t, level + 1);
	return NULL;
}

/* Nodes to pieces. */

static size_t line_start(const struct taker *t, size_t at)
{
	while (at && t->text[at - 1] != '\n')
		at--;
	return at;
}

/* The beginning of the next line; `at` itself, where it is one. */
static size_t line_end(const struct taker *t, size_t at)
{
	const char *lf;

	if (at >= t->len)
		return t->len;
	if (at && t->text[at - 1] == '\n')
		return at;
	lf = memchr(t->text + at, '\n', t->len - at);
	return lf ? (size_t)(lf - t->text) + 1 : t->len;
}

static size_t skip_blanks(const struct taker *t, size_t at, size_t end)
{
	while (at < end && (t->text[at] == ' ' || t->text[at] == '\t'))
		at++;
	return at;
}

static struct piece piece_of(const struct taker *t, size_t from, size_t to)
{
	return (struct piece){ t->text + from, to - from };
}

/* Only blanks and comments, to the end of each line? */
static int is_trivia(const struct taker *t, size_t at, size_t end)
{
	while (at < end) {
		at = skip_blanks(t, at, end);
		if (at < end && t->text[at] == '#')
			at = line_end(t, at + 1);
		else if (at < end && t->text[at++] != '\n')
			return 0;
	}
	return at <= end;
}

static int take_apart(struct taker *t, struct node *n, size_t from, size_t to);

/* Past `!tag` and `&name`. */
static size_t skip_properties(const struct taker *t, size_t at, size_t end)
{
	while (at < end && (t->text[at] == '!' || t->text[at] == '&')) {
		while (at < end && !strchr(" \t\n", t->text[at]))
			at++;
		while (at < end && strchr(" \t\n", t->text[at]))
			at++;
	}
	return at;
}

/* The comma behind an entry of a flow, or where it is closed. */
static size_t find_comma(const struct taker *t, size_t at, size_t end)
{
	while (at < end && strchr(" \t\n#", t->text[at]))
		at = t->text[at] == '#' ? line_end(t, at + 1) : at + 1;
	return at;
}

/* An empty value has no place of its own: it is behind the colon. */
static void place_empty(const struct taker *t, const struct entry *e,
			size_t end)
{
	struct node *v = e->value;
	size_t at = skip_blanks(t, e->key_end, end);

	if (v->type != NODE_SCALAR || v->text.len)
		return;
	if (at < end && t->text[at] == ':')
		at++;
	else
		at = e->key_end;
	v->start = v->end = at;
	v->text = piece_of(t, at, at);
}

static int flow_entry(struct taker *t, const struct node *n, struct entry *e,
		      size_t at)
{
	struct node *v = e->value;
	size_t begin;

	if (e->key)
		place_empty(t, e, n->end);
	begin = e->key ? e->key_start : v->start;
	if (begin < at || v->start < begin || v->end > n->end)
		return refuse(t, at, "something in brackets");
	e->lead = piece_of(t, at, begin);
	e->head = piece_of(t, begin, v->start);
	return take_apart(t, v, v->start, v->end);
}

static int take_flow(struct taker *t, struct node *n)
{
	size_t at = skip_properties(t, n->start, n->end);

	if (at >= n->end || !strchr("[{", t->text[at]))
		return refuse(t, n->start, "a key that stands in a list");
	n->head = piece_of(t, n->start, ++at);
	for (size_t i = 0; i < n->nr; i++) {
		struct entry *e = &n->entries[i];
		size_t comma;

		if (flow_entry(t, n, e, at) < 0)
			return -1;
		at = e->value->end;
		comma = find_comma(t, at, n->end);
		if (i + 1 == n->nr) {
			e->trail = piece_of(t, at, at);
		} else if (comma < n->end && t->text[comma] == ',') {
			e->trail = piece_of(t, at, comma);
			at = comma + 1;
		} else {
			return refuse(t, at, "something in brackets");
		}
	}
	n->tail = piece_of(t, at, n->end);
	return 0;
}

/* Where its last line's content ends. */
static size_t content_end(const struct node *n)
{
	while (node_is_block(n) && n->nr)
		n = n->entries[n->nr - 1].value;
	return n->end;
}

/* The dash of the next entry of a list. */
static int find_dash(const struct taker *t, size_t *at, size_t to)
{
	size_t i = skip_blanks(t, *at, to);

	while (i < to && (t->text[i] == '\n' || t->text[i] == '#'))
		i = skip_blanks(t, line_end(t, i + 1), to);
	if (i >= to || t->text[i] != '-')
		return refuse(t, *at, "a list that does not read");
	*at = i;
	return 0;
}

/*
 * Comments that are indented further than `indent` are the entry's above
 * them; with the empty lines before.
 */
static size_t end_of_deeper(const struct taker *t, size_t at, size_t to,
			    int indent)
{
	size_t end = at;

	while (at < to) {
		size_t in = skip_blanks(t, at, to);

		if (in < to && t->text[in] == '#') {
			if (in - at <= (size_t)indent)
				break;
			end = line_end(t, in + 1);
		}
		at = line_end(t, in + 1);
	}
	return end > to ? to : end;
}

/* Where its key or dash is. */
static int find_begin(struct taker *t, const struct node *n,
		      const struct entry *e, size_t from, size_t to,
		      size_t *begin)
{
	*begin = from;
	if (n->type == NODE_LIST)
		return find_dash(t, begin, to);
	*begin = e->key_start;
	return 0;
}

/* "key:" or "-", where a block follows; else all up to the value. */
static int take_head(struct taker *t, const struct node *n, struct entry *e,
		     size_t begin, size_t *end)
{
	size_t at = begin + 1;

	if (n->type == NODE_MAP) {
		at = skip_blanks(t, e->key_end, t->len);
		if (at >= t->len || t->text[at] != ':')
			return refuse(t, begin, "a key without a colon");
		at++;
		place_empty(t, e, t->len);
	} else if (e->value->type == NODE_SCALAR && !e->value->text.len) {
		e->value->start = e->value->end = at;
		e->value->text = piece_of(t, at, at);
	}
	*end = node_is_block(e->value) ? at : e->value->start;
	if (*end < at)
		return refuse(t, begin, "a value that does not read");
	e->head = piece_of(t, begin, *end);
	return 0;
}

/* One entry of a block; `*at` goes from its beginning to its end. */
static int take_line(struct taker *t, struct node *n, size_t i, size_t *at,
		     size_t to)
{
	struct entry *e = &n->entries[i];
	size_t begin, start, end = 0, line, next = to;

	if (find_begin(t, n, e, *at, to, &begin) < 0)
		return -1;
	start = n->is_inline && !i ? begin : line_start(t, begin);
	if (start < *at || (!(n->is_inline && !i) &&
			    begin - start != (size_t)n->indent) ||
	    !is_trivia(t, *at, start) ||
	    skip_blanks(t, start, begin) != begin)
		return refuse(t, begin, "a key or dash that is indented "
			      "otherwise");
	e->lead = piece_of(t, *at, start);
	if (take_head(t, n, e, begin, &end) < 0)
		return -1;
	line = line_end(t, content_end(e->value));
	if (i + 1 < n->nr) {
		next = line;
		if (find_begin(t, n, &n->entries[i + 1], line, to, &next) < 0)
			return -1;
		next = line_start(t, next);
	}
	if (line > next || next > to)
		return refuse(t, begin, "two entries on a line");
	if (node_is_block(e->value)) {
		*at = end_of_deeper(t, line, next, n->indent);
		return take_apart(t, e->value, end, *at);
	}
	if (!is_trivia(t, e->value->end, line) ||
	    e->value->end > line)
		return refuse(t, begin, "something behind a value");
	e->trail = piece_of(t, e->value->end, line);
	*at = line;
	return take_apart(t, e->value, e->value->start, e->value->end);
}

/* What stands before the first entry on its line, or on its key's. */
static int take_block_head(struct taker *t, struct node *n, size_t *from,
			   size_t to)
{
	size_t begin, at = *from;
	/* `key: &name`, and the dashes below. */
	size_t first = n->anchor || n->tag ?
		       skip_properties(t, n->start, to) : at;

	if (find_begin(t, n, &n->entries[0], first, to, &begin) < 0)
		return -1;
	n->indent = (int)(begin - line_start(t, begin));
	n->is_inline = at && t->text[at - 1] != '\n' &&
		       !memchr(t->text + at, '\n', begin - at);
	if (n->is_inline) {
		if (n->anchor || n->tag || skip_blanks(t, at, begin) != begin)
			return refuse(t, at, "something before a key");
		at = begin;
	} else if (at && t->text[at - 1] != '\n') {
		at = line_end(t, at);
		/* Properties stand there, too, and comments. */
		if (first < at && (n->anchor || n->tag) &&
		    !is_trivia(t, first, at))
			return refuse(t, at, "a name on a line of its own");
	}
	if ((n->anchor || n->tag) && n->start >= at)
		return refuse(t, at, "a name on a line of its own");
	n->head = piece_of(t, *from, at);
	*from = at;
	return 0;
}

static int take_block(struct taker *t, struct node *n, size_t from, size_t to)
{
	if (!n->nr)
		return refuse(t, from, "a block without entries");
	if (take_block_head(t, n, &from, to) < 0)
		return -1;
	for (size_t i = 0; i < n->nr; i++)
		if (take_line(t, n, i, &from, to) < 0)
			return -1;
	if (!is_trivia(t, from, to))
		return refuse(t, from, "something behind the last entry");
	n->tail = piece_of(t, from, to);
	return 0;
}

/* Of a block, from..to is all that is its; a flow knows its own. */
static int take_apart(struct taker *t, struct node *n, size_t from, size_t to)
{
	if (!node_is_collection(n))
		return 0;
	return n->is_block ? take_block(t, n, from, to) : take_flow(t, n);
}

/* Behind the last empty line. */
static size_t end_of_header(const struct taker *t, size_t from, size_t to)
{
	size_t end = from;

	for (size_t at = from; at < to;) {
		size_t in = skip_blanks(t, at, to);

		at = line_end(t, in + 1);
		if (in < to && t->text[in] == '\n')
			end = at;
	}
	return end;
}

/* What stands above the first entry of all with an empty line between. */
static int take_header(struct taker *t, const struct node *n, size_t *from,
		       size_t to)
{
	size_t begin;

	if (!n->nr)
		return refuse(t, *from, "a block without entries");
	if (find_begin(t, n, &n->entries[0], *from, to, &begin) < 0)
		return -1;
	if (!is_trivia(t, *from, begin))
		return refuse(t, *from, "something above the first key");
	*from = end_of_header(t, *from, line_start(t, begin));
	return 0;
}

/* A document that begins at `from`; its marker's line goes to its head. */
static int take_document(struct taker *t, struct node_document *d,
			 size_t from, size_t marker, size_t to)
{
	size_t at = from;

	if (marker < t->len) {
		at = line_end(t, marker + 3);
		if (!is_trivia(t, from, marker) ||
		    !is_trivia(t, marker + 3, at))
			return refuse(t, marker, "something behind ---");
	}
	if (!d->root->is_block) {
		d->head = piece_of(t, from, d->root->start);
		d->tail = piece_of(t, d->root->end, to);
		return is_trivia(t, at, d->root->start) &&
		       is_trivia(t, d->root->end, to) ?
			take_flow(t, d->root) :
			refuse(t, at, "something beside the brackets");
	}
	if (take_header(t, d->root, &at, to) < 0)
		return -1;
	d->head = piece_of(t, from, at);
	d->tail = piece_of(t, to, to);
	return take_block(t, d->root, at, to);
}

static int take_documents(struct taker *t, const size_t *markers)
{
	struct node_text *out = t->out;
	size_t from = 0;

	for (size_t i = 0; i < out->nr; i++) {
		size_t to = i + 1 < out->nr ? markers[i + 1] : t->len;

		if (take_document(t, &out->docs[i], from, markers[i], to) < 0)
			return -1;
		from = to;
	}
	return 0;
}

/* All documents, and where their markers are; past the end: none. */
static int take_events(struct taker *t, size_t **markers, size_t *alloc)
{
	struct node_text *out = t->out;

	for (;;) {
		size_t nr = out->nr;

		if (next(t) < 0)
			return -1;
		if (t->at.is == YAML_IS_END)
			return nr ? 0 : refuse(t, 0, "nothing in it");
		if (t->at.has_directives || (nr && !t->at.is_explicit))
			return refuse(t, t->at.start, "a directive");
		ALLOC_GROW(*markers, nr + 1, *alloc);
		(*markers)[nr] = t->at.is_explicit ? t->at.start : t->len;
		if (next(t) < 0)
			return -1;
		POOL_GROW(t->pool, out->docs, nr, out->alloc);
		if (t->at.is != YAML_IS_LIST && t->at.is != YAML_IS_MAP)
			return refuse(t, t->at.start, "no keys and no list");
		out->docs[nr].root = take_node(t, 0);
		if (!out->docs[nr].root || next(t) < 0)
			return -1;
		out->nr++;
		if (t->at.is_explicit)
			return refuse(t, t->at.start, "a document's end");
	}
}

int node_read_yaml(struct node_text *out, struct pool *pool, const char *name,
		   const char *text, size_t len, struct error *err)
{
	struct taker t = { .out = out, .pool = pool, .name = name,
			   .text = text, .len = len, .err = err };
	size_t *markers = NULL, alloc = 0;
	int ret;

	*out = (struct node_text){ NULL, 0, 0 };
	if (len > MAX_BYTES)
		return error_set(err, ERROR_FATAL, "%s: larger than 64 MiB",
				 name);
	if (memchr(text, '\r', len))
		return error_set(err, ERROR_FATAL, "%s: carriage returns in "
				 "some lines", name);
	t.reader = yaml_reader_new(name, text, len, err);
	if (!t.reader)
		return -1;
	ret = take_events(&t, &markers, &alloc);
	if (!ret)
		ret = take_documents(&t, markers);
	yaml_reader_free(t.reader);
	free(markers);
	return ret;
}

/* Did both parsers understand the same? */
static int same_value(const struct node *n, const struct value *v)
{
	if (n->anchor || n->tag)
		return 0;
	switch (n->type) {
	case NODE_SCALAR:
		return n->is_plain ? v->type == VALUE_NULL ||
				     (v->type == VALUE_SCALAR && !v->quoted) :
		       v->type == VALUE_SCALAR && v->quoted &&
		       !strcmp(n->data, v->text);
	case NODE_ALIAS:
		return 0;
	case NODE_LIST:
	case NODE_MAP:
		break;
	}
	if (v->type != (n->type == NODE_LIST ? VALUE_LIST : VALUE_MAP) ||
	    n->is_block || n->nr != v->nr)
		return 0;
	for (size_t i = 0; i < n->nr; i++)
		if ((n->type == NODE_MAP &&
		     strcmp(n->entries[i].key, v->keys[i])) ||
		    !same_value(n->entries[i].value, v->items[i]))
			return 0;
	return 1;
}

int node_read_json(struct node_text *t, struct pool *pool, const char *name,
		   const char *text, size_t len, struct error *err)
{
	struct value *v = json_parse(name, text, len, err);
	int ret = v ? node_read_yaml(t, pool, name, text, len, err) : -1;

	if (!ret && (t->nr != 1 || !same_value(t->docs[0].root, v)))
		ret = error_set(err, ERROR_FATAL, "%s: JSON that is no YAML",
				name);
	value_free(v);
	return ret;
}
