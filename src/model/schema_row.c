#include "model/schema_row.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

void *row_at(const struct field *f, void *base)
{
	return (char *)base + f->offset;
}

/* Arrays are of many types; their pointers only ever move as bytes. */
char *row_array(const struct field *f, void *base)
{
	void *array;

	memcpy(&array, row_at(f, base), sizeof(array));
	return array;
}

size_t *row_nr(const struct field *f, void *base)
{
	return (size_t *)(void *)((char *)base + f->nr_offset);
}

void row_set_array(const struct field *f, void *base, void *array)
{
	memcpy(row_at(f, base), &array, sizeof(array));
	*row_nr(f, base) = 0;
}

static void field_init(const struct field *f, void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		*(char **)row_at(f, base) = xstrdup_or_null(f->fallback_text);
		break;
	case FIELD_TEXTS:
		strvec_init(row_at(f, base));
		break;
	case FIELD_NUMBER:
	case FIELD_SPAN:
		*(long *)row_at(f, base) = f->fallback;
		break;
	case FIELD_FLAG:
	case FIELD_CHOICE:
		*(int *)row_at(f, base) = 0;
		break;
	case FIELD_VALUE:
		*(struct value **)row_at(f, base) = NULL;
		break;
	case FIELD_RECORD:
		schema_init(f->fields, row_at(f, base));
		break;
	case FIELD_RECORDS:
	case FIELD_NAMED:
		row_set_array(f, base, NULL);
		break;
	case FIELD_KNOWN:
		break;
	}
}

void row_release_record(const struct field *f, char *record)
{
	if (f->type == FIELD_NAMED)
		free(*(char **)(void *)record);
	schema_release(f->fields, record);
}

static void records_release(const struct field *f, void *base)
{
	char *array = row_array(f, base);

	for (size_t i = 0; i < *row_nr(f, base); i++)
		row_release_record(f, array + i * f->size);
	free(array);
	row_set_array(f, base, NULL);
}

static void field_release(const struct field *f, void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		FREE_AND_NULL(*(char **)row_at(f, base));
		break;
	case FIELD_TEXTS:
		strvec_release(row_at(f, base));
		break;
	case FIELD_RECORD:
		schema_release(f->fields, row_at(f, base));
		break;
	case FIELD_RECORDS:
	case FIELD_NAMED:
		records_release(f, base);
		break;
	case FIELD_VALUE:
		value_free(*(struct value **)row_at(f, base));
		*(struct value **)row_at(f, base) = NULL;
		break;
	case FIELD_NUMBER:
	case FIELD_SPAN:
	case FIELD_FLAG:
	case FIELD_CHOICE:
	case FIELD_KNOWN:
		break;
	}
}

void schema_init(const struct field *fields, void *base)
{
	for (; fields->key; fields++)
		field_init(fields, base);
}

void schema_release(const struct field *fields, void *base)
{
	for (; fields->key; fields++)
		field_release(fields, base);
}

void row_reset(const struct field *f, void *base)
{
	field_release(f, base);
	field_init(f, base);
}

/* Records of a name */

char *row_find_record(const struct field *f, const char *name, void *base)
{
	char *record = row_array(f, base);

	for (size_t i = 0; i < *row_nr(f, base); i++, record += f->size)
		if (!strcmp(*(char **)(void *)record, name))
			return record;
	return NULL;
}

void *row_add_record(const struct field *f, const char *name, void *base)
{
	char *array = row_array(f, base);
	char *record = row_find_record(f, name, base);
	size_t nr = *row_nr(f, base);

	if (record)
		return record;
	array = xrealloc(array, (nr + 1) * f->size);
	row_set_array(f, base, array);
	*row_nr(f, base) = nr + 1;
	record = array + nr * f->size;
	memset(record, 0, f->size);
	*(char **)(void *)record = xstrdup(name);
	schema_init(f->fields, record);
	return record;
}

/* What is there */

int rows_need_keys(const struct field *fields)
{
	for (; fields->key; fields++)
		if (fields->required || fields->one_of)
			return 1;
	return 0;
}

void rows_add_choice(const struct field *fields, const char *word,
		     struct buf *out)
{
	int first = 1;

	for (; fields->key; fields++) {
		if (!fields->one_of)
			continue;
		buf_addf(out, "%s'%s'", first ? "" : word, fields->key);
		first = 0;
	}
}

int row_is_set(const struct field *f, const void *base)
{
	const void *at = (const char *)base + f->offset;

	if (f->type == FIELD_TEXT)
		return *(char *const *)at != NULL;
	if (f->type == FIELD_TEXTS)
		return ((const struct strvec *)at)->nr != 0;
	return f->type != FIELD_RECORD || rows_are_there(f->fields, at);
}

char *rows_missing(const struct field *fields, const void *base)
{
	struct buf choice = BUF_INIT;
	int has_one = 0;

	for (const struct field *f = fields; f->key; f++) {
		if (f->required && !row_is_set(f, base))
			return xstrfmt("'%s'", f->key);
		has_one |= f->one_of && row_is_set(f, base);
	}
	if (!has_one)
		rows_add_choice(fields, " or ", &choice);
	if (choice.len)
		return buf_detach(&choice);
	buf_release(&choice);
	return NULL;
}

int rows_are_there(const struct field *fields, const void *base)
{
	char *missing = rows_missing(fields, base);
	int is = !missing;

	free(missing);
	return is;
}
