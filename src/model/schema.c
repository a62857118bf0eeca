#include "model/schema.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/time.h"
#include "base/vec.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Errors */

static int fail(struct reader *r, int line, int column, const char *fmt,
		va_list ap)
{
	struct buf b = BUF_INIT, shown = BUF_INIT;

	buf_vaddf(&b, fmt, ap);
	/* What stands there may be of several lines, and worse. */
	buf_add_line(&shown, b.s);
	error_set(r->err, ERROR_FATAL, "%s:%d:%d: %s%s%s", r->origin, line,
		  column, r->where.s, r->where.len ? ": " : "", shown.s);
	buf_release(&b);
	buf_release(&shown);
	return error_hint(r->err, "what may stand there is in "
			  "gitupgrade-profile(5)");
}

int schema_fail(struct reader *r, const struct value *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(r, v->line, v->column, fmt, ap);
	va_end(ap);
	return -1;
}

int schema_fail_key(struct reader *r, const struct value *v,
		    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(r, v->key_line, v->key_column, fmt, ap);
	va_end(ap);
	return -1;
}

static const char *kind_of(const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL:
		return "nothing";
	case VALUE_SCALAR:
		return "a text";
	case VALUE_LIST:
		return "a list";
	case VALUE_MAP:
		return "keys and values";
	}
	return "";
}

int schema_expected(struct reader *r, const struct value *v, const char *what)
{
	if (v->type == VALUE_SCALAR)
		return schema_fail(r, v, "expected %s, not '%s'", what,
				   v->text);
	return schema_fail(r, v, "expected %s, not %s", what, kind_of(v));
}

static const char *nearest_key(const struct field *fields, const char *key)
{
	size_t best = edit_limit(key) + 1;
	const char *near = NULL;

	if (strlen(key) > 64)
		return NULL;
	for (; fields->key; fields++) {
		size_t d = edit_distance(key, fields->key);

		if (d < best) {
			near = fields->key;
			best = d;
		}
	}
	return near;
}

static int unknown_key(struct reader *r, const struct field *fields,
		       const char *key, const struct value *v)
{
	const char *near = nearest_key(fields, key);
	struct buf all = BUF_INIT;

	for (const struct field *f = fields; f->key; f++)
		buf_addf(&all, "%s%s", f == fields ? "" : ", ", f->key);
	schema_fail_key(r, v, "there is no key '%.64s'; expected one of %s",
			key, all.s);
	if (near)
		error_hint(r->err, "did you mean '%s'?", near);
	buf_release(&all);
	return -1;
}

/* Defaults and memory */

static void *member(const struct field *f, void *base)
{
	return (char *)base + f->offset;
}

/* Arrays are of many types; their pointers only ever move as bytes. */
static char *array_of(const struct field *f, void *base)
{
	void *array;

	memcpy(&array, member(f, base), sizeof(array));
	return array;
}

static size_t *number_of(const struct field *f, void *base)
{
	return (size_t *)(void *)((char *)base + f->nr_offset);
}

static void set_array(const struct field *f, void *base, void *array)
{
	memcpy(member(f, base), &array, sizeof(array));
	*number_of(f, base) = 0;
}

static void field_init(const struct field *f, void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		*(char **)member(f, base) = xstrdup_or_null(f->fallback_text);
		break;
	case FIELD_TEXTS:
		strvec_init(member(f, base));
		break;
	case FIELD_NUMBER:
	case FIELD_SPAN:
		*(long *)member(f, base) = f->fallback;
		break;
	case FIELD_FLAG:
	case FIELD_CHOICE:
		*(int *)member(f, base) = 0;
		break;
	case FIELD_RECORD:
		schema_init(f->fields, member(f, base));
		break;
	case FIELD_RECORDS:
	case FIELD_NAMED:
		set_array(f, base, NULL);
		break;
	case FIELD_KNOWN:
		break;
	}
}

static void records_release(const struct field *f, void *base)
{
	char *array = array_of(f, base);

	for (size_t i = 0; i < *number_of(f, base); i++) {
		char *record = array + i * f->size;

		if (f->type == FIELD_NAMED)
			free(*(char **)(void *)record);
		schema_release(f->fields, record);
	}
	free(array);
	set_array(f, base, NULL);
}

