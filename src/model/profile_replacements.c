/* The part of the schema that is about replacements. */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/replace.h"

#include <string.h>

/* Names of registries and the like; what is compared with them is bounded. */
#define MAX_TEXT 1024

int replacement_is_for(const struct replacement *rule, const char *path)
{
	if (!profile_may_migrate(path))
		return 0;
	for (size_t i = 0; i < rule->files.nr; i++)
		if (path_match(rule->files.v[i], path))
			return 1;
	return 0;
}

static int check_length(struct reader *r, const struct value *v,
			const char *text)
{
	if (strlen(text) <= MAX_TEXT)
		return 0;
	return schema_fail(r, v, "expected a text of at most %d characters",
			   MAX_TEXT);
}

int profile_check_replacement(struct reader *r, const struct value *v,
			      const void *record)
{
	const struct replacement *rule = record;

	if (!rule->files.nr)
		return schema_fail(r, v, "the key 'files' is missing, or names "
				   "none");
	if (!strcmp(rule->from, rule->to))
		return schema_fail(r, value_get(v, "to"), "'%s' is what 'from' "
				   "is already", rule->to);
	return 0;
}

static int is_suffix(const char *suffix, size_t len, const char *of,
		     size_t of_len)
{
	return len <= of_len && !memcmp(suffix, of + of_len - len, len);
}

/* May a path match both?  Of two with wildcards only the ends are compared. */
static int may_meet(const char *a, const char *b)
{
	size_t from_a = strcspn(a, "*?"), from_b = strcspn(b, "*?");
	size_t head = from_a < from_b ? from_a : from_b;
	size_t len_a = strlen(a), len_b = strlen(b), tail_a = 0, tail_b = 0;

	if (!a[from_a])
		return path_match(b, a);
	if (!b[from_b])
		return path_match(a, b);
	while (!strchr("*?", a[len_a - 1 - tail_a]))
		tail_a++;
	while (!strchr("*?", b[len_b - 1 - tail_b]))
		tail_b++;
	return !memcmp(a, b, head) &&
	       (is_suffix(a + len_a - tail_a, tail_a, b + len_b - tail_b,
			  tail_b) ||
		is_suffix(b + len_b - tail_b, tail_b, a + len_a - tail_a,
			  tail_a));
}

static int may_share_a_file(const struct replacement *a,
			    const struct replacement *b)
{
	for (size_t i = 0; i < a->files.nr; i++)
		for (size_t j = 0; j < b->files.nr; j++)
			if (may_meet(a->files.v[i], b->files.v[j]))
				return 1;
	return 0;
}

/* Would the one change what the other writes? */
static int undoes(const struct replacement *one,
		  const struct replacement *other)
{
	struct buf text = BUF_INIT;
	int does;

	buf_adds(&text, other->to);
	does = replace_all(&text, one->from, one->to) != 0;
	buf_release(&text);
	return does && may_share_a_file(one, other);
}

/* Later ones see what earlier ones wrote; the other way round is a circle. */
int profile_check_replacements(struct reader *r, const struct value *root,
			       const struct profile *p)
{
	const struct value *list = value_get(root, "replacements");

	for (size_t i = 0; list && i < p->nr_replacements; i++)
		for (size_t j = 0; j < i; j++)
			if (undoes(&p->replacements[j], &p->replacements[i]))
				return schema_fail(r, list->items[i],
					"replacements: what this writes, "
					"'%s', entry %zu would replace the "
					"next time: put this one first",
					p->replacements[i].to, j + 1);
	return 0;
}

const struct field profile_replacement_fields[] = {
	{ FIELD(TEXTS, "files", replacement, files),
	  .check = check_migrated },
	{ FIELD(TEXT, "from", replacement, from), .required = 1,
	  .check = check_length },
	{ FIELD(TEXT, "to", replacement, to), .required = 1,
	  .check = check_length },
	FIELD_END
};
