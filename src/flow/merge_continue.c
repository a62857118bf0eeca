#include "flow/merge_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/marker.h"
#include "git/ref.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/* Paths that are still unmerged, or hold markers where git had put them. */
static int check_resolved(struct repo *r, const struct merge_state *s,
			  struct error *err)
{
	struct strvec open = STRVEC_INIT;
	char *marked = NULL;
	int ret = -1;

	if (merge_unmerged(&open, r, err) < 0)
		goto out;
	if (open.nr) {
		error_set(err, ERROR_CONFLICT, "%zu file%s still in conflict",
			  open.nr, open.nr == 1 ? " is" : "s are");
		for (size_t i = 0; i < open.nr; i++)
			error_hint(err, "  %s", open.v[i]);
		error_hint(err, "edit %s, \"git add\" %s, then \"git upgrade "
			   "merge --continue\"", open.nr == 1 ? "it" : "them",
			   open.nr == 1 ? "it" : "them");
		goto out;
	}
	ret = marker_find(&marked, r, s->head, &s->conflicts, err);
	if (ret > 0) {
		ret = error_set(err, ERROR_CONFLICT, "conflict markers are "
				"left in '%s'", marked);
		error_hint(err, "edit it, \"git add\" it, then \"git upgrade "
			   "merge --continue\"");
	}
out:
	if (ret < 0)
		err->changed = 1;
	free(marked);
	strvec_release(&open);
	return ret;
}

/* After a kill before or while the checkout moved: do it all again. */
static int start_over(struct merge_done *done,
		      const struct merge_request *req, struct merge_state *s,
		      struct error *err)
{
	struct merge_request again = *req;
	struct repo *r = req->repo;
	char *dir = merge_dir(r);
	int first = merge_state_is_first(s), ret = -1;

	again.autostash = s->autostash != NULL;
	if ((checkout_interrupted(dir) ? checkout_restore(r, dir, err) :
					 merge_settle(r, s, err)) < 0 ||
	    (first && merge_drop_branch(r, s, err) < 0) ||
	    (!s->aside && merge_forget_aside(r, s, err) < 0) ||
	    merge_state_unbegin(s, r, err) < 0)
		goto out;
	ret = first ? merge_hop(done, &again, s, err) :
		      merge_next_hop(done, &again, s, err);
out:
	free(dir);
	return ret;
}

/* Noted first: killed in between, the index tells nothing of the files. */
static int advance(struct repo *r, struct merge_state *s, const char *tree,
		   struct error *err)
{
	struct error ignored = ERROR_INIT;

	free(s->advance);
	s->advance = xstrdup(tree);
	if (merge_set_busy(r, s, 1, err) < 0)
		return -1;
	if (!checkout_advance(r, tree, err))
		return 0;
	/* Files may be there; else the next one puts them back. */
	if (!checkout_undo_advance(r, tree, &ignored))
		FREE_AND_NULL(s->advance);
	error_release(&ignored);
	return -1;
}

static int continue_merging(struct merge_done *done,
			    const struct merge_request *req,
			    struct merge_state *s, struct error *err)
{
	struct repo *r = req->repo;
	char *dir = merge_dir(r), *path = path_join(dir, "record");
	char *tree = NULL, *finished = NULL;
	struct buf record = BUF_INIT;
	struct error ignored = ERROR_INIT;
	int ret = -1, stuck = 0;

	/* Killed before that was written. */
	s->moved = 1;
	if (check_resolved(r, s, err) < 0 ||
	    file_read(path, &record, err) < 0 ||
	    (s->advance && checkout_undo_advance(r, s->advance, err) < 0) ||
	    merge_set_busy(r, s, 1, err) < 0)
		goto out;
	tree = git_line(r, err, "write-tree", NULL);
	if (!tree)
		goto out;
	strvec_pushv(&done->settled, s->conflicts.v);
	finished = merge_finish_tree(done, r, req->product, tree, s->base,
				     s->release, &record, req->reporter, err);
	if (!finished)
		goto out;
	if (advance(r, s, finished, err) < 0) {
		stuck = s->advance != NULL;
		goto out;
	}
	ret = merge_commit_and_end(done, r, s, req->edit, err);
out:
	if (ret < 0) {
		err->changed = 1;
		/* With the commit there, what is left was begun by ours. */
		if (s->busy && !stuck && !done->commit)
			merge_set_busy(r, s, 0, &ignored);
	}
	error_release(&ignored);
	free(dir);
	free(path);
	free(tree);
	free(finished);
	buf_release(&record);
	return ret;
}

/* The record of the commit is the one the upgrade was to write. */
static int is_recorded(const struct record *rec, const struct merge_state *s)
{
	return rec->release && !strcmp(rec->release, s->release) &&
	       rec->commit && s->commit && !strcmp(rec->commit, s->commit);
}

static int committed_by_hand(struct repo *r, struct merge_state *s,
			     struct error *err)
{
	enum autostash_end end;

	if (merge_over(&end, r, s, err) < 0)
		return -1;
	error_set(err, ERROR_REFUSED, "the merge of %s was committed already, "
		  "by hand", s->release);
	error_hint(err, "finish it with \"git upgrade merge %s%s\": copies, "
		   "steps and the record are missing",
		   s->hops.nr ? "--path " : "", merge_state_goal(s));
	merge_hint_aside(end, err);
	return -1;
}

/* Killed between the commit and the end: then it is simply done. */
static int already_committed(struct merge_done *done, struct repo *r,
			     struct merge_state *s, struct error *err)
{
	struct record rec = RECORD_INIT;
	int ret = merge_end(r, s, err);

	if (!ret && record_read(&rec, r, "HEAD", err) < 0)
		ret = -1;

	if (!ret && !is_recorded(&rec, s))
		ret = committed_by_hand(r, s, err);
	record_release(&rec);
	if (ret < 0)
		return -1;
	done->commit = head_commit(r);
	return merge_end_hop(done, r, s, done->commit, err);
}

/* All that is left is to bring back what the user had changed. */
static int end_ended(struct merge_done *done, struct repo *r,
		     struct merge_state *s, struct error *err)
{
	done->commit = xstrdup(s->head);
	return merge_over(&done->autostash, r, s, err);
}

static int continue_one(struct merge_done *done,
			const struct merge_request *req,
			struct merge_state *s, struct error *err)
{
	struct repo *r = req->repo;

	if (s->back)
		return merge_going_back(err);
	if (merge_clear_after_kill(r, s, err) < 0)
		return -1;
	if (s->aside && !merge_holds(r, s) &&
	    merge_forget_aside(r, s, err) < 0)
		return -1;
	merge_fill_done(done, s);
	switch (merge_phase(s, r)) {
	case PHASE_INTERRUPTED:
	case PHASE_PREPARED:
		return start_over(done, req, s, err);
	case PHASE_MERGING:
		return continue_merging(done, req, s, err);
	case PHASE_ENDED:
		return end_ended(done, r, s, err);
	case PHASE_TAKEN_BACK:
	case PHASE_LEFT:
		break;
	case PHASE_COMMITTED:
		return already_committed(done, r, s, err);
	}
	return merge_nothing_to_do(r, s, err);
}

int merge_continue_locked(struct merge_done *done,
			  const struct merge_request *req, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	int ret = merge_state_load(&s, req->repo, err);

	if (ret > 0)
		ret = continue_one(done, req, &s, err);
	else if (!ret)
		ret = merge_nothing_to_do(req->repo, NULL, err);
	if (!ret)
		ret = merge_other_hops(done, req, err);
	merge_state_release(&s);
	return ret;
}
