/* The part of the schema that is about migrations. */
#include "model/profile_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "doc/edit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int check_key_path(struct reader *r, const struct value *v,
			  const char *text)
{
	if (edit_is_path(text))
		return 0;
	return schema_fail(r, v, "'%s' is no path of keys "
			   "(services.web.ports[0])", text);
}

static int check_index(struct reader *r, const struct value *v,
		       const char *text)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789");

	if (digits && digits < 7 && !text[digits + (*text == '-')])
		return 0;
	return schema_fail(r, v, "expected a place in a list (0 is before the "
			   "first, -1 before the last), not '%s'", text);
}

/*
 * .gitattributes can run filters, .gitmodules fetch, .gitlab-ci.yml run
 * programs, and the rest is ours.
 */
int profile_may_migrate(const char *path)
{
	const char *at = path;

	while (at) {
		if (!strncasecmp(at, ".git", 4))
			return 0;
		at = strchr(at, '/');
		at = at ? at + 1 : NULL;
	}
	return path_is_inside(path);
}

int check_migrated(struct reader *r, const struct value *v, const char *text)
{
	if (profile_may_migrate(text))
		return 0;
	return path_is_inside(text) ?
	       schema_fail(r, v, "%.*s leave alone what begins with .git: "
			   "'%s'", (int)strcspn(r->where.s, "."), r->where.s,
			   text) :
	       check_inside(r, v, text);
}

/* How many of several keys are there. */
static int count_texts(char *const *const *texts)
{
	int nr = 0;

	for (; *texts; texts++)
		nr += **texts != NULL;
	return nr;
}

static int check_condition(struct reader *r, const struct value *v,
			   const void *record)
{
	const struct migration_condition *c = record;
	char *const *const kinds[] = {
		&c->exists, &c->lacks, &c->equals, &c->differs, &c->file,
		&c->no_file, NULL
	};
	int compares = c->equals || c->differs;

	if (count_texts(kinds) != 1)
		return schema_fail(r, v, "expected one of exists, lacks, "
				   "equals, differs, file, no_file");
	if (compares != (c->value != NULL))
		return schema_fail(r, v, compares ? "there is no value to "
				   "compare with" : "a value goes with equals "
				   "or differs");
	if (c->in && (c->file || c->no_file))
		return schema_fail(r, v, "'in' is the file of a key");
	return 0;
}

const char *profile_edit_name(const struct migration_edit *e,
			      const char **text)
{
	const struct {
		const char *name, *text;
	} all[] = {
		{ "set", e->set }, { "append", e->append },
		{ "insert", e->insert }, { "rename", e->rename },
		{ "remove", e->remove }, { "replace", e->replace },
		{ "move", e->move },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].text) {
			*text = all[i].text;
			return all[i].name;
		}
	*text = NULL;
	return NULL;
}

/* What goes with which operation. */
static int check_companions(struct reader *r, const struct value *v,
			    const struct migration_edit *e)
{
	const struct {
		const char *key, *goes_with;
		int is, should, may;
	} all[] = {
		{ "value", "set, append, insert or remove", e->value != NULL,
		  e->set || e->append || e->insert, e->remove != NULL },
		{ "with", "replace", e->with != NULL, e->replace != NULL, 0 },
		{ "to", "rename or move", e->to != NULL,
		  e->rename || e->move, 0 },
		{ "at", "insert", e->at != NULL, 0, e->insert != NULL },
		{ "below", "replace", e->below != NULL, 0,
		  e->replace != NULL },
		{ "in", "what edits a file", e->in.nr != 0, 0, !e->move },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].should && !all[i].is)
			return schema_fail(r, v, "the key '%s' is missing",
					   all[i].key);
		if (all[i].is && !all[i].should && !all[i].may)
			return schema_fail(r, v, "'%s' goes with %s",
					   all[i].key, all[i].goes_with);
	}
	return 0;
}

/* "a[0]", but not "a[name=web]" */
static int ends_in_index(const char *path)
{
	const char *bracket = strrchr(path, '[');

	return bracket && ends_with(path, "]") && !strchr(bracket, '=') &&
	       (bracket == path || bracket[-1] != '\\');
}

