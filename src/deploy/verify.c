#include "deploy/verify.h"

#include "base/mem.h"
#include "base/redact.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void verification_release(struct verification *v)
{
	buf_release(&v->summary);
	buf_release(&v->reason);
}

static void add_point(struct verification *v, const char *fmt,
		      const char *what)
{
	if (v->summary.len)
		buf_adds(&v->summary, ", ");
	buf_addf(&v->summary, fmt, what);
}

/*
 * The last line of an output, short enough for a message, and fit for the
 * ledger, which everybody reads.
 */
static void add_excerpt(struct buf *out, const struct buf *text)
{
	size_t end = text->len, start;
	struct buf shown = BUF_INIT;

	while (end && strchr("\r\n\t ", text->s[end - 1]))
		end--;
	start = end;
	while (start && text->s[start - 1] != '\n')
		start--;
	if (end - start > 200)
		end = start + 200;
	if (end > start) {
		redact_add(&shown, text->s + start, end - start);
		buf_adds(out, ": ");
		buf_add_clean(out, shown.s, shown.len);
	}
	buf_release(&shown);
}

/* One poll: 1 good, 0 bad. */
static int poll_once(const struct check *check, const struct step_context *c,
		     const char *expect, struct buf *reason,
		     struct error *err)
{
	struct step_result result = { 0, 0, 0 };
	struct buf out = BUF_INIT;
	int ret = -1;

	buf_reset(reason);
	if (step_run(c, &check->run, check->dir, -1, &out, &result, err) < 0)
		goto out;
	ret = !result.status;
	if (!ret) {
		step_describe(&result, check->run.timeout, reason);
		add_excerpt(reason, &out);
	} else if (expect && !strstr(out.s, expect)) {
		ret = 0;
		buf_addf(reason, "it does not say \"%s\"", expect);
		add_excerpt(reason, &out);
	}
out:
	buf_release(&out);
	return ret;
}

int verify_check(const struct check *check, const struct step_context *c,
		 long *passed, struct buf *reason, struct error *err)
{
	char *expect = check->expect ? step_fill(c, check->expect) : NULL;
	long polls = check->polls > 0 ? check->polls : 1, bad = 0;
	int ret = 0;

	*passed = 0;
	for (;;) {
		struct timespec t = { (time_t)check->interval, 0 };

		ret = poll_once(check, c, expect, reason, err);
		if (ret < 0)
			break;
		*passed = ret ? *passed + 1 : 0;
		bad += !ret;
		if (*passed >= polls || bad >= polls)
			break;
		nanosleep(&t, NULL);
	}
	free(expect);
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
	add_point(v, "log %s", bad ? "failed" : "ok");
	if (bad) {
		v->ok = 0;
		buf_reset(&v->reason);
		buf_addf(&v->reason, "the log has a known failure: %s", bad);
	}
	patterns_release(&p);
	fclose(log);
	return 0;
}

static int verify_version(struct verification *v,
			  const struct step_context *c, struct error *err)
{
	const struct check *check = &c->platform->profile.version;
	struct buf reason = BUF_INIT;
	long passed;
	int good;

	if (!check->run.argv.nr)
		return 0;
	good = verify_check(check, c, &passed, &reason, err);
	if (good > 0) {
		char *what = xstrfmt("%s ok", c->release ? c->release : "");

		add_point(v, "version %s", what);
		free(what);
	} else if (!good) {
		add_point(v, "version %s", "failed");
		v->ok = 0;
		buf_reset(&v->reason);
		buf_addf(&v->reason, "version probe: %s", reason.s);
	}
	buf_release(&reason);
	return good < 0 ? -1 : 0;
}

static int verify_health(struct verification *v,
			 const struct step_context *c, struct error *err)
{
	const struct check *check = &c->platform->profile.health;
	long passed = 0, polls = check->polls > 0 ? check->polls : 1;
	struct buf reason = BUF_INIT;
	char *what;
	int good;

	if (!check->run.argv.nr)
		return 0;
	good = verify_check(check, c, &passed, &reason, err);
	what = xstrfmt("%ld/%ld", passed, polls);
	add_point(v, "health %s", what);
	if (!good) {
		v->ok = 0;
		buf_reset(&v->reason);
		buf_addf(&v->reason, "health %s: %s", what, reason.s);
	}
	buf_release(&reason);
	free(what);
	return good < 0 ? -1 : 0;
}

int verify_release(struct verification *v, const struct step_context *c,
		   const char *log, struct error *err)
{
	v->ok = 1;
	add_point(v, "platform %s", "ok");
	if (log && verify_log(v, c, log, err) < 0)
		return -1;
	/* A wrong release needs no health check. */
	if (v->ok && verify_version(v, c, err) < 0)
		return -1;
	if (v->ok && verify_health(v, c, err) < 0)
		return -1;
	return 0;
}
