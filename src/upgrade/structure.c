#include "upgrade/structure.h"

#include "base/mem.h"
#include "git/attribute.h"
#include "git/marker.h"
#include "git/object.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

struct work {
	const struct structure_request *req;
	struct merge_result *merge;
	struct structured_list *list;
	struct tree_edit *edits;
	size_t nr, alloc;
	struct strvec blobs;		/* what `edits` borrow */
	enum text_style style;
};

const char *structured_outcome_name(enum structured_outcome outcome)
{
	switch (outcome) {
	case STRUCTURED_RESOLVED:
		return "resolved";
	case STRUCTURED_SMALLER:
		return "smaller";
	case STRUCTURED_NO_HELP:
		break;
	}
	return "lines";
}

/* Is all that conflicts there what stands in the files? */
static int is_about_contents(const struct merge_result *m, const char *path)
{
	struct merge_sides s = merge_result_sides(m, path);

	if (!s.ours || !s.theirs || !mode_is_file(s.ours->mode) ||
	    !mode_is_file(s.theirs->mode) ||
	    (s.base && !mode_is_file(s.base->mode)))
		return 0;
	for (size_t i = 0; i < m->nr_messages; i++) {
		const struct merge_message *msg = &m->messages[i];

		if (starts_with(msg->type, "CONFLICT") &&
		    strcmp(msg->type, "CONFLICT (contents)") &&
		    strvec_has(&msg->paths, path))
			return 0;
	}
	return 1;
}

static void find_paths(struct strvec *paths, const struct merge_result *m,
		       const struct profile *profile)
{
	struct strvec all = STRVEC_INIT;

	merge_result_paths(m, &all);
	for (size_t i = 0; i < all.nr; i++)
		if (profile_kind_of(profile, all.v[i]) != RESOLVE_NONE &&
		    is_about_contents(m, all.v[i]))
			strvec_push(paths, all.v[i]);
	strvec_release(&all);
}

/* The base's mode counts where only one side has another. */
static unsigned merged_mode(const struct merge_sides *s)
{
	return s->base && s->ours->mode == s->base->mode ? s->theirs->mode :
	       s->ours->mode;
}

static struct structured *new_structured(struct work *w, const char *path)
{
	struct structured_list *list = w->list;
	struct structured *s;

	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	s = &list->v[list->nr++];
	*s = (struct structured){
		.outcome = STRUCTURED_NO_HELP, .path = xstrdup(path),
		.kind = profile_kind_of(w->req->profile, path),
		.resolution = RESOLUTION_INIT,
	};
	return s;
}

static int read_stage(struct work *w, const struct merge_stage *stage,
		      struct buf *text, struct error *err)
{
	return stage ? object_read(w->req->repo, stage->oid, text, err) : 0;
}

/* Put the result in place of what lines gave. */
static int put_text(struct work *w, const struct structured *s,
		    const struct merge_sides *sides, struct error *err)
{
	const struct buf *text = &s->resolution.text;
	char *blob = object_write_blob(w->req->repo, text->s, text->len, err);

	if (!blob)
		return -1;
	strvec_push_nodup(&w->blobs, blob);
	ALLOC_GROW(w->edits, w->nr + 1, w->alloc);
	w->edits[w->nr++] = (struct tree_edit){ s->path, merged_mode(sides),
						blob };
	return 0;
}

static int resolve_path(struct work *w, const char *path, size_t marker_size,
			struct error *err)
{
	struct merge_sides sides = merge_result_sides(w->merge, path);
	struct structured *s = new_structured(w, path);
	struct buf base = BUF_INIT, ours = BUF_INIT, theirs = BUF_INIT;
	struct strvec sets = STRVEC_INIT;
	struct node_markers markers = {
		w->req->base_label, w->req->our_label, w->req->their_label,
		marker_size, w->style != TEXT_STYLE_MERGE
	};
	struct resolve_request q = {
		.kind = s->kind, .name = path,
		.base = sides.base ? &base : NULL, .ours = &ours,
		.theirs = &theirs, .sets = &sets, .markers = &markers,
	};
	struct error why = ERROR_INIT;
	int ret = -1, left;

