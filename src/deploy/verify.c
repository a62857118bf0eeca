#include "deploy/verify.h"

#include "base/mem.h"
#include "base/time.h"
#include "deploy/notify.h"
#include "deploy/probe.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void verification_release(struct verification *v)
{
	point_list_release(&v->points);
	buf_release(&v->summary);
	buf_release(&v->reason);
}

/* `evidence` is what a bad point has to say, or a good one. */
static void add_point(struct verification *v, const char *name, int ok,
		      const char *word, const char *evidence)
{
	point_add(&v->points, name, ok, word, evidence);
	v->ok &= ok;
}

/* Milliseconds between polls that have no interval. */
#define SHORT_PAUSE 100

/* A check that is under way. */
struct polling {
	const struct check *check;
	const struct step_context *context;
	double deadline;		/* 0: none */
	long polls, passed, bad;
	struct buf *reason;		/* of the last bad poll */
};

/* A poll may take no longer than all of them. */
static long poll_timeout(const struct polling *p)
{
	long limit = p->check->run.timeout ? p->check->run.timeout :
		     p->check->http.url ? HTTP_TIMEOUT : 0;
	double left = p->deadline - time_monotonic();

	if (p->deadline <= 0.0 || (limit && (double)limit <= left))
		return limit;
	return left < 1.0 ? 1 : (long)(left + 0.5);
}

/* What it has to say for itself. */
static void add_last_line(struct buf *said, const struct buf *out)
{
	struct buf excerpt = BUF_INIT;

	step_add_excerpt(&excerpt, out);
	buf_adds(said, excerpt.len ? excerpt.s + strlen(": ") : "exit code 0");
	buf_release(&excerpt);
}

int verify_program(const struct check *check, const struct step_context *c,
		   long timeout, struct buf *said, struct error *err)
{
	struct command_line run = check->run;
	char *expect = check->expect ? step_fill(c, check->expect) : NULL;
	struct step_result result = { 0, 0, 0 };
	struct buf out = BUF_INIT;
	int ret = -1;

	run.timeout = timeout;
	if (step_run(c, &run, check->dir, -1, &out, &result, err) < 0)
		goto out;
	ret = !result.status &&
	      (!expect || memmem(out.s, out.len, expect, strlen(expect)));
	if (ret) {
		add_last_line(said, &out);
		goto out;
	}
	if (result.status)
		step_describe(&result, run.timeout, said);
	else
		buf_addf(said, "it does not say \"%s\"", expect);
	step_add_excerpt(said, &out);
out:
	free(expect);
	buf_release(&out);
	return ret;
}

/* 1 good, 0 bad. */
static int poll_once(struct polling *p, struct error *err)
{
	struct buf reason = BUF_INIT;
	long timeout = poll_timeout(p);
	int good = p->check->http.url ?
		probe_ask(&p->check->http, p->context, timeout, &reason) :
		verify_program(p->check, p->context, timeout, &reason, err);

	if (!good) {
		buf_reset(p->reason);
		buf_add(p->reason, reason.s, reason.len);
	}
	buf_release(&reason);
	return good;
}

/* Is it given up?  Nobody waits for a time when no poll can begin. */
static int is_over(const struct polling *p)
{
	if (p->deadline > 0.0)
		return time_monotonic() + (double)p->check->interval >=
		       p->deadline;
	return p->bad >= p->polls;
}

static void say_time_is_up(struct polling *p)
{
	if (!p->reason->len)
		buf_adds(p->reason, "too few in a row");
	buf_addf(p->reason, "; given up after %ld s", p->check->within);
}

int verify_check(const struct check *check, const struct step_context *c,
		 long *passed, struct buf *reason, struct error *err)
{
	struct polling p = { check, c, check->within ? time_monotonic() +
			     (double)check->within : 0.0,
			     check->polls > 0 ? check->polls : 1, 0, 0,
			     reason };
	/* Until a time is over, not as fast as it can. */
	long interval = check->within && !check->interval ?
			SHORT_PAUSE : check->interval * 1000;
	int ret = 0;

	buf_reset(reason);
	for (;;) {
		ret = poll_once(&p, err);
		if (ret < 0)
			break;
		p.passed = ret ? p.passed + 1 : 0;
		p.bad += !ret;
		ret = p.passed >= p.polls;
		if (ret || is_over(&p))
			break;
		time_pause(interval);
	}
	if (!ret && check->within)
		say_time_is_up(&p);
	*passed = p.passed;
	return ret;
}

