#include "upgrade/copies_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/marker.h"
#include "git/object.h"
#include "git/text.h"
#include "upgrade/structure.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

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

static int marker_size(size_t *size, struct work *w, const char *path,
		       struct error *err)
{
	struct strvec paths = STRVEC_INIT;
	int ret;

	strvec_push(&paths, path);
	ret = marker_sizes(size, w->req->repo, w->req->our_tree, &paths, err);
	strvec_release(&paths);
	return ret;
}

/* Where lines conflict: by structure, with markers as git makes them here. */
static int merge_conflicting(struct copy *c, struct work *w,
			     const struct structure_texts *lines,
			     struct buf *out, struct error *err)
{
	const struct copy_request *q = w->req;
	char *style = repo_config(q->repo, "merge.conflictStyle");
	struct node_markers markers = *lines->markers;
	struct structure_texts t = *lines;
	struct strvec sets = STRVEC_INIT;
	int ret = marker_size(&markers.size, w, c->path, err);

	t.style = text_style_named(style);
	markers.with_base = t.style != TEXT_STYLE_MERGE;
	t.markers = &markers;
	if (!q->lines_only)
		t.kind = profile_kind_of(q->profile, c->new_path);
	profile_sets_of(q->profile, c->new_path, &sets);
	t.sets = &sets;
	buf_reset(out);
	if (!ret)
		c->conflicts = structure_merge(out, &c->resolution, &t, err);
	buf_release(&c->resolution.text);
	strvec_release(&sets);
	free(style);
	return ret < 0 || c->conflicts < 0 ? -1 : 0;
}

static int merge_lines(struct copy *c, struct work *w,
		       const struct source *base, const struct buf *ours,
		       const struct source *theirs, struct buf *out,
		       struct error *err)
{
	const struct copy_request *q = w->req;
	char *label = xstrfmt("%s (template)",
			      base->release ? base->release : "recorded");
	const struct node_markers markers = {
		label, q->our_label, q->their_label, 0, 0
	};
	const struct structure_texts t = {
		.kind = RESOLVE_NONE, .name = c->path,
		.base = base->blob ? &base->text : NULL,
		.ours = ours, .theirs = &theirs->text, .markers = &markers,
	};
	int ret = 0;

	c->conflicts = structure_merge(out, &c->resolution, &t, err);
	if (c->conflicts > 0)
		ret = merge_conflicting(c, w, &t, out, err);
	free(label);
	return ret < 0 || c->conflicts < 0 ? -1 : 0;
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

int copy_merge(struct copy *c, struct work *w, const struct pair *pair,
	       const struct target *t, struct error *err)
{
	struct source base = SOURCE_INIT, theirs = SOURCE_INIT;
	struct buf ours = BUF_INIT, out = BUF_INIT;
	int ret = -1;

	c->outcome = COPY_BINARY;
	if (!mode_is_file(work_in_ours(w, pair->path).mode) ||
	    !mode_is_file(t->file.mode)) {
		ret = 0;
		goto out;
	}
	if (c->landed)
		c->mode = t->file.mode;
	if (object_read(w->req->repo, c->ours, &ours, err) < 0 ||
	    find_base(&base, w, pair, &ours, err) < 0 ||
	    source_read(&theirs, w, t->file.oid, t->file.path,
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
	template_pins(&c->pins, w->req->from->name, &out, &theirs.text);
	ret = 0;
out:
	source_release(&base);
	source_release(&theirs);
	buf_release(&ours);
	buf_release(&out);
	return ret;
}
