#include "doc/yaml.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"

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
	if (!yaml_parser_initialize(&l.parser)) {
		error_set(err, ERROR_FATAL, "%s: out of memory", name);
		return NULL;
	}
	yaml_parser_set_input_string(&l.parser, (const yaml_char_t *)text, len);
	/* Others would need an offset into what they were decoded from. */
	yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
	root = read_stream(&l);
	yaml_event_delete(&l.event);
	yaml_parser_delete(&l.parser);
	return root;
}
