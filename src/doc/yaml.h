/*
 * YAML in and out.  Reading is libyaml's event parser turned into values;
 * doc/yaml.c is the only file that includes yaml.h.
 *
 * One document; anchors and aliases are refused, as are duplicate keys,
 * more than 64 levels and more than 1 MiB: what we read is configuration,
 * and input from upstream.  Scalars stay text; `true`, `12` and `~` are for
 * the reader to judge, except that a plain empty scalar, `~` and `null` are
 * VALUE_NULL, `written` where it is one of the last two.
 */
#ifndef DOC_YAML_H
#define DOC_YAML_H

#include "base/buf.h"
#include "base/error.h"
#include "doc/value.h"

/*
 * `name` is what messages call the text: "NAME:LINE:COLUMN: ...".  An empty
 * text is an empty map.  NULL on error; value_free() the result.
 */
struct value *yaml_parse(const char *name, const char *text, size_t len,
			 struct error *err);

/*
 * The same text as events with the places they were read from, for who wants
 * to leave everything else as it is.  Several documents, anchors, aliases and
 * tags are reported, and keys are not compared.
 */
enum yaml_event_is {
	YAML_IS_END,			/* of the stream */
	YAML_IS_DOCUMENT,
	YAML_IS_DOCUMENT_END,
	YAML_IS_SCALAR,
	YAML_IS_ALIAS,
	YAML_IS_LIST,
	YAML_IS_LIST_END,
	YAML_IS_MAP,
	YAML_IS_MAP_END
};

/* Strings are the reader's, until it reads on. */
struct yaml_at {
	enum yaml_event_is is;
	/*
	 * Bytes from the beginning of the text.  Of a scalar and an alias
	 * `end` is where it ends, of a list or a map nothing that counts.
	 */
	size_t start, end;
	int line;			/* from 1 */
	const char *text;		/* of a scalar; an alias's name */
	size_t len;
	const char *anchor, *tag;	/* or NULL */
	int is_plain;			/* a scalar without quotes, on a line */
	int is_lines;			/* one behind | or > */
	int is_block;			/* a list or map by indentation */
	/* A document, or its end, that has its marker; with directives. */
	int is_explicit, has_directives;
};

struct yaml_reader;

/* `name` and `text` are borrowed. */
struct yaml_reader *yaml_reader_new(const char *name, const char *text,
				    size_t len, struct error *err);
int yaml_reader_next(struct yaml_reader *r, struct yaml_at *at,
		     struct error *err);
void yaml_reader_free(struct yaml_reader *r);

/* yaml_write.c */

/*
 * A map that reads back as the same: maps and lists in blocks, texts without
 * quotes where no reader would take them for something else, scripts as the
 * lines they are.  A scalar that is not `quoted` stands as it is.
 */
void yaml_write(struct buf *out, const struct value *map);
/* The same, indented as somebody else's text is. */
struct yaml_style {
	int step;			/* keys below a key */
	int dash;			/* dashes below a key */
};

void yaml_write_like(struct buf *out, const struct value *map,
		     struct yaml_style style);
/* One text behind a key, without a line end. */
void yaml_add_text(struct buf *out, const char *text);
/* The same in double quotes at any rate. */
void yaml_add_quoted(struct buf *out, const char *text);

#endif
