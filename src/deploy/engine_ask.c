#include "deploy/engine_ask.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Seconds an engine can make us wait, and we make ourselves. */
#define LONGEST_WISH 300.0
#define LONGEST_PAUSE 60.0
#define MAX_REDIRECTS 5
#define MAX_TRIES 5
/* Of one that is insisted on. */
#define LONGEST_INSISTENCE 120.0

void question_release(struct question *q)
{
	free(q->url);
	strvec_release(&q->headers);
	buf_release(&q->body);
	http_answer_release(&q->answer);
	*q = (struct question)QUESTION_INIT;
}

/* Filling in */

static void add_percent(struct buf *out, const char *value)
{
	for (; *value; value++)
		if (isalnum((unsigned char)*value) || strchr("-._~", *value))
			buf_addc(out, *value);
		else
			buf_addf(out, "%%%02X", (unsigned char)*value);
}

static int no_variable(const struct engine *e, const char *name,
		       struct error *err)
{
	if (!strcmp(name, "token")) {
		error_set(err, ERROR_REFUSED, "driver %s sends a {token}, and "
			  "does not say where it is", e->how->name);
		return error_hint(err, "say so in 'drivers.%s.http.token'",
				  e->how->name);
	}
	error_set(err, ERROR_REFUSED, "driver %s needs to know '%s' of "
		  "environment %s", e->how->name, name, e->env->name);
	return error_hint(err, "write it into the configuration: environments: "
			  "{%s: {variables: {%s: ...}}}", e->env->name, name);
}

/* What begins a URL is the beginning of one, and stands as it is. */
static char *fill_url(const struct engine *e, const char *text,
		      char **unknown)
{
	size_t len = *text == '{' ? strcspn(text, "}") : 0;
	char *first = len ? xstrndup(text, len + (text[len] == '}')) : NULL;
	char *base = first ? engine_fill(e, first, NULL, unknown) : NULL;
	char *rest = engine_fill(e, text + (first ? strlen(first) : 0),
				 add_percent, unknown);
	char *url = xstrfmt("%s%s", base ? base : "", rest);

	free(first);
	free(base);
	free(rest);
	return url;
}

static int has_control(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			return 1;
	return 0;
}

static int has_header(const struct strvec *headers, const char *name)
{
	for (size_t i = 0; i < headers->nr; i++)
		if (http_header_value(headers->v[i], name))
			return 1;
	return 0;
}

static void add_headers(const struct engine *e, const struct value *map,
			struct strvec *headers, char **unknown)
{
	for (size_t i = 0; map && i < map->nr; i++) {
		char *value = engine_fill(e, map->items[i]->text, NULL,
					  unknown);

		if (!has_control(value) && !has_header(headers, map->keys[i]))
			strvec_pushf(headers, "%s: %s", map->keys[i], value);
		free(value);
	}
}

static void add_form(const struct engine *e, const struct value *form,
		     struct buf *body, char **unknown)
{
	for (size_t i = 0; i < form->nr; i++) {
		char *value = engine_fill(e, form->items[i]->text, add_percent,
					  unknown);

		buf_adds(body, i ? "&" : "");
		add_percent(body, form->keys[i]);
		buf_addf(body, "=%s", value);
		free(value);
	}
}

static int is_number(const char *text)
{
	char *end;

	strtod(text, &end);
	return end != text && !*end &&
	       !text[strspn(text, "-+.eE0123456789")];
}

static void add_json(const struct engine *e, struct json *j, const char *key,
		     const struct value *v, char **unknown)
{
	char *text;

	switch (v->type) {
	case VALUE_NULL:
		json_string(j, key, NULL);
		return;
	case VALUE_LIST:
	case VALUE_MAP:
		if (v->type == VALUE_MAP)
			json_object(j, key);
		else
			json_list(j, key);
		for (size_t i = 0; i < v->nr; i++)
			add_json(e, j, v->type == VALUE_MAP ? v->keys[i] :
				 NULL, v->items[i], unknown);
		json_end(j);
		return;
	case VALUE_SCALAR:
		break;
	}
	text = engine_fill(e, v->text, NULL, unknown);
	if (!v->quoted && (!strcmp(text, "true") || !strcmp(text, "false")))
		json_bool(j, key, *text == 't');
	else if (!v->quoted && is_number(text))
		json_number(j, key, strtod(text, NULL));
	else
		json_string(j, key, text);
	free(text);
}

