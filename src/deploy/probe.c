#include "deploy/probe.h"

#include "base/mem.h"
#include "base/redact.h"
#include "deploy/place.h"
#include "doc/json.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bytes of what stands in an answer, in a message. */
#define MAX_SHOWN 80

/* A question: what is wanted of its answer, and what it is about. */
struct probe {
	const struct http_check *check;
	const struct step_context *context;
	char *url;			/* filled in */
	struct buf *reason;
};

/* Say what is wrong: "URL" and what follows; 0, which is "bad". */
static int bad(const struct probe *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(const struct probe *p, const char *fmt, ...)
{
	va_list ap;

	http_add_url(p->reason, p->url);
	va_start(ap, fmt);
	buf_vaddf(p->reason, fmt, ap);
	va_end(ap);
	return 0;
}

/* A text of the answer, in quotes, on one line. */
static char *shown(const char *text)
{
	struct buf masked = BUF_INIT, line = BUF_INIT, out = BUF_INIT;
	size_t len = strlen(text);

	buf_add_masked(&line, text, len > MAX_SHOWN ? MAX_SHOWN : len);
	redact_add(&masked, line.s, line.len);
	buf_addc(&out, '"');
	buf_add_line(&out, masked.s);
	buf_adds(&out, len > MAX_SHOWN ? "...\"" : "\"");
	buf_release(&masked);
	buf_release(&line);
	return buf_detach(&out);
}

/* Expressions */

static char *escaped(const char *text)
{
	struct buf b = BUF_INIT;

	for (; *text; text++) {
		if (strchr("\\^$.[]|()*+?{}", *text))
			buf_addc(&b, '\\');
		buf_addc(&b, *text);
	}
	return buf_detach(&b);
}

/* A release is a text there: "1.0" is not "1x0". */
static char *fill_expression(const struct step_context *c, const char *text)
{
	char *release = escaped(c->release ? c->release : "");
	char *env = escaped(c->env);
	struct step_context quoted = *c;
	char *filled;

	quoted.release = release;
	quoted.env = env;
	filled = step_fill(&quoted, text);
	free(release);
	free(env);
	return filled;
}

/*
 * Does it match a line of the text?  Lines may end in CR LF.  It was compiled
 * when it was read, so it compiles now.
 */
static int matches(const char *expression, const char *at, size_t len)
{
	const char *end = at + len;
	regex_t re;
	int is = 0;

	if (regcomp(&re, expression, REG_EXTENDED | REG_NOSUB))
		return 0;
	do {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((lf ? lf : end) - at);
		char *line;

		if (n && at[n - 1] == '\r')
			n--;
		line = xmemdupz(at, n);
		is = !regexec(&re, line, 0, NULL, 0);
		free(line);
		at = lf ? lf + 1 : end;
	} while (!is && at < end);
	regfree(&re);
	return is;
}

/* What an answer must be */

static int judge_status(const struct probe *p, const struct http_answer *a)
{
	const char *want = p->check->status;
	char status[16];
	struct buf to = BUF_INIT, phrase = BUF_INIT;

	snprintf(status, sizeof(status), "%d", a->status);
	if (!strcmp(status, want) ||
	    (!strcmp(want + 1, "xx") && *status == *want))
		return 1;
	if (a->phrase)
		buf_add_line(&phrase, a->phrase);
	if (phrase.len > MAX_SHOWN)
		buf_setlen(&phrase, MAX_SHOWN);
	if (a->points_to) {
		buf_adds(&to, ", which points to ");
		http_add_url(&to, a->points_to);
	}
	bad(p, " answered %s%s%s%s", status, phrase.len ? " " : "", phrase.s,
	    to.s);
	buf_release(&to);
	buf_release(&phrase);
	return 0;
}

/* Cookies have no name that says so. */
static int is_secret_header(const char *name)
{
	return redact_is_secret_name(name, strlen(name)) ||
	       !strcasecmp(name, "Set-Cookie") ||
	       !strcasecmp(name, "WWW-Authenticate");
}

static int bad_header(const struct probe *p, const char *name,
		      const char *value, const char *expression)
{
	char *is;

	if (!value)
		return bad(p, ": the answer has no header %s", name);
	is = is_secret_header(name) ? xstrdup("something else") :
				      shown(value);
	bad(p, " says %s is %s, which \"%s\" does not match", name, is,
	    expression);
	free(is);
	return 0;
}

static int judge_header(const struct probe *p, const struct http_answer *a,
			const char *name, const char *text)
{
	char *expression = fill_expression(p->context, text);
	const char *value = NULL;
	int good = 0;

	for (size_t i = 0; !good && i < a->headers.nr; i++) {
		const char *this = http_header_value(a->headers.v[i], name);

		if (!this)
			continue;
		value = this;
		good = matches(expression, this, strlen(this));
	}
	if (!good)
		bad_header(p, name, value, expression);
	free(expression);
	return good;
}

static int judge_headers(const struct probe *p, const struct http_answer *a)
{
	const struct value *want = p->check->headers;

	for (size_t i = 0; want && i < want->nr; i++)
		if (!judge_header(p, a, want->keys[i], want->items[i]->text))
			return 0;
	return 1;
}

static int judge_body(const struct probe *p, const struct http_answer *a)
{
	char *expression;
	int good;

	if (!p->check->body)
		return 1;
	expression = fill_expression(p->context, p->check->body);
	good = matches(expression, a->body.s, a->body.len);
	if (!good)
		bad(p, ": no line of the answer matches \"%s\"", expression);
	free(expression);
	return good;
}

/* Texts are in quotes; a text and a number may look the same. */
static char *shown_value(const struct value *v, const char *text, int quoted)
{
	switch (v->type) {
	case VALUE_NULL:
		return xstrdup("null");
	case VALUE_LIST:
		return xstrdup("a list");
	case VALUE_MAP:
		return xstrdup("an object");
	case VALUE_SCALAR:
		break;
	}
	/* Which has a text. */
	if (!text)
		return xstrdup("null");
	return quoted || strlen(text) > MAX_SHOWN ? shown(text) :
						    xstrdup(text);
}

static int bad_value(const struct probe *p, const char *pointer,
		     const struct value *is, const struct value *want,
		     const char *text)
{
	const char *name = strrchr(pointer, '/');
	char *got, *expected;

	if (!is)
		return bad(p, ": the answer has no %s", pointer);
	name = name ? name + 1 : pointer;
	if (redact_is_secret_name(name, strlen(name)))
		return bad(p, " says %s is something else", pointer);
	got = shown_value(is, is->text, is->quoted);
	expected = shown_value(want, text, is->quoted || want->quoted);
	bad(p, " says %s is %s, not %s", *pointer ? pointer : "all", got,
	    expected);
	free(got);
	free(expected);
	return 0;
}

/* Values are compared as texts: 1.10 is not 1.1. */
static int judge_value(const struct probe *p, struct value *root,
		       const char *pointer, const struct value *want)
{
	struct value *is = value_at(root, pointer);
	char *text = want->text ? step_fill(p->context, want->text) : NULL;
	int good = is && is->type == want->type &&
		   (!text || !strcmp(is->text, text));

	if (!good)
		bad_value(p, pointer, is, want, text);
	free(text);
	return good;
}

static int bad_json(const struct probe *p, const struct http_answer *a,
		    const struct error *why)
{
	int line = 0;

	if (!a->body.len)
		return bad(p, ": the answer is empty, and no JSON");
	if (sscanf(why->message, "answer:%d:", &line) == 1)
		return bad(p, ": the answer is no JSON (line %d)", line);
	return bad(p, ": the answer is no JSON that can be read: a key is "
		   "there twice");
}

static int judge_json(const struct probe *p, const struct http_answer *a)
{
	const struct value *want = p->check->json;
	struct error err = ERROR_INIT;
	struct value *root;
	int good = 1;

	if (!want || !want->nr)
		return 1;
	root = json_parse("answer", a->body.s, a->body.len, &err);
	if (!root)
		good = bad_json(p, a, &err);
	for (size_t i = 0; good && i < want->nr; i++)
		good = judge_value(p, root, want->keys[i], want->items[i]);
	value_free(root);
	error_release(&err);
	return good;
}

static int judge(const struct probe *p, const struct http_answer *a)
{
	return judge_status(p, a) && judge_headers(p, a) &&
	       judge_body(p, a) && judge_json(p, a);
}

int probe_judge(const struct http_check *check, const struct step_context *c,
		const struct http_answer *a, struct buf *reason)
{
	struct probe p = { check, c, step_fill(c, check->url), reason };
	int good = judge(&p, a);

	free(p.url);
	return good;
}

/*
 * A platform's answers must not depend on who pushes, so its environment does
 * not count there, as for steps.
 */
int probe_ask(const struct http_check *check, const struct step_context *c,
	      long timeout, struct buf *reason)
{
	struct probe p = { check, c, step_fill(c, check->url), reason };
	struct http_request q = {
		.url = p.url, .timeout = timeout,
		.heed_environment = c->platform->place->is_one_folder,
	};
	struct http_answer a = HTTP_ANSWER_INIT;
	struct error err = ERROR_INIT;
	int good = 0;

	if (http_ask(&q, &a, &err) < 0)
		buf_adds(reason, err.message);
	else
		good = judge(&p, &a);
	http_answer_release(&a);
	error_release(&err);
	free(p.url);
	return good;
}
