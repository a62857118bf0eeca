#include "upgrade/copies.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/text.h"
#include "git/tree.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

/* What belongs together, before anything is computed. */
struct pair {
	char *template;		/* in A, or what the record says */
	char *path;
	const struct record_copy *recorded;
};

struct work {
	const struct copy_request *req;
	struct copy_list *list;
	struct tree_list from, to, ours;
	/* Both read when first asked for. */
	struct tree_diff upstream;	/* A..B with renames */
	struct tree_diff likeness;	/* A..ours with copies */
	int have_upstream, have_likeness;
	struct pair *pairs;
	size_t nr, alloc;
};

/* A text a copy is merged with, and where it comes from. */
struct source {
	struct buf text;	/* after the substitution */
	char *blob;		/* before it */
	const char *release;	/* borrowed; NULL: unknown */
	char *template;
	int substituted;
};

#define SOURCE_INIT { .text = BUF_INIT }

static void source_release(struct source *s)
{
	buf_release(&s->text);
	free(s->blob);
	free(s->template);
	*s = (struct source)SOURCE_INIT;
}

static int is_file(const struct tree_entry *e)
{
	return e && (e->mode & 0170000) == 0100000;
}

static const struct tree_diff *upstream_changes(struct work *w,
						struct error *err)
{
	const struct copy_request *q = w->req;

	if (!w->have_upstream &&
	    tree_diff_read(&w->upstream, q->repo, q->from_tree, q->to_tree,
			   TREE_DIFF_RENAMES, err) < 0)
		return NULL;
	w->have_upstream = 1;
	return &w->upstream;
}

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

/* Ours alone, so that it can be a copy; a submodule cannot. */
static int is_own(const struct work *w, const char *path)
{
	const struct tree_entry *e = tree_list_find(&w->ours, path);

	return e && e->mode != 0160000 && !tree_list_find(&w->from, path);
}

static const struct pair *find_pair(const struct work *w, const char *path)
{
	for (size_t i = 0; i < w->nr; i++)
		if (!strcmp(w->pairs[i].path, path))
			return &w->pairs[i];
	return NULL;
}

static void add_pair(struct work *w, const char *template, const char *path,
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
		if (template && tree_list_find(&w->from, template))
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

		if (!is_own(w, rc->path))
			continue;
		if (!tree_list_find(&w->from, rc->template))
			other = template_by_rules(w, rc->path);
		add_pair(w, other ? other : rc->template, rc->path, rc);
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

			if (path && is_own(w, path))
				add_pair(w, template, path, NULL);
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
	add_pair(w, c->old_path, path, NULL);
	return 0;
}

static int not_a_copy(const struct work *w, const char *path,
		      struct error *err)
{
	const char *release = w->req->from->name;

	if (tree_list_find(&w->from, path)) {
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

	if (is_own(w, said))
		return find_pair(w, said) ? 0 :
		       confirm_by_likeness(w, said, err);
	for (colon = strchr(said, ':'); colon; colon = strchr(colon + 1, ':')) {
		char *template = xmemdupz(said, (size_t)(colon - said));
		int known = tree_list_find(&w->from, template) != NULL;

		path = colon + 1;
		if (known && is_own(w, path))
			add_pair(w, template, path, NULL);
		free(template);
		if (known && is_own(w, path))
			return 0;
	}
	return not_a_copy(w, path, err);
}

static int find_pairs(struct work *w, struct error *err)
{
	const struct strvec *confirmed = w->req->confirmed;

	pairs_from_record(w);
	pairs_from_rules(w);
	for (size_t i = 0; confirmed && i < confirmed->nr; i++)
		if (confirm_pair(w, confirmed->v[i], err) < 0)
			return -1;
	return 0;
}

/* Where a template is in B, and where its copy belongs then. */
struct target {
	const struct tree_entry *entry;	/* NULL: gone */
	const struct copy_rule *rule;
	char *path;
};

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
	t->entry = tree_list_find(&w->to, path);
	if (t->entry)
		return 0;
	t->entry = tree_list_find(&w->to, template);
	if (t->entry) {
		t->rule = template_rule(p, b, template, path);
		/* Nothing new is said of it: what held goes on. */
		if (!t->rule) {
			t->rule = template_rule(p, a, template, path);
			return 0;
		}
	} else if (tree_list_find(&w->from, template)) {
		d = upstream_changes(w, err);
		if (!d)
			return -1;
		moved = change_of(d, template);
		if (moved && moved->status == 'R')
			t->entry = tree_list_find(&w->to, moved->path);
		if (t->entry)
			t->rule = template_rule(p, b, moved->path, path);
	}
	if (t->rule) {
		free(t->path);
		t->path = template_copy_path(t->rule, t->entry->path);
	}
	return 0;
}

