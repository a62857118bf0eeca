/*
 * Structured data, whatever it was written in: what a YAML or JSON text
 * means.  Mappings keep their order.  Every node knows where it stood, so
 * that whoever finds a mistake can name file, line and column.
 *
 * A tree of values is owned by its root: value_free() frees all of it.
 */
#ifndef DOC_VALUE_H
#define DOC_VALUE_H

#include <stddef.h>

enum value_type {
	VALUE_NULL,
	VALUE_SCALAR,
	VALUE_LIST,
	VALUE_MAP
};

struct value {
	enum value_type type;
	char *text;		/* of a scalar, as written, unquoted */
	int quoted;		/* a scalar that is certainly a string */
	int written;		/* a null that was: ~ or null, not nothing */
	char **keys;		/* of a map */
	struct value **items;	/* of a list or a map */
	size_t nr;
	size_t alloc;
	int line, column;	/* from 1; 0: unknown */
	int key_line, key_column;
};

struct value *value_new(enum value_type type);
void value_free(struct value *v);
struct value *value_copy(const struct value *v);
/* A map's entry, NULL when `v` is no map or lacks it. */
struct value *value_get(const struct value *v, const char *key);
/* The text of a scalar entry, or NULL. */
const char *value_text(const struct value *v, const char *key);
/* The same, for free(). */
char *value_text_copy(const struct value *v, const char *key);
/* These take ownership of `item`. */
void value_append(struct value *list, struct value *item);
/* The key must be new: it is not searched for. */
void value_add(struct value *map, const char *key, struct value *item);
struct value *value_scalar(const char *text);
/* RFC 6901; NULL when there is nothing there. */
struct value *value_at(struct value *v, const char *pointer);

#endif
