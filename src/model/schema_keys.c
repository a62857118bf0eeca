/*
 * Keys as they are written, "verify.health.run", by the rows of a table.
 */
#include "model/schema.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/schema_row.h"

#include <stdlib.h>
#include <string.h>

static const struct field *row_of(const struct field *fields, const char *key,
				  size_t len)
{
	const struct field *found = NULL;

	for (; fields->key; fields++)
		if (strlen(fields->key) == len &&
		    !strncmp(fields->key, key, len) &&
		    (!found || key[len]))
			found = fields;
	return found;
}

/*
 * Past the name of a FIELD_NAMED, which may hold dots, to the key behind it;
 * NULL when there is none.
 */
static const char *past_name(const struct field *f, const char *key)
{
	const char *dot = strchr(key + (*key != '\0'), '.');

	for (; dot; dot = strchr(dot + 1, '.'))
		if (schema_find(f->fields, dot + 1))
			return dot + 1;
	return NULL;
}

const struct field *schema_find(const struct field *fields, const char *key)
{
	size_t len = strcspn(key, ".");
	const struct field *f = row_of(fields, key, len);

	if (!f || !key[len])
		return f;
	key += len + 1;
	if (f->type == FIELD_RECORD)
		return schema_find(f->fields, key);
	if (f->type != FIELD_NAMED)
		return NULL;
	key = past_name(f, key);
	return key ? schema_find(f->fields, key) : NULL;
}

int schema_lacks(const struct field *fields, void *base, const char *key)
{
	size_t len = strcspn(key, ".");
	const struct field *f = row_of(fields, key, len);
	const char *inner;
	char *name, *record;
	int lacks;

	if (!f || !key[len])
		return 0;
	key += len + 1;
	if (f->type == FIELD_RECORD)
		return schema_lacks(f->fields, row_at(f, base), key);
	inner = f->type == FIELD_NAMED ? past_name(f, key) : NULL;
	if (!inner)
		return 0;
	name = xstrndup(key, (size_t)(inner - key) - 1);
	record = row_find_record(f, name, base);
	lacks = record ? schema_lacks(f->fields, record, inner) :
			 rows_need_keys(f->fields);
	free(name);
	return lacks;
}

static struct value *in_map(const char *key, size_t len, struct value *v)
{
	struct value *map = value_new(VALUE_MAP);
	char *name = xstrndup(key, len);

	value_add(map, name, v);
	free(name);
	return map;
}

struct value *schema_place(const struct field *fields, const char *key,
			   struct value *v)
{
	size_t len = strcspn(key, ".");
	const struct field *f = row_of(fields, key, len);
	const char *rest = key + len + 1;

	if (!f || !key[len])
		return in_map(key, len, v);
	if (f->type == FIELD_NAMED) {
		const char *inner = past_name(f, rest);

		v = schema_place(f->fields, inner, v);
		v = in_map(rest, (size_t)(inner - rest) - 1, v);
	} else {
		v = schema_place(f->fields, rest, v);
	}
	return in_map(key, len, v);
}

static void add_keys(const struct field *fields, const char *prefix,
		     struct strvec *keys)
{
	for (; fields->key; fields++) {
		char *key = xstrfmt("%s%s%s", prefix, fields->key,
				    fields->type == FIELD_RECORD ? "." :
				    fields->type == FIELD_NAMED ? ".NAME." :
				    "");

		if (fields->type == FIELD_RECORD ||
		    fields->type == FIELD_NAMED)
			add_keys(fields->fields, key, keys);
		else
			strvec_push(keys, key);
		free(key);
	}
}

void schema_keys(const struct field *fields, struct strvec *keys)
{
	add_keys(fields, "", keys);
}
