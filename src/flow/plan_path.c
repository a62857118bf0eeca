#include "flow/plan_path.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/text.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

static int is_file(const struct merge_stage *s)
{
	return s && mode_is_file(s->mode);
}

/* Both sides' changes, ours where they clash; NULL: not to be merged so. */
static char *merge_ours(struct repo *r, const struct merge_sides *s,
			struct error *err)
{
	const struct text_labels labels = { "", "", "", 0 };
	const struct merge_stage *sides[3] = { s->base, s->ours, s->theirs };
	struct buf texts[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct buf out = BUF_INIT;
	char *blob = NULL;
	int ok = 1;

	for (int i = 0; i < 3 && ok; i++)
		ok = is_file(sides[i]) &&
		     !object_read(r, sides[i]->oid, &texts[i], err) &&
		     !text_is_binary(&texts[i]);
	if (ok && text_merge(&out, &texts[0], &texts[1], &texts[2], &labels,
			     TEXT_STYLE_OURS, err) >= 0)
		blob = object_write_blob(r, out.s, out.len, err);
	for (int i = 0; i < 3; i++)
		buf_release(&texts[i]);
	buf_release(&out);
	return blob;
}

/* The tree once every conflict is resolved for our side, with the record. */
static char *guess_tree(const struct plan *p, struct repo *r,
			struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct strvec paths = STRVEC_INIT, blobs = STRVEC_INIT;
	struct buf record = BUF_INIT;
	struct tree_edit *edits;
	size_t nr = 0;
	char *tree = NULL, *blob;

	plan_conflicts(p, &paths);
	edits = xcalloc(paths.nr + 1, sizeof(*edits));
	for (; nr < paths.nr; nr++) {
		struct merge_sides s = merge_result_sides(&p->merge,
							  paths.v[nr]);

		edits[nr].path = paths.v[nr];
		if (!s.ours)
			continue;
		blob = merge_ours(r, &s, &ignored);
		strvec_push_nodup(&blobs, blob ? blob : xstrdup(s.ours->oid));
		edits[nr].mode = s.ours->mode;
		edits[nr].oid = blobs.v[blobs.nr - 1];
	}
	record_write(&p->record, &record);
	blob = object_write_blob(r, record.s, record.len, err);
	if (blob) {
		edits[nr++] = (struct tree_edit){ RECORD_PATH, 0100644, blob };
		tree = tree_edit(r, plan_tree(p), edits, nr, err);
	}
	error_release(&ignored);
	strvec_release(&paths);
	strvec_release(&blobs);
	buf_release(&record);
	free(edits);
	free(blob);
	return tree;
}

/* What waited for conflicts, as if those were resolved so; takes `tree`. */
static char *guess_migrated(char *tree, const struct plan *p,
			    const struct plan_request *req)
{
	struct migration_list list = MIGRATION_LIST_INIT;
	struct error ignored = ERROR_INIT;
	struct migrate_request mr = {
		.repo = req->repo, .profile = &req->product->profile,
		.tree = tree, .before = p->head, .from = p->from->name,
		.to = p->to->name, .given = req->values,
	};

	/* Kept as it is, a file may be one that cannot be edited. */
	if (!migrate_compute(&list, &mr, &ignored) && list.tree) {
		free(tree);
		tree = xstrdup(list.tree);
	}
	error_release(&ignored);
	migration_list_release(&list);
	return tree;
}

/* The commit the hop would end in, as far as anybody can know; free(). */
static char *guess_commit(const struct plan *p,
			  const struct plan_request *req, struct error *err)
{
	const char *const parents[] = { p->head, p->to->commit, NULL };
	struct repo *r = req->repo;
	char *tree = guess_tree(p, r, err);
	char *commit;

	if (tree && !p->merge.clean)
		tree = guess_migrated(tree, p, req);
	commit = tree ? object_write_commit(r, tree, parents, NULL, err) :
			NULL;
	free(tree);
	return commit;
}

/* `before` is the commit the hop before ends in; NULL for the first. */
static int plan_one(struct plan_path *path, const struct plan_request *req,
		    const char *release, const char *before,
		    struct error *err)
{
	struct plan_hop *hop = &path->v[path->nr++];
	struct plan_request one = *req;
	struct strvec conflicts = STRVEC_INIT;

	hop->product = (struct product)PRODUCT_INIT;
	hop->plan = (struct plan)PLAN_INIT;
	hop->conditional = path->conflicts > 0;
	one.release = release;
	one.commit = before;
	if (before) {
		one.product = &hop->product;
		one.from = NULL;
		one.confirmed = NULL;
		if (product_open(&hop->product, req->repo, before, err) < 0)
			return -1;
	}
	if (plan_compute(&hop->plan, &one, err) < 0)
		return before ? error_wrap(err, "%s", release) : -1;
	plan_conflicts(&hop->plan, &conflicts);
	path->conflicts += conflicts.nr;
	strvec_release(&conflicts);
	return 0;
}

int plan_path_compute(struct plan_path *path, const struct plan_request *req,
		      struct error *err)
{
	struct strvec hops = STRVEC_INIT;
	char *before = NULL;
	int ret = plan_hops(&hops, req, err);

	if (!ret)
		path->v = xcalloc(hops.nr, sizeof(*path->v));
	for (size_t i = 0; i < hops.nr && !ret; i++) {
		ret = plan_one(path, req, hops.v[i], before, err);
		free(before);
		before = NULL;
		if (!ret && i + 1 < hops.nr) {
			struct plan_request one = *req;

			if (i)
				one.product = &path->v[i].product;
			before = guess_commit(&path->v[i].plan, &one, err);
			ret = before ? 0 : -1;
		}
	}
	free(before);
	strvec_release(&hops);
	return ret;
}

void plan_path_release(struct plan_path *path)
{
	for (size_t i = 0; i < path->nr; i++) {
		plan_release(&path->v[i].plan);
		product_release(&path->v[i].product);
	}
	free(path->v);
	*path = (struct plan_path)PLAN_PATH_INIT;
}
