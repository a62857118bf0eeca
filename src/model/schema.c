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
	case FIELD_VALUE:
		*(struct value **)member(f, base) = NULL;
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

static void record_release(const struct field *f, char *record)
{
	if (f->type == FIELD_NAMED)
		free(*(char **)(void *)record);
	schema_release(f->fields, record);
}

static void records_release(const struct field *f, void *base)
{
	char *array = array_of(f, base);

	for (size_t i = 0; i < *number_of(f, base); i++)
		record_release(f, array + i * f->size);
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
	case FIELD_VALUE:
		value_free(*(struct value **)member(f, base));
		*(struct value **)member(f, base) = NULL;
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

static void field_reset(const struct field *f, void *base)
{
	field_release(f, base);
	field_init(f, base);
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
	set_array(f, base, array);
	for (size_t i = 0; !ret && i < v->nr; i++) {
		char *record = array + i * f->size;

		schema_init(f->fields, record);
		(*number_of(f, base))++;
		ret = read_record(r, f, v->items[i], record);
	}
	r->origins = origins;
	return ret;
}

/* NULL: there is none of that name. */
static char *find_record(const struct field *f, const char *name, void *base)
{
	char *record = array_of(f, base);

	for (size_t i = 0; i < *number_of(f, base); i++, record += f->size)
		if (!strcmp(*(char **)(void *)record, name))
			return record;
	return NULL;
}

/* The record of that name; a new one has its defaults. */
static void *named_record(const struct field *f, const char *name, void *base)
{
	char *array = array_of(f, base), *record = find_record(f, name, base);
	size_t nr = *number_of(f, base);

	if (record)
		return record;
	array = xrealloc(array, (nr + 1) * f->size);
	set_array(f, base, array);
	*number_of(f, base) = nr + 1;
	record = array + nr * f->size;
	memset(record, 0, f->size);
	*(char **)(void *)record = xstrdup(name);
	schema_init(f->fields, record);
	return record;
}

/* Whoever said something of what is below here. */
static void forget_below(struct reader *r)
{
	char *below = xstrfmt("%s.", r->where.s);

	if (r->origins)
		origins_forget(r->origins, below);
	free(below);
}

/* One that needs something to be there is not made by saying nothing. */
static int needs_keys(const struct field *fields)
{
	for (; fields->key; fields++)
		if (fields->required || fields->one_of)
			return 1;
	return 0;
}

/* 1: there is nothing of that name now; 0: it was not, and may be made. */
static int take_back(struct reader *r, const struct field *f,
		     const char *name, void *base)
{
	char *record = find_record(f, name, base), *end;
	size_t *nr = number_of(f, base);

	if (!record)
		return needs_keys(f->fields);
	end = array_of(f, base) + *nr * f->size;
	record_release(f, record);
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
					  named_record(f, v->keys[i], base));
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
	void *to = member(f, base);

	note(r, v);
	if (f->type == FIELD_TEXTS || f->type == FIELD_RECORDS)
		field_reset(f, base);
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
	field_reset(f, base);
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

	field_reset(f, base);
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
static void add_one_of(const struct field *fields, const char *word,
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

static int read_field(struct reader *r, const struct field *f,
		      const struct value *v, void *base)
{
	if (v->type == VALUE_NULL && is_list_or_map(f) && !f->required) {
		if (v->written)
			field_reset(f, base);
		return 0;
	}
	if (f->type == FIELD_RECORD) {
		size_t nr;

		if (!r->single && one_of_in(f->fields, v, &nr))
			begin_anew(r, f, base);
		return read_record(r, f, v, member(f, base));
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

static int is_there(const struct field *fields, const void *base);
static int is_set(const struct field *f, const void *base);

/* What is said by the one row takes the place of what the other has. */
static void forget_twin(struct reader *r, const struct field *fields,
			const struct field *f, void *base)
{
	const struct field *twin = NULL;

	if (f != fields && !strcmp(f[-1].key, f->key))
		twin = f - 1;
	else if (f[1].key && !strcmp(f[1].key, f->key))
		twin = f + 1;
	if (twin && is_set(twin, base))
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

/* A needed key may have come from a text below. */
static int is_set(const struct field *f, const void *base)
{
	const void *at = (const char *)base + f->offset;

	if (f->type == FIELD_TEXT)
		return *(char *const *)at != NULL;
	if (f->type == FIELD_TEXTS)
		return ((const struct strvec *)at)->nr != 0;
	return f->type != FIELD_RECORD || is_there(f->fields, at);
}

/* What a record lacks; NULL: nothing.  free(). */
static char *missing_in(const struct field *fields, const void *base)
{
	struct buf choice = BUF_INIT;
	int has_one = 0;

	for (const struct field *f = fields; f->key; f++) {
		if (f->required && !is_set(f, base))
			return xstrfmt("'%s'", f->key);
		has_one |= f->one_of && is_set(f, base);
	}
	if (!has_one)
		add_one_of(fields, " or ", &choice);
	if (choice.len)
		return buf_detach(&choice);
	buf_release(&choice);
	return NULL;
}

/* A group that lacks what it needs is not there. */
static int is_there(const struct field *fields, const void *base)
{
	char *missing = missing_in(fields, base);
	int is = !missing;

	free(missing);
	return is;
}

static int check_keys(struct reader *r, const struct field *fields,
		      const struct value *v, const void *base)
{
	char *missing = missing_in(fields, base);
	struct buf names = BUF_INIT;
	const struct value *last;
	size_t nr;
	int ret = 0;

	last = one_of_in(fields, v, &nr);
	if (nr > 1) {
		add_one_of(fields, " and ", &names);
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

/* Keys */

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
		return schema_lacks(f->fields, member(f, base), key);
	inner = f->type == FIELD_NAMED ? past_name(f, key) : NULL;
	if (!inner)
		return 0;
	name = xstrndup(key, (size_t)(inner - key) - 1);
	record = find_record(f, name, base);
	lacks = record ? schema_lacks(f->fields, record, inner) :
			 needs_keys(f->fields);
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

	if (!key[len])
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

/* Values */

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

	if (!is_there(f->fields, at))
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