struct pattern {
	regex_t re;
	const char *text;
};

struct patterns {
	struct pattern *v;
	size_t nr;
};

static void patterns_init(struct patterns *p, const struct strvec *texts)
{
	p->v = xcalloc(texts->nr + 1, sizeof(*p->v));
	for (size_t i = 0; i < texts->nr; i++) {
		struct pattern *pattern = &p->v[p->nr];

		pattern->text = texts->v[i];
		p->nr += !regcomp(&pattern->re, pattern->text,
				  REG_EXTENDED | REG_NOSUB);
	}
}

static void patterns_release(struct patterns *p)
{
	while (p->nr)
		regfree(&p->v[--p->nr].re);
	free(p->v);
}

/* The pattern that is found first; NULL: none is. */
static const char *known_failure(const struct patterns *p, FILE *log)
{
	const char *found = NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (p->nr && !found && (len = getline(&line, &size, log)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (starts_with(line, NOTIFY_LINE))
			continue;
		for (size_t i = 0; i < p->nr && !found; i++)
			if (!regexec(&p->v[i].re, line, 0, NULL, 0))
				found = p->v[i].text;
	}
	free(line);
	return found;
}

static int verify_log(struct verification *v, const struct step_context *c,
		      const char *path, struct error *err)
{
	struct patterns p = { NULL, 0 };
	FILE *log = fopen(path, "re");
	const char *bad;

	if (!log)
		return error_errno(err, "cannot read '%s'", path);
	patterns_init(&p, &c->platform->profile.log_failures);
	bad = known_failure(&p, log);
	add_point(v, "log", !bad, bad ? "failed" : "ok", bad);
	if (bad)
		buf_addf(&v->reason, "the log has a known failure: %s", bad);
	patterns_release(&p);
	fclose(log);
	return 0;
}

static int verify_version(struct verification *v,
			  const struct step_context *c, struct error *err)
{
	const struct check *check = &c->platform->profile.version;
	const char *release = c->release ? c->release : "";
	struct buf reason = BUF_INIT;
	char *word = NULL;
	long passed;
	int good;

	if (!check_is_there(check))
		return 0;
	good = verify_check(check, c, &passed, &reason, err);
	if (good >= 0) {
		word = good ? xstrfmt("%s ok", release) : xstrdup("failed");
		add_point(v, "version", good, word, good ? release :
							   reason.s);
	}
	if (!good)
		buf_addf(&v->reason, "version probe: %s", reason.s);
	buf_release(&reason);
	free(word);
	return good < 0 ? -1 : 0;
}

static int verify_health(struct verification *v,
			 const struct step_context *c, struct error *err)
{
	const struct check *check = &c->platform->profile.health;
	long passed = 0, polls = check->polls > 0 ? check->polls : 1;
	struct buf reason = BUF_INIT;
	char *word;
	int good;

	if (!check_is_there(check))
		return 0;
	good = verify_check(check, c, &passed, &reason, err);
	word = xstrfmt("%ld/%ld", passed, polls);
	if (!good)
		buf_addf(&v->reason, "health %s: %s", word, reason.s);
	if (good >= 0)
		add_point(v, "health", good, word, good ? word :
			  v->reason.s + strlen("health "));
	buf_release(&reason);
	free(word);
	return good < 0 ? -1 : 0;
}

int verify_release(struct verification *v, const struct step_context *c,
		   const char *log, struct error *err)
{
	int ret = 0;

	v->ok = 1;
	add_point(v, "platform", 1, "ok", NULL);
	if (log)
		ret = verify_log(v, c, log, err);
	/* A wrong release needs no health check. */
	if (!ret && v->ok)
		ret = verify_version(v, c, err);
	if (!ret && v->ok)
		ret = verify_health(v, c, err);
	points_add_line(&v->points, &v->summary);
	return ret;
}
