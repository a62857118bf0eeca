#include "upgrade/replace.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/replace.h"
#include "git/object.h"
#include "git/promisor.h"
#include "git/text.h"

#include <stdlib.h>
#include <string.h>

#define SIDES REPLACED_SIDES

/* A file that upstream changes, and what else it is called there. */
struct candidate {
	const char *path, *other;	/* `other` may be NULL */
	const char *ours;		/* where production has it */
};

/* One of its versions. */
struct side {
	const struct tree_entry *entry;	/* NULL: it is not there */
	struct buf text;
	size_t *made;
	char *blob;			/* NULL: it stays what it is */
};

struct work {
	const struct replace_request *req;
	struct replaced_list *list;
	struct tree_diff renames, our_renames;
	struct candidate *v;
	size_t nr, alloc;
	struct tree_list files[SIDES];
	struct tree_edit *edits[SIDES];
	size_t nr_edits[SIDES], alloc_edits[SIDES];
	struct strvec blobs;		/* what the edits borrow */
};

/* Texts */

static int is_for(const struct replacement *rule, const char *path,
		  const char *other)
{
	return replacement_is_for(rule, path) ||
	       (other && profile_may_migrate(path) &&
		replacement_is_for(rule, other));
}

static int is_for_any(const struct profile *p, const char *path,
		      const char *other)
{
	for (size_t i = 0; i < p->nr_replacements; i++)
		if (is_for(&p->replacements[i], path, other))
			return 1;
	return 0;
}

/* https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
static int is_pointer(const struct buf *text)
{
	return starts_with(text->s, "version https://git-lfs.github.com/spec/");
}

int replace_in_text(struct buf *text, const struct replace_text *how)
{
	const struct profile *p = how->profile;
	int changed = 0;

	if (!p->nr_replacements || text_is_binary(text) || is_pointer(text))
		return 0;
	for (size_t i = 0; i < p->nr_replacements; i++) {
		const struct replacement *rule = &p->replacements[i];
		size_t nr = is_for(rule, how->path, how->other) ?
			    replace_all(text, rule->from, rule->to) : 0;

		changed |= nr > 0;
		if (how->made)
			how->made[i] += nr;
	}
	return changed;
}

/* What was done */

static void list_init(struct replaced_list *list, const struct profile *p)
{
	list->v = xcalloc(p->nr_replacements, sizeof(*list->v));
	list->nr = p->nr_replacements;
	for (size_t i = 0; i < list->nr; i++) {
		list->v[i].from = xstrdup(p->replacements[i].from);
		list->v[i].to = xstrdup(p->replacements[i].to);
		strvec_init(&list->v[i].files);
		strvec_init(&list->v[i].gone);
	}
}

void replaced_list_release(struct replaced_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].from);
		free(list->v[i].to);
		strvec_release(&list->v[i].files);
		strvec_release(&list->v[i].gone);
	}
	free(list->v);
	free(list->base);
	free(list->ours);
	free(list->theirs);
	*list = (struct replaced_list)REPLACED_LIST_INIT;
}

static size_t times(const size_t *made, size_t i)
{
	return made ? made[i] : 0;
}

void replaced_see(struct replaced_list *list, const size_t *made)
{
	for (size_t i = 0; i < list->nr; i++)
		list->v[i].is_in_release |= times(made, i) > 0;
}

/* They come in order, but for copies. */
static void add_sorted(struct strvec *paths, const char *path)
{
	strvec_push(paths, path);
	if (paths->nr > 1 && strcmp(paths->v[paths->nr - 2], path) >= 0)
		strvec_sort(paths, 1);
}

void replaced_note(struct replaced_list *list, const char *path,
		   const size_t *const made[REPLACED_SIDES],
		   const struct buf *ours)
{
	const size_t *theirs = made[REPLACED_THEIRS];

	replaced_see(list, theirs);
	for (size_t i = 0; i < list->nr; i++) {
		struct replaced *r = &list->v[i];

		if (times(made[REPLACED_OURS], i) || times(theirs, i))
			add_sorted(&r->files, path);
		if (theirs && !theirs[i] && times(made[REPLACED_BASE], i) &&
		    memmem(ours->s, ours->len, r->to, strlen(r->to)))
			add_sorted(&r->gone, path);
	}
}

/* Candidates */

