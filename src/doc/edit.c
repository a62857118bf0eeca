#include "doc/edit.h"

#include "base/mem.h"
#include "base/vec.h"
#include "doc/edit_internal.h"

#include <stdlib.h>
#include <string.h>

static const struct piece nothing = { "", 0 };

/* One step of a path. */
struct step {
	char *key;			/* of a map; or of [key=value] */
	char *value;
	long index;			/* where `key` is NULL */
};

struct steps {
	struct step *v;
	size_t nr, alloc;
};

static void steps_release(struct steps *s)
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

/* How far a path leads. */
struct walk {
	/* Where its last step stands, or the first missing one would. */
	struct spot spot;
	size_t at;			/* entry, where it is there */
	size_t found;			/* steps that are there */
	struct node *node;		/* what the found ones lead to */
};

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

/* Read a path and follow it; steps_release() after -1, too. */
static int walk(const struct edit *e, struct steps *s, const char *path,
		struct walk *w, struct error *err)
{
	if (parse_path(s, path, err) < 0)
		return -1;
	*w = follow(e, s);
	return 0;
}

/* The spot inside of what a path leads to. */
static struct spot inside(const struct walk *w)
{
	struct entry *e = w->spot.node ? &w->spot.node->entries[w->at] : NULL;

	return (struct spot){
		w->node, e, e && !w->spot.node->is_block ?
		margin_of(e, w->spot.margin) : w->spot.margin
	};
}

static int read_tree(struct edit *e, struct error *err)
{
	return resolve_read(&e->tree, &e->pool, e->kind, e->name, e->text.s,
			    e->text.len, err);
}

int edit_begin(struct edit *e, enum resolve_kind kind, const char *name,
	       const struct buf *text, struct error *err)
{
	e->kind = kind;
	e->name = xstrdup(name);
	e->form = form_take(&e->text, text);
	return read_tree(e, err);
}

void edit_release(struct edit *e)
{
	free(e->name);
	buf_release(&e->text);
	pool_release(&e->pool);
	*e = (struct edit)EDIT_INIT;
}

void edit_end(const struct edit *e, struct buf *out)
{
	struct buf text = BUF_INIT;

	buf_add(&text, e->text.s, e->text.len);
	if (!e->form.is_ended && text.len)
		buf_setlen(&text, text.len - 1);
	form_give(out, &text, e->form);
	buf_release(&text);
}

static int same_documents(const struct node_text *a, const struct node_text *b)
{
	if (a->nr != b->nr)
		return 0;
	for (size_t i = 0; i < a->nr; i++)
		if (!node_same_data(a->docs[i].root, b->docs[i].root))
			return 0;
	return 1;
}

/*
 * What the tree is now, as a text that was read again: 1.  It must mean what
 * the tree does; else it is as it was before, and -1.
 */
static int settle(struct edit *e, struct error *err)
{
	struct node_text meant = e->tree;
	struct buf before = e->text;
	struct error why = ERROR_INIT;
	int ret;

	e->text = (struct buf)BUF_INIT;
	node_write(&e->text, &meant, NODE_OURS, NULL);
	ret = read_tree(e, &why);
	if (!ret && same_documents(&e->tree, &meant)) {
		buf_release(&before);
		return 1;
	}
	error_set(err, ERROR_FATAL, "%s: the edit would not read as it is "
		  "meant%s%s", e->name, ret ? ": " : "",
		  ret ? why.message : "");
	error_release(&why);
	buf_release(&e->text);
	e->text = before;
	read_tree(e, &why);
	error_release(&why);
	return -1;
}

/* The same, when something else has failed. */
static int give_up(struct edit *e)
{
	struct error ignored = ERROR_INIT;

	read_tree(e, &ignored);
	error_release(&ignored);
	return -1;
}

static int is_null(const struct node *n)
{
	return n->type == NODE_SCALAR && n->is_plain &&
	       (!*n->data || !strcmp(n->data, "null") ||
		!strcmp(n->data, "~"));
}

int edit_is(const struct node *n, const struct value *v)
{
	if (v->type == VALUE_NULL)
		return is_null(n);
	if (v->type == VALUE_SCALAR)
		return node_same_data(n, &(struct node){
			.type = NODE_SCALAR, .data = v->text,
			.is_plain = !v->quoted, .is_untyped = n->is_untyped,
			.anchor = n->anchor, .tag = n->tag });
	if (n->type != (v->type == VALUE_MAP ? NODE_MAP : NODE_LIST) ||
	    n->nr != v->nr)
		return 0;
	for (size_t i = 0; i < n->nr; i++)
		if ((v->type == VALUE_MAP &&
		     strcmp(n->entries[i].id, v->keys[i])) ||
		    !edit_is(n->entries[i].value, v->items[i]))
			return 0;
	return 1;
}

