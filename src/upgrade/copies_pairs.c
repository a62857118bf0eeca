#include "upgrade/copies_internal.h"

#include "base/mem.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

static const struct tree_diff *likenesses(struct work *w, struct error *err)
{
	const struct copy_request *q = w->req;

	if (!w->have_likeness &&
	    tree_diff_read(&w->likeness, q->repo, q->from_tree, q->our_tree,
			   TREE_DIFF_COPIES, err) < 0)
		return NULL;
	w->have_likeness = 1;
	return &w->likeness;
}

int work_is_own(const struct work *w, const char *path)
{
	const struct tree_change *c = tree_diff_find(&w->ours, path);

	return c && !c->old_mode && c->new_mode != 0160000;
}

static const struct pair *find_pair(const struct work *w, const char *path)
{
	for (size_t i = 0; i < w->nr; i++)
		if (!strcmp(w->pairs[i].path, path))
			return &w->pairs[i];
	return NULL;
}

void work_add_pair(struct work *w, const char *template, const char *path,
		   const struct record_copy *recorded)
{
	struct pair *p;

	if (find_pair(w, path))
		return;
	ALLOC_GROW(w->pairs, w->nr + 1, w->alloc);
	p = &w->pairs[w->nr++];
	p->template = xstrdup(template);
	p->path = xstrdup(path);
	p->recorded = recorded;
}

/* A template in A whose copy the rules put at `path`; NULL.  free() */
static char *template_by_rules(const struct work *w, const char *path)
{
	const struct copy_request *q = w->req;

	for (size_t i = 0; i < q->profile->nr_copies; i++) {
		const struct copy_rule *rule = &q->profile->copies[i];
		char *template;

		if (!template_rule_holds(q->profile, rule, q->from->name))
			continue;
		template = template_of_copy(rule, path);
		if (template && work_in_from(w, template).mode)
			return template;
		free(template);
	}
	return NULL;
}

/*
 * A template the record names may have moved in an upgrade made by hand:
 * then the rules know where it is in A.
 */
static void pairs_from_record(struct work *w)
{
	const struct record *rec = w->req->record;

	for (size_t i = 0; rec && i < rec->nr_copies; i++) {
		const struct record_copy *rc = &rec->copies[i];
		char *other = NULL;

		if (!work_is_own(w, rc->path))
			continue;
		if (!work_in_from(w, rc->template).mode)
			other = template_by_rules(w, rc->path);
		work_add_pair(w, other ? other : rc->template, rc->path, rc);
		free(other);
	}
}

static void pairs_from_rules(struct work *w)
{
	const struct profile *p = w->req->profile;

	for (size_t i = 0; i < p->nr_copies; i++) {
		const struct copy_rule *rule = &p->copies[i];

		if (!template_rule_holds(p, rule, w->req->from->name))
			continue;
		for (size_t j = 0; j < w->from.nr; j++) {
			const char *template = w->from.v[j].path;
			char *path = template_copy_path(rule, template);

			if (path && work_is_own(w, path))
				work_add_pair(w, template, path, NULL);
			free(path);
		}
	}
}

static int confirm_by_likeness(struct work *w, const char *path,
			       struct error *err)
{
	const struct tree_diff *d = likenesses(w, err);
	const struct tree_change *c;

	if (!d)
		return -1;
	c = tree_diff_find(d, path);
	if (!c || (c->status != 'C' && c->status != 'R')) {
		error_set(err, ERROR_REFUSED, "'%s' resembles no file of %s",
			  path, w->req->from->name);
		return error_hint(err, "name its template: "
				  "--confirm-copy=TEMPLATE:%s", path);
	}
	work_add_pair(w, c->old_path, path, NULL);
	return 0;
}

static int not_a_copy(const struct work *w, const char *path,
		      struct error *err)
{
	const char *release = w->req->from->name;