/* Is one of them new, or gone, and may be half of a rename? */
static int may_be_renamed(const struct work *w)
{
	const struct tree_diff *d = w->req->their_changes;

	if (!tree_diff_may_rename(d))
		return 0;
	for (size_t i = 0; i < d->nr; i++)
		if ((!d->v[i].old_mode || !d->v[i].new_mode) &&
		    is_for_any(w->req->profile, d->v[i].path, NULL))
			return 1;
	return 0;
}

static void add_candidates(struct work *w, const struct strmap *others)
{
	const struct tree_diff *d = w->req->their_changes;

	for (size_t i = 0; i < d->nr; i++) {
		const char *path = d->v[i].path;
		const char *other = strmap_get(others, path);

		if (!is_for_any(w->req->profile, path, other))
			continue;
		ALLOC_GROW(w->v, w->nr + 1, w->alloc);
		w->v[w->nr++] = (struct candidate){ path, other, path };
	}
}

/* Some of them may be elsewhere in production. */
static int follow_ours(struct work *w, struct error *err)
{
	const struct tree_diff *d = w->req->our_changes;
	struct strmap moved = STRMAP_INIT;
	const char *to;
	int ret = 0;

	if (d && w->nr && tree_diff_may_rename(d))
		ret = tree_diff_read(&w->our_renames, w->req->repo,
				     w->req->base, w->req->ours,
				     TREE_DIFF_RENAMES, err);
	for (size_t i = 0; i < w->our_renames.nr; i++)
		if (w->our_renames.v[i].status == 'R')
			strmap_put(&moved, w->our_renames.v[i].old_path,
				   w->our_renames.v[i].path);
	for (size_t i = 0; i < w->nr; i++) {
		to = strmap_get(&moved, w->v[i].path);
		if (to && profile_may_migrate(to))
			w->v[i].ours = to;
	}
	strmap_release(&moved);
	return ret;
}

static int find_candidates(struct work *w, struct error *err)
{
	struct strmap others = STRMAP_INIT;
	int ret = 0;

	if (may_be_renamed(w))
		ret = tree_diff_read(&w->renames, w->req->repo, w->req->from,
				     w->req->to, TREE_DIFF_RENAMES, err);
	for (size_t i = 0; i < w->renames.nr; i++) {
		struct tree_change *c = &w->renames.v[i];

		if (c->status != 'R')
			continue;
		strmap_put(&others, c->path, c->old_path);
		strmap_put(&others, c->old_path, c->path);
	}
	if (!ret)
		add_candidates(w, &others);
	strmap_release(&others);
	return ret < 0 ? -1 : follow_ours(w, err);
}

/* Where they are in the three trees, and here, in a partial clone. */
static int read_entries(struct work *w, struct error *err)
{
	const char *const trees[SIDES] = {
		w->req->base, w->req->ours, w->req->theirs
	};
	struct strvec paths = STRVEC_INIT, oids = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; i < w->nr; i++) {
		strvec_push(&paths, w->v[i].path);
		if (w->v[i].ours != w->v[i].path)
			strvec_push(&paths, w->v[i].ours);
	}
	for (int s = 0; !ret && s < SIDES; s++) {
		ret = tree_list_pick(&w->files[s], w->req->repo, trees[s],
				     &paths, err);
		for (size_t i = 0; i < w->files[s].nr; i++)
			if (mode_is_file(w->files[s].v[i].mode))
				strvec_push(&oids, w->files[s].v[i].oid);
	}
	strvec_sort(&oids, 1);
	if (!ret)
		promisor_prefetch(w->req->repo, &oids);
	strvec_release(&paths);
	strvec_release(&oids);
	return ret;
}

/* Files */

static int replace_side(struct work *w, const struct candidate *c,
			   struct side *v, struct error *err)
{
	const struct replace_text how = {
		w->req->profile, c->path, c->other, v->made
	};

	if (object_read(w->req->repo, v->entry->oid, &v->text, err) < 0)
		return -1;
	if (!replace_in_text(&v->text, &how))
		return 0;
	v->blob = object_write_blob(w->req->repo, v->text.s, v->text.len,
				    err);
	return v->blob ? 0 : -1;
}

/* What one of the versions before has is not read again. */
static int copy_side(struct side *v, const struct side *before,
			size_t nr_rules)
{
	if (!before->entry || strcmp(before->entry->oid, v->entry->oid))
		return 0;
	buf_add(&v->text, before->text.s, before->text.len);
	memcpy(v->made, before->made, nr_rules * sizeof(*v->made));
	v->blob = xstrdup_or_null(before->blob);
	return 1;
}