static void add_body(struct question *q, const struct engine *e,
		     const struct deployer_request *how, char **unknown)
{
	if (how->form) {
		add_form(e, how->form, &q->body, unknown);
	} else if (how->json) {
		struct json *j = json_new();

		add_json(e, j, NULL, how->json, unknown);
		json_write(j, &q->body, JSON_ONE_LINE);
		json_free(j);
	}
	q->has_body = how->form || how->json;
	if (q->has_body && !has_header(&q->headers, "Content-Type"))
		strvec_push(&q->headers, how->json ?
			    "Content-Type: application/json" :
			    "Content-Type: application/x-www-form-urlencoded");
}

static int is_exchange(const struct engine *e,
		       const struct deployer_request *how)
{
	return how == &e->how->http.exchange;
}

static int prepare(struct question *q, const struct engine *e,
		   const struct deployer_request *how, struct error *err)
{
	char *unknown = NULL;
	int ret = 0;

	free(q->url);
	strvec_release(&q->headers);
	buf_reset(&q->body);
	q->url = fill_url(e, how->url, &unknown);
	add_headers(e, how->headers, &q->headers, &unknown);
	if (!is_exchange(e, how))
		add_headers(e, e->how->http.headers, &q->headers, &unknown);
	if (!is_exchange(e, how) && e->token &&
	    !has_header(&q->headers, "Authorization"))
		strvec_pushf(&q->headers, "Authorization: Bearer %s",
			     e->token);
	add_body(q, e, how, &unknown);
	if (unknown)
		ret = no_variable(e, unknown, err);
	free(unknown);
	return ret;
}

int question_check(struct engine *e, const struct deployer_request *how,
		   struct error *err)
{
	struct question q = QUESTION_INIT;
	char *token = e->token;
	int ret;

	/* What it will be exchanged for is not there yet. */
	e->token = e->api_token;
	ret = prepare(&q, e, how, err);
	e->token = token;
	question_release(&q);
	return ret;
}

/* Tokens */

/* As it is, and as it stands in a form. */
static void keep_secret(struct engine *e, const char *token)
{
	struct buf quoted = BUF_INIT;

	add_percent(&quoted, token);
	engine_add_secret(e, token);
	engine_add_secret(e, quoted.s);
	buf_release(&quoted);
}

static char *ask_credential(const struct engine *e, const char *url)
{
	struct error ignored = ERROR_INIT;
	struct proc p = PROC_INIT;
	struct strvec lines = STRVEC_INIT;
	struct buf in = BUF_INIT, out = BUF_INIT;
	char *password = NULL;

	buf_addf(&in, "url=%s\n\n", url);
	git_proc(&p, &e->platform->repo, "credential", "fill", NULL);
	strvec_push(&p.env, "GIT_TERMINAL_PROMPT=0");
	p.in = in.s;
	p.in_len = in.len;
	p.out = &out;
	p.quiet_err = 1;
	if (!proc_run(&p, &ignored) && !p.status)
		strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < lines.nr && !password; i++) {
		const char *rest = skip_prefix(lines.v[i], "password=");

		password = xstrdup_or_null(rest);
	}
	error_release(&ignored);
	strvec_release(&lines);
	buf_release(&in);
	buf_release(&out);
	proc_release(&p);
	return password;
}

static int no_token(const struct engine *e, struct error *err)
{
	const struct deployer_http *h = &e->how->http;

	error_set(err, ERROR_REFUSED, "%s is deployed with a token, and it is "
		  "not there", e->env->name);
	if (h->token_env)
		error_hint(err, "put it into the variable %s of the "
			   "environment", h->token_env);
	if (h->token_credential)
		error_hint(err, "or have git know it: \"git credential "
			   "approve\", with url=%s, a username and the token "
			   "as password", h->token_credential);
	return -1;
}

