/*
 * The schema of drivers: who deploys what is pushed, where no platform of
 * ours does, and how one tells him to, asks how it goes and reads his log.
 *
 * A driver is a description, and may be a profile's.  In its texts "{NAME}"
 * stands for what is particular to a deploy (env, branch, commit, release,
 * id, cursor, token), and for the variables of an environment, so that
 * several have one driver.
 */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/mem.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define HOUR 3600L
#define WEEK (7 * 24 * HOUR)

/* In the order of enum deploy_state. */
static const char *const states[] = { "pending", "success", "failure", NULL };
/* In the order of enum deployer_lines. */
static const char *const log_lines[] = { "text", "ndjson", NULL };

int deploy_state_named(const char *name)
{
	for (int i = 0; states[i]; i++)
		if (!strcmp(states[i], name))
			return i;
	return -1;
}

/* Checks */

static int check_states(struct reader *r, const struct value *v)
{
	if (v->type != VALUE_MAP)
		return schema_expected(r, v, "keys, and what each stands for");
	for (size_t i = 0; i < v->nr; i++)
		if (v->items[i]->type != VALUE_SCALAR ||
		    deploy_state_named(v->items[i]->text) < 0)
			return schema_expected(r, v->items[i], "pending or "
					       "success or failure");
	return 0;
}

static int is_exit_code(const char *text)
{
	size_t len = strlen(text);

	return len && len <= 3 && !text[strspn(text, "0123456789")] &&
	       strtol(text, NULL, 10) <= 255;
}

static int check_exits(struct reader *r, const struct value *v)
{
	if (check_states(r, v) < 0)
		return -1;
	for (size_t i = 0; i < v->nr; i++)
		if (!is_exit_code(v->keys[i]))
			return schema_fail_key(r, v->items[i], "expected an "
					       "exit code, 0 to 255, not '%s'",
					       v->keys[i]);
	return 0;
}

static int check_output(struct reader *r, const struct value *v)
{
	if (check_states(r, v) < 0)
		return -1;
	for (size_t i = 0; i < v->nr; i++)
		if (check_regex(r, v->items[i], v->keys[i]) < 0)
			return -1;
	return 0;
}

/* A group says what the id is. */
static int check_id(struct reader *r, const struct value *v, const char *text)
{
	regex_t re;
	size_t groups;

	if (check_regex(r, v, text) < 0)
		return -1;
	if (regcomp(&re, text, REG_EXTENDED))
		return -1;
	groups = re.re_nsub;
	regfree(&re);
	return groups ? 0 : schema_fail(r, v, "expected an expression with "
					"the id in parentheses, not '%s'",
					text);
}

static int check_texts(struct reader *r, const struct value *v)
{
	if (v->type != VALUE_MAP)
		return schema_expected(r, v, "names as keys");
	for (size_t i = 0; i < v->nr; i++)
		if (v->items[i]->type != VALUE_SCALAR)
			return schema_expected(r, v->items[i], "a text");
	return 0;
}

static int check_headers(struct reader *r, const struct value *v)
{
	return check_header_names(r, v) < 0 ? -1 : check_texts(r, v);
}

static int check_where(struct reader *r, const struct value *v)
{
	if (check_texts(r, v) < 0)
		return -1;
	for (size_t i = 0; i < v->nr; i++)
		if (!is_json_pointer(v->keys[i]))
			return schema_fail_key(r, v->items[i], NO_POINTER,
					       v->keys[i]);
	return 0;
}