static void set_oid(char **oid, const char *blob)
{
	if (!blob)
		return;
	free(*oid);
	*oid = xstrdup(blob);
}

/* The change is one between the new trees now. */
static void correct(struct tree_diff *d, const char *path, const char *old,
		    const char *new)
{
	const struct tree_change *c = d ? tree_diff_find(d, path) : NULL;

	if (!c)
		return;
	set_oid(&d->v[c - d->v].old_oid, old);
	set_oid(&d->v[c - d->v].new_oid, new);
}

static const char *path_on(const struct candidate *c, int side)
{
	return side == REPLACED_OURS ? c->ours : c->path;
}

static void take(struct work *w, const struct candidate *c,
		 const struct side *all)
{
	const char *base = strcmp(w->req->base, w->req->from) ? NULL :
			   all[REPLACED_BASE].blob;

	correct(w->req->their_changes, c->path, base,
		all[REPLACED_THEIRS].blob);
	if (c->ours == c->path)
		correct(w->req->our_changes, c->path, base,
			all[REPLACED_OURS].blob);
	else
		correct(w->req->our_changes, c->ours, NULL,
			all[REPLACED_OURS].blob);
	for (int s = 0; s < SIDES; s++) {
		if (!all[s].blob)
			continue;
		strvec_push(&w->blobs, all[s].blob);
		ALLOC_GROW(w->edits[s], w->nr_edits[s] + 1,
			   w->alloc_edits[s]);
		w->edits[s][w->nr_edits[s]++] = (struct tree_edit){
			path_on(c, s), all[s].entry->mode,
			w->blobs.v[w->blobs.nr - 1]
		};
	}
}

static void note(struct work *w, const struct candidate *c,
		 const struct side *all)
{
	const size_t *const made[SIDES] = {
		all[REPLACED_BASE].made, all[REPLACED_OURS].made,
		all[REPLACED_THEIRS].entry ? all[REPLACED_THEIRS].made : NULL
	};

	replaced_note(w->list, c->path, made, &all[REPLACED_OURS].text);
}

static int replace_candidate(struct work *w, const struct candidate *c,
			     struct error *err)
{
	struct side all[SIDES];
	size_t nr = w->list->nr;
	int ret = 0;

	for (int s = 0; s < SIDES; s++) {
		struct side *v = &all[s];
		const struct tree_entry *e = tree_list_find(&w->files[s],
							    path_on(c, s));

		*v = (struct side){ .text = BUF_INIT };
		v->made = xcalloc(nr, sizeof(*v->made));
		v->entry = e && mode_is_file(e->mode) ? e : NULL;
		if (ret || !v->entry ||
		    (s > 0 && copy_side(v, &all[s - 1], nr)) ||
		    (s > 1 && copy_side(v, &all[s - 2], nr)))
			continue;
		ret = replace_side(w, c, v, err);
	}
	if (!ret) {
		take(w, c, all);
		note(w, c, all);
	}
	for (int s = 0; s < SIDES; s++) {
		buf_release(&all[s].text);
		free(all[s].made);
		free(all[s].blob);
	}
	return ret;
}

static int write_trees(struct work *w, struct error *err)
{
	const char *const old[SIDES] = {
		w->req->base, w->req->ours, w->req->theirs
	};
	char **const new[SIDES] = {
		&w->list->base, &w->list->ours, &w->list->theirs
	};

	for (int s = 0; s < SIDES; s++) {
		if (!w->nr_edits[s])
			continue;
		*new[s] = tree_edit(w->req->repo, old[s], w->edits[s],
				    w->nr_edits[s], err);
		if (!*new[s])
			return -1;
	}
	return 0;
}

int replace_trees(struct replaced_list *list,
		  const struct replace_request *req, struct error *err)
{
	struct work w = { .req = req, .list = list,
			  .renames = TREE_DIFF_INIT,
			  .our_renames = TREE_DIFF_INIT,
			  .blobs = STRVEC_INIT };
	int ret;

	if (!req->profile->nr_replacements)
		return 0;
	list_init(list, req->profile);
	ret = find_candidates(&w, err);
	if (!ret && w.nr)
		ret = read_entries(&w, err);
	for (size_t i = 0; !ret && i < w.nr; i++)
		ret = replace_candidate(&w, &w.v[i], err);
	if (!ret)
		ret = write_trees(&w, err);
	for (int s = 0; s < SIDES; s++) {
		tree_list_release(&w.files[s]);
		free(w.edits[s]);
	}
	tree_diff_release(&w.renames);
	tree_diff_release(&w.our_renames);
	strvec_release(&w.blobs);
	free(w.v);
	return ret;
}

