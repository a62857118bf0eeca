#include "model/schema.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/time.h"
#include "base/vec.h"
#include "model/schema_row.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Origins */

static void note(struct reader *r, const struct value *v)
{
	char *text;

	if (!r->origins)
		return;
	text = r->no_lines || !v->line ? xstrdup(r->origin) :
	       xstrfmt("%s:%d", r->origin, v->line);
	origins_set(r->origins, r->where.s, text);
	free(text);
}

/* Errors */

/* What stands in no line is a setting, and its name is the origin. */
static int fail(struct reader *r, int line, int column, const char *fmt,
		va_list ap)
{
	struct buf b = BUF_INIT, shown = BUF_INIT;

	buf_vaddf(&b, fmt, ap);
	/* What stands there may be of several lines, and worse. */
	buf_add_line(&shown, b.s);
	if (line)
		error_set(r->err, ERROR_FATAL, "%s:%d:%d: %s%s%s", r->origin,
			  line, column, r->where.s, r->where.len ? ": " : "",
			  shown.s);
	else
		error_set(r->err, ERROR_FATAL, "%s: %s", r->origin, shown.s);
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
	struct nearest n = nearest_to(key);
	const char *near = NULL;

	if (strlen(key) > 64)
		return NULL;
	for (; fields->key; fields++)
		if (is_nearest(&n, fields->key))
			near = fields->key;
	return near;
}

static int unknown_key(struct reader *r, const struct field *fields,
		       const char *key, const struct value *v)
{
	const char *near = nearest_key(fields, key);
	struct buf all = BUF_INIT;

	for (const struct field *f = fields; f->key; f++)
		if (f == fields || strcmp(f->key, f[-1].key) != 0)
			buf_addf(&all, "%s%s", f == fields ? "" : ", ",
				 f->key);
	schema_fail_key(r, v, "there is no key '%.64s'; expected one of %s",
			key, all.s);
	if (near)
		error_hint(r->err, "did you mean '%s'?", near);
	buf_release(&all);
	return -1;
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
	if (v->type != VALUE_LIST)
		return schema_expected(r, v, "a list of texts");
	if ((f->required || f->one_of) &&
	    (!v->nr || !v->items[0]->text || !*v->items[0]->text))
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

static int read_record(struct reader *r, const struct field *f,
		       const struct value *v, void *record)
{
	if (schema_read(r, f->fields, v, record) < 0)
		return -1;
	return f->check_record ? f->check_record(r, v, record) : 0;
}

static int read_records(struct reader *r, const struct field *f,
			const struct value *v, void *base)
{
	/* A list has one origin, that of all of it. */
	struct origins *origins = r->origins;
	char *array;
	int ret = 0;

	if (v->type != VALUE_LIST)
		return schema_expected(r, v, "a list");
	r->origins = NULL;
	array = xcalloc(v->nr + 1, f->size);
	row_set_array(f, base, array);
	for (size_t i = 0; !ret && i < v->nr; i++) {
		char *record = array + i * f->size;

		schema_init(f->fields, record);
		(*row_nr(f, base))++;
		ret = read_record(r, f, v->items[i], record);
	}
	r->origins = origins;
	return ret;
}

/* Whoever said something of what is below here. */
static void forget_below(struct reader *r)
{
	char *below = xstrfmt("%s.", r->where.s);

	if (r->origins)
		origins_forget(r->origins, below);
	free(below);
}

/* 1: there is nothing of that name now; 0: it was not, and may be made. */
static int take_back(struct reader *r, const struct field *f,
		     const char *name, void *base)
{
	char *record = row_find_record(f, name, base), *end;
	size_t *nr = row_nr(f, base);

	if (!record)
		return rows_need_keys(f->fields);
	end = row_array(f, base) + *nr * f->size;
	row_release_record(f, record);
	memmove(record, record + f->size,
		(size_t)(end - record) - f->size);
	--*nr;
	forget_below(r);
	return 1;
}

static int read_named(struct reader *r, const struct field *f,
		      const struct value *v, void *base)
{
	size_t len = r->where.len;
	int ret = 0;

	if (v->type != VALUE_MAP)
		return schema_expected(r, v, "names as keys");
	for (size_t i = 0; !ret && i < v->nr; i++) {
		const struct value *item = v->items[i];

		buf_addf(&r->where, ".%s", v->keys[i]);
		note(r, item);
		if (item->type != VALUE_NULL || !item->written ||
		    !take_back(r, f, v->keys[i], base))
			ret = read_record(r, f, item,
					  row_add_record(f, v->keys[i], base));
		buf_setlen(&r->where, len);
	}
	return ret;
}

/* A key with nothing behind it says nothing. */
static int read_value(struct reader *r, const struct field *f,
		      const struct value *v, struct value **to)
{
	if (v->type == VALUE_NULL && !v->written)
		return 0;
	if (f->check_value && f->check_value(r, v) < 0)
		return -1;
	value_free(*to);
	*to = value_copy(v);
	return 0;
}

/* Something that is replaced as a whole: lists are emptied first. */
static int read_whole(struct reader *r, const struct field *f,
		      const struct value *v, void *base)
{
	void *to = row_at(f, base);

	note(r, v);
	if (f->type == FIELD_TEXTS || f->type == FIELD_RECORDS)
		row_reset(f, base);
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
	case FIELD_VALUE:
		return read_value(r, f, v, to);
	case FIELD_RECORDS:
		return read_records(r, f, v, base);
	case FIELD_RECORD:
	case FIELD_NAMED:
		break;
	}
	return -1;
}

