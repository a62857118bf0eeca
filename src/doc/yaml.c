#include "doc/yaml.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_BYTES (1024 * 1024)
#define MAX_LEVELS 64

struct loader {
	const char *name;
	const char *text;
	size_t len;
	yaml_parser_t parser;
	yaml_event_t event;		/* the one being looked at */
	struct error *err;
};

static int refuse(struct loader *l, const char *what)
{
	return error_set(l->err, ERROR_FATAL, "%s:%zu:%zu: %s", l->name,
			 l->event.start_mark.line + 1,
			 l->event.start_mark.column + 1, what);
}

/* Bytes the reader could not decode have an offset instead of a mark. */
static yaml_mark_t mark_of_offset(const char *text, size_t offset)
{
	yaml_mark_t mark = { offset, 0, 0 };

	for (size_t i = 0; i < offset; i++) {
		mark.column++;
		if (text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

/* The column of a tab among the blanks that a line begins with; 0: none. */
static size_t indenting_tab(const char *text, size_t len, size_t line)
{
	const char *end = text + len;
	size_t column = 1;

	for (; line && text < end; text++)
		line -= *text == '\n';
	for (; text < end && *text == ' '; text++)
		column++;
	return text < end && *text == '\t' ? column : 0;
}

static int parser_failed(struct loader *l)
{
	yaml_parser_t *p = &l->parser;
	yaml_mark_t mark = p->problem_mark;
	const char *problem = p->problem ? p->problem : "out of memory";
	size_t tab = 0;

	if (p->error == YAML_READER_ERROR)
		mark = mark_of_offset(l->text, p->problem_offset);
	/* The commonest mistake, which the library has no words for. */
	if (p->error == YAML_SCANNER_ERROR)
		tab = indenting_tab(l->text, l->len, mark.line);
	if (tab)
		return error_set(l->err, ERROR_FATAL, "%s:%zu:%zu: a tab in "
				 "the indentation, where YAML takes spaces "
				 "alone", l->name, mark.line + 1, tab);
	return error_set(l->err, ERROR_FATAL, "%s:%zu:%zu: %s%s%s", l->name,
			 mark.line + 1, mark.column + 1, problem,
			 p->context ? " " : "", p->context ? p->context : "");
}

static int next(struct loader *l)
{
	yaml_event_delete(&l->event);
	if (!yaml_parser_parse(&l->parser, &l->event))
		return parser_failed(l);
	return 0;
}

static struct value *new_here(const struct loader *l, enum value_type type)
{
	struct value *v = value_new(type);

	v->line = (int)l->event.start_mark.line + 1;
	v->column = (int)l->event.start_mark.column + 1;
	return v;
}

static struct value *read_scalar(struct loader *l)
{
	const char *text = (const char *)l->event.data.scalar.value;
	int plain = l->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct value *v;

	if (strlen(text) != l->event.data.scalar.length) {
		refuse(l, "a NUL character is not allowed");
		return NULL;
	}
	if (plain && (!*text || !strcmp(text, "~") || !strcmp(text, "null"))) {
		v = new_here(l, VALUE_NULL);
		v->written = *text != '\0';
		return v;
	}
	v = new_here(l, VALUE_SCALAR);
	v->text = xstrdup(text);
	v->quoted = !plain;
	return v;
}

static struct value *read_node(struct loader *l, int level);

static struct value *read_list(struct loader *l, int level)
{
	struct value *list = new_here(l, VALUE_LIST), *item;

	while (!next(l)) {
		if (l->event.type == YAML_SEQUENCE_END_EVENT)
			return list;
		item = read_node(l, level);
		if (!item)
			break;
		value_append(list, item);
	}
	value_free(list);
	return NULL;
}

static int read_key(struct loader *l, struct strmap *seen, struct value **key)
{
	struct buf message = BUF_INIT;

	*key = NULL;
	if (l->event.type != YAML_SCALAR_EVENT)
		return refuse(l, "a key must be a plain text");
	*key = read_node(l, 0);
	if (!*key)
		return -1;
	if (!(*key)->text)
		(*key)->text = xstrdup((char *)l->event.data.scalar.value);
	if (strmap_put(seen, (*key)->text, NULL))
		return 0;
	buf_adds(&message, "the key '");
	buf_add_line(&message, (*key)->text);
	buf_adds(&message, "' is there twice");
	refuse(l, message.s);
	buf_release(&message);
	return -1;
}

static struct value *read_map(struct loader *l, int level)
{
	struct value *map = new_here(l, VALUE_MAP), *key = NULL, *item;
	struct strmap seen = STRMAP_INIT;

	while (!next(l)) {
		if (l->event.type == YAML_MAPPING_END_EVENT) {
			strmap_release(&seen);
			return map;
		}
		if (read_key(l, &seen, &key) < 0 || !key || next(l) < 0)
			break;
		item = read_node(l, level);
		if (!item)
			break;
		item->key_line = key->line;
		item->key_column = key->column;
		value_add(map, key->text, item);
		value_free(key);
		key = NULL;
	}
	value_free(key);
	value_free(map);
	strmap_release(&seen);
	return NULL;
}

/* Of a scalar, list or map; NULL where there is none. */
static const yaml_char_t *anchor_of(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

static const yaml_char_t *tag_of(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.tag;
	default:
		return NULL;
	}
}

/* The value that begins at the event at hand; ends at its last event. */
static struct value *read_node(struct loader *l, int level)
{
	if (anchor_of(&l->event) || l->event.type == YAML_ALIAS_EVENT)
		refuse(l, "anchors and aliases are not allowed");
	else if (tag_of(&l->event))
		refuse(l, "tags (!...) are not allowed");
	else if (l->event.type == YAML_SCALAR_EVENT)
		return read_scalar(l);
	else if (level >= MAX_LEVELS)
		refuse(l, "nested too deeply (more than 64 levels)");
	else if (l->event.type == YAML_SEQUENCE_START_EVENT)
		return read_list(l, level + 1);
	else if (l->event.type == YAML_MAPPING_START_EVENT)
		return read_map(l, level + 1);
	else
		refuse(l, "a value was expected");
	return NULL;
}

static struct value *read_stream(struct loader *l)
{
	struct value *root;

	if (next(l) < 0 || next(l) < 0)		/* start of the stream */
		return NULL;
	if (l->event.type == YAML_STREAM_END_EVENT)
		return new_here(l, VALUE_MAP);
	if (next(l) < 0)			/* start of the document */
		return NULL;
	root = read_node(l, 0);
	if (!root || next(l) < 0 || next(l) < 0) {
		value_free(root);
		return NULL;
	}
	if (l->event.type != YAML_STREAM_END_EVENT) {
		refuse(l, "a second document is not allowed");
		value_free(root);
		return NULL;
	}
	return root;
}

static int start_parser(struct loader *l)
{
	if (!yaml_parser_initialize(&l->parser))
		return error_set(l->err, ERROR_FATAL, "%s: out of memory",
				 l->name);
	yaml_parser_set_input_string(&l->parser, (const yaml_char_t *)l->text,
				     l->len);
	/* Others would need an offset into what they were decoded from. */
	yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
	return 0;
}

static void stop_parser(struct loader *l)
{
	yaml_event_delete(&l->event);
	yaml_parser_delete(&l->parser);
}

struct value *yaml_parse(const char *name, const char *text, size_t len,
			 struct error *err)
{
	struct loader l = { .name = name, .text = text, .len = len,
			    .err = err };
	struct value *root;

	if (len > MAX_BYTES) {
		error_set(err, ERROR_FATAL,
			  "%s: larger than 1 MiB, which no configuration is",
			  name);
		return NULL;
	}
	if (start_parser(&l) < 0)
		return NULL;
	root = read_stream(&l);
	stop_parser(&l);
	return root;
}

/* The library counts characters: where every so many of them begins. */
#define PLACE_STEP 256

struct yaml_reader {
	struct loader loader;
	size_t *places;
	size_t nr, alloc;
};

static int is_char_start(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

static void note_places(struct yaml_reader *r)
{
	const struct loader *l = &r->loader;
	size_t chars = 0;

	for (size_t i = 0; i < l->len; i++) {
		if (!is_char_start(l->text[i]) || chars++ % PLACE_STEP)
			continue;
		ALLOC_GROW(r->places, r->nr + 1, r->alloc);
		r->places[r->nr++] = i;
	}
}

/* The byte that a character begins with. */
static size_t place_of(const struct yaml_reader *r, size_t index)
{
	const struct loader *l = &r->loader;
	size_t step = index / PLACE_STEP, left = index % PLACE_STEP, at;

	if (step >= r->nr)
		return l->len;
	for (at = r->places[step]; left && at < l->len; left--)
		for (at++; at < l->len && !is_char_start(l->text[at]);)
			at++;
	return at;
}

struct yaml_reader *yaml_reader_new(const char *name, const char *text,
				    size_t len, struct error *err)
{
	struct yaml_reader *r = xcalloc(1, sizeof(*r));

	r->loader.name = name;
	r->loader.text = text;
	r->loader.len = len;
	r->loader.err = err;
	if (start_parser(&r->loader) < 0) {
		free(r);
		return NULL;
	}
	note_places(r);
	return r;
}

void yaml_reader_free(struct yaml_reader *r)
{
	if (!r)
		return;
	stop_parser(&r->loader);
	free(r->places);
	free(r);
}

static void take_scalar(struct yaml_at *at, const yaml_event_t *e)
{
	at->is = YAML_IS_SCALAR;
	at->text = (const char *)e->data.scalar.value;
	at->len = e->data.scalar.length;
	at->is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	at->is_lines = e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
		       e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
}

static void take_document(struct yaml_at *at, const yaml_event_t *e)
{
	at->is = YAML_IS_DOCUMENT;
	at->is_explicit = !e->data.document_start.implicit;
	at->has_directives = e->data.document_start.version_directive ||
		e->data.document_start.tag_directives.start !=
		e->data.document_start.tag_directives.end;
}

/* 0 for an event that says nothing. */
static int take_event(struct yaml_at *at, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		at->is = YAML_IS_END;
		return 1;
	case YAML_DOCUMENT_START_EVENT:
		take_document(at, e);
		return 1;
	case YAML_DOCUMENT_END_EVENT:
		at->is = YAML_IS_DOCUMENT_END;
		at->is_explicit = !e->data.document_end.implicit;
		return 1;
	case YAML_SCALAR_EVENT:
		take_scalar(at, e);
		return 1;
	case YAML_ALIAS_EVENT:
		at->is = YAML_IS_ALIAS;
		at->text = (const char *)e->data.alias.anchor;
		at->len = strlen(at->text);
		return 1;
	case YAML_SEQUENCE_START_EVENT:
		at->is = YAML_IS_LIST;
		at->is_block = e->data.sequence_start.style !=
			       YAML_FLOW_SEQUENCE_STYLE;
		return 1;
	case YAML_SEQUENCE_END_EVENT:
		at->is = YAML_IS_LIST_END;
		return 1;
	case YAML_MAPPING_START_EVENT:
		at->is = YAML_IS_MAP;
		at->is_block = e->data.mapping_start.style !=
			       YAML_FLOW_MAPPING_STYLE;
		return 1;
	case YAML_MAPPING_END_EVENT:
		at->is = YAML_IS_MAP_END;
		return 1;
	default:
		return 0;
	}
}

int yaml_reader_next(struct yaml_reader *r, struct yaml_at *at,
		     struct error *err)
{
	const yaml_event_t *e = &r->loader.event;

	*at = (struct yaml_at){ .is = YAML_IS_END };
	r->loader.err = err;
	do {
		if (next(&r->loader) < 0)
			return -1;
	} while (!take_event(at, e));
	at->anchor = (const char *)anchor_of(e);
	at->tag = (const char *)tag_of(e);
	at->start = place_of(r, e->start_mark.index);
	at->end = place_of(r, e->end_mark.index);
	at->line = (int)e->start_mark.line + 1;
	return 0;
}