static int check_edit(struct reader *r, const struct value *v,
		      const void *record)
{
	const struct migration_edit *e = record;
	char *const *const kinds[] = {
		&e->set, &e->append, &e->insert, &e->rename, &e->remove,
		&e->replace, &e->move, NULL
	};

	if (count_texts(kinds) != 1)
		return schema_fail(r, v, "expected one of set, append, "
				   "insert, rename, remove, replace, move");
	if (check_companions(r, v, e) < 0)
		return -1;
	if (e->with && e->with->type != VALUE_SCALAR)
		return schema_expected(r, e->with, "a text");
	if (e->remove && ends_in_index(e->remove))
		return schema_fail(r, v, "'%s' would be another entry the "
				   "next time: name the list, and the value",
				   e->remove);
	if (e->move && check_migrated(r, v, e->to) < 0)
		return -1;
	/* A condition about a key has to know in which file. */
	for (size_t i = 0; e->move && i < e->nr_conditions; i++)
		if (!e->conditions[i].file && !e->conditions[i].no_file &&
		    !e->conditions[i].in)
			return schema_fail(r, v, "a condition of a move has "
					   "to say 'in' which file");
	return 0;
}

static int uses(const struct value *v, const char *mark)
{
	if (!v)
		return 0;
	if (v->text && strstr(v->text, mark))
		return 1;
	for (size_t i = 0; i < v->nr; i++)
		if (uses(v->items[i], mark))
			return 1;
	return 0;
}

/* A name that is misspelled where it is used is used nowhere. */
static int is_used(const struct migration *m, const char *name)
{
	char *mark = xstrfmt("{%s}", name);
	int is = 0;

	for (size_t i = 0; !is && i < m->nr_edits; i++)
		is = uses(m->edits[i].value, mark) ||
		     uses(m->edits[i].with, mark);
	free(mark);
	return is;
}

static int is_number(const char *s)
{
	size_t whole;

	s += *s == '-';
	whole = strspn(s, "0123456789");
	if (!whole || (*s == '0' && whole > 1))
		return 0;
	s += whole;
	if (*s == '.') {
		size_t digits = strspn(s + 1, "0123456789");

		s += digits ? digits + 1 : 0;
	}
	return !*s;
}

int profile_value_fits(enum migration_value_type type, const char *text)
{
	switch (type) {
	case MIGRATE_TEXT:
		break;
	case MIGRATE_NUMBER:
		return is_number(text);
	case MIGRATE_BOOLEAN:
		return !strcmp(text, "true") || !strcmp(text, "false");
	}
	return 1;
}

const char *profile_value_type_name(enum migration_value_type type)
{
	switch (type) {
	case MIGRATE_TEXT:
		break;
	case MIGRATE_NUMBER:
		return "a number";
	case MIGRATE_BOOLEAN:
		return "true or false";
	}
	return "a text";
}

/* Its keys are in the names of settings: without dots. */
static int is_plain_name(const char *name)
{
	return profile_is_name(name) && !strchr(name, '.');
}

#define NOT_A_PLAIN_NAME "expected a name of a-z, 0-9, '_' and '-', not '%s'"

static int check_migration_value(struct reader *r, const struct value *v,
				 const void *record)
{
	const struct migration_value *value = record;

	if (!strcmp(value->name, "release") || !strcmp(value->name, "from"))
		return schema_fail_key(r, v, "{%s} is a release of the hop",
				       value->name);
	if (value->fallback &&
	    !profile_value_fits(value->type, value->fallback))
		return schema_fail(r, v, "its default is to be %s, not '%s'",
				   profile_value_type_name(value->type),
				   value->fallback);
	return is_plain_name(value->name) ? 0 :
	       schema_fail_key(r, v, NOT_A_PLAIN_NAME, value->name);
}

int profile_check_migration(struct reader *r, const struct value *v,
			    const void *record)
{
	const struct migration *m = record;
	const enum version_scheme *scheme = r->context;

	if (!is_plain_name(m->name))
		return schema_fail_key(r, v, NOT_A_PLAIN_NAME, m->name);
	if (!m->nr_edits)
		return schema_fail(r, v, "the key 'edits' is missing");
	if (m->until &&
	    version_cmp_prefixes(*scheme, m->since, m->until) > 0)
		return schema_fail(r, v, "since %s is later than until %s",
				   m->since, m->until);
	for (size_t i = 0; i < m->nr_edits; i++)
		if (!m->files.nr && !m->edits[i].move && !m->edits[i].in.nr)
			return schema_fail(r, v, "edit %zu does not say 'in' "
					   "which file, nor do 'files'",
					   i + 1);
	for (size_t i = 0; !m->files.nr && i < m->nr_conditions; i++)
		if (!m->conditions[i].in && !m->conditions[i].file &&
		    !m->conditions[i].no_file)
			return schema_fail(r, v, "condition %zu does not say "
					   "'in' which file, nor do 'files'",
					   i + 1);
	for (size_t i = 0; i < m->nr_values; i++)
		if (!is_used(m, m->values[i].name))
			return schema_fail(r, v, "no edit uses {%s}",
					   m->values[i].name);
	return 0;
}

