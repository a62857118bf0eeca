/*
 * YAML in: libyaml's event parser turned into values.  The only file that
 * includes yaml.h.
 *
 * One document; anchors and aliases are refused, as are duplicate keys,
 * more than 64 levels and more than 1 MiB: what we read is configuration,
 * and input from upstream.  Scalars stay text; `true`, `12` and `~` are for
 * the reader to judge, except that a plain empty scalar, `~` and `null` are
 * VALUE_NULL, `written` where it is one of the last two.
 */
#ifndef DOC_YAML_H
#define DOC_YAML_H

#include "base/error.h"
#include "doc/value.h"

/*
 * `name` is what messages call the text: "NAME:LINE:COLUMN: ...".  An empty
 * text is an empty map.  NULL on error; value_free() the result.
 */
struct value *yaml_parse(const char *name, const char *text, size_t len,
			 struct error *err);

#endif
