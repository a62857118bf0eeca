/*
 * Engines that are asked over HTTP: what is begun, found and said.  How a
 * question is asked is deploy/engine_ask.c's.
 */
#include "deploy/engine_ask.h"

#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a log. */
#define MAX_LOG ((size_t)16 << 20)
/*
 * A log may come to its end a little later than the deploy: seconds in which
 * nothing new comes, and between two looks.
 */
#define LAST_LOOKS 3.0
#define SEAL_PAUSE 0.5
/* Answers that all say something, so that there is an end to it. */
#define MAX_PAGES 10000

/* What is in an answer */

static int not_as_described(struct engine *e, const struct question *q,
			    struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int not_as_described(struct engine *e, const struct question *q,
			    struct error *err, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	http_add_url(&text, q->url);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	error_set(err, ERROR_FATAL, "%s", text.s);
	e->is_passing = 1;
	buf_release(&text);
	return -1;
}

/* NULL: it is no JSON; value_free(). */
static struct value *read_json(struct engine *e, const struct question *q,
			       struct error *err)
{
	struct error why = ERROR_INIT;
	struct value *v = json_parse("answer", q->answer.body.s,
				     q->answer.body.len, &why);

	if (!v)
		not_as_described(e, q, err, ": the answer is no JSON");
	error_release(&why);
	return v;
}

/* A text, a number, true or false; NULL with an error otherwise. */
static const char *text_at(struct engine *e, const struct question *q,
			   struct value *root, const char *pointer,
			   struct error *err)
{
	struct value *v = value_at(root, pointer);

	if (v && v->type == VALUE_SCALAR)
		return v->text;
	if (v)
		not_as_described(e, q, err, " says %s is %s, not a text",
				 pointer, v->type == VALUE_NULL ? "null" :
				 v->type == VALUE_LIST ? "a list" :
				 "an object");
	else
		not_as_described(e, q, err, ": the answer has no %s",
				 pointer);
	return NULL;
}

/* The same where it need not be there. */
static const char *text_if(struct value *root, const char *pointer)
{
	struct value *v = pointer ? value_at(root, pointer) : NULL;

	return v && v->type == VALUE_SCALAR ? v->text : NULL;
}

static int is_it(struct value *item, const struct value *where,
		 const struct engine *e)
{
	for (size_t i = 0; where && i < where->nr; i++) {
		const char *is = text_if(item, where->keys[i]);
		char *want = engine_fill(e, where->items[i]->text, NULL, NULL);
		int same = is && !strcmp(is, want);

		free(want);
		if (!same)
			return 0;
	}
	return 1;
}

/* Beginning */

static int check(struct engine *e, struct error *err)
{
	const struct deployer_http *h = &e->how->http;
	const struct deployer_request *all[] = {
		&h->exchange, &h->trigger, &h->find, &h->status, &h->log
	};

	if (engine_find_token(e, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->url && question_check(e, all[i], err) < 0)
			return -1;
	return 0;
}

static int take_id(struct engine *e, const struct question *q,
		   struct error *err)
{
	const char *pointer = e->how->http.trigger.id, *id;
	struct value *root;

	if (!pointer)
		return 0;
	root = read_json(e, q, err);
	id = root ? text_at(e, q, root, pointer, err) : NULL;
	if (id && !*id) {
		not_as_described(e, q, err, ": %s is empty", pointer);
		id = NULL;
	}
	if (id)
		e->run->id = xstrdup(id);
	value_free(root);
	/* It has begun, and found it can still be. */
	if (!id && !e->how->http.find.url)
		return -1;
	if (!id) {
		error_release(err);
		*err = (struct error)ERROR_INIT;
	}
	return 0;
}

static int begin(struct engine *e, struct error *err)
{
	struct question q = QUESTION_INIT;
	int ret;

	if (!e->how->http.trigger.url)
		return 0;
	ret = question_insist(&q, e, &e->how->http.trigger, err);
	if (ret < 0 && !q.is_certain)
		err->kind = ERROR_PENDING;
	if (!ret && take_id(e, &q, err) < 0) {
		err->kind = ERROR_PENDING;
		ret = -1;
	}
	question_release(&q);
	return ret;
}

/* How it goes */

static struct value *items_of(struct engine *e, const struct question *q,
			      struct value *root, struct error *err)
{
	const char *pointer = e->how->http.find.items;
	struct value *v = pointer ? value_at(root, pointer) : root;

	if (v && v->type == VALUE_LIST)
		return v;
	not_as_described(e, q, err, pointer && *pointer ? ": %s is no list" :
			 ": the answer is no list%.0s",
			 pointer ? pointer : "");
	return NULL;
}

static int forget_trouble(struct engine *e, struct error *err)
{
	e->is_passing = 0;
	error_release(err);
	*err = (struct error)ERROR_INIT;
	return 0;
}

/* Who had it begun again waits for another one. */
static int is_former(const struct engine *e, const char *id)
{
	return e->how->http.trigger.url && e->run->former &&
	       !strcmp(id, e->run->former);
}

/* 1 found, 0 not there yet, -1. */
static int find(struct engine *e, struct error *err)
{
	const struct deployer_request *how = &e->how->http.find;
	struct question q = QUESTION_INIT;
	struct value *root = NULL, *items = NULL;
	int ret = -1;

	if (question_ask(&q, e, how, err) < 0)
		goto out;
	root = read_json(e, &q, err);
	items = root ? items_of(e, &q, root, err) : NULL;
	for (size_t i = 0; items && i < items->nr && !e->run->id; i++) {
		struct value *item = items->items[i];
		const char *commit = text_if(item, how->commit);
		const char *id = text_if(item, how->id);

		if (commit && id && *id && !strcmp(commit, e->commit) &&
		    !is_former(e, id) && is_it(item, how->where, e))
			e->run->id = xstrdup(id);
	}
	if (items)
		ret = e->run->id != NULL;
out:
	value_free(root);
	question_release(&q);
	return ret;
}

/* That it is not in the list yet does not say that it will not be. */
static int has_begun(struct engine *e)
{
	const struct deployer_http *h = &e->how->http;
	struct error ignored = ERROR_INIT;
	int found;

	if (!h->trigger.url || e->run->id)
		return 1;
	found = h->find.url && find(e, &ignored) > 0;
	error_release(&ignored);
	return found ? 1 : h->trigger.repeat ? 0 : -1;
}

/* What stands there, by the map; -1 with an error: nothing. */
static int state_at(struct engine *e, const struct question *q,
		    struct value *root, const char *pointer,
		    const struct value *map, struct error *err)
{
	const char *text = text_at(e, q, root, pointer, err);
	struct buf shown = BUF_INIT;
	int state;

	if (!text)
		return -1;
	state = engine_state_of(map, text);
	if (state < 0) {
		engine_add_line(e, &shown, text, strlen(text));
		not_as_described(e, q, err, " says %s is \"%.80s\", which "
				 "stands for nothing", pointer, shown.s);
	}
	buf_release(&shown);
	return state;
}

/* Where it is to say which commit, a success that does not is none. */
static int says_no_commit(struct engine *e, const struct question *q,
			  struct value *root, struct error *err)
{
	const char *pointer = e->how->http.status.commit;

	return pointer && !text_at(e, q, root, pointer, err);
}

static int is_other_commit(const struct engine *e, struct value *root)
{
	const char *commit = text_if(root, e->how->http.status.commit);

	return commit && strcmp(commit, e->commit) != 0;
}

static void add_text(const struct engine *e, struct value *root,
		     struct buf *text)
{
	const char *said = text_if(root, e->how->http.status.text);

	if (said)
		engine_add_line(e, text, said, strcspn(said, "\n"));
}

static int read_status(struct engine *e, const struct question *q,
		       enum deploy_state *state, struct buf *text,
		       struct error *err)
{
	const struct deployer_request *how = &e->how->http.status;
	struct value *root = read_json(e, q, err);
	int is = -1;

	if (root)
		is = state_at(e, q, root, how->state, how->states, err);
	if (is == DEPLOY_SUCCESS && how->result)
		is = state_at(e, q, root, how->result, how->results, err);
	if (is == DEPLOY_SUCCESS && says_no_commit(e, q, root, err))
		is = -1;
	if (is >= 0)
		*state = (enum deploy_state)is;
	if (is == DEPLOY_SUCCESS && is_other_commit(e, root)) {
		*state = DEPLOY_FAILURE;
		buf_adds(text, "it is about another commit");
	} else if (is >= 0) {
		add_text(e, root, text);
	}
	value_free(root);
	return is < 0 ? -1 : 0;
}

static int status(struct engine *e, enum deploy_state *state,
		  struct buf *text, struct error *err)
{
	struct question q = QUESTION_INIT;
	int ret = 1;

	*state = DEPLOY_PENDING;
	if (!e->run->id && e->how->http.find.url)
		ret = find(e, err);
	if (ret > 0) {
		ret = question_ask(&q, e, &e->how->http.status, err);
		if (!ret)
			ret = read_status(e, &q, state, text, err);
	}
	question_release(&q);
	return ret;
}

/* What is asked has to be about the commit. */
static int can_tell(struct engine *e, struct error *err)
{
	const struct deployer_http *h = &e->how->http;

	if (!e->run->id && h->find.url)
		return find(e, err);
	return e->run->id ||
	       (!strstr(h->status.url, "{id}") &&
		(h->status.commit || strstr(h->status.url, "{commit}")));
}

/* The log */

static void add_message(const struct engine *e, const char *message,
			struct buf *lines)
{
	do {
		size_t len = strcspn(message, "\n");

		if (len || message[len])
			engine_add_line(e, lines, message, len);
		if (len)
			buf_addc(lines, '\n');
		message += len + (message[len] != '\0');
	} while (*message);
}

static void set_cursor(struct engine *e, const char *text)
{
	char *copy = xstrdup(text);

	free(e->run->cursor);
	e->run->cursor = copy;
}

/* The lines of an answer; the last one only if it is whole. */
static void split_lines(const struct buf *body, int is_over,
			struct strvec *lines)
{
	size_t len = body->len;

	while (!is_over && len && body->s[len - 1] != '\n')
		len--;
	for (size_t pos = 0; pos < len;) {
		size_t n = strcspn(body->s + pos, "\n");

		n = n > len - pos ? len - pos : n;
		strvec_push_nodup(lines, xmemdupz(body->s + pos, n));
		pos += n + 1;
	}
}

/* Are we given what comes behind the cursor, and nothing else? */
static int sends_cursor(const struct engine *e)
{
	return strstr(e->how->http.log.url, "{cursor}") != NULL;
}

/* How many lines there were, where that tells what is new. */
static size_t lines_read(const struct engine *e)
{
	return e->run->cursor ? strtoul(e->run->cursor, NULL, 10) : 0;
}

static void count_lines(struct engine *e, size_t nr)
{
	size_t before = lines_read(e);
	size_t now = sends_cursor(e) ? before + nr :
		     nr > before ? nr : before;
	char *cursor = xstrfmt("%zu", now);

	set_cursor(e, cursor);
	free(cursor);
}

static void read_text(struct engine *e, const struct strvec *all,
		      struct buf *lines)
{
	for (size_t i = sends_cursor(e) ? 0 : lines_read(e); i < all->nr;
	     i++) {
		engine_add_line(e, lines, all->v[i], strlen(all->v[i]));
		buf_addc(lines, '\n');
	}
	count_lines(e, all->nr);
}

struct entries {
	struct value **v;		/* NULL: a line that is no JSON */
	size_t nr;
};

static void entries_read(struct entries *all, const struct strvec *lines)
{
	all->v = xcalloc(lines->nr + 1, sizeof(*all->v));
	for (size_t i = 0; i < lines->nr; i++) {
		struct error ignored = ERROR_INIT;

		all->v[all->nr++] = json_parse("log", lines->v[i],
					       strlen(lines->v[i]), &ignored);
		error_release(&ignored);
	}
}

/*
 * Behind the line that was the last one.  Of the beginning of an answer it may
 * not have come yet.
 */
static size_t first_new(const struct engine *e, const struct entries *all,
			enum log_part part)
{
	const char *pointer = e->how->http.log.id;

	if (!pointer)
		return sends_cursor(e) ? 0 : lines_read(e);
	for (size_t i = e->run->cursor ? all->nr : 0; i-- > 0;) {
		const char *id = all->v[i] ? text_if(all->v[i], pointer) :
					     NULL;

		if (id && !strcmp(id, e->run->cursor))
			return i + 1;
	}
	return e->run->cursor && part == LOG_BEGINNING && !sends_cursor(e) ?
	       all->nr : 0;
}

static int is_sealed(const struct engine *e, const struct entries *all)
{
	const char *pointer = e->how->http.log.seal, *seal;
	int sealed = 0;

	for (size_t i = 0; pointer && i < all->nr; i++) {
		seal = all->v[i] ? text_if(all->v[i], pointer) : NULL;
		sealed |= seal && !strcmp(seal, "true");
	}
	return sealed;
}

/* 1: it is sealed. */
static int read_ndjson(struct engine *e, const struct strvec *texts,
		       enum log_part part, struct buf *lines)
{
	const struct deployer_request *how = &e->how->http.log;
	struct entries all = { NULL, 0 };
	int sealed;

	entries_read(&all, texts);
	for (size_t i = first_new(e, &all, part); i < all.nr; i++) {
		const char *message = all.v[i] ? text_if(all.v[i],
							 how->message) : NULL;
		const char *id = all.v[i] ? text_if(all.v[i], how->id) : NULL;

		if (message)
			add_message(e, message, lines);
		if (id)
			set_cursor(e, id);
	}
	sealed = is_sealed(e, &all);
	if (!how->id)
		count_lines(e, all.nr);
	for (size_t i = 0; i < all.nr; i++)
		value_free(all.v[i]);
	free(all.v);
	return sealed;
}

int engine_take_log(struct engine *e, const struct buf *body,
		    enum log_part part, struct buf *lines)
{
	struct strvec all = STRVEC_INIT;
	int sealed = part == LOG_ALL;

	split_lines(body, part == LOG_ALL, &all);
	if (e->how->http.log.lines == LOG_IS_NDJSON)
		sealed = read_ndjson(e, &all, part, lines);
	else
		read_text(e, &all, lines);
	strvec_release(&all);
	return sealed;
}

/*
 * 1: more may come.  Of an answer that breaks off the lines are good that are
 * whole; a service may also hold it until the log has its end.
 */
static int ask_log(struct engine *e, int is_over, struct buf *lines,
		   struct error *err)
{
	const struct deployer_request *how = &e->how->http.log;
	struct question q = QUESTION_INIT;
	int sealed = 0, ret;

	q.max_body = MAX_LOG;
	ret = question_ask(&q, e, how, err);
	if (!ret)
		sealed = engine_take_log(e, &q.answer.body, is_over ?
					 LOG_ALL : LOG_BY_NOW, lines);
	else if (e->is_passing && q.answer.status / 100 == 2)
		sealed = engine_take_log(e, &q.answer.body, LOG_BEGINNING,
					 lines);
	if (ret < 0 && (sealed || (!is_over && q.answer.ran_out_of_time)))
		ret = forget_trouble(e, err);
	question_release(&q);
	return ret < 0 ? -1 : is_over && how->seal && !sealed;
}

/* Is there time to ask again?  Then that was waited for. */
static int may_look_again(struct engine *e, double end)
{
	double next = time_monotonic() + SEAL_PAUSE;

	if (e->not_before > next)
		next = e->not_before;
	return next < end && !engine_pause(next);
}

/*
 * All that is left, page by page.  One that is never sealed ends with its
 * deploy.
 */
static int rest_of_log(struct engine *e, struct buf *lines, struct error *err)
{
	double end = time_monotonic() + LAST_LOOKS;
	int more;

	for (int i = 0; i < MAX_PAGES; i++) {
		size_t before = lines->len;

		more = ask_log(e, 1, lines, err);
		if (!more || (more < 0 && !e->is_passing))
			return more;
		if (lines->len > before)
			end = time_monotonic() + LAST_LOOKS;
		else if (!may_look_again(e, end))
			return more < 0 ? -1 : 0;
		if (more < 0)
			forget_trouble(e, err);
	}
	return error_set(err, ERROR_FATAL, "the log of %s has no end",
			 e->run->id ? e->run->id : e->env->name);
}

static int log_lines(struct engine *e, int is_over, struct buf *lines,
		     struct error *err)
{
	if (!e->how->http.log.url ||
	    (e->how->http.find.url && !e->run->id))
		return 0;
	if (is_over)
		return rest_of_log(e, lines, err);
	return ask_log(e, 0, lines, err) < 0 ? -1 : 0;
}

const struct engine_ops engine_http_ops = {
	check, begin, has_begun, status, log_lines, status, can_tell, NULL
};