const struct node *edit_get(const struct edit *e, const char *path)
{
	struct steps s = { NULL, 0, 0 };
	struct error ignored = ERROR_INIT;
	const struct node *n = NULL;
	struct walk w;

	if (!walk(e, &s, path, &w, &ignored) && w.found == s.nr)
		n = w.node;
	steps_release(&s);
	error_release(&ignored);
	return n;
}

static void insert_entry(struct edit *e, struct node *n, size_t at,
			 struct entry made)
{
	node_add(&e->pool, n);
	memmove(&n->entries[at + 1], &n->entries[at],
		(n->nr - 1 - at) * sizeof(*n->entries));
	n->entries[at] = made;
}

static int add_entry(struct edit *e, const struct spot *spot, size_t at,
		     const char *key, const struct value *value,
		     struct error *err)
{
	struct entry made;

	if (make_entry(e, &made, spot, at, key, value, err) < 0)
		return give_up(e);
	if (key)
		made.id = made.key = pool_memdup(&e->pool, key, strlen(key));
	insert_entry(e, spot->node, at, made);
	return settle(e, err);
}

/* The value below the keys that are missing; only its maps are to be freed. */
static struct value *wrap(const struct step *v, size_t nr,
			  const struct value *value)
{
	struct value *map, *last = (struct value *)value;

	while (nr--) {
		map = value_new(VALUE_MAP);
		value_add(map, v[nr].key, last);
		last = map;
	}
	return last;
}

static void unwrap(struct value *v, const struct value *value)
{
	struct value *at = v;

	while (at != value && at->items[0] != value)
		at = at->items[0];
	if (at != value) {
		at->items[0] = NULL;
		value_free(v);
	}
}

static int refuse(const struct edit *e, const char *path, const char *what,
		  struct error *err)
{
	return error_set(err, ERROR_FATAL, "%s: '%s' %s", e->name, path, what);
}

static struct piece join(struct edit *e, struct piece a, struct piece b)
{
	char *s = pool_alloc(&e->pool, a.len + b.len + 1);

	if (a.len)
		memcpy(s, a.s, a.len);
	if (b.len)
		memcpy(s + a.len, b.s, b.len);
	return (struct piece){ s, a.len + b.len };
}

static const struct piece blank = { " ", 1 }, line_feed = { "\n", 1 };

/* A new text for the value; the entry keeps its comments. */
static int replace(struct edit *e, struct walk *w, const char *key,
		   const struct value *value, struct error *err)
{
	struct entry *old = &w->spot.node->entries[w->at], made;
	/* A block of lines has an end that a scalar on a line has not. */
	int is_on_line = old->value->type == NODE_SCALAR &&
			 (old->trail.len || !w->spot.node->is_block);
	struct node *scalar = is_on_line ?
			      make_scalar(e, old->value, value) : NULL;

	if (scalar) {
		/* Behind "key:" with nothing behind it. */
		if (!old->value->text.len && e->kind != RESOLVE_DOTENV)
			old->head = join(e, old->head, blank);
		old->value = scalar;
		return settle(e, err);
	}
	if (make_entry(e, &made, &w->spot, w->at, key, value, err) < 0)
		return give_up(e);
	made.lead = old->lead;
	if (old->trail.len && made.trail.len)
		made.trail = old->trail;
	if (key)
		made.key = made.id = old->id;
	*old = made;
	return settle(e, err);
}

/* The last key of the map that the found steps lead to, and those below. */
static int add_missing(struct edit *e, const struct steps *s, struct walk *w,
		       const char *path, const struct value *value,
		       struct error *err)
{
	struct value *all;
	int ret;

	for (size_t i = w->found; i < s->nr; i++)
		if (!s->v[i].key || s->v[i].value)
			return refuse(e, path, "has no such entry", err);
	if (w->found && is_null(w->node)) {
		all = wrap(s->v + w->found, s->nr - w->found, value);
		ret = replace(e, w, s->v[w->found - 1].key, all, err);
		unwrap(all, value);
		return ret;
	}
	if (w->node->type != NODE_MAP)
		return refuse(e, path, "is below something that has no keys",
			      err);
	all = wrap(s->v + w->found + 1, s->nr - w->found - 1, value);
	ret = add_entry(e, &w->spot, w->node->nr, s->v[w->found].key, all,
			err);
	unwrap(all, value);
	return ret;
}

int edit_set(struct edit *e, const char *path, const struct value *value,
	     struct error *err)
{
	struct steps s = { NULL, 0, 0 };
	struct walk w;
	int ret = walk(e, &s, path, &w, err);

	if (ret < 0)
		goto out;
	if (!s.nr)
		ret = refuse(e, path, "is the whole", err);
	else if (w.found < s.nr)
		ret = add_missing(e, &s, &w, path, value, err);
	else
		ret = edit_is(w.node, value) ? 0 :
		      replace(e, &w, s.v[s.nr - 1].value ? NULL :
			      s.v[s.nr - 1].key, value, err);
out:
	steps_release(&s);
	return ret;
}

