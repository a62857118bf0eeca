#include "flow/merge_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/*
 * A merge strategy is asked for a tree: it brings index and files to it, and
 * git commits, or leaves a merge in progress when it is told that there are
 * conflicts.  So the state is written before anything moves, as if the merge
 * were one of ours, and goes when there is nothing left to do: what is in
 * progress then is git's alone.  It says from the beginning that the checkout
 * has moved, since without MERGE_HEAD, which git writes when we are gone,
 * nobody can know whether it has.
 */

/* The release that is on the commit; the one it was called by first. */
static const struct release *find_release(const struct release_list *list,
					  const char *commit,
					  const char *called)
{
	const struct release *found = NULL;

	for (size_t i = 0; i < list->nr; i++) {
		const struct release *rel = &list->v[i];

		if (!rel->commit || strcmp(rel->commit, commit))
			continue;
		if (ends_with(called, rel->name))
			return rel;
		if (!found || !rel->prerelease)
			found = rel;
	}
	return found;
}

const char *strategy_release(const struct product *product,
			     const char *commit, const char *called,
			     struct error *err)
{
	const struct release_list *list = &product->releases;
	const struct release *rel = find_release(list, commit, called);

	if (rel)
		return rel->name;
	rel = release_find(list, called);
	if (rel && rel->commit) {
		error_set(err, ERROR_REFUSED, "%s is %.7s at upstream, and "
			  "what is to be merged is %.7s", rel->name,
			  rel->commit, commit);
		error_hint(err, "merge the release with \"git upgrade merge "
			   "%s\"", rel->name);
	} else {
		error_set(err, ERROR_REFUSED, "'%s' is no release of %s",
			  called, product->profile.name);
		error_hint(err, "see them with \"git upgrade list\", ask for "
			   "new ones with \"git upgrade fetch\"");
	}
	error_hint(err, "what is no release is merged by git's own strategies: "
		   "leave \"-s upgrade\" away");
	return NULL;
}

/*
 * What is staged git's own strategies refuse as well; other changes are
 * refused by the move, where they are in its way.
 */
static int check_staged(int *is_clean, struct repo *r, const char *dir,
			struct error *err)
{
	struct checkout_look look = CHECKOUT_LOOK_INIT;
	struct buf out = BUF_INIT;
	int ret = checkout_changes(&look, &out, r, dir, err);

	*is_clean = !out.len;
	for (const char *at = out.s; !ret && at < out.s + out.len;
	     at += strlen(at) + 1) {
		/* Of a rename the old name follows. */
		if (*at == ' ')
			continue;
		ret = error_set(err, ERROR_REFUSED, "there are changes that "
				"are staged");
		error_hint(err, "commit them, or put them aside with \"git "
			   "stash\" or \"git merge --autostash\"");
	}
	buf_release(&out);
	return ret;
}

/*
 * Until it is finished nobody may take the release for adopted.  Where
 * no record says what is, history would, once that is committed; so then the
 * record is about what was adopted before.
 */
static int write_unfinished(struct buf *out, const struct plan *p,
			    struct repo *r, struct error *err)
{
	struct record before = RECORD_INIT;

	before.profile = xstrdup(p->record.profile);
	before.release = xstrdup(p->from->name);
	before.commit = xstrdup_or_null(p->base);
	before.tree = object_tree(r, p->base);
	if (before.tree)
		record_write(&before, out);
	record_release(&before);
	return out->len ? 0 : error_set(err, ERROR_FATAL, "the tree of %s is "
					"not here", p->from->name);
}

/* Has --continue work to do that git has not? */
static int has_more(const struct plan *p)
{
	const struct migration_list *list = &p->migrations;
	const struct migrated *m;

	if (p->steps || p->merge.clean)
		return p->steps || migration_missing(list, &m);
	for (size_t i = 0; i < list->nr; i++)
		if (list->v[i].state == MIGRATION_CHANGED ||
		    list->v[i].state == MIGRATION_WAITING)
			return 1;
	return 0;
}

/* The tree git is to get: whole, but for conflicts, unless there is more. */
static char *make_tree(const struct plan *p, struct repo *r,
		       const struct buf *record, struct error *err)
{
	struct buf before = BUF_INIT;
	char *tree = NULL;

	if (!has_more(p))
		tree = merge_add_record(r, plan_tree(p), record, err);
	else if (p->standing.adopted.recorded)
		tree = xstrdup(p->merge.tree);
	else if (!write_unfinished(&before, p, r, err))
		tree = merge_add_record(r, p->merge.tree, &before, err);
	buf_release(&before);
	return tree;
}

static int move(struct merge_done *done, const struct merge_request *req,
		struct merge_state *s, int is_clean, const struct buf *record,
		struct error *err)
{
	const struct plan *p = &done->plan;
	struct repo *r = req->repo;
	char *dir = merge_dir(r), *tree = make_tree(p, r, record, err);
	const struct checkout_move m = {
		.head = p->head, .tree = tree, .stages = p->merge.stages,
		.nr_stages = p->merge.nr_stages,
		.conflicts = !p->merge.clean, .is_clean = is_clean,
	};
	int ret = -1;

	merge_fill_state(s, p);
	s->moved = 1;
	merge_fill_done(done, s);
	if (!tree || checkout_obstacles(r, &m, err) < 0 ||
	    checkout_try_filters(r, &m, err) < 0 ||
	    merge_keep_record(r, record, err) < 0 ||
	    merge_state_write(s, r, err) < 0)
		goto out;
	if (checkout_apply(r, dir, &m, err) < 0) {
		merge_not_moved(r, s, err);
		goto out;
	}
	done->more = has_more(p);
	done->for_git = s->clean && !done->more;
	ret = done->for_git ? merge_state_drop(r, err) :
			      merge_set_busy(r, s, 0, err);
	strvec_pushv(&done->conflicts, s->conflicts.v);
	if (ret < 0)
		err->changed = 1;
out:
	free(dir);
	free(tree);
	return ret;
}

static int compute_and_move(struct merge_done *done,
			    const struct merge_request *req,
			    struct merge_state *s, struct error *err)
{
	struct plan_request pr = {
		.repo = req->repo, .product = req->product,
		.release = req->release, .from = req->from,
		.confirmed = req->confirmed, .branch = s->branch,
		.lines_only = req->lines_only, .values = req->values,
	};
	struct buf record = BUF_INIT;
	char *dir = merge_dir(req->repo);
	int is_clean = 0, ret = -1;

	if (!plan_compute(&done->plan, &pr, err) &&
	    !check_staged(&is_clean, req->repo, dir, err) &&
	    (!req->planned ||
	     !req->planned(req->data, &done->plan, err))) {
		record_write(&done->plan.record, &record);
		ret = move(done, req, s, is_clean, &record, err);
	}
	free(dir);
	buf_release(&record);
	return ret;
}

int merge_strategy_locked(struct merge_done *done,
			  const struct merge_request *req, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	char *branch = NULL;
	int ret = -1;

	if (merge_check_idle(req->repo, err) < 0)
		goto out;
	branch = head_branch(req->repo);
	if (merge_check_branch(req, branch, err) < 0)
		goto out;
	s.branch = xstrdup(branch);
	merge_state_take(&s, req);
	ret = compute_and_move(done, req, &s, err);
out:
	merge_state_release(&s);
	free(branch);
	return ret;
}
