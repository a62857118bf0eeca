/*
 * The schema of checks: what is asked of a release that was deployed.
 */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DAY (24 * 3600L)
#define WEEK (7 * DAY)

int check_is_there(const struct check *check)
{
	return check->run.argv.nr || check->http.url;
}

static int check_url(struct reader *r, const struct value *v,
		     const char *text)
{
	const char *host = skip_prefix(text, "https://");

	if (!host)
		host = skip_prefix(text, "http://");
	if (host && *host && !strchr("/?#", *host) && !strpbrk(text, " \t"))
		return 0;
	return schema_fail(r, v, "expected a URL of http or https, not '%s'",
			   text);
}

/* "204", or "2xx": all that begin so. */
static int check_status(struct reader *r, const struct value *v,
			const char *text)
{
	if (strlen(text) == 3 && strchr("12345", *text) &&
	    (!strcmp(text + 1, "xx") ||
	     (isdigit((unsigned char)text[1]) &&
	      isdigit((unsigned char)text[2]))))
		return 0;
	return schema_fail(r, v, "expected a status (200) or a class of them "
			   "(2xx), not '%s'", text);
}

static void add_filled(struct buf *out, const char *text)
{
	while (*text) {
		const char *rest = skip_prefix(text, "{release}");

		if (!rest)
			rest = skip_prefix(text, "{env}");
		buf_addc(out, rest ? 'x' : *text);
		text = rest ? rest : text + 1;
	}
}

/* What is filled in later is a text, and no repetition of anything. */
static int check_filled_regex(struct reader *r, const struct value *v,
			      const char *text)
{
	struct buf b = BUF_INIT;
	int ret;

	add_filled(&b, text);
	ret = check_regex(r, v, b.s);
	buf_release(&b);
	return ret;
}

