#include "base/opt.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *field(const struct opt *o, void *values)
{
	return (char *)values + o->offset;
}

static int takes_value(const struct opt *o)
{
	return o->type != OPT_FLAG && o->type != OPT_SWITCH;
}

/* Of an option that takes one. */
static int set(const struct opt *o, void *values, const char *value,
	       struct error *err)
{
	char *end;
	long n;

	switch (o->type) {
	case OPT_STRING:
	case OPT_MAYBE:
		*(const char **)field(o, values) = value;
		return 0;
	case OPT_LIST: {
		struct strvec *list = field(o, values);

		if (!list->v)
			strvec_init(list);
		strvec_push(list, value);
		return 0;
	}
	case OPT_NUMBER:
		errno = 0;
		n = strtol(value, &end, 10);
		if (errno || end == value || *end || n < 0)
			return error_set(err, ERROR_USAGE,
					 "option '%s' takes a number, not '%s'",
					 o->name, value);
		*(long *)field(o, values) = n;
		return 0;
	case OPT_FLAG:
	case OPT_SWITCH:
	case OPT_END:
		break;
	}
	return 0;
}

/* The row of a long name, exact or by unique prefix. */
static const struct opt *find_long(const struct opt *table, const char *name,
				   size_t len, int *ambiguous)
{
	const struct opt *found = NULL;

	*ambiguous = 0;
	for (const struct opt *o = table; o->type != OPT_END; o++) {
		if (!o->name || strncmp(o->name, name, len))
			continue;
		if (!o->name[len])
			return o;
		*ambiguous = found != NULL;
		if (!found)
			found = o;
	}
	return *ambiguous ? NULL : found;
}

static const struct opt *find_letter(const struct opt *table, char letter)
{
	for (const struct opt *o = table; o->type != OPT_END; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* With the one that looks most like it, if any does. */
static int unknown(const struct opt *table, const char *given,
		   const char *name, size_t len, struct error *err)
{
	char *word = xstrndup(name, len);
	struct nearest n = nearest_to(word);
	const char *best = NULL;

	for (const struct opt *o = table; o->type != OPT_END; o++)
		if (o->name && is_nearest(&n, o->name))
			best = o->name;
	free(word);
	error_set(err, ERROR_USAGE, "unknown option '%s'", given);
	return best ? error_hint(err, "did you mean --%s?", best) : -1;
}

static int parse_long(const struct opt *table, void *values, char **argv,
		      int argc, int *i, struct error *err)
{
	const char *name = argv[*i] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	int ambiguous, negate = 0;
	const struct opt *o = find_long(table, name, len, &ambiguous);

	if (!o && !ambiguous && len > 3 && !strncmp(name, "no-", 3)) {
		o = find_long(table, name + 3, len - 3, &ambiguous);
		negate = 1;
		if (o && takes_value(o))
			o = NULL;
	}
	if (ambiguous)
		return error_set(err, ERROR_USAGE, "option '%s' is ambiguous",
				 argv[*i]);
	if (!o)
		return unknown(table, argv[*i], name, len, err);
	if (!takes_value(o)) {
		if (value)
			return error_set(err, ERROR_USAGE,
					 "option '--%s' takes no value",
					 o->name);
		*(int *)field(o, values) = !negate ? 1 :
			o->type == OPT_SWITCH ? -1 : 0;
		return 0;
	}
	if (!value && o->type == OPT_MAYBE)
		return set(o, values, "", err);
	if (!value && ++*i >= argc)
		return error_set(err, ERROR_USAGE,
				 "option '--%s' requires a value", o->name);
	return set(o, values, value ? value : argv[*i], err);
}

static int parse_short(const struct opt *table, void *values, char **argv,
		       int argc, int *i, struct error *err)
{
	for (const char *p = argv[*i] + 1; *p; p++) {
		const struct opt *o = find_letter(table, *p);

		if (!o)
			return error_set(err, ERROR_USAGE,
					 "unknown option '-%c'", *p);
		if (!takes_value(o)) {
			*(int *)field(o, values) = 1;
			continue;
		}
		if (p[1])
			return set(o, values, p + 1, err);
		if (++*i >= argc)
			return error_set(err, ERROR_USAGE,
					 "option '-%c' requires a value", *p);
		return set(o, values, argv[*i], err);
	}
	return 0;
}

int opt_parse(const struct opt *table, void *values, int argc, char **argv,
	      int *nr_args, int *dashdash, struct error *err)
{
	int i, kept = 0;

	if (dashdash)
		*dashdash = -1;
	for (i = 0; i < argc; i++) {
		char *arg = argv[i];
		int ret;

		if (!strcmp(arg, "--")) {
			if (dashdash)
				*dashdash = kept;
			i++;
			break;
		}
		if (arg[0] != '-' || !arg[1]) {
			argv[kept++] = arg;
			continue;
		}
		ret = arg[1] == '-' ?
			parse_long(table, values, argv, argc, &i, err) :
			parse_short(table, values, argv, argc, &i, err);
		if (ret < 0)
			return -1;
	}
	while (i < argc)
		argv[kept++] = argv[i++];
	*nr_args = kept;
	return 0;
}

void opt_release(const struct opt *table, void *values)
{
	for (const struct opt *o = table; o->type != OPT_END; o++) {
		struct strvec *list = field(o, values);

		if (o->type == OPT_LIST && list->v)
			strvec_release(list);
	}
}

/* "-n, --dry-run", "--from <release>" */
static void add_form(struct buf *out, const struct opt *o)
{
	if (o->letter)
		buf_addf(out, "-%c%s", o->letter, o->name ? ", " : "");
	if (o->name)
		buf_addf(out, "--%s%s",
			 o->type == OPT_SWITCH ? "[no-]" : "", o->name);
	if (o->type == OPT_MAYBE)
		buf_addf(out, "[=<%s>]", o->arg);
	else if (o->arg)
		buf_addf(out, "%s<%s>", o->name ? "=" : " ", o->arg);
}

void opt_usage(const struct opt *table, struct buf *out)
{
	const size_t column = 26;

	for (const struct opt *o = table; o->type != OPT_END; o++) {
		size_t start = out->len;

		buf_adds(out, "    ");
		add_form(out, o);
		if (out->len - start >= column) {
			buf_addc(out, '\n');
			start = out->len;
		}
		while (out->len - start < column)
			buf_addc(out, ' ');
		buf_addf(out, "%s\n", o->help);
	}
}

void opt_complete(const struct opt *table, struct buf *out)
{
	for (const struct opt *o = table; o->type != OPT_END; o++) {
		if (!o->name)
			continue;
		buf_addf(out, "%s--%s%s", out->len ? " " : "", o->name,
			 takes_value(o) && o->type != OPT_MAYBE ? "=" : "");
		if (o->type == OPT_SWITCH)
			buf_addf(out, " --no-%s", o->name);
	}
}
