#include "upgrade/copies.h"

#include "base/mem.h"
#include "git/tree.h"
#include "upgrade/copies_internal.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

int work_read_from(struct work *w, struct error *err)
{
	if (!w->have_from &&
	    tree_list_read(&w->from, w->req->repo, w->req->from_tree,
			   err) < 0)
		return -1;
	w->have_from = 1;
	return 0;
}

struct file work_in_from(const struct work *w, const char *path)
{
	const struct tree_entry *e = tree_list_find(&w->from, path);

	return e ? (struct file){ e->mode, e->oid, e->path } :
		   (struct file){ 0, NULL, NULL };
}

/* A changed entry, or the one that did not change. */
static struct file in_changed(const struct work *w, const struct tree_diff *d,
			      const char *path)
{
	const struct tree_change *c = tree_diff_find(d, path);

	return c ? (struct file){ c->new_mode, c->new_oid, c->path } :
		   work_in_from(w, path);
}

struct file work_in_to(const struct work *w, const char *path)
{
	return in_changed(w, &w->to, path);
}

struct file work_in_ours(const struct work *w, const char *path)
{
	return in_changed(w, &w->ours, path);
}

/* A rename is a file that goes and another that comes. */
static int has_renames(const struct tree_diff *d)
{
	int come = 0, go = 0;

	for (size_t i = 0; i < d->nr; i++) {
		come |= d->v[i].status == 'A';
		go |= d->v[i].status == 'D';
	}
	return come && go;
}

static const struct tree_diff *upstream_changes(struct work *w,
						struct error *err)
{
	const struct copy_request *q = w->req;

	if (!has_renames(&w->to))
		return &w->to;
	if (!w->have_upstream &&
	    tree_diff_read(&w->upstream, q->repo, q->from_tree, q->to_tree,
			   TREE_DIFF_RENAMES, err) < 0)
		return NULL;
	w->have_upstream = 1;
	return &w->upstream;
}

/* What became of a path of A, NULL when nothing did. */
static const struct tree_change *change_of(const struct tree_diff *d,
					   const char *path)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->v[i].status != 'A' && d->v[i].status != 'C' &&
		    !strcmp(d->v[i].old_path, path))
			return &d->v[i];
	return NULL;
}

static int follow(struct work *w, const char *template, const char *path,
		  struct target *t, struct error *err)
{
	const struct profile *p = w->req->profile;
	const char *a = w->req->from->name, *b = w->req->to->name;
	const struct tree_change *moved;
	const struct tree_diff *d;

	t->path = xstrdup(path);
	t->rule = NULL;
	/* Upstream has a file of its own there now. */
	t->file = work_in_to(w, path);
	if (t->file.mode)
		return 0;
	t->file = work_in_to(w, template);
	if (t->file.mode) {
		t->rule = template_rule(p, b, template, path);
		/* Nothing new is said of it: what held goes on. */
		if (!t->rule) {
			t->rule = template_rule(p, a, template, path);
			return 0;
		}
	} else if (work_in_from(w, template).mode) {
		d = upstream_changes(w, err);
		if (!d)
			return -1;
		moved = change_of(d, template);
		if (moved && moved->status == 'R')
			t->file = work_in_to(w, moved->path);
		if (t->file.mode)
			t->rule = template_rule(p, b, moved->path, path);
	}
	if (t->rule) {
		free(t->path);
		t->path = template_copy_path(t->rule, t->file.path);
	}
	return 0;
}

static struct copy *add_copy(struct work *w, const char *template,
			     const char *path, const struct target *t)
{
	struct copy_list *list = w->list;
	struct file own = work_in_ours(w, path);
	struct copy *c;

	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	c = &list->v[list->nr++];
	memset(c, 0, sizeof(*c));
	c->resolution = (struct resolution)RESOLUTION_INIT;
	strvec_init(&c->new_keys);
	strvec_init(&c->placeholders);
	strvec_init(&c->pins);
	c->path = xstrdup(path);
	c->new_path = xstrdup(t->path);
	c->mode = own.mode;
	c->ours = xstrdup(own.oid);
	if (work_in_from(w, template).mode)
		c->old_template = xstrdup(template);
	if (t->file.mode) {
		c->new_template = xstrdup(t->file.path);
		c->template_blob = xstrdup(t->file.oid);
		c->landed = !strcmp(t->file.path, path);
	}
	return c;
}

/* `pair` by value: more may be added, and the list move. */
static int compute_pair(struct work *w, struct pair pair, struct error *err)
{
	struct target t = TARGET_INIT;
	struct copy *c;
	int moves, ret;

	ret = follow(w, pair.template, pair.path, &t, err);
	if (ret < 0)
		goto out;
	c = add_copy(w, pair.template, pair.path, &t);
	moves = strcmp(pair.path, t.path) != 0;
	if (!t.file.mode || (moves && (work_in_ours(w, t.path).mode ||
				       work_in_to(w, t.path).mode))) {
		/* What the operator has there already is the copy now. */
		c->outcome = COPY_ORPHAN;
		FREE_AND_NULL(c->template_blob);
		if (moves && work_is_own(w, t.path))
			work_add_pair(w, pair.template, t.path, NULL);
	} else {
		pair.new_path = t.path;
		ret = copy_merge(c, w, &pair, &t, err);
	}
out:
	free(t.path);
	return ret;
}