static int is_variable(const char *name)
{
	return islower((unsigned char)*name) &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

int profile_check_variables(struct reader *r, const struct value *v)
{
	static const char *const taken[] = {
		"env", "branch", "commit", "release", "id", "cursor", "token"
	};

	if (check_texts(r, v) < 0)
		return -1;
	for (size_t i = 0; i < v->nr; i++) {
		if (!is_variable(v->keys[i]))
			return schema_fail_key(r, v->items[i], "expected a "
					       "name of a-z, 0-9 and '_', not "
					       "'%s'", v->keys[i]);
		for (size_t k = 0; k < ARRAY_SIZE(taken); k++)
			if (!strcmp(v->keys[i], taken[k]))
				return schema_fail_key(r, v->items[i], "{%s} "
						       "is known already, and "
						       "cannot be set",
						       v->keys[i]);
	}
	return 0;
}

/* All of it may be a variable, that of a service of one's own. */
static int check_url(struct reader *r, const struct value *v,
		     const char *text)
{
	const char *host = skip_prefix(text, "https://");

	if (!host)
		host = skip_prefix(text, "http://");
	if (!host && *text == '{')
		return 0;
	if (host && *host && !strchr("/?#", *host) && !strpbrk(text, " \t") &&
	    !memchr(host, '@', strcspn(host, "/?#")))
		return 0;
	return schema_fail(r, v, "expected a URL of http or https without a "
			   "password, not '%s'", text);
}

static int check_method(struct reader *r, const struct value *v,
			const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (len && !text[len] && len < 16)
		return 0;
	return schema_fail(r, v, "expected a method such as GET or POST, not "
			   "'%s'", text);
}

static int check_env_name(struct reader *r, const struct value *v,
			  const char *text)
{
	if (!isdigit((unsigned char)*text) &&
	    !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return 0;
	return schema_fail(r, v, "expected the name of a variable of the "
			   "environment, not '%s'", text);
}

/* The schema */

static const struct field program_fields[] = {
	{ FIELD(TEXTS, "run", deployer_program, run.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", deployer_program, run.timeout),
	  .max = WEEK },
	{ FIELD(TEXT, "id", deployer_program, id), .check = check_id },
	{ FIELD(TEXT, "id_at", deployer_program, id_at),
	  .check = check_pointer },
	{ FIELD(VALUE, "exits", deployer_program, exits),
	  .check_value = check_exits },
	{ FIELD(VALUE, "output", deployer_program, output),
	  .check_value = check_output },
	FIELD_END
};

static const struct field command_fields[] = {
	{ FIELD(RECORD, "deploy", deployer, command.deploy), .required = 1,
	  .fields = program_fields },
	{ FIELD(RECORD, "status", deployer, command.status),
	  .fields = program_fields },
	{ FIELD(RECORD, "log", deployer, command.log),
	  .fields = program_fields },
	FIELD_END
};

#define HOW_TO_ASK \
	{ FIELD(TEXT, "url", deployer_request, url), .required = 1, \
	  .check = check_url }, \
	{ FIELD(TEXT, "method", deployer_request, method), \
	  .check = check_method }, \
	{ FIELD(VALUE, "headers", deployer_request, headers), \
	  .check_value = check_headers }, \
	{ FIELD(VALUE, "form", deployer_request, form), \
	  .check_value = check_texts }, \
	{ FIELD(VALUE, "json", deployer_request, json) }, \
	{ FIELD(SPAN, "timeout", deployer_request, timeout), .min = 1, \
	  .max = HOUR, .fallback = 30 }

#define POINTER(k, m) \
	{ FIELD(TEXT, k, deployer_request, m), .check = check_pointer }

static const struct field exchange_fields[] = {
	HOW_TO_ASK,
	{ FIELD(TEXT, "at", deployer_request, text), .required = 1,
	  .check = check_pointer },
	FIELD_END
};

static const struct field trigger_fields[] = {
	HOW_TO_ASK,
	POINTER("id", id),
	{ FIELD(FLAG, "repeat", deployer_request, repeat) },
	FIELD_END
};

static const struct field find_fields[] = {
	HOW_TO_ASK,
	{ FIELD(TEXT, "items", deployer_request, items),
	  .check = check_pointer },
	{ FIELD(TEXT, "commit", deployer_request, commit), .required = 1,
	  .check = check_pointer },
	{ FIELD(TEXT, "id", deployer_request, id), .required = 1,
	  .check = check_pointer },
	{ FIELD(VALUE, "where", deployer_request, where),
	  .check_value = check_where },
	FIELD_END
};

static const struct field status_fields[] = {
	HOW_TO_ASK,
	{ FIELD(TEXT, "state", deployer_request, state), .required = 1,
	  .check = check_pointer },
	{ FIELD(VALUE, "states", deployer_request, states),
	  .check_value = check_states },
	POINTER("result", result),
	{ FIELD(VALUE, "results", deployer_request, results),
	  .check_value = check_states },
	POINTER("text", text),
	POINTER("commit", commit),
	FIELD_END
};

static const struct field log_fields[] = {
	HOW_TO_ASK,
	{ FIELD(CHOICE, "lines", deployer_request, lines),
	  .choices = log_lines },
	POINTER("id", id),
	POINTER("message", message),
	POINTER("seal", seal),
	FIELD_END
};

static const struct field token_fields[] = {
	{ FIELD(TEXT, "env", deployer, http.token_env),
	  .check = check_env_name },
	{ FIELD(TEXT, "credential", deployer, http.token_credential),
	  .check = check_url },
	{ FIELD(RECORD, "exchange", deployer, http.exchange),
	  .fields = exchange_fields },
	FIELD_END
};

static const struct field http_fields[] = {
	{ FIELD_GROUP("token", token_fields) },
	{ FIELD(VALUE, "headers", deployer, http.headers),
	  .check_value = check_headers },
	{ FIELD(RECORD, "trigger", deployer, http.trigger),
	  .fields = trigger_fields },
	{ FIELD(RECORD, "find", deployer, http.find),
	  .fields = find_fields },
	{ FIELD(RECORD, "status", deployer, http.status), .required = 1,
	  .fields = status_fields },
	{ FIELD(RECORD, "log", deployer, http.log), .fields = log_fields },
	FIELD_END
};

/* Its name, the first member, is the key. */
const struct field profile_deployer_fields[] = {
	{ .key = "command", .type = FIELD_RECORD, .fields = command_fields,
	  .one_of = 1 },
	{ .key = "http", .type = FIELD_RECORD, .fields = http_fields,
	  .one_of = 1 },
	{ FIELD(VALUE, "defaults", deployer, defaults),
	  .check_value = profile_check_variables },
	FIELD_END
};

static int check_command(struct reader *r, const struct value *v,
			 const struct deployer *d)
{
	const struct deployer_program *p = &d->command.deploy;

	if (p->id && p->id_at)
		return schema_fail(r, v, "the id of a deploy is found by 'id' "
				   "or by 'id_at', not by both");
	return 0;
}

static int check_http(struct reader *r, const struct value *v,
		      const struct deployer *d)
{
	const struct deployer_http *h = &d->http;
	const struct deployer_request *all[] = { &h->trigger, &h->find,
						 &h->status, &h->log,
						 &h->exchange };

	if (!h->trigger.url && !h->find.url)
		return schema_fail(r, v, "the key 'trigger' or 'find' is "
				   "missing: a deploy is begun, or found by "
				   "its commit");
	if (!h->status.states)
		return schema_fail(r, v, "the key 'http.status.states' is "
				   "missing: which states mean what");
	if (!h->status.result != !h->status.results)
		return schema_fail(r, v, "the keys 'http.status.result' and "
				   "'results' belong together: where a result "
				   "is, and what it means");
	if (h->log.url && h->log.lines == LOG_IS_NDJSON && !h->log.message)
		return schema_fail(r, v, "the key 'http.log.message' is "
				   "missing: where a line has its text");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->form && all[i]->json)
			return schema_fail(r, v, "what is sent is a 'form' or "
					   "'json', not both");
	return 0;
}

int profile_check_deployer(struct reader *r, const struct value *v,
			   const void *record)
{
	const struct deployer *d = record;

	if (!profile_is_name(d->name))
		return schema_fail_key(r, v, NOT_A_NAME, d->name);
	return d->http.status.url ? check_http(r, v, d) :
				    check_command(r, v, d);
}

/* Who deploys an environment */

enum deploy_driver deployer_kind(const struct deployer *d)
{
	return d->http.status.url ? DEPLOY_BY_HTTP : DEPLOY_BY_COMMAND;
}

static int no_deployer(const struct profile *p, const struct environment *env,
		       struct error *err)
{
	const char *kind = deploy_driver_name(env->deploy);
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < p->nr_deployers; i++)
		if (deployer_kind(&p->deployers[i]) == env->deploy)
			buf_addf(&names, "%s%s", names.len ? ", " : "",
				 p->deployers[i].name);
	if (env->driver)
		error_set(err, ERROR_REFUSED, "environment %s says 'driver: "
			  "%s', and there is no such driver of kind %s",
			  env->name, env->driver, kind);
	else
		error_set(err, ERROR_REFUSED, "environment %s says 'deploy: "
			  "%s', and %s describes how", env->name, kind,
			  names.len ? "more than one driver" : "no driver");
	if (names.len)
		error_hint(err, "name one with \"git config upgrade."
			   "environments.%s.driver NAME\": %s", env->name,
			   names.s);
	else
		error_hint(err, "describe one in 'drivers', see "
			   "gitupgrade-profile(5)");
	buf_release(&names);
	return -1;
}

const struct deployer *profile_deployer(const struct profile *p,
					const struct environment *env,
					struct error *err)
{
	const struct deployer *found = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < p->nr_deployers; i++) {
		const struct deployer *d = &p->deployers[i];

		if (deployer_kind(d) != env->deploy ||
		    (env->driver && strcmp(env->driver, d->name)))
			continue;
		found = d;
		nr++;
	}
	if (nr == 1)
		return found;
	no_deployer(p, env, err);
	return NULL;
}
