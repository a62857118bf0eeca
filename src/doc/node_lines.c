#include "doc/node_lines.h"

#include "base/mem.h"
#include "base/vec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct liner {
	struct node_text *out;
	struct pool *pool;
	const char *name, *text, *end;
	struct node *root;
	struct error *err;
};

static int refuse(const struct liner *l, const char *at, const char *what)
{
	size_t line = 1;

	for (const char *s = l->text; s < at; s++)
		line += *s == '\n';
	return error_set(l->err, ERROR_FATAL, "%s:%zu: %s", l->name, line,
			 what);
}

static const char *line_end(const struct liner *l, const char *at)
{
	const char *lf = memchr(at, '\n', (size_t)(l->end - at));

	return lf ? lf + 1 : l->end;
}

static struct piece between(const char *from, const char *to)
{
	return (struct piece){ from, (size_t)(to - from) };
}

static const char *skip_blanks(const struct liner *l, const char *at)
{
	while (at < l->end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* The first line from there that is neither empty nor a comment. */
static const char *skip_trivia(const struct liner *l, const char *at)
{
	while (at < l->end) {
		const char *s = skip_blanks(l, at);

		if (s < l->end && *s != '\n' && *s != '#')
			break;
		at = line_end(l, at);
	}
	return at;
}

static struct node *scalar(struct liner *l, const char *from, const char *to)
{
	struct node *n = node_new(l->pool, NODE_SCALAR);

	n->text = between(from, to);
	n->data = pool_memdup(l->pool, from, (size_t)(to - from));
	n->is_plain = n->is_untyped = 1;
	return n;
}

static int begin(struct liner *l, enum node_type type)
{
	struct node_document *d = pool_alloc(l->pool, sizeof(*d));

	if (memchr(l->text, '\r', (size_t)(l->end - l->text)) ||
	    memchr(l->text, '\0', (size_t)(l->end - l->text)))
		return error_set(l->err, ERROR_FATAL, "%s: characters that no "
				 "such file has", l->name);
	l->root = node_new(l->pool, type);
	l->root->is_block = 1;
	d->root = l->root;
	d->head = d->tail = between(l->text, l->text);
	l->root->head = d->head;
	l->out->docs = d;
	l->out->nr = l->out->alloc = 1;
	return 0;
}

/* What stands above the first entry with an empty line between. */
static const char *take_header(struct liner *l)
{
	const char *first = skip_trivia(l, l->text), *at = l->text;
	const char *end = at;

	while (at < first) {
		const char *s = skip_blanks(l, at);

		at = line_end(l, at);
		if (*s == '\n')
			end = at;
	}
	l->out->docs->head = between(l->text, end);
	return end;
}

/* Behind the value in quotes that begins there; NULL: it does not end. */
static const char *skip_quoted(const struct liner *l, const char *at)
{
	char quote = *at++;

	for (; at < l->end && *at != quote; at++)
		if (quote == '"' && *at == '\\' && at + 1 < l->end)
			at++;
	return at < l->end ? at + 1 : NULL;
}

/* Behind one without: up to a blank and #, or the end of the line. */
static const char *skip_plain(const struct liner *l, const char *at)
{
	const char *end = at;

	for (; at < l->end && *at != '\n'; at++) {
		if (*at == '#' && (at[-1] == ' ' || at[-1] == '\t'))
			break;
		if (*at != ' ' && *at != '\t')
			end = at + 1;
	}
	return end;
}

/* "export KEY=": where KEY begins and ends, and where the value begins. */
static int read_key(struct liner *l, const char *at, const char **key,
		    const char **key_end, const char **value)
{
	const char *s = skip_blanks(l, at);

	if ((size_t)(l->end - s) > 7 && !memcmp(s, "export", 6) &&
	    (s[6] == ' ' || s[6] == '\t'))
		s = skip_blanks(l, s + 6);
	*key = s;
	while (s < l->end && (isalnum((unsigned char)*s) ||
			      strchr("_.-", *s)))
		s++;
	*key_end = s;
	s = skip_blanks(l, s);
	if (s == l->end || *s != '=' || *key == *key_end)
		return refuse(l, at, "neither KEY=VALUE nor a comment");
	*value = skip_blanks(l, s + 1);
	return 0;
}

static int take_value(struct liner *l, struct entry *e, const char *at,
		      const char **end)
{
	const char *stop = at;

	if (at < l->end && (*at == '"' || *at == '\'')) {
		stop = skip_quoted(l, at);
		if (!stop)
			return refuse(l, at, "a quote that does not end");
		e->value = scalar(l, at, stop);
		e->value->data = pool_memdup(l->pool, at + 1,
					     (size_t)(stop - at) - 2);
		e->value->is_plain = 0;
	} else {
		stop = skip_plain(l, at);
		/* Nothing stands right behind the `=`. */
		if (stop == at) {
			while (at[-1] != '=')
				at--;
			e->head.len = (size_t)(at - e->head.s);
			stop = at;
		}
		e->value = scalar(l, at, stop);
	}
	*end = line_end(l, stop);
	e->trail = between(stop, *end);
	stop = skip_blanks(l, stop);
	return stop < *end && *stop != '\n' && *stop != '#' ?
		refuse(l, at, "something behind a value") : 0;
}

static int take_variable(struct liner *l, const char **at,
			 struct strmap *seen)
{
	const char *line = skip_trivia(l, *at);
	const char *key = NULL, *key_end = NULL, *value = NULL;
	struct entry *e = node_add(l->pool, l->root);

	e->lead = between(*at, line);
	if (read_key(l, line, &key, &key_end, &value) < 0)
		return -1;
	e->key = pool_memdup(l->pool, key, (size_t)(key_end - key));
	e->id = node_new_id(l->pool, seen, e->key);
	e->key_start = (size_t)(key - l->text);
	e->key_end = (size_t)(key_end - l->text);
	e->head = between(line, value);
	return take_value(l, e, value, at);
}

int node_read_dotenv(struct node_text *t, struct pool *pool, const char *name,
		     const char *text, size_t len, struct error *err)
{
	struct liner l = { t, pool, name, text, text + len, NULL, err };
	struct strmap seen = STRMAP_INIT;
	const char *at;
	int ret = begin(&l, NODE_MAP);

	at = ret ? text : take_header(&l);
	while (!ret && skip_trivia(&l, at) < l.end)
		ret = take_variable(&l, &at, &seen);
	if (!ret)
		l.root->tail = between(at, l.end);
	strmap_release(&seen);
	return ret;
}

int node_read_lines(struct node_text *t, struct pool *pool, const char *name,
		    const char *text, size_t len, struct error *err)
{
	struct liner l = { t, pool, name, text, text + len, NULL, err };
	const char *at, *line;

	if (begin(&l, NODE_LIST) < 0)
		return -1;
	at = take_header(&l);
	while ((line = skip_trivia(&l, at)) < l.end) {
		struct entry *e = node_add(pool, l.root);
		const char *end = line_end(&l, line);
		const char *stop = end[-1] == '\n' ? end - 1 : end;

		e->lead = between(at, line);
		e->head = between(line, line);
		e->value = scalar(&l, line, stop);
		e->trail = between(stop, end);
		at = end;
	}
	l.root->tail = between(at, l.end);
	return 0;
}
