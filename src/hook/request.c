#include "hook/request_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "deploy/deploy.h"
#include "deploy/log.h"
#include "deploy/removing.h"
#include "deploy/rollback.h"
#include "deploy/worker.h"
#include "doc/json.h"
#include "git/object.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

/* A request is a few fields; anything larger is a mistake. */
#define MAX_REQUEST 65536

const char *request_asker(void)
{
	static const char *const names[] = { "REMOTE_USER", "LOGNAME",
					     "USER" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

static int do_verify(const struct request *r, struct error *err)
{
	struct verification v = VERIFICATION_INIT;
	int ret = worker_verify(r->p, r->env->name, &v, err);

	if (!ret) {
		report(r->hook->say, REPORT_LOG, "  %-10s %s", "verify",
		       v.summary.s);
		if (!v.ok)
			report(r->hook->say, REPORT_LOG, "error: %s is not "
			       "verified: %s", r->env->name, v.reason.s);
	}
	verification_release(&v);
	return ret;
}

/*
 * What to try again: the commit that failed, or one that nobody deploys
 * because its worker was killed.  NULL: refused.  free().
 */
static char *what_to_retry(const struct request *r, struct error *err)
{
	const char *expected = value_text(r->fields, "failed");
	char *tip = platform_tip(r->p, r->env), *commit = NULL;
	struct env_state s = ENV_STATE_INIT;

	if (env_state_read(&s, &r->p->repo, r->env->name, err) < 0)
		goto out;
	if (s.failed && expected && strcmp(expected, s.failed))
		error_set(err, ERROR_REFUSED, "what failed on %s is %.7s, "
			  "not %.7s", r->env->name, s.failed, expected);
	else if (s.failed)
		commit = !deploy_forget_failure(r->p, r->env, s.failed,
						 request_asker(), err) ?
			 xstrdup(s.failed) : NULL;
	else if (tip && (!s.deployed || strcmp(tip, s.deployed)))
		commit = xstrdup(tip);
	else
		error_set(err, ERROR_REFUSED, "nothing failed on %s",
			  r->env->name);
out:
	env_state_release(&s);
	free(tip);
	return commit;
}

/* Show the log of its deploy, which is not `before`, unless told not to. */
static void follow(const struct request *r, const char *commit,
		   const char *before)
{
	const char *wanted = value_text(r->fields, "follow");

	if (!wanted || strcmp(wanted, "false"))
		deploy_log_follow(r->p, r->env, commit, before,
				  r->hook->follow);
}

static int do_retry(const struct request *r, struct error *err)
{
	struct worker_wait nothing = { NULL, 0 };
	char *before = deploy_log_latest(r->p, r->env->name), *commit = NULL;
	int ret = -1;

	if (request_check_lock(r, err) < 0 ||
	    platform_read_releases(r->p, err) < 0)
		goto out;
	commit = what_to_retry(r, err);
	if (!commit || worker_start(r->p, r->env->name, &nothing, err) < 0)
		goto out;
	follow(r, commit, before);
	ret = 0;
out:
	free(before);
	free(commit);
	return ret;
}

/* Whoever pushed may not have followed it, or wants to see it again. */
static int do_log(const struct request *r, struct error *err)
{
	const char *which = value_text(r->fields, "which");
	int failed = which && !strcmp(which, "failed");
	char *id = failed ? deploy_log_failed(r->p, r->env->name) :
			    deploy_log_latest(r->p, r->env->name);

	if (!id)
		return error_set(err, ERROR_REFUSED, failed ?
				 "there is no log of a deploy of %s that "
				 "failed" : "there is no log of a deploy of "
				 "%s", r->env->name);
	deploy_log_show(r->p, r->env, id, r->hook->follow, NULL);
	free(id);
	return 0;
}

char *request_line(const struct request *r, const char *key)
{
	return redact_line(value_text(r->fields, key), 0);
}

char *request_short(const struct request *r, const char *key)
{
	return redact_line(value_text(r->fields, key), REQUEST_TEXT);
}

char *request_name(const char *claimed)
{
	const char *known = request_asker();
	char *name = redact_line(claimed, REQUEST_TEXT), *both;

	if (!name || !known || !strcmp(name, known))
		return name ? name : xstrdup_or_null(known);
	both = xstrfmt("%s (%s)", name, known);
	free(name);
	return both;
}

char *request_who(const struct request *r)
{
	return request_name(value_text(r->fields, "who"));
}

static int do_rollback(const struct request *r, struct error *err)
{
	char *why = request_line(r, "reason"), *who = request_who(r);
	struct rollback_request q = {
		.expected = value_text(r->fields, "expected"),
		.wanted = value_text(r->fields, "to"),
		.restores = value_text(r->fields, "restores"),
		.who = who, .why = why,
	};
	char *before = deploy_log_latest(r->p, r->env->name), *commit = NULL;
	int ret = -1;

	if (request_check_lock(r, err) < 0 ||
	    platform_read_releases(r->p, err) < 0)
		goto out;
	commit = rollback_make(r->p, r->env, &q, err);
	if (!commit)
		goto out;
	follow(r, commit, before);
	ret = 0;
out:
	free(before);
	free(commit);
	free(who);
	free(why);
	return ret;
}

static const struct verb {
	const char *name;
	int (*answer)(const struct request *r, struct error *err);
} verbs[] = {
	{ "verify", do_verify },
	{ "retry", do_retry },
	{ "log", do_log },
	{ "rollback", do_rollback },
	{ "lock", request_lock },
	{ "unlock", request_unlock },
	{ "backup", request_backup },
};

static struct value *read_fields(struct platform *p, const char *object,
				 struct error *err)
{
	struct buf b = BUF_INIT;
	struct value *v = NULL;
	char *type = NULL;
	size_t size = 0;

	if (object_size(&p->repo, object, &type, &size, err) < 0)
		goto out;
	if (!type || strcmp(type, "blob")) {
		error_set(err, ERROR_REFUSED, "a request is a blob");
		goto out;
	}
	if (size > MAX_REQUEST) {
		error_set(err, ERROR_REFUSED, "the request is too long");
		goto out;
	}
	if (object_read(&p->repo, object, &b, err) < 0)
		goto out;
	if (!b.len)
		v = value_new(VALUE_MAP);
	else
		v = json_parse("request", b.s, b.len, err);
out:
	buf_release(&b);
	free(type);
	return v;
}

static const struct verb *find_verb(const char *name, size_t len,
				    struct error *err)
{
	struct buf known = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strlen(verbs[i].name) == len &&
		    !strncmp(verbs[i].name, name, len)) {
			buf_release(&known);
			return &verbs[i];
		}
		buf_addf(&known, "%s%s", i ? ", " : "", verbs[i].name);
	}
	error_set(err, ERROR_REFUSED, "this platform knows no request '%.*s'",
		  (int)len, name);
	error_hint(err, "it knows: %s", known.s);
	buf_release(&known);
	return NULL;
}

int request_answer(const struct hook *h, struct platform *p,
		   const char *ref, const char *object, struct error *err)
{
	const char *name = skip_prefix(ref, REQUEST_PREFIX);
	const char *slash = name ? strchr(name, '/') : NULL;
	struct request r = { h, p, NULL, NULL };
	struct value *fields = NULL;
	const struct verb *verb;
	int ret = -1;

	if (!slash)
		return error_set(err, ERROR_REFUSED, "a request is pushed to "
				 REQUEST_PREFIX "VERB/ENVIRONMENT");
	verb = find_verb(name, (size_t)(slash - name), err);
	if (!verb)
		return -1;
	r.env = platform_environment(p, slash + 1, err);
	if (!r.env || (verb->answer != do_log &&
		       removing_check(&p->repo, r.env->name, err) < 0))
		return -1;
	fields = read_fields(p, object, err);
	if (fields) {
		r.fields = fields;
		ret = verb->answer(&r, err);
	}
	value_free(fields);
	return ret;
}