/* Read a template and do the rule's substitution. */
static int source_read(struct source *s, struct work *w, const char *blob,
		       const char *template, const char *release,
		       const struct copy_rule *rule, struct error *err)
{
	int found = object_read_if(w->req->repo, blob, &s->text, err);

	if (found <= 0)
		return found;
	s->blob = xstrdup(blob);
	s->template = xstrdup(template);
	s->release = release;
	s->substituted = rule && rule->replace_from;
	if (s->substituted && !text_is_binary(&s->text))
		template_substitute(rule, &s->text);
	return 1;
}

/* The OID of TREEISH:PATH where that is a blob; NULL.  free() */
static char *blob_at(struct work *w, const char *treeish, const char *path)
{
	char *name = xstrfmt("%s:%s", treeish, path), *type = NULL;
	char *oid = NULL;
	struct error ignored = ERROR_INIT;

	if (!strchr(path, '\n') &&
	    object_find(w->req->repo, name, &type, &oid, &ignored) > 0 &&
	    strcmp(type, "blob"))
		FREE_AND_NULL(oid);
	error_release(&ignored);
	free(type);
	free(name);
	return oid;
}

/* The latest release before A that may be a base, from index `*i` down. */
static const struct release *release_before(const struct work *w, size_t *i)
{
	const struct release_list *list = w->req->releases;

	while (*i > 0) {
		const struct release *rel = &list->v[--*i];

		if (rel->commit && !rel->prerelease &&
		    version_cmp(&rel->version, &w->req->from->version) < 0)
			return rel;
	}
	return NULL;
}

/* The latest release up to A that has the recorded template; or NULL. */
static const char *place_blob(struct work *w, const struct record_copy *rc)
{
	const struct release *rel = w->req->from;
	const char *treeish = w->req->from_tree;
	size_t i = w->req->releases->nr;

	while (rel) {
		char *oid = blob_at(w, treeish, rc->template);
		int same = oid && !strcmp(oid, rc->blob);

		free(oid);
		if (same)
			return rel->name;
		rel = release_before(w, &i);
		treeish = rel ? rel->commit : NULL;
	}
	return NULL;
}

/* 1 read, 0 not recorded or not here any more, -1. */
static int recorded_base(struct source *base, struct work *w,
			 const struct pair *pair, struct error *err)
{
	const struct record_copy *rc = pair->recorded;
	const struct copy_rule *rule;
	const char *release;

	if (!rc)
		return 0;
	release = place_blob(w, rc);
	rule = template_rule(w->req->profile,
			     release ? release : w->req->from->name,
			     rc->template, pair->path);
	return source_read(base, w, rc->blob, rc->template, release, rule,
			   err);
}

struct search {
	const struct pair *pair;
	const struct buf *ours;
	struct source *best;
	size_t distance;
	struct strmap seen;	/* "BLOB RULE" */
};