static void field_release(const struct field *f, void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		FREE_AND_NULL(*(char **)member(f, base));
		break;
	case FIELD_TEXTS:
		strvec_release(member(f, base));
		break;
	case FIELD_RECORD:
		schema_release(f->fields, member(f, base));
		break;
	case FIELD_RECORDS:
	case FIELD_NAMED:
		records_release(f, base);
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

void schema_reset(const struct field *fields, const char *key, void *base)
{
	for (; fields->key; fields++) {
		if (strcmp(fields->key, key))
			continue;
		field_release(fields, base);
		field_init(fields, base);
	}
}

/* Reading */

static int read_text(struct reader *r, const struct field *f,
		     const struct value *v, char **text)
{
	if (v->type != VALUE_SCALAR)
		return schema_expected(r, v, "a text");
	if (!*v->text)
		return schema_fail(r, v, "expected a text that is not empty");
	for (const char *s = v->text; *s; s++)
		if (iscntrl((unsigned char)*s))
			return schema_fail(r, v, "expected a text of one line");
	if (f->check && f->check(r, v, v->text) < 0)
		return -1;
	free(*text);
	*text = xstrdup(v->text);
	return 0;
}

static int read_texts(struct reader *r, const struct field *f,
		      const struct value *v, struct strvec *texts)
{
	if (v->type == VALUE_NULL && !f->required)
		return 0;
	if (v->type != VALUE_LIST)
		return schema_expected(r, v, "a list of texts");
	if (f->required && (!v->nr || !v->items[0]->text ||
			    !*v->items[0]->text))
		return schema_fail(r, v, "expected a program and its "
				   "arguments");
	for (size_t i = 0; i < v->nr; i++) {
		const struct value *item = v->items[i];

		if (item->type != VALUE_SCALAR)
			return schema_expected(r, item, "a text");
		if (f->check && f->check(r, item, item->text) < 0)
			return -1;
		strvec_push(texts, item->text);
	}
	return 0;
}

static int read_flag(struct reader *r, const struct value *v, int *flag)
{
	if (v->type != VALUE_SCALAR || v->quoted ||
	    (strcmp(v->text, "true") && strcmp(v->text, "false")))
		return schema_expected(r, v, "true or false");
	*flag = !strcmp(v->text, "true");
	return 0;
}

static int parse_number(const char *text, long *number)
{
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	return *end || errno ? -1 : 0;
}

static int parse_span(const char *text, long *number)
{
	*number = time_parse_span(text);
	return *number < 0 ? -1 : 0;
}

static int read_number(struct reader *r, const struct field *f,
		       const struct value *v, long *number)
{
	int span = f->type == FIELD_SPAN;
	long n = -1;

	if (v->type != VALUE_SCALAR || !isdigit((unsigned char)*v->text) ||
	    (span ? parse_span : parse_number)(v->text, &n) < 0)
		return schema_expected(r, v, span ?
				       "a span of time (90s, 10m, 2h, 1d)" :
				       "a whole number");
	if (n < f->min || n > f->max)
		return schema_fail(r, v, "expected %ld to %ld%s, not '%s'",
				   f->min, f->max, span ? " seconds" : "",
				   v->text);
	*number = n;
	return 0;
}

static int read_choice(struct reader *r, const struct field *f,
		       const struct value *v, int *choice)
{
	struct buf all = BUF_INIT;
	int found = -1;

	for (int i = 0; f->choices[i]; i++) {
		if (v->type == VALUE_SCALAR && !strcmp(v->text, f->choices[i]))
			found = i;
		buf_addf(&all, "%s%s", i ? " or " : "", f->choices[i]);
	}
	if (found < 0)
		schema_expected(r, v, all.s);
	else
		*choice = found;
	buf_release(&all);
	return found < 0 ? -1 : 0;
}

static int read_records(struct reader *r, const struct field *f,
			const struct value *v, void *base)
{
	int named = f->type == FIELD_NAMED;
	char *array;

	if (v->type == VALUE_NULL)
		return 0;
	if (v->type != (named ? VALUE_MAP : VALUE_LIST))
		return schema_expected(r, v, named ? "names as keys" :
						     "a list");
	array = xcalloc(v->nr + 1, f->size);
	set_array(f, base, array);
	for (size_t i = 0; i < v->nr; i++) {
		char *record = array + i * f->size;

		if (named)
			*(char **)(void *)record = xstrdup(v->keys[i]);
		schema_init(f->fields, record);
		(*number_of(f, base))++;
		if (schema_read(r, f->fields, v->items[i], record) < 0 ||
		    (f->check_record &&
		     f->check_record(r, v->items[i], record) < 0))
			return -1;
	}
	return 0;
}

static int read_field(struct reader *r, const struct field *f,
		      const struct value *v, void *base)
{
	void *to = member(f, base);

	switch (f->type) {
	case FIELD_KNOWN:
		return 0;
	case FIELD_TEXT:
		return read_text(r, f, v, to);
	case FIELD_TEXTS:
		return read_texts(r, f, v, to);
	case FIELD_FLAG:
		return read_flag(r, v, to);
	case FIELD_NUMBER:
	case FIELD_SPAN:
		return read_number(r, f, v, to);
	case FIELD_CHOICE:
		return read_choice(r, f, v, to);
	case FIELD_RECORD:
		return schema_read(r, f->fields, v, to);
	case FIELD_RECORDS:
	case FIELD_NAMED:
		return read_records(r, f, v, base);
	}
	return -1;
}

static int read_key(struct reader *r, const struct field *fields,
		    const char *key, const struct value *v, void *base)
{
	size_t len = r->where.len;
	const struct field *f = fields;
	int ret;

	while (f->key && strcmp(f->key, key))
		f++;
	if (!f->key)
		return unknown_key(r, fields, key, v);
	buf_addf(&r->where, "%s%s", len ? "." : "", key);
	ret = read_field(r, f, v, base);
	buf_setlen(&r->where, len);
	return ret;
}

int schema_read(struct reader *r, const struct field *fields,
		const struct value *v, void *base)
{
	if (v->type != VALUE_MAP && v->type != VALUE_NULL)
		return schema_expected(r, v, "keys and values");
	for (size_t i = 0; i < v->nr; i++)
		if (read_key(r, fields, v->keys[i], v->items[i], base) < 0)
			return -1;
	for (const struct field *f = fields; f->key; f++)
		if (f->required && !value_get(v, f->key))
			return schema_fail(r, v, "the key '%s' is missing",
					   f->key);
	return 0;
}