/* `l` says that a file of ours looks like one that upstream changed. */
static int add_unconfirmed(struct work *w, const struct tree_change *l,
			   struct error *err)
{
	struct target t = TARGET_INIT;
	int ret = work_read_from(w, err);

	if (!ret)
		ret = follow(w, l->old_path, l->path, &t, err);
	if (!ret)
		add_copy(w, l->old_path, l->path, &t)->outcome =
			COPY_UNCONFIRMED;
	free(t.path);
	return ret;
}

static int find_unconfirmed(struct work *w, struct error *err)
{
	const struct tree_diff *upstream;
	struct tree_diff like = TREE_DIFF_INIT;
	size_t unknown = 0;
	int ret = 0;

	for (size_t i = 0; i < w->ours.nr; i++)
		unknown += work_is_unknown(w, &w->ours.v[i]);
	if (!unknown)
		return 0;
	upstream = upstream_changes(w, err);
	if (!upstream || !upstream->nr)
		return upstream ? 0 : -1;
	ret = work_find_likeness(&like, w, upstream, err);
	for (size_t i = 0; !ret && i < like.nr; i++) {
		const struct tree_change *l = &like.v[i], *own;

		own = tree_diff_find(&w->ours, l->path);
		if (l->status == 'C' && change_of(upstream, l->old_path) &&
		    own && work_is_unknown(w, own))
			ret = add_unconfirmed(w, l, err);
	}
	tree_diff_release(&like);
	return ret;
}

const char *copy_outcome_name(enum copy_outcome outcome)
{
	static const char *const names[] = {
		[COPY_CURRENT] = "current",
		[COPY_UPDATED] = "updated",
		[COPY_CONFLICT] = "conflict",
		[COPY_ORPHAN] = "orphan",
		[COPY_UNCONFIRMED] = "unconfirmed",
		[COPY_BINARY] = "binary",
	};

	return names[outcome];
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct copy *)a)->path,
		      ((const struct copy *)b)->path);
}

/* Without rules, record and names there is nothing to look up. */
static int read_trees(struct work *w, struct error *err)
{
	const struct copy_request *q = w->req;

	if (tree_diff_read(&w->to, q->repo, q->from_tree, q->to_tree, 0,
			   err) < 0 ||
	    tree_diff_read(&w->ours, q->repo, q->from_tree, q->our_tree, 0,
			   err) < 0)
		return -1;
	return q->profile->nr_copies || (q->record && q->record->nr_copies) ||
	       (q->confirmed && q->confirmed->nr) ?
	       work_read_from(w, err) : 0;
}

int copies_compute(struct copy_list *list, const struct copy_request *req,
		   struct error *err)
{
	struct work w = { .req = req, .list = list };
	int ret = -1;

	if (read_trees(&w, err) < 0 || work_find_pairs(&w, err) < 0)
		goto out;
	for (size_t i = 0; i < w.nr; i++)
		if (compute_pair(&w, w.pairs[i], err) < 0)
			goto out;
	if (find_unconfirmed(&w, err) < 0)
		goto out;
	if (list->nr)
		qsort(list->v, list->nr, sizeof(*list->v), by_path);
	ret = 0;
out:
	tree_list_release(&w.from);
	tree_diff_release(&w.to);
	tree_diff_release(&w.ours);
	tree_diff_release(&w.upstream);
	tree_diff_release(&w.likeness);
	for (size_t i = 0; i < w.nr; i++) {
		free(w.pairs[i].template);
		free(w.pairs[i].path);
	}
	free(w.pairs);
	return ret;
}

void copy_list_release(struct copy_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		struct copy *c = &list->v[i];

		free(c->path);
		free(c->new_path);
		free(c->old_template);
		free(c->new_template);
		free(c->base);
		free(c->ours);
		free(c->theirs);
		free(c->template_blob);
		free(c->base_release);
		free(c->base_template);
		free(c->result);
		resolution_release(&c->resolution);
		strvec_release(&c->new_keys);
		strvec_release(&c->placeholders);
		strvec_release(&c->pins);
	}
	free(list->v);
	*list = (struct copy_list)COPY_LIST_INIT;
}

void copies_record(const struct copy_list *list, const struct record *old,
		   struct record *rec)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct copy *c = &list->v[i];
		const struct record_copy *was = NULL;

		switch (c->outcome) {
		case COPY_CURRENT:
		case COPY_UPDATED:
		case COPY_CONFLICT:
			if (!c->landed)
				record_set_copy(rec, c->template_blob,
						c->new_template, c->new_path);
			break;
		case COPY_ORPHAN:
		case COPY_BINARY:
			if (old)
				was = record_copy_of(old, c->path);
			if (was)
				record_set_copy(rec, was->blob, was->template,
						was->path);
			break;
		case COPY_UNCONFIRMED:
			break;
		}
	}
}