/* Is the template of this release nearer than the best so far? */
static int try_template(struct work *w, struct search *s,
			const char *release, const char *treeish,
			const char *template, struct error *err)
{
	const struct copy_rule *rule;
	struct source found = SOURCE_INIT;
	char *oid = blob_at(w, treeish, template), *key = NULL;
	size_t distance;
	int ret = 0;

	if (!oid)
		return 0;
	rule = template_rule(w->req->profile, release, template,
			     s->pair->path);
	key = xstrfmt("%s %p", oid, (const void *)rule);
	if (!strmap_put(&s->seen, key, NULL))
		goto out;
	ret = source_read(&found, w, oid, template, release, rule, err);
	if (ret <= 0)
		goto out;
	distance = text_distance(&found.text, s->ours);
	/* The first is the latest: it wins a tie. */
	if (!s->best->blob || distance < s->distance) {
		source_release(s->best);
		*s->best = found;
		found = (struct source)SOURCE_INIT;
		s->distance = distance;
	}
out:
	source_release(&found);
	free(oid);
	free(key);
	return ret < 0 ? -1 : 0;
}

/* All templates of one release the copy may have been made from. */
static int try_release(struct work *w, struct search *s, const char *release,
		       const char *treeish, struct error *err)
{
	const struct profile *p = w->req->profile;
	int ret = try_template(w, s, release, treeish, s->pair->template, err);

	for (size_t i = 0; i < p->nr_copies && !ret; i++) {
		char *template;

		if (!template_rule_holds(p, &p->copies[i], release))
			continue;
		template = template_of_copy(&p->copies[i], s->pair->path);
		if (template && strcmp(template, s->pair->template))
			ret = try_template(w, s, release, treeish, template,
					   err);
		free(template);
	}
	return ret;
}

static int nearest_base(struct source *base, struct work *w,
			const struct pair *pair, const struct buf *ours,
			struct error *err)
{
	struct search s = { .pair = pair, .ours = ours, .best = base,
			    .seen = STRMAP_INIT };
	const struct release *rel = w->req->from;
	const char *treeish = w->req->from_tree;
	size_t i = w->req->releases->nr;
	int ret = 0;

	while (rel && !ret && (!base->blob || s.distance)) {
		ret = try_release(w, &s, rel->name, treeish, err);
		rel = release_before(w, &i);
		treeish = rel ? rel->commit : NULL;
	}
	strmap_release(&s.seen);
	return ret;
}

static int find_base(struct source *base, struct work *w,
		     const struct pair *pair, const struct buf *ours,
		     struct error *err)
{
	int found = recorded_base(base, w, pair, err);

	if (found)
		return found < 0 ? -1 : 0;
	return nearest_base(base, w, pair, ours, err);
}

/* The blob of a source's text; NULL where there is no source. */
static int source_blob(char **oid, struct work *w, const struct source *s,
		       struct error *err)
{
	if (!s->blob)
		return 0;
	*oid = s->substituted ? object_write_blob(w->req->repo, s->text.s,
						  s->text.len, err) :
				xstrdup(s->blob);
	return *oid ? 0 : -1;
}

