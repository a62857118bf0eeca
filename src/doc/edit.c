#include "doc/edit.h"

#include "base/mem.h"
#include "base/vec.h"
#include "doc/edit_internal.h"
#include "doc/resolve.h"

#include <stdlib.h>
#include <string.h>

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

/* The alias whose name is not before it, or NULL; the parser does not ask. */
static const char *find_nameless(const struct node *n, struct strmap *names)
{
	const char *found = NULL;

	if (n->type == NODE_ALIAS)
		return strmap_has(names, n->data) ? NULL : n->data;
	if (n->anchor)
		strmap_put(names, n->anchor, NULL);
	for (size_t i = 0; i < n->nr && !found; i++)
		found = find_nameless(n->entries[i].value, names);
	return found;
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

/* As it was before. */
static int go_back(struct edit *e)
{
	struct error ignored = ERROR_INIT;

	read_tree(e, &ignored);
	error_release(&ignored);
	return -1;
}

/* Does the text that was read again mean what the tree did?  Or -1. */
static int check_text(const struct edit *e, const struct node_text *meant,
		      struct error *err)
{
	struct strmap names = STRMAP_INIT;
	const char *lost = NULL;
	int same = same_documents(&e->tree, meant);

	/* Only the first one is edited. */
	if (same)
		lost = find_nameless(e->tree.docs[0].root, &names);
	if (!same)
		error_set(err, ERROR_FATAL, "%s: the edit would not read as "
			  "it is meant", e->name);
	else if (lost)
		error_set(err, ERROR_FATAL, "%s: '*%s' would have nothing "
			  "that it names", e->name, lost);
	strmap_release(&names);
	return same && !lost ? 0 : -1;
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
	if (ret < 0)
		error_set(err, ERROR_FATAL, "%s: the edit would not read: %s",
			  e->name, why.message);
	else
		ret = check_text(e, &meant, err);
	error_release(&why);
	if (ret < 0) {
		buf_release(&e->text);
		e->text = before;
		return go_back(e);
	}
	buf_release(&before);
	return 1;
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

	if (make_entry(e, &made, spot, key, value, err) < 0)
		return go_back(e);
	if (key)
		made.id = made.key = pool_memdup(&e->pool, key, strlen(key));
	if (!spot->node->is_block)
		flow_open_gap(e, spot, at, &made);
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

/* Another value there, as a whole. */
static int replace(struct edit *e, struct walk *w, const char *key,
		   const struct value *value, struct error *err)
{
	if (replace_value(e, &w->spot, w->at, key, value, err) < 0)
		return go_back(e);
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
	spot = walk_inside(&w);
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

	old->head = piece_join3(e, before, make_key(e, old, key), behind);
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
	/* It has that name already. */
	if (s.nr && w.found + 1 == s.nr && w.spot.node->type == NODE_MAP &&
	    s.v[w.found].key && node_find(w.spot.node, key))
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

/*
 * What was second is what the dash begins now, and any comment above it comes
 * first: `- # comment`.
 */
static void begin_behind_dash(struct edit *e, struct node *n)
{
	struct piece lead = n->entries[0].lead;

	while (lead.len && strchr(" \t\n", *lead.s)) {
		lead.s++;
		lead.len--;
	}
	n->head = piece_join(e, n->head, lead);
	n->is_inline = !lead.len;
	n->entries[0].lead.len = 0;
}

static int take_out(struct edit *e, struct walk *w, struct error *err)
{
	struct node *n = w->spot.node;
	struct entry gone = n->entries[w->at];

	n->nr--;
	memmove(&n->entries[w->at], &n->entries[w->at + 1],
		(n->nr - w->at) * sizeof(*n->entries));
	if (!n->is_block)
		flow_close_gap(e, n, w->at, &gone);
	else if (!n->nr && !edit_has_lines(e))
		replace_empty(e, &w->spot);
	if (n->is_inline && n->nr && !w->at)
		begin_behind_dash(e, n);
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
		ret = take_out(e, &w, err);
out:
	steps_release(&s);
	return ret;
}
