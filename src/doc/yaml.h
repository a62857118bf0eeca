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

/* yaml_write.c */

/*
 * A map that reads back as the same: maps and lists in blocks, texts without
 * quotes where no reader would take them for something else, scripts as the
 * lines they are.  A scalar that is not `quoted` stands as it is.
 */
void yaml_write(struct buf *out, const struct value *map);
/* One text behind a key, without a line end. */
void yaml_add_text(struct buf *out, const char *text);
/* The same in double quotes at any rate. */
void yaml_add_quoted(struct buf *out, const char *text);

#endif