static int same_text(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

/* Markers are as git makes them here; asked for where there are any. */
static int merge_lines(struct copy *c, struct work *w,
		       const struct source *base, const struct buf *ours,
		       const struct source *theirs, struct buf *out,
		       struct error *err)
{
	const struct copy_request *q = w->req;
	char *label = xstrfmt("%s (template)",
			      base->release ? base->release : "recorded");
	struct text_labels labels = { label, q->our_label, q->their_label };
	char *style = NULL;

	c->conflicts = text_merge(out, &base->text, ours, &theirs->text,
				  &labels, TEXT_STYLE_MERGE, err);
	if (c->conflicts > 0)
		style = repo_config(q->repo, "merge.conflictStyle");
	if (text_style_named(style) != TEXT_STYLE_MERGE) {
		buf_reset(out);
		c->conflicts = text_merge(out, &base->text, ours,
					  &theirs->text, &labels,
					  text_style_named(style), err);
	}
	free(label);
	free(style);
	return c->conflicts < 0 ? -1 : 0;
}

/* Fills outcome, conflicts, result and `out`, the text of the result. */
static int merge_texts(struct copy *c, struct work *w,
		       const struct source *base, const struct buf *ours,
		       const struct source *theirs, struct buf *out,
		       struct error *err)
{
	int stays = !c->landed && !strcmp(c->path, c->new_path);

	if (base->blob && same_text(&base->text, &theirs->text))
		buf_add(out, ours->s, ours->len);
	else if (merge_lines(c, w, base, ours, theirs, out, err) < 0)
		return -1;
	if (!c->conflicts && same_text(out, ours)) {
		c->outcome = stays ? COPY_CURRENT : COPY_UPDATED;
		c->result = stays ? NULL : xstrdup(c->ours);
		return 0;
	}
	c->outcome = c->conflicts ? COPY_CONFLICT : COPY_UPDATED;
	c->result = object_write_blob(w->req->repo, out->s, out->len, err);
	return c->result ? 0 : -1;
}

static int merge_copy(struct copy *c, struct work *w, const struct pair *pair,
		      const struct target *t, struct error *err)
{
	struct source base = SOURCE_INIT, theirs = SOURCE_INIT;
	struct buf ours = BUF_INIT, out = BUF_INIT;
	int ret = -1;

	c->outcome = COPY_BINARY;
	if (!is_file(tree_list_find(&w->ours, pair->path)) ||
	    !is_file(t->entry)) {
		ret = 0;
		goto out;
	}
	if (c->landed)
		c->mode = t->entry->mode;
	if (object_read(w->req->repo, c->ours, &ours, err) < 0 ||
	    find_base(&base, w, pair, &ours, err) < 0 ||
	    source_read(&theirs, w, t->entry->oid, t->entry->path,
			w->req->to->name, t->rule, err) < 0 ||
	    source_blob(&c->base, w, &base, err) < 0 ||
	    source_blob(&c->theirs, w, &theirs, err) < 0)
		goto out;
	c->base_release = xstrdup_or_null(base.release);
	c->base_template = xstrdup_or_null(base.template);
	if (text_is_binary(&ours) || text_is_binary(&base.text) ||
	    text_is_binary(&theirs.text)) {
		ret = 0;
		goto out;
	}
	if (merge_texts(c, w, &base, &ours, &theirs, &out, err) < 0)
		goto out;
	template_new_keys(&c->new_keys, &base.text, &theirs.text, &ours);
	template_placeholders(&c->placeholders, w->req->profile, &out);
	ret = 0;
out:
	source_release(&base);
	source_release(&theirs);
	buf_release(&ours);
	buf_release(&out);
	return ret;
}

static struct copy *add_copy(struct work *w, const char *template,
			     const char *path, const struct target *t)
{
	struct copy_list *list = w->list;
	const struct tree_entry *e = tree_list_find(&w->ours, path);
	struct copy *c;

	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	c = &list->v[list->nr++];
	memset(c, 0, sizeof(*c));
	strvec_init(&c->new_keys);
	strvec_init(&c->placeholders);
	c->path = xstrdup(path);
	c->new_path = xstrdup(t->path);
	c->mode = e->mode;
	c->ours = xstrdup(e->oid);
	if (tree_list_find(&w->from, template))
		c->old_template = xstrdup(template);
	if (t->entry) {
		c->new_template = xstrdup(t->entry->path);
		c->template_blob = xstrdup(t->entry->oid);
		c->landed = !strcmp(t->entry->path, path);
	}
	return c;
}

/* `pair` by value: more may be added, and the list move. */
static int compute_pair(struct work *w, struct pair pair, struct error *err)
{
	struct target t = { NULL, NULL, NULL };
	struct copy *c;
	int moves, ret;

	ret = follow(w, pair.template, pair.path, &t, err);
	if (ret < 0)
		goto out;
	c = add_copy(w, pair.template, pair.path, &t);
	moves = strcmp(pair.path, t.path) != 0;
	if (!t.entry || (moves && (tree_list_find(&w->ours, t.path) ||
				   tree_list_find(&w->to, t.path)))) {
		/* What the operator has there already is the copy now. */
		c->outcome = COPY_ORPHAN;
		FREE_AND_NULL(c->template_blob);
		if (moves && is_own(w, t.path))
			add_pair(w, pair.template, t.path, NULL);
	} else {
		ret = merge_copy(c, w, &pair, &t, err);
	}
out:
	free(t.path);
	return ret;
}

/* A file of ours that might be a copy and is not known as one. */
static int is_unknown(const struct work *w, const struct tree_entry *e)
{
	return is_file(e) && strcmp(e->path, RECORD_PATH) &&
	       !tree_list_find(&w->from, e->path) && !find_pair(w, e->path);
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

static void flat_add(struct flat *f, const struct tree_entry *e)
{
	char *name = xstrdup(e->path);

	swap_char(name, '/', FLAT_SLASH);
	strvec_push_nodup(&f->names, name);
	ALLOC_GROW(f->edits, f->names.nr, f->alloc);
	f->edits[f->names.nr - 1] = (struct tree_edit){ name, e->mode,
							e->oid };
}

/*
 * Which of our unknown files are copies of files that upstream changes?
 * Compared are two trees of just these, as looking at everything costs too
 * much where there are many files; flat ones, as each folder is an object.
 */
static int find_likeness(struct tree_diff *d, struct work *w,
			 const struct tree_diff *upstream, struct error *err)
{
	struct repo *r = w->req->repo;
	struct flat f = { NULL, STRVEC_INIT, 0 };
	char *a = NULL, *b = NULL;
	int ret = -1;

	for (size_t i = 0; i < upstream->nr; i++) {
		const struct tree_entry *e =
			tree_list_find(&w->from, upstream->v[i].old_path);

		if (is_file(e))
			flat_add(&f, e);
	}
	a = tree_edit(r, NULL, f.edits, f.names.nr, err);
	for (size_t i = 0; i < w->ours.nr; i++)
		if (is_unknown(w, &w->ours.v[i]))
			flat_add(&f, &w->ours.v[i]);
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

static int find_unconfirmed(struct work *w, struct error *err)
{
	const struct tree_diff *upstream;
	struct tree_diff like = TREE_DIFF_INIT;
	size_t unknown = 0;
	int ret = 0;

	for (size_t i = 0; i < w->ours.nr; i++)
		unknown += is_unknown(w, &w->ours.v[i]);
	if (!unknown)
		return 0;
	upstream = upstream_changes(w, err);
	if (!upstream || !upstream->nr)
		return upstream ? 0 : -1;
	ret = find_likeness(&like, w, upstream, err);
	for (size_t i = 0; !ret && i < like.nr; i++) {
		const struct tree_change *l = &like.v[i];
		struct target t = { NULL, NULL, NULL };

		if (l->status != 'C' || !change_of(upstream, l->old_path) ||
		    !is_unknown(w, tree_list_find(&w->ours, l->path)))
			continue;
		ret = follow(w, l->old_path, l->path, &t, err);
		if (!ret)
			add_copy(w, l->old_path, l->path, &t)->outcome =
				COPY_UNCONFIRMED;
		free(t.path);
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

int copies_compute(struct copy_list *list, const struct copy_request *req,
		   struct error *err)
{
	struct work w = { .req = req, .list = list };
	int ret = -1;

	if (tree_list_read(&w.from, req->repo, req->from_tree, err) < 0 ||
	    tree_list_read(&w.to, req->repo, req->to_tree, err) < 0 ||
	    tree_list_read(&w.ours, req->repo, req->our_tree, err) < 0 ||
	    find_pairs(&w, err) < 0)
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
	tree_list_release(&w.to);
	tree_list_release(&w.ours);
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
		strvec_release(&c->new_keys);
		strvec_release(&c->placeholders);
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