	if (work_in_from(w, path).mode) {
		error_set(err, ERROR_REFUSED, "'%s' is a file of %s itself, "
			  "not a copy", path, release);
		return error_hint(err, "it is merged as it is: leave "
				  "--confirm-copy out");
	}
	error_set(err, ERROR_REFUSED, "there is no file '%s' here to be "
		  "confirmed as a copy", path);
	return error_hint(err, "see the files of %s: git ls-tree -r "
			  "--name-only %s", release,
			  w->req->from->commit ? w->req->from->commit :
			  release);
}

/* "TEMPLATE:COPY", where either may hold colons, or "COPY". */
static int confirm_pair(struct work *w, const char *said, struct error *err)
{
	const char *colon = NULL, *path = said;

	if (work_is_own(w, said))
		return find_pair(w, said) ? 0 :
		       confirm_by_likeness(w, said, err);
	for (colon = strchr(said, ':'); colon; colon = strchr(colon + 1, ':')) {
		char *template = xmemdupz(said, (size_t)(colon - said));
		int known = work_in_from(w, template).mode != 0;

		path = colon + 1;
		if (known && work_is_own(w, path))
			work_add_pair(w, template, path, NULL);
		free(template);
		if (known && work_is_own(w, path))
			return 0;
	}
	return not_a_copy(w, path, err);
}

int work_find_pairs(struct work *w, struct error *err)
{
	const struct strvec *confirmed = w->req->confirmed;

	pairs_from_record(w);
	pairs_from_rules(w);
	for (size_t i = 0; confirmed && i < confirmed->nr; i++)
		if (confirm_pair(w, confirmed->v[i], err) < 0)
			return -1;
	return 0;
}

int work_is_unknown(const struct work *w, const struct tree_change *c)
{
	return !c->old_mode && mode_is_file(c->new_mode) &&
	       strcmp(c->path, RECORD_PATH) && !find_pair(w, c->path);
}

/* Stands for a slash in the names of the flat trees below. */
#define FLAT_SLASH '\001'

static void swap_char(char *s, char from, char to)
{
	for (; *s; s++)
		if (*s == from)
			*s = to;
}

struct flat {
	struct tree_edit *edits;
	struct strvec names;
	size_t alloc;
};

static void flat_add(struct flat *f, const char *path, unsigned mode,
		     const char *oid)
{
	char *name = xstrdup(path);

	swap_char(name, '/', FLAT_SLASH);
	strvec_push_nodup(&f->names, name);
	ALLOC_GROW(f->edits, f->names.nr, f->alloc);
	f->edits[f->names.nr - 1] = (struct tree_edit){ name, mode, oid };
}

/*
 * Compared are two trees of just the files in question, as looking at
 * everything costs too much where there are many; flat ones, as each folder
 * is an object.
 */
int work_find_likeness(struct tree_diff *d, struct work *w,
		       const struct tree_diff *upstream, struct error *err)
{
	struct repo *r = w->req->repo;
	struct flat f = { NULL, STRVEC_INIT, 0 };
	char *a = NULL, *b = NULL;
	int ret = -1;

	for (size_t i = 0; i < upstream->nr; i++) {
		const struct tree_change *c = &upstream->v[i];

		if (mode_is_file(c->old_mode))
			flat_add(&f, c->old_path, c->old_mode, c->old_oid);
	}
	a = tree_edit(r, NULL, f.edits, f.names.nr, err);
	for (size_t i = 0; i < w->ours.nr; i++)
		if (work_is_unknown(w, &w->ours.v[i]))
			flat_add(&f, w->ours.v[i].path, w->ours.v[i].new_mode,
				 w->ours.v[i].new_oid);
	if (a)
		b = tree_edit(r, NULL, f.edits, f.names.nr, err);
	if (b)
		ret = tree_diff_read(d, r, a, b, TREE_DIFF_COPIES, err);
	for (size_t i = 0; i < d->nr; i++) {
		swap_char(d->v[i].path, FLAT_SLASH, '/');
		swap_char(d->v[i].old_path, FLAT_SLASH, '/');
	}
	free(f.edits);
	strvec_release(&f.names);
	free(a);
	free(b);
	return ret;
}