/* The schema */

static const struct field condition_fields[] = {
	{ FIELD(TEXT, "exists", migration_condition, exists),
	  .check = check_key_path },
	{ FIELD(TEXT, "lacks", migration_condition, lacks),
	  .check = check_key_path },
	{ FIELD(TEXT, "equals", migration_condition, equals),
	  .check = check_key_path },
	{ FIELD(TEXT, "differs", migration_condition, differs),
	  .check = check_key_path },
	{ FIELD(VALUE, "value", migration_condition, value) },
	{ FIELD(TEXT, "file", migration_condition, file),
	  .check = check_inside },
	{ FIELD(TEXT, "no_file", migration_condition, no_file),
	  .check = check_inside },
	{ FIELD(TEXT, "in", migration_condition, in),
	  .check = check_inside },
	FIELD_END
};

static const struct field edit_fields[] = {
	{ FIELD(TEXT, "set", migration_edit, set), .check = check_key_path },
	{ FIELD(TEXT, "append", migration_edit, append),
	  .check = check_key_path },
	{ FIELD(TEXT, "insert", migration_edit, insert),
	  .check = check_key_path },
	{ FIELD(TEXT, "rename", migration_edit, rename),
	  .check = check_key_path },
	{ FIELD(TEXT, "remove", migration_edit, remove),
	  .check = check_key_path },
	{ FIELD(TEXT, "replace", migration_edit, replace),
	  .check = check_regex },
	{ FIELD(TEXT, "move", migration_edit, move),
	  .check = check_migrated },
	{ FIELD(VALUE, "value", migration_edit, value) },
	{ FIELD(TEXT, "at", migration_edit, at), .check = check_index },
	{ FIELD(TEXT, "to", migration_edit, to) },
	{ FIELD(VALUE, "with", migration_edit, with) },
	{ FIELD(TEXT, "below", migration_edit, below),
	  .check = check_key_path },
	{ FIELD(TEXTS, "in", migration_edit, in), .check = check_migrated },
	{ FIELD_ARRAY(RECORDS, "if", migration_edit, conditions,
		      nr_conditions, migration_condition, condition_fields),
	  .check_record = check_condition },
	FIELD_END
};

/* In the order of enum migration_value_type. */
static const char *const value_types[] = { "text", "number", "boolean", NULL };

static const struct field migration_value_fields[] = {
	{ FIELD(TEXT, "description", migration_value, description) },
	{ FIELD(CHOICE, "type", migration_value, type),
	  .choices = value_types },
	{ FIELD(TEXT, "default", migration_value, fallback) },
	{ FIELD(TEXTS, "default_from", migration_value, fallback_from),
	  .check = check_key_path },
	FIELD_END
};

const struct field profile_migration_fields[] = {
	{ FIELD(TEXT, "description", migration, description) },
	{ FIELD(TEXT, "note", migration, note) },
	{ FIELD(TEXT, "since", migration, since), .required = 1,
	  .check = check_version },
	{ FIELD(TEXT, "until", migration, until), .check = check_version },
	{ FIELD(TEXTS, "files", migration, files), .check = check_migrated },
	{ FIELD_ARRAY(RECORDS, "if", migration, conditions, nr_conditions,
		      migration_condition, condition_fields),
	  .check_record = check_condition },
	{ FIELD_ARRAY(NAMED, "values", migration, values, nr_values,
		      migration_value, migration_value_fields),
	  .check_record = check_migration_value },
	{ FIELD_ARRAY(RECORDS, "edits", migration, edits, nr_edits,
		      migration_edit, edit_fields),
	  .check_record = check_edit },
	FIELD_END
};