static int is_header_name(const char *name)
{
	return *name && !name[strspn(name, "!#$%&'*+-.^_`|~0123456789"
				     "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

int check_header_names(struct reader *r, const struct value *v)
{
	if (v->type != VALUE_MAP)
		return schema_expected(r, v, "names of headers as keys");
	for (size_t i = 0; i < v->nr; i++)
		if (!is_header_name(v->keys[i]))
			return schema_fail_key(r, v->items[i], "expected the "
					       "name of a header, not '%s'",
					       v->keys[i]);
	return 0;
}

static int check_headers(struct reader *r, const struct value *v)
{
	if (check_header_names(r, v) < 0)
		return -1;
	for (size_t i = 0; i < v->nr; i++) {
		const struct value *item = v->items[i];

		if (item->type != VALUE_SCALAR)
			return schema_expected(r, item, "an expression");
		if (check_filled_regex(r, item, item->text) < 0)
			return -1;
	}
	return 0;
}

static int check_json(struct reader *r, const struct value *v)
{
	if (v->type != VALUE_MAP)
		return schema_expected(r, v, "JSON pointers as keys");
	for (size_t i = 0; i < v->nr; i++) {
		const struct value *item = v->items[i];

		if (!is_json_pointer(v->keys[i]))
			return schema_fail_key(r, item, NO_POINTER,
					       v->keys[i]);
		if (item->type != VALUE_SCALAR &&
		    (item->type != VALUE_NULL || !item->written))
			return schema_expected(r, item, "a text, a number, "
					       "true, false or null");
	}
	return 0;
}

static const struct field http_fields[] = {
	{ FIELD(TEXT, "url", check, http.url), .required = 1,
	  .check = check_url },
	{ FIELD(TEXT, "status", check, http.status), .check = check_status,
	  .fallback_text = "2xx" },
	{ FIELD(VALUE, "headers", check, http.headers),
	  .check_value = check_headers },
	{ FIELD(TEXT, "body", check, http.body),
	  .check = check_filled_regex },
	{ FIELD(VALUE, "json", check, http.json),
	  .check_value = check_json },
	FIELD_END
};

const struct field profile_check_fields[] = {
	{ FIELD(TEXTS, "run", check, run.argv), .one_of = 1 },
	{ .key = "http", .type = FIELD_RECORD, .fields = http_fields,
	  .one_of = 1 },
	{ FIELD(SPAN, "timeout", check, run.timeout), .max = WEEK },
	{ FIELD(TEXT, "dir", check, dir), .check = check_inside },
	{ FIELD(TEXT, "expect", check, expect) },
	{ FIELD(NUMBER, "polls", check, polls), .min = 1, .max = 1000,
	  .fallback = 1 },
	{ FIELD(SPAN, "interval", check, interval), .max = DAY,
	  .fallback = 5 },
	{ FIELD(SPAN, "within", check, within), .max = DAY },
	FIELD_END
};

int profile_check_check(struct reader *r, const struct value *v,
			const void *record)
{
	static const char *const of_run[] = { "dir", "expect" };
	const struct check *check = record;

	for (size_t i = 0; check->http.url && i < ARRAY_SIZE(of_run); i++) {
		const struct value *item = value_get(v, of_run[i]);

		if (item && item->type != VALUE_NULL)
			return schema_fail_key(r, item, "'%s' is about what "
					       "is run, and this check asks "
					       "over HTTP", of_run[i]);
	}
	if (check->within &&
	    check->within < (check->polls - 1) * check->interval)
		return schema_fail(r, v, "%ld polls, %ld s apart, do not fit "
				   "within %ld s", check->polls,
				   check->interval, check->within);
	return 0;
}

/* Of src/gate: those without which a platform would be none, */
static const char *const fixed[] = {
	"deletion", "lock", "fast-forward", "promotion", "record",
	"legal-hop", "required-files", "markers", "checks"
};

/* and the rest. */
static const char *const others[] = { "freeze", "extensions", "soak",
				       "backup" };

int profile_gate_is_fixed(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (!strcmp(name, fixed[i]))
			return 1;
	return 0;
}

static int is_gate(const char *name)
{
	int is = profile_gate_is_fixed(name);

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		is |= !strcmp(name, others[i]);
	return is;
}

int profile_gate_is_there(const struct environment *env, const char *name)
{
	int is = is_gate(name);

	for (size_t i = 0; !is && i < env->nr_gates; i++)
		is = !strcmp(name, env->gates[i].name);
	return is;
}

/* What is called by its name must not be called as a gate is. */
static int check_gate_name(struct reader *r, const struct value *v,
			   const char *text)
{
	if (is_gate(text))
		return schema_fail(r, v, "'%s' is the name of a gate that is "
				   "there already", text);
	return check_name(r, v, text);
}

int profile_check_override(struct reader *r, const struct value *v,
			   const char *text)
{
	if (profile_gate_is_fixed(text))
		return schema_fail(r, v, "expected freeze, extensions, "
				   "soak, backup or the name of one of "
				   "'gates', not '%s', which nobody may "
				   "override", text);
	return check_name(r, v, text);
}

const struct field profile_gate_check_fields[] = {
	{ FIELD(TEXT, "name", gate_check, name), .required = 1,
	  .check = check_gate_name },
	{ FIELD(TEXTS, "run", gate_check, check.run.argv), .one_of = 1 },
	{ .key = "http", .type = FIELD_RECORD, .fields = http_fields,
	  .one_of = 1 },
	{ FIELD(SPAN, "timeout", gate_check, check.run.timeout), .min = 1,
	  .max = 3600, .fallback = 60 },
	{ FIELD(TEXT, "expect", gate_check, check.expect) },
	FIELD_END
};

int profile_check_gate_names(struct reader *r, const struct value *v,
			     const struct environment *env)
{
	const struct value *gates = value_get(v, "gates");

	for (size_t i = 1; gates && i < env->nr_gates; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(env->gates[i].name, env->gates[k].name))
				return schema_fail(r, gates, "the gate '%s' "
						   "is there twice",
						   env->gates[i].name);
	return 0;
}
