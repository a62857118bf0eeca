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

/* The copy: as it is, and with its replacements. */
struct own {
	struct buf text, replaced;
	size_t *made;
};

#define OWN_INIT { BUF_INIT, BUF_INIT, NULL }

static int own_read(struct own *own, const struct copy *c, struct work *w,
		    const struct pair *pair, struct error *err)
{
	if (object_read(w->req->repo, c->ours, &own->text, err) < 0)
		return -1;
	buf_add(&own->replaced, own->text.s, own->text.len);
	source_replace(&own->replaced, &own->made, w, pair);
	return 0;
}

static void own_release(struct own *own)
{
	buf_release(&own->text);
	buf_release(&own->replaced);
	free(own->made);
}

static int is_new(const struct source *base, const struct source *theirs)
{
	return !base->blob || !same_text(&base->text, &theirs->text);
}

/* Fills outcome, conflicts, result and `out`, the text of the result. */
static int merge_texts(struct copy *c, struct work *w,
		       const struct source *base, const struct own *own,
		       const struct source *theirs, struct buf *out,
		       struct error *err)
{
	int stays = !c->landed && !strcmp(c->path, c->new_path);

	if (!is_new(base, theirs))
		buf_add(out, own->text.s, own->text.len);
	else if (merge_lines(c, w, base, &own->replaced, theirs, out, err) < 0)
		return -1;
	if (!c->conflicts && same_text(out, &own->text)) {
		c->outcome = stays ? COPY_CURRENT : COPY_UPDATED;
		c->result = stays ? NULL : xstrdup(c->ours);
		return 0;
	}
	c->outcome = c->conflicts ? COPY_CONFLICT : COPY_UPDATED;
	c->result = object_write_blob(w->req->repo, out->s, out->len, err);
	return c->result ? 0 : -1;
}

/* What is told of it, and shown, is told of what was merged. */
static int take_replaced(struct copy *c, struct work *w,
			 const struct source *base, const struct own *own,
			 const struct source *theirs, struct error *err)
{
	const size_t *const made[REPLACED_SIDES] = {
		base->replaced, own->made, theirs->replaced
	};
	struct replaced_list *list = w->req->replaced;

	if (!is_new(base, theirs)) {
		if (list)
			replaced_see(list, theirs->replaced);
		return 0;
	}
	if (list)
		replaced_note(list, c->new_path, made, &own->replaced);
	if (same_text(&own->text, &own->replaced))
		return 0;
	free(c->ours);
	c->ours = object_write_blob(w->req->repo, own->replaced.s,
				    own->replaced.len, err);
	return c->ours ? 0 : -1;
}

int copy_look_again(struct copy *c, struct repo *r, const struct profile *p,
		    const char *from, const char *blob, struct error *err)
{
	struct buf text = BUF_INIT, theirs = BUF_INIT;
	int ret = object_read(r, blob, &text, err);

	if (!ret && c->theirs)
		ret = object_read(r, c->theirs, &theirs, err);
	if (!ret) {
		strvec_release(&c->placeholders);
		strvec_release(&c->pins);
		template_placeholders(&c->placeholders, p, &text);
		template_pins(&c->pins, from, &text, &theirs);
	}
	buf_release(&text);
	buf_release(&theirs);
	return ret;
}

int copy_merge(struct copy *c, struct work *w, const struct pair *pair,
	       const struct target *t, struct error *err)
{
	struct source base = SOURCE_INIT, theirs = SOURCE_INIT;
	struct own own = OWN_INIT;
	struct buf out = BUF_INIT;
	int ret = -1;

	c->outcome = COPY_BINARY;
	if (!mode_is_file(work_in_ours(w, pair->path).mode) ||
	    !mode_is_file(t->file.mode)) {
		ret = 0;
		goto out;
	}
	if (c->landed)
		c->mode = t->file.mode;
	if (own_read(&own, c, w, pair, err) < 0 ||
	    copy_find_base(&base, w, pair, &own.replaced, err) < 0 ||
	    source_read(&theirs, w, pair, t->file.oid, t->file.path,
			w->req->to->name, t->rule, err) < 0 ||
	    source_blob(&c->base, w, &base, err) < 0 ||
	    source_blob(&c->theirs, w, &theirs, err) < 0)
		goto out;
	c->base_release = xstrdup_or_null(base.release);
	c->base_template = xstrdup_or_null(base.template);
	if (text_is_binary(&own.text) || text_is_binary(&base.text) ||
	    text_is_binary(&theirs.text)) {
		ret = 0;
		goto out;
	}
	if (merge_texts(c, w, &base, &own, &theirs, &out, err) < 0 ||
	    take_replaced(c, w, &base, &own, &theirs, err) < 0)
		goto out;
	template_new_keys(&c->new_keys, &base.text, &theirs.text,
			  &own.replaced);
	template_placeholders(&c->placeholders, w->req->profile, &out);
	template_pins(&c->pins, w->req->from->name, &out, &theirs.text);
	ret = 0;
out:
	source_release(&base);
	source_release(&theirs);
	own_release(&own);
	buf_release(&out);
	return ret;
}