int edit_insert(struct edit *e, const char *path, long at,
		const struct value *value, struct error *err)
{
	struct steps s = { NULL, 0, 0 };
	struct walk w;
	struct spot spot;
	int ret = walk(e, &s, path, &w, err);

	if (ret < 0)
		goto out;
	if (w.found < s.nr || w.node->type != NODE_LIST) {
		ret = refuse(e, path, "is no list", err);
		goto out;
	}
	spot = inside(&w);
	if (at < 0)
		at += (long)w.node->nr;
	if (at < 0 || (size_t)at > w.node->nr)
		ret = refuse(e, path, "is shorter than that", err);
	else
		ret = add_entry(e, &spot, (size_t)at, NULL, value, err);
out:
	steps_release(&s);
	return ret;
}

int edit_append(struct edit *e, const char *path, const struct value *value,
		struct error *err)
{
	const struct node *n = edit_get(e, path);
	struct value *list;
	int ret;

	if (n && n->type == NODE_LIST)
		return edit_insert(e, path, (long)n->nr, value, err);
	if (n && !is_null(n))
		return refuse(e, path, "is no list", err);
	list = value_new(VALUE_LIST);
	value_append(list, (struct value *)value);
	ret = edit_set(e, path, list, err);
	list->nr = 0;
	value_free(list);
	return ret;
}

/* What stands before the key and behind it stays. */
static void put_key(struct edit *e, struct entry *old, const char *key)
{
	const char *at = e->text.s + old->key_start;
	const char *end = e->text.s + old->key_end;
	struct piece before = { old->head.s, (size_t)(at - old->head.s) };
	struct piece behind = {
		end, (size_t)(old->head.s + old->head.len - end)
	};

	old->head = join(e, join(e, before, make_key(e, old, key)), behind);
	old->key = old->id = pool_memdup(&e->pool, key, strlen(key));
}

int edit_rename(struct edit *e, const char *path, const char *key,
		struct error *err)
{
	struct steps s = { NULL, 0, 0 };
	struct entry *old;
	struct walk w;
	int ret = walk(e, &s, path, &w, err);

	if (ret < 0)
		goto out;
	if (!s.nr || w.found < s.nr || w.spot.node->type != NODE_MAP) {
		ret = refuse(e, path, "is no key that is there", err);
		goto out;
	}
	old = &w.spot.node->entries[w.at];
	if (!strcmp(old->id, key))
		goto out;
	if (node_find(w.spot.node, key)) {
		ret = refuse(e, path, "has a neighbour of that name", err);
		goto out;
	}
	put_key(e, old, key);
	ret = settle(e, err);
out:
	steps_release(&s);
	return ret;
}

/* A block that has nothing left is written as {} or []. */
static void close_empty(struct edit *e, const struct spot *spot)
{
	struct node *n = spot->node;
	struct node_document *d = &e->tree.docs[0];
	const char *text = n->type == NODE_MAP ? "{}" : "[]";
	struct piece behind = n->is_inline ? line_feed : n->head;

	if (!spot->entry) {
		d->head = join(e, d->head, n->head);
		d->tail = join(e, line_feed, n->tail);
	} else {
		/* A comment behind the key stays there. */
		spot->entry->head = join(e, spot->entry->head, blank);
		spot->entry->trail = join(e, behind, n->tail);
	}
	n->is_block = n->is_inline = 0;
	n->head = (struct piece){ text, 1 };
	n->tail = (struct piece){ text + 1, 1 };
}

static int has_lines(const struct edit *e)
{
	return e->kind == RESOLVE_DOTENV || e->kind == RESOLVE_IGNORE;
}

static int take_out(struct edit *e, struct walk *w, const char *path,
		    struct error *err)
{
	struct node *n = w->spot.node;

	n->nr--;
	memmove(&n->entries[w->at], &n->entries[w->at + 1],
		(n->nr - w->at) * sizeof(*n->entries));
	if (!n->nr && n->is_block && !has_lines(e))
		close_empty(e, &w->spot);
	if (n->is_inline && !w->at && n->entries[0].lead.len) {
		refuse(e, path, "has a comment below it, which would stand "
		       "behind a dash", err);
		return give_up(e);
	}
	return settle(e, err);
}

int edit_remove(struct edit *e, const char *path, struct error *err)
{
	struct steps s = { NULL, 0, 0 };
	struct walk w;
	int ret = walk(e, &s, path, &w, err);

	if (ret < 0)
		goto out;
	if (!s.nr)
		ret = refuse(e, path, "is the whole", err);
	else if (w.found == s.nr)
		ret = take_out(e, &w, path, err);
out:
	steps_release(&s);
	return ret;
}
