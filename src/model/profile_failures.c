/*
 * The schema of failures: what lines of logs mean.
 */
#include "model/profile_internal.h"

#include <ctype.h>
#include <regex.h>

/* Its name, the first member, is the key. */
const struct field profile_failure_fields[] = {
	{ FIELD(TEXT, "pattern", failure, pattern), .required = 1,
	  .check = check_regex },
	{ FIELD(TEXT, "means", failure, means), .required = 1 },
	{ FIELD(TEXT, "lists", failure, lists) },
	{ FIELD(TEXTS, "hints", failure, hints) },
	FIELD_END
};

static size_t count_groups(const char *pattern)
{
	regex_t re;
	size_t nr = 0;

	if (!regcomp(&re, pattern, REG_EXTENDED)) {
		nr = re.re_nsub;
		regfree(&re);
	}
	return nr;
}

/* The highest N of "{N}" in the text. */
static size_t highest_group(const char *text)
{
	size_t highest = 0;

	for (; *text; text++)
		if (text[0] == '{' && isdigit((unsigned char)text[1]) &&
		    text[2] == '}' && (size_t)(text[1] - '0') > highest)
			highest = (size_t)(text[1] - '0');
	return highest;
}

static int check_groups(struct reader *r, const struct value *v,
			const char *text, size_t groups)
{
	if (highest_group(text) <= groups)
		return 0;
	return schema_fail(r, v, "the pattern has %zu group%s, and '%s' asks "
			   "for {%zu}", groups, groups == 1 ? "" : "s", text,
			   highest_group(text));
}

int profile_check_failure(struct reader *r, const struct value *v,
			  const void *record)
{
	const struct failure *f = record;
	size_t groups = count_groups(f->pattern);

	if (!profile_is_name(f->name))
		return schema_fail_key(r, v, NOT_A_NAME, f->name);
	if (check_groups(r, v, f->means, groups) < 0 ||
	    (f->lists && check_groups(r, v, f->lists, groups) < 0))
		return -1;
	for (size_t i = 0; i < f->hints.nr; i++)
		if (check_groups(r, v, f->hints.v[i], groups) < 0)
			return -1;
	return 0;
}