static int is_list_or_map(const struct field *f)
{
	return f->type == FIELD_TEXTS || f->type == FIELD_RECORD ||
	       f->type == FIELD_RECORDS || f->type == FIELD_NAMED;
}

static void begin_anew(struct reader *r, const struct field *f, void *base)
{
	row_reset(f, base);
	forget_below(r);
}

/* Does the map say one of those of which there is only one? */
static const struct value *one_of_in(const struct field *fields,
				     const struct value *v, size_t *nr)
{
	const struct value *last = NULL;

	*nr = 0;
	for (; fields->key; fields++) {
		const struct value *item = fields->one_of ?
			value_get(v, fields->key) : NULL;

		if (!item || item->type == VALUE_NULL)
			continue;
		last = item;
		++*nr;
	}
	return last;
}

static void forget_row(struct reader *r, const struct field *f, void *base)
{
	size_t len = r->where.len;

	row_reset(f, base);
	buf_addf(&r->where, "%s%s", len ? "." : "", f->key);
	if (r->origins)
		origins_forget(r->origins, r->where.s);
	buf_setlen(&r->where, len);
}

/* What the map says takes the place of the other one. */
static void replace_other(struct reader *r, const struct field *fields,
			  const struct value *v, void *base)
{
	size_t nr;

	if (!one_of_in(fields, v, &nr))
		return;
	for (; fields->key; fields++)
		if (fields->one_of && !value_get(v, fields->key))
			forget_row(r, fields, base);
}

/* "'run' or 'http'" */
static int read_field(struct reader *r, const struct field *f,
		      const struct value *v, void *base)
{
	if (v->type == VALUE_NULL && is_list_or_map(f) && !f->required) {
		if (v->written)
			row_reset(f, base);
		return 0;
	}
	if (f->type == FIELD_RECORD) {
		size_t nr;

		if (!r->single && one_of_in(f->fields, v, &nr))
			begin_anew(r, f, base);
		return read_record(r, f, v, row_at(f, base));
	}
	if (f->type == FIELD_NAMED)
		return read_named(r, f, v, base);
	return read_whole(r, f, v, base);
}

/* Of two rows of one key the second is for keys and values. */
static const struct field *row_for(const struct field *fields,
				   const char *key, const struct value *v)
{
	while (fields->key && strcmp(fields->key, key))
		fields++;
	return fields->key && fields[1].key && v->type == VALUE_MAP &&
	       !strcmp(fields[1].key, key) ? fields + 1 : fields;
}

/* What is said by the one row takes the place of what the other has. */
static void forget_twin(struct reader *r, const struct field *fields,
			const struct field *f, void *base)
{
	const struct field *twin = NULL;

	if (f != fields && !strcmp(f[-1].key, f->key))
		twin = f - 1;
	else if (f[1].key && !strcmp(f[1].key, f->key))
		twin = f + 1;
	if (twin && row_is_set(twin, base))
		forget_row(r, twin, base);
}

static int read_key(struct reader *r, const struct field *fields,
		    const char *key, const struct value *v, void *base)
{
	size_t len = r->where.len;
	const struct field *f = row_for(fields, key, v);
	int ret;

	if (!f->key)
		return unknown_key(r, fields, key, v);
	forget_twin(r, fields, f, base);
	buf_addf(&r->where, "%s%s", len ? "." : "", key);
	ret = read_field(r, f, v, base);
	buf_setlen(&r->where, len);
	return ret;
}

static int check_keys(struct reader *r, const struct field *fields,
		      const struct value *v, const void *base)
{
	char *missing = rows_missing(fields, base);
	struct buf names = BUF_INIT;
	const struct value *last;
	size_t nr;
	int ret = 0;

	last = one_of_in(fields, v, &nr);
	if (nr > 1) {
		rows_add_choice(fields, " and ", &names);
		ret = schema_fail_key(r, last, "there can be only one of %s",
				      names.s);
	} else if (missing) {
		ret = schema_fail(r, v, "the key %s is missing", missing);
	}
	free(missing);
	buf_release(&names);
	return ret;
}

int schema_read(struct reader *r, const struct field *fields,
		const struct value *v, void *base)
{
	if (v->type != VALUE_MAP && v->type != VALUE_NULL)
		return schema_expected(r, v, "keys and values");
	replace_other(r, fields, v, base);
	for (size_t i = 0; i < v->nr; i++)
		if (read_key(r, fields, v->keys[i], v->items[i], base) < 0)
			return -1;
	return check_keys(r, fields, v, base);
}
