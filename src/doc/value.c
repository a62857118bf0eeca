#include "doc/value.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct value *value_new(enum value_type type)
{
	struct value *v = xcalloc(1, sizeof(*v));

	v->type = type;
	return v;
}

struct value *value_scalar(const char *text)
{
	struct value *v = value_new(VALUE_SCALAR);

	v->text = xstrdup(text);
	return v;
}

void value_free(struct value *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->nr; i++) {
		if (v->keys)
			free(v->keys[i]);
		value_free(v->items[i]);
	}
	free(v->keys);
	free(v->items);
	free(v->text);
	free(v);
}

struct value *value_copy(const struct value *v)
{
	struct value *copy = value_new(v->type);

	copy->text = xstrdup_or_null(v->text);
	copy->quoted = v->quoted;
	copy->written = v->written;
	copy->line = v->line;
	copy->column = v->column;
	for (size_t i = 0; i < v->nr; i++) {
		struct value *item = value_copy(v->items[i]);

		item->key_line = v->items[i]->key_line;
		item->key_column = v->items[i]->key_column;
		if (v->type == VALUE_MAP)
			value_add(copy, v->keys[i], item);
		else
			value_append(copy, item);
	}
	return copy;
}

static size_t find(const struct value *map, const char *key)
{
	size_t i = 0;

	while (i < map->nr && strcmp(map->keys[i], key))
		i++;
	return i;
}

struct value *value_get(const struct value *v, const char *key)
{
	size_t i;

	if (!v || v->type != VALUE_MAP)
		return NULL;
	i = find(v, key);
	return i < v->nr ? v->items[i] : NULL;
}

const char *value_text(const struct value *v, const char *key)
{
	const struct value *item = value_get(v, key);

	return item && item->type == VALUE_SCALAR ? item->text : NULL;
}

char *value_text_copy(const struct value *v, const char *key)
{
	return xstrdup_or_null(value_text(v, key));
}

void value_append(struct value *list, struct value *item)
{
	ALLOC_GROW(list->items, list->nr + 1, list->alloc);
	list->items[list->nr++] = item;
}

void value_add(struct value *map, const char *key, struct value *item)
{
	size_t alloc = map->alloc;

	ALLOC_GROW(map->keys, map->nr + 1, alloc);
	map->keys[map->nr] = xstrdup(key);
	value_append(map, item);
}

/* An array index of RFC 6901: no sign, no leading zero. */
static struct value *item_at(const struct value *list, const char *token)
{
	size_t i = 0;

	if (!*token || token[strspn(token, "0123456789")] ||
	    strlen(token) > 9 || (token[0] == '0' && token[1]))
		return NULL;
	for (; *token; token++)
		i = i * 10 + (size_t)(*token - '0');
	return i < list->nr ? list->items[i] : NULL;
}

static void add_token(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '~' && i + 1 < len &&
		    (s[i + 1] == '0' || s[i + 1] == '1'))
			buf_addc(out, s[++i] == '0' ? '~' : '/');
		else
			buf_addc(out, s[i]);
	}
}

struct value *value_at(struct value *v, const char *pointer)
{
	struct buf token = BUF_INIT;

	while (v && *pointer) {
		size_t len;

		if (*pointer++ != '/') {
			v = NULL;
			break;
		}
		len = strcspn(pointer, "/");
		buf_reset(&token);
		add_token(&token, pointer, len);
		v = v->type == VALUE_LIST ? item_at(v, token.s) :
					    value_get(v, token.s);
		pointer += len;
	}
	buf_release(&token);
	return v;
}
