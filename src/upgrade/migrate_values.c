#include "upgrade/migrate_internal.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "doc/value.h"

#include <stdlib.h>
#include <string.h>

const char *value_source_name(enum value_source source)
{
	switch (source) {
	case VALUE_IS_MISSING:
		break;
	case VALUE_IS_GIVEN:
		return "given";
	case VALUE_IS_FOUND:
		return "found";
	case VALUE_IS_DEFAULT:
		return "default";
	}
	return "missing";
}

/* "{NAME}" */

static const char *past_name(const char *text, const char *name)
{
	const char *end = *text == '{' ? skip_prefix(text + 1, name) : NULL;

	return end && *end == '}' ? end + 1 : NULL;
}

const char *filling_at(const struct filling *f, const char *text,
		       const char **end)
{
	if ((*end = past_name(text, "release")))
		return f->to;
	if ((*end = past_name(text, "from")))
		return f->from;
	for (size_t i = 0; i < f->nr; i++) {
		struct migrated_value *v = &f->v[i];

		if (!(*end = past_name(text, v->name)))
			continue;
		v->is_asked = 1;
		return v->text;
	}
	return NULL;
}

char *filling_text(const struct filling *f, const char *text)
{
	struct buf b = BUF_INIT;

	while (*text) {
		const char *end, *value = filling_at(f, text, &end);

		if (value)
			buf_adds(&b, value);
		else
			buf_addc(&b, *text);
		text = value ? end : text + 1;
	}
	return buf_detach(&b);
}

/* What JSON writes without quotes. */
static int is_json_word(const char *s)
{
	return profile_value_fits(MIGRATE_NUMBER, s) ||
	       profile_value_fits(MIGRATE_BOOLEAN, s);
}

/* Is that "{NAME}" and no more, of a value that is no text? */
static int is_typed(const struct filling *f, const char *text)
{
	for (size_t i = 0; i < f->nr; i++) {
		const char *end = past_name(text, f->v[i].name);

		if (end && !*end)
			return f->v[i].text && f->v[i].type != MIGRATE_TEXT;
	}
	return 0;
}

struct value *filling_value(const struct filling *f, const struct value *v,
			    enum resolve_kind kind)
{
	struct value *full = value_copy(v);

	if (full->text) {
		char *text = filling_text(f, full->text);

		/* Else it is a text, whatever it looks like. */
		if (is_typed(f, full->text))
			full->quoted = 0;
		else
			full->quoted |= strcmp(text, full->text) != 0;
		free(full->text);
		full->text = text;
		full->quoted |= kind == RESOLVE_JSON && !is_json_word(text);
	}
	for (size_t i = 0; i < full->nr; i++) {
		struct value *item = filling_value(f, full->items[i], kind);

		value_free(full->items[i]);
		full->items[i] = item;
	}
	return full;
}

/* What was given */

/* How many migrations have a value of that name. */
static int count_name(const struct profile *p, const char *name)
{
	int nr = 0;

	for (size_t i = 0; i < p->nr_migrations; i++)
		for (size_t j = 0; j < p->migrations[i].nr_values; j++)
			nr += !strcmp(p->migrations[i].values[j].name, name);
	return nr;
}

/* The text of "NAME=TEXT", or NULL. */
static const char *text_of(const char *given, const char *name)
{
	const char *text = skip_prefix(given, name);

	return text && *text == '=' ? text + 1 : NULL;
}

void value_give(struct migrated_value *v, const struct profile *p,
		const char *migration, const struct strvec *given)
{
	char *whole = xstrfmt("%s.%s", migration, v->name);
	int is_one = count_name(p, v->name) == 1;
	const char *text = NULL;

	for (size_t i = 0; given && i < given->nr; i++) {
		const char *one = text_of(given->v[i], whole);

		if (!one && is_one)
			one = text_of(given->v[i], v->name);
		text = one ? one : text;
	}
	if (text) {
		v->text = xstrdup(text);
		v->source = VALUE_IS_GIVEN;
	}
	free(whole);
}

static int unknown_name(const struct profile *p, const char *name,
			struct error *err)
{
	struct nearest n = nearest_to(name);
	struct strvec all = STRVEC_INIT;
	const char *near = NULL;

	for (size_t i = 0; i < p->nr_migrations; i++) {
		const struct migration *m = &p->migrations[i];

		for (size_t j = 0; j < m->nr_values; j++) {
			strvec_pushf(&all, "%s.%s", m->name,
				     m->values[j].name);
			if (is_nearest(&n, m->values[j].name))
				near = m->values[j].name;
		}
	}
	for (size_t i = 0; i < all.nr; i++)
		if (is_nearest(&n, all.v[i]))
			near = all.v[i];
	error_set(err, ERROR_REFUSED, "no migration has a value '%s'", name);
	if (near)
		error_hint(err, "did you mean --set %s=...?", near);
	for (size_t i = 0; !near && i < all.nr; i++)
		error_hint(err, "there is --set %s=...", all.v[i]);
	if (!all.nr)
		error_hint(err, "no migration of this product asks for "
			   "anything");
	strvec_release(&all);
	return -1;
}

static int ambiguous_name(const struct profile *p, const char *name,
			  struct error *err)
{
	error_set(err, ERROR_REFUSED, "several migrations have a value '%s'",
		  name);
	for (size_t i = 0; i < p->nr_migrations; i++)
		for (size_t j = 0; j < p->migrations[i].nr_values; j++)
			if (!strcmp(p->migrations[i].values[j].name, name))
				error_hint(err, "say which: --set %s.%s=...",
					   p->migrations[i].name, name);
	return -1;
}

static int is_whole_name(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->nr_migrations; i++) {
		const struct migration *m = &p->migrations[i];
		const char *value = skip_prefix(name, m->name);

		for (size_t j = 0; value && *value == '.' && j < m->nr_values;
		     j++)
			if (!strcmp(m->values[j].name, value + 1))
				return 1;
	}
	return 0;
}

static int check_name(const struct profile *p, const char *name,
		      struct error *err)
{
	int nr = count_name(p, name);

	if (nr == 1 || is_whole_name(p, name))
		return 0;
	return nr ? ambiguous_name(p, name, err) : unknown_name(p, name, err);
}

int migrate_check_given(const struct profile *p, const struct strvec *given,
			struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < given->nr; i++) {
		const char *equal = strchr(given->v[i], '=');
		char *name;

		if (!equal || equal == given->v[i])
			return error_set(err, ERROR_USAGE, "--set expects "
					 "NAME=TEXT, not '%s'", given->v[i]);
		name = xmemdupz(given->v[i], (size_t)(equal - given->v[i]));
		ret = check_name(p, name, err);
		free(name);
	}
	return ret;
}

const struct migrated_value *
migration_missing(const struct migration_list *list, const struct migrated **m)
{
	for (size_t i = 0; i < list->nr; i++)
		for (size_t j = 0; j < list->v[i].nr_values; j++) {
			const struct migrated_value *v = &list->v[i].values[j];

			*m = &list->v[i];
			if (v->is_used && !v->text)
				return v;
		}
	return NULL;
}

void migration_keep_values(const struct migration_list *list,
			   struct strvec *given)
{
	for (size_t i = 0; i < list->nr; i++)
		for (size_t j = 0; j < list->v[i].nr_values; j++) {
			const struct migrated_value *v = &list->v[i].values[j];

			if (v->is_used && v->text)
				strvec_pushf(given, "%s.%s=%s",
					     list->v[i].name, v->name,
					     v->text);
		}
}