	profile_sets_of(w->req->profile, path, &sets);
	if (read_stage(w, sides.base, &base, err) < 0 ||
	    read_stage(w, sides.ours, &ours, err) < 0 ||
	    read_stage(w, sides.theirs, &theirs, err) < 0)
		goto out;
	left = resolve(&s->resolution, &q, &why);
	if (left < 0)
		s->reason = xstrdup(why.message);
	else
		s->outcome = left ? STRUCTURED_SMALLER : STRUCTURED_RESOLVED;
	ret = left < 0 ? 0 : put_text(w, s, &sides, err);
	if (!left)
		merge_result_resolve(w->merge, path);
	buf_release(&s->resolution.text);
out:
	error_release(&why);
	strvec_release(&sets);
	buf_release(&base);
	buf_release(&ours);
	buf_release(&theirs);
	return ret;
}

/* A driver, or the word that there is none, is somebody's will. */
static int has_driver(const char *value)
{
	return strcmp(value, ATTRIBUTE_UNSPECIFIED) && strcmp(value, "set") &&
	       strcmp(value, "text");
}

static int resolve_paths(struct work *w, const struct strvec *paths,
			 struct error *err)
{
	static const char *const names[] = {
		"merge", MARKER_ATTRIBUTE, NULL
	};
	struct strvec values = STRVEC_INIT;
	int ret = attributes_read(&values, w->req->repo, w->req->our_tree,
				  paths, names, err);

	for (size_t i = 0; i < paths->nr && !ret; i++)
		if (!has_driver(values.v[2 * i]))
			ret = resolve_path(w, paths->v[i],
					   marker_size_of(values.v[2 * i + 1]),
					   err);
	strvec_release(&values);
	return ret;
}

int structure_resolve(struct structured_list *list, struct merge_result *m,
		      const struct structure_request *req, struct error *err)
{
	struct work w = { .req = req, .merge = m, .list = list,
			  .blobs = STRVEC_INIT };
	struct strvec paths = STRVEC_INIT;
	char *style;
	int ret = 0;

	find_paths(&paths, m, req->profile);
	if (paths.nr) {
		style = repo_config(req->repo, "merge.conflictStyle");
		w.style = text_style_named(style);
		free(style);
		ret = resolve_paths(&w, &paths, err);
	}
	if (!ret)
		ret = merge_result_edit(m, req->repo, w.edits, w.nr, err);
	free(w.edits);
	strvec_release(&w.blobs);
	strvec_release(&paths);
	return ret;
}

static int merge_lines(struct buf *out, const struct structure_texts *t,
		       struct error *err)
{
	const struct node_markers *m = t->markers;
	const struct text_labels labels = { m->base, m->ours, m->theirs,
					    m->size };
	const struct buf empty = BUF_INIT;

	return text_merge(out, t->base ? t->base : &empty, t->ours,
			  t->theirs, &labels, t->style, err);
}

int structure_merge(struct buf *out, struct resolution *res,
		    const struct structure_texts *t, struct error *err)
{
	const struct resolve_request q = {
		.kind = t->kind, .name = t->name, .base = t->base,
		.ours = t->ours, .theirs = t->theirs, .sets = t->sets,
		.markers = t->markers,
	};
	struct error why = ERROR_INIT;
	int conflicts = merge_lines(out, t, err), left;

	if (conflicts <= 0 || t->kind == RESOLVE_NONE ||
	    text_is_binary(t->ours) || text_is_binary(t->theirs))
		return conflicts;
	left = resolve(res, &q, &why);
	error_release(&why);
	if (left < 0)
		return conflicts;
	buf_reset(out);
	buf_add(out, res->text.s, res->text.len);
	return left ? (int)res->nr : 0;
}

const struct structured *structured_find(const struct structured_list *list,
					 const char *path)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].path, path))
			return &list->v[i];
	return NULL;
}

void structured_list_release(struct structured_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].path);
		free(list->v[i].reason);
		resolution_release(&list->v[i].resolution);
	}
	free(list->v);
	*list = (struct structured_list)STRUCTURED_LIST_INIT;
}
