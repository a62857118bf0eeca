#include "doc/edit_internal.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static const struct piece nothing = { "", 0 };

void steps_release(struct steps *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		free(s->v[i].key);
		free(s->v[i].value);
	}
	free(s->v);
}

static struct step *new_step(struct steps *s)
{
	ALLOC_GROW(s->v, s->nr + 1, s->alloc);
	s->v[s->nr] = (struct step){ NULL, NULL, 0 };
	return &s->v[s->nr++];
}

/* "[...]", from behind the bracket; NULL: it does not read. */
static const char *parse_index(struct steps *s, const char *at)
{
	const char *end = strchr(at, ']'), *equal;
	struct step *step;
	char *stop;

	if (!end || end == at)
		return NULL;
	step = new_step(s);
	equal = memchr(at, '=', (size_t)(end - at));
	if (equal) {
		step->key = xmemdupz(at, (size_t)(equal - at));
		step->value = xmemdupz(equal + 1, (size_t)(end - equal - 1));
		return end + 1;
	}
	step->index = strtol(at, &stop, 10);
	return stop == end ? end + 1 : NULL;
}

static const char *parse_key(struct steps *s, const char *at)
{
	const char *from = at;
	struct buf key = BUF_INIT;

	for (; *at && *at != '.' && *at != '['; at++) {
		if (*at == '\\' && at[1])
			at++;
		buf_addc(&key, *at);
	}
	/* `\"\"` is a key of two quotes, `""` none at all. */
	if (at - from == 2 && !memcmp(from, "\"\"", 2))
		buf_reset(&key);
	else if (!key.len)
		at = NULL;
	if (at)
		new_step(s)->key = xstrdup(key.s);
	buf_release(&key);
	return at;
}

static int parse_path(struct steps *s, const char *path, struct error *err)
{
	const char *at = path;

	while (at && *at) {
		if (*at == '[') {
			at = parse_index(s, at + 1);
			continue;
		}
		if (s->nr && *at++ != '.')
			at = NULL;
		else
			at = parse_key(s, at);
	}
	return at ? 0 : error_set(err, ERROR_FATAL, "'%s' is no path of keys",
				  path);
}

int edit_is_path(const char *path)
{
	struct steps s = { NULL, 0, 0 };
	struct error ignored = ERROR_INIT;
	int is = !parse_path(&s, path, &ignored);

	steps_release(&s);
	error_release(&ignored);
	return is;
}

static int find_key(const struct node *n, const char *key, size_t *at)
{
	const struct entry *e = node_find(n, key);

	if (e)
		*at = (size_t)(e - n->entries);
	return e != NULL;
}

static int find_index(const struct node *n, long index, size_t *at)
{
	long i = index < 0 ? (long)n->nr + index : index;

	*at = (size_t)i;
	return n->type == NODE_LIST && i >= 0 && (size_t)i < n->nr;
}

static int find_named(const struct node *n, const struct step *s, size_t *at)
{
	for (*at = 0; n->type == NODE_LIST && *at < n->nr; ++*at) {
		const struct node *item = n->entries[*at].value;
		const struct entry *e = node_find(item, s->key);

		if (e && e->value->type == NODE_SCALAR &&
		    !strcmp(e->value->data, s->value))
			return 1;
	}
	return 0;
}

static int find_step(const struct node *n, const struct step *s, size_t *at)
{
	if (s->value)
		return find_named(n, s, at);
	return s->key ? find_key(n, s->key, at) : find_index(n, s->index, at);
}

/* What a line of that entry begins with, where it begins one. */
static struct piece margin_of(const struct entry *e, struct piece around)
{
	const char *at = e->lead.s + e->lead.len;

	while (at > e->lead.s && at[-1] != '\n')
		at--;
	return at == e->lead.s ? around : (struct piece){
		at, (size_t)(e->lead.s + e->lead.len - at) };
}

static struct walk follow(const struct edit *e, const struct steps *s)
{
	struct walk w = { .node = e->tree.docs[0].root };

	w.spot = (struct spot){ NULL, NULL, nothing };
	while (w.found < s->nr && node_is_collection(w.node)) {
		struct piece margin = w.spot.margin;

		if (w.spot.node && !w.spot.node->is_block)
			margin = margin_of(&w.spot.node->entries[w.at],
					   margin);
		w.spot = (struct spot){
			w.node, w.spot.node ? &w.spot.node->entries[w.at] :
			NULL, margin
		};
		if (!find_step(w.node, &s->v[w.found], &w.at))
			break;
		w.node = w.node->entries[w.at].value;
		w.found++;
	}
	return w;
}

int walk(const struct edit *e, struct steps *s, const char *path,
	 struct walk *w, struct error *err)
{
	if (parse_path(s, path, err) < 0)
		return -1;
	*w = follow(e, s);
	return 0;
}

struct spot walk_inside(const struct walk *w)
{
	struct entry *e = w->spot.node ? &w->spot.node->entries[w->at] : NULL;

	return (struct spot){
		w->node, e, e && !w->spot.node->is_block ?
		margin_of(e, w->spot.margin) : w->spot.margin
	};
}
