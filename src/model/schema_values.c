/*
 * What a struct holds, as one would write it.
 */
#include "model/schema.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/schema_row.h"

#include <stdlib.h>
#include <string.h>

static struct value *text_value(const char *text)
{
	struct value *v = value_scalar(text);

	v->quoted = 1;
	return v;
}

/* A span as one writes it: 90s, 10m. */
static struct value *number_value(long number, int span)
{
	static const struct { long seconds; const char *unit; } units[] = {
		{ 24 * 3600, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" }
	};
	size_t i = 0;
	struct value *v;
	char *text;

	while (number % units[i].seconds || (!number && units[i].seconds > 1))
		i++;
	text = xstrfmt("%ld%s", span ? number / units[i].seconds : number,
		       span ? units[i].unit : "");
	v = value_scalar(text);
	free(text);
	return v;
}

static const char *records_at(const struct field *f, const void *base,
			      size_t *nr)
{
	const char *array;

	memcpy(&array, (const char *)base + f->offset, sizeof(array));
	memcpy(nr, (const char *)base + f->nr_offset, sizeof(*nr));
	return array;
}

static void add_values(const struct field *fields, const void *base,
		       const char *prefix, struct value *map);

static struct value *texts_value(const struct strvec *texts)
{
	struct value *list = value_new(VALUE_LIST);

	for (size_t i = 0; i < texts->nr; i++)
		value_append(list, text_value(texts->v[i]));
	return list;
}

static struct value *records_value(const struct field *f, const void *base)
{
	struct value *list = value_new(VALUE_LIST);
	size_t nr;
	const char *record = records_at(f, base, &nr);

	for (; nr--; record += f->size) {
		struct value *item = value_new(VALUE_MAP);

		add_values(f->fields, record, NULL, item);
		value_append(list, item);
	}
	return list;
}

/* What one row holds; NULL when that is nothing. */
static struct value *row_value(const struct field *f, const void *base)
{
	const void *at = (const char *)base + f->offset;
	struct value *list;

	switch (f->type) {
	case FIELD_TEXT:
		return *(char *const *)at ? text_value(*(char *const *)at) :
					    NULL;
	case FIELD_FLAG:
		return value_scalar(*(const int *)at ? "true" : "false");
	case FIELD_CHOICE:
		return text_value(f->choices[*(const int *)at]);
	case FIELD_VALUE:
		return *(struct value *const *)at ?
			value_copy(*(struct value *const *)at) : NULL;
	case FIELD_NUMBER:
	case FIELD_SPAN:
		if (f->zero_is_none && !*(const long *)at)
			break;
		return number_value(*(const long *)at,
				    f->type == FIELD_SPAN);
	case FIELD_TEXTS:
	case FIELD_RECORDS:
		list = f->type == FIELD_TEXTS ? texts_value(at) :
						records_value(f, base);
		if (list->nr)
			return list;
		value_free(list);
		break;
	case FIELD_KNOWN:
	case FIELD_RECORD:
	case FIELD_NAMED:
		break;
	}
	return NULL;
}

static void add_group(const struct field *f, const void *base,
		      const char *prefix, struct value *map)
{
	const void *at = (const char *)base + f->offset;
	char *inner;

	if (!rows_are_there(f->fields, at))
		return;
	if (prefix) {
		inner = xstrfmt("%s%s.", prefix, f->key);
		add_values(f->fields, at, inner, map);
		free(inner);
	} else {
		struct value *group = value_new(VALUE_MAP);

		add_values(f->fields, at, NULL, group);
		value_add(map, f->key, group);
	}
}

static void add_named(const struct field *f, const void *base,
		      const char *prefix, struct value *map)
{
	size_t nr;
	const char *record = records_at(f, base, &nr);

	for (; nr--; record += f->size) {
		char *inner = xstrfmt("%s%s.%s.", prefix ? prefix : "", f->key,
				      *(char *const *)(const void *)record);

		add_values(f->fields, record, inner, map);
		free(inner);
	}
}

/* Without a prefix, maps in maps: how a record stands in a list. */
static void add_values(const struct field *fields, const void *base,
		       const char *prefix, struct value *map)
{
	for (const struct field *f = fields; f->key; f++) {
		struct value *v;
		char *key;

		if (f->type == FIELD_RECORD) {
			add_group(f, base, prefix, map);
			continue;
		}
		if (f->type == FIELD_NAMED) {
			add_named(f, base, prefix, map);
			continue;
		}
		v = row_value(f, base);
		if (!v)
			continue;
		key = xstrfmt("%s%s", prefix ? prefix : "", f->key);
		value_add(map, key, v);
		free(key);
	}
}

void schema_values(const struct field *fields, const void *base,
		   struct value *map)
{
	add_values(fields, base, "", map);
}