int engine_find_token(struct engine *e, struct error *err)
{
	const struct deployer_http *h = &e->how->http;
	const char *value = h->token_env ? getenv(h->token_env) : NULL;

	if (!h->token_env && !h->token_credential)
		return 0;
	if (value && *value)
		e->api_token = xstrdup(value);
	else if (h->token_credential)
		e->api_token = ask_credential(e, h->token_credential);
	if (!e->api_token || !*e->api_token)
		return no_token(e, err);
	if (has_control(e->api_token))
		return error_set(err, ERROR_REFUSED, "the token of %s is not "
				 "one line", e->env->name);
	keep_secret(e, e->api_token);
	if (!h->exchange.url)
		e->token = xstrdup(e->api_token);
	return 0;
}

/* One try */

/* "https://host:port", in the length of it. */
static size_t origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? (size_t)(host - url) + 3 +
		      strcspn(host + 3, "/?#") : 0;
}

static int same_origin(const char *a, const char *b)
{
	size_t len = origin_length(a);

	return len && len == origin_length(b) && !strncasecmp(a, b, len) &&
	       !memchr(b, '@', len);
}

/* "120", or a date. */
static double wish_of(const struct http_answer *a)
{
	const char *value = NULL;
	struct tm tm = { .tm_isdst = 0 };
	double wish;

	for (size_t i = 0; i < a->headers.nr && !value; i++)
		value = http_header_value(a->headers.v[i], "Retry-After");
	if (!value)
		return 0;
	if (isdigit((unsigned char)*value))
		wish = strtod(value, NULL);
	else if (strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		wish = difftime(timegm(&tm), time(NULL));
	else
		return 0;
	return wish < 0 ? 0 : wish > LONGEST_WISH ? LONGEST_WISH : wish;
}

/* Twice as long each time, but not for everybody at the same moment. */
static void set_pause(struct engine *e, double wish)
{
	double pause = 0.5, now = time_monotonic();

	for (int i = 0; i < e->failures && pause < LONGEST_PAUSE; i++)
		pause *= 2;
	e->failures++;
	pause *= 0.75 + 0.5 * (now * 1000 - (double)(long)(now * 1000));
	if (pause > LONGEST_PAUSE)
		pause = LONGEST_PAUSE;
	e->not_before = now + (wish > 0 ? wish : pause);
}

static int bad_answer(struct question *q, struct engine *e,
		      struct error *err)
{
	const struct http_answer *a = &q->answer;
	struct buf text = BUF_INIT;
	int kind = a->status == 401 || a->status == 403 ? ERROR_REFUSED :
							   ERROR_FATAL;

	http_add_url(&text, q->url);
	buf_addf(&text, " answered %d%s", a->status, a->phrase ? " " : "");
	if (a->phrase)
		engine_add_line(e, &text, a->phrase,
				strnlen(a->phrase, 80));
	if (a->points_to) {
		buf_adds(&text, ", which points to ");
		http_add_url(&text, a->points_to);
		buf_adds(&text, "; nothing is sent there");
	}
	/* What was just begun may not be known everywhere. */
	e->is_passing = a->status == 429 || a->status == 404 ||
			a->status >= 500;
	e->is_gone = a->status == 404 || a->status == 410;
	/* One that points elsewhere may have done it before. */
	q->is_certain = a->status >= 400 && a->status < 500 &&
			a->status != 408;
	if (e->is_passing)
		set_pause(e, wish_of(a));
	error_set(err, (enum error_kind)kind, "%s", text.s);
	if (kind == ERROR_REFUSED)
		error_hint(err, "see whether the token still holds, and may "
			   "do that");
	buf_release(&text);
	return -1;
}

static int send(struct question *q, struct engine *e,
		const struct deployer_request *how, struct error *err)
{
	struct http_request r = {
		.method = how->method, .url = q->url,
		.headers = &q->headers,
		.body = q->has_body ? q->body.s : NULL,
		.body_len = q->body.len, .timeout = how->timeout,
		.max_body = q->max_body, .heed_environment = 1,
	};

	if (!http_ask(&r, &q->answer, err))
		return 0;
	e->is_passing = q->answer.is_passing;
	q->is_certain = q->answer.has_not_arrived;
	if (e->is_passing)
		set_pause(e, 0);
	return -1;
}

/* Where it is only asked, and on the same host. */
static int may_follow(const struct question *q,
		      const struct deployer_request *how)
{
	int asks = !q->has_body && (!how->method ||
				    !strcmp(how->method, "GET"));

	return asks && q->answer.points_to &&
	       same_origin(q->url, q->answer.points_to);
}

static int send_following(struct question *q, struct engine *e,
			  const struct deployer_request *how,
			  struct error *err)
{
	for (int i = 0;; i++) {
		if (send(q, e, how, err) < 0)
			return -1;
		if (i == MAX_REDIRECTS || !may_follow(q, how))
			return 0;
		free(q->url);
		q->url = xstrdup(q->answer.points_to);
	}
}

static int is_good(const struct http_answer *a)
{
	return a->status >= 200 && a->status < 300;
}

static int exchange(struct engine *e, struct error *err)
{
	const struct deployer_request *how = &e->how->http.exchange;
	struct question q = QUESTION_INIT;
	struct error why = ERROR_INIT;
	struct value *root = NULL, *v = NULL;
	int ret = -1;

	free(e->token);
	e->token = xstrdup(e->api_token);
	ret = prepare(&q, e, how, err);
	FREE_AND_NULL(e->token);
	if (ret < 0 || (ret = send(&q, e, how, err)) < 0)
		goto out;
	if (!is_good(&q.answer)) {
		ret = bad_answer(&q, e, err);
		goto out;
	}
	root = json_parse("answer", q.answer.body.s, q.answer.body.len, &why);
	v = root ? value_at(root, how->text) : NULL;
	if (v && v->type == VALUE_SCALAR && *v->text &&
	    !has_control(v->text)) {
		e->token = xstrdup(v->text);
		keep_secret(e, e->token);
	} else {
		ret = error_set(err, ERROR_FATAL, "driver %s: what the token "
				"was to be exchanged for has no %s",
				e->how->name, how->text);
		e->is_passing = 1;
		set_pause(e, 0);
	}
out:
	error_release(&why);
	value_free(root);
	question_release(&q);
	return ret;
}

static int needs_token(const struct engine *e)
{
	return e->how->http.exchange.url && !e->token;
}

static int ask_with_token(struct question *q, struct engine *e,
			  const struct deployer_request *how,
			  struct error *err)
{
	q->is_certain = 1;
	if (needs_token(e) && exchange(e, err) < 0)
		return -1;
	if (prepare(q, e, how, err) < 0)
		return -1;
	q->is_certain = 0;
	return send_following(q, e, how, err);
}

int question_ask(struct question *q, struct engine *e,
		 const struct deployer_request *how, struct error *err)
{
	int ret;

	e->is_passing = e->is_gone = 0;
	ret = ask_with_token(q, e, how, err);
	/* Tokens that are exchanged hold for a while. */
	if (!ret && q->answer.status == 401 && e->how->http.exchange.url) {
		FREE_AND_NULL(e->token);
		ret = ask_with_token(q, e, how, err);
	}
	if (!ret && !is_good(&q->answer))
		ret = bad_answer(q, e, err);
	if (!ret) {
		e->failures = 0;
		e->not_before = 0;
	}
	return ret;
}

int engine_pause(double until)
{
	while (time_monotonic() < until && !interrupt_is_pending())
		time_pause(50);
	return interrupt_is_pending();
}

int question_insist(struct question *q, struct engine *e,
		    const struct deployer_request *how, struct error *err)
{
	double end = time_monotonic() + LONGEST_INSISTENCE;

	for (int i = 1;; i++) {
		int ret = question_ask(q, e, how, err);

		if (!ret || !e->is_passing || i == MAX_TRIES ||
		    q->answer.status == 404 ||
		    (!how->repeat && !q->is_certain) ||
		    e->not_before > end || interrupt_is_pending())
			return ret;
		error_release(err);
		*err = (struct error)ERROR_INIT;
		engine_pause(e->not_before);
	}
}
