#include "upgrade/without.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct work {
	const struct without_request *req;
	struct merge_result *merge;
	struct strvec *paths;
	/* What matches of that which upstream changed, and its versions. */
	struct strvec matching;
	struct tree_list ours, theirs, result;
	struct tree_diff renames;
	struct tree_edit *edits;
	size_t nr, alloc;
};

/* Itself, or a folder that it is in? */
static int is_unwanted(const struct profile *p, const char *path)
{
	char *folder = xstrdup(path), *slash;
	int is = 0;

	do {
		for (size_t i = 0; i < p->without.nr && !is; i++)
			is = path_match(p->without.v[i], folder);
		slash = strrchr(folder, '/');
		if (slash)
			*slash = '\0';
	} while (!is && slash);
	free(folder);
	return is;
}

/* As a file or a folder. */
static int is_here(const struct work *w, const char *path)
{
	return tree_list_find(&w->ours, path) != NULL;
}

static const struct tree_change *renamed_to(const struct work *w,
					    const char *path)
{
	const struct tree_change *c = tree_diff_find(&w->renames, path);

	return c && c->status == 'R' ? c : NULL;
}

static int read_versions(struct work *w, struct error *err)
{
	const struct without_request *req = w->req;
	struct strvec paths = STRVEC_INIT;
	int ret = 0;

	if (tree_diff_may_rename(req->their_changes))
		ret = tree_diff_read(&w->renames, req->repo, req->base,
				     req->theirs, TREE_DIFF_RENAMES, err);
	strvec_pushv(&paths, w->matching.v);
	for (size_t i = 0; i < w->renames.nr; i++)
		if (w->renames.v[i].status == 'R')
			strvec_push(&paths, w->renames.v[i].old_path);
	strvec_sort(&paths, 1);
	if (!ret)
		ret = tree_list_pick(&w->ours, req->repo, req->ours, &paths,
				     err);
	if (!ret)
		ret = tree_list_pick(&w->theirs, req->repo, req->theirs,
				     &w->matching, err);
	if (!ret)
		ret = tree_list_pick(&w->result, req->repo, w->merge->tree,
				     &w->matching, err);
	strvec_release(&paths);
	return ret;
}

static int is_same(const struct tree_entry *a, const struct tree_entry *b)
{
	return a && b && a->mode == b->mode && !strcmp(a->oid, b->oid);
}

/*
 * It is not here and would come: in conflict with its absence, or clean, and
 * then as B has it.  What came of a file that is here is none of it.
 */
static int would_come(const struct work *w, const char *path)
{
	struct merge_sides sides = merge_result_sides(w->merge, path);
	const struct tree_change *moved = renamed_to(w, path);

	if (is_here(w, path) || sides.ours)
		return 0;
	if (moved && is_here(w, moved->old_path))
		return 0;
	if (sides.base || sides.theirs)
		return sides.base && sides.theirs;
	return is_same(tree_list_find(&w->result, path),
		       tree_list_find(&w->theirs, path));
}

static void leave_out(struct work *w, const char *path)
{
	strvec_push(w->paths, path);
	ALLOC_GROW(w->edits, w->nr + 1, w->alloc);
	w->edits[w->nr++] = (struct tree_edit){ path, 0, NULL };
	merge_result_resolve(w->merge, path);
}

/* Not here by its old name, and nobody said anything about the new one. */
static int comes_renamed(const struct work *w, const struct tree_change *c)
{
	struct merge_sides sides = merge_result_sides(w->merge, c->path);

	return c->status == 'R' && sides.base && !sides.ours &&
	       sides.theirs &&
	       is_unwanted(w->req->profile, c->old_path) &&
	       !is_unwanted(w->req->profile, c->path) &&
	       !is_here(w, c->old_path);
}

static void take_renamed(struct work *w, const struct tree_change *c)
{
	ALLOC_GROW(w->edits, w->nr + 1, w->alloc);
	w->edits[w->nr++] = (struct tree_edit){ c->path, c->new_mode,
						c->new_oid };
	merge_result_resolve(w->merge, c->path);
}

static int take(struct work *w, struct error *err)
{
	if (read_versions(w, err) < 0)
		return -1;
	for (size_t i = 0; i < w->matching.nr; i++)
		if (would_come(w, w->matching.v[i]))
			leave_out(w, w->matching.v[i]);
	for (size_t i = 0; i < w->renames.nr; i++)
		if (comes_renamed(w, &w->renames.v[i]))
			take_renamed(w, &w->renames.v[i]);
	return merge_result_edit(w->merge, w->req->repo, w->edits, w->nr,
				 err);
}

int without_take(struct strvec *paths, struct merge_result *m,
		 const struct without_request *req, struct error *err)
{
	const struct tree_diff *d = req->their_changes;
	struct work w = { .req = req, .merge = m, .paths = paths,
			  .matching = STRVEC_INIT, .ours = TREE_LIST_INIT,
			  .theirs = TREE_LIST_INIT, .result = TREE_LIST_INIT,
			  .renames = TREE_DIFF_INIT };
	int ret = 0;

	for (size_t i = 0; req->profile->without.nr && i < d->nr; i++)
		if (is_unwanted(req->profile, d->v[i].path))
			strvec_push(&w.matching, d->v[i].path);
	if (w.matching.nr)
		ret = take(&w, err);
	strvec_release(&w.matching);
	tree_list_release(&w.ours);
	tree_list_release(&w.theirs);
	tree_list_release(&w.result);
	tree_diff_release(&w.renames);
	free(w.edits);
	return ret;
}