/* Warnings */

struct search {
	const struct replace_request *req;
	struct replaced_list *list;
	struct tree_list files;		/* of the release */
	int *is_for;			/* some file, each of them */
};

/* Is one that was not seen yet for that file? */
static int is_sought(const struct search *s, const char *path)
{
	for (size_t i = 0; i < s->list->nr; i++)
		if (!s->list->v[i].is_in_release &&
		    replacement_is_for(&s->req->profile->replacements[i],
				       path))
			return 1;
	return 0;
}

static void note_file(struct search *s, const char *path)
{
	for (size_t i = 0; i < s->list->nr; i++)
		s->is_for[i] |= replacement_is_for(
			&s->req->profile->replacements[i], path);
}

static int search_file(struct search *s, const struct tree_entry *e,
		       struct error *err)
{
	size_t *made = xcalloc(s->list->nr, sizeof(*made));
	const struct replace_text how = {
		s->req->profile, e->path, NULL, made
	};
	struct buf text = BUF_INIT;
	int ret = object_read(s->req->repo, e->oid, &text, err);

	if (!ret) {
		replace_in_text(&text, &how);
		replaced_see(s->list, made);
	}
	buf_release(&text);
	free(made);
	return ret;
}

static int search_release(struct search *s, struct error *err)
{
	struct strvec oids = STRVEC_INIT;
	int ret = tree_list_read(&s->files, s->req->repo, s->req->to, err);

	for (size_t i = 0; i < s->files.nr; i++) {
		const struct tree_entry *e = &s->files.v[i];

		if (!mode_is_file(e->mode) || !is_sought(s, e->path))
			continue;
		note_file(s, e->path);
		strvec_push(&oids, e->oid);
	}
	strvec_sort(&oids, 1);
	if (!ret)
		promisor_prefetch(s->req->repo, &oids);
	for (size_t i = 0; !ret && i < s->files.nr; i++)
		if (mode_is_file(s->files.v[i].mode) &&
		    is_sought(s, s->files.v[i].path))
			ret = search_file(s, &s->files.v[i], err);
	strvec_release(&oids);
	return ret;
}

/* "a.yml", "a.yml and 2 more files" */
static void add_paths(struct buf *out, const struct strvec *paths)
{
	size_t more = paths->nr - 1;

	buf_add_path(out, paths->v[0]);
	if (more)
		buf_addf(out, " and %zu more file%s", more,
			 more == 1 ? "" : "s");
}

static void warn(struct strvec *warnings, const struct replaced *r,
		 int is_for_some, const char *release)
{
	struct buf b = BUF_INIT;

	if (r->is_in_release && !r->gone.nr)
		return;
	redact_add(&b, r->from, strlen(r->from));
	if (r->is_in_release) {
		buf_adds(&b, " is gone from ");
		add_paths(&b, &r->gone);
		buf_addf(&b, " in %s: see whether upstream renamed it",
			 release);
	} else if (is_for_some) {
		buf_addf(&b, " occurs nowhere in %s: see whether upstream "
			 "renamed it", release);
	} else {
		buf_addf(&b, " is replaced nowhere: no file of %s is one of "
			 "those it is to be replaced in", release);
	}
	strvec_push(warnings, b.s);
	buf_release(&b);
}

int replaced_warn(struct strvec *warnings, struct replaced_list *list,
		  const struct replace_request *req, const char *release,
		  const struct strvec *copies, struct error *err)
{
	struct search s = { .req = req, .list = list,
			    .files = TREE_LIST_INIT };
	int ret = 0, all = 1;

	for (size_t i = 0; i < list->nr; i++)
		all &= list->v[i].is_in_release;
	s.is_for = xcalloc(list->nr + 1, sizeof(*s.is_for));
	for (size_t i = 0; i < copies->nr; i++)
		note_file(&s, copies->v[i]);
	if (!all)
		ret = search_release(&s, err);
	for (size_t i = 0; !ret && i < list->nr; i++)
		warn(warnings, &list->v[i], s.is_for[i], release);
	tree_list_release(&s.files);
	free(s.is_for);
	return ret;
}
