#include "flow/merge_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/*
 * Of `git diff-index --raw -z`, ":MODE MODE OID OID STATUS\0PATH\0", the paths
 * that HEAD has; of one that it lacks the first mode is zero.
 */
static void add_in_head(struct buf *paths, const struct buf *raw)
{
	const char *at = raw->s, *end = raw->s + raw->len;

	while (at < end) {
		const char *path = at + strlen(at) + 1;

		if (path < end && !starts_with(at, ":000000 "))
			buf_add(paths, path, strlen(path) + 1);
		at = path < end ? path + strlen(path) + 1 : end;
	}
}

/*
 * An abort that was killed half-way had looked at all files before it moved
 * the first.  Now it takes those that are back already for edits, so all
 * that HEAD has are brought back first.
 */
static void bring_back(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct buf raw = BUF_INIT, paths = BUF_INIT;

	if (!git_run(r, &raw, &ignored, "diff-index", "--cached", "--raw",
		     "-z", "--no-renames", "HEAD", "--", NULL))
		add_in_head(&paths, &raw);
	if (paths.len)
		git_feed(r, &paths, NULL, &ignored, "--literal-pathspecs",
			 "checkout", "--quiet", "--no-recurse-submodules",
			 "--pathspec-from-file=-", "--pathspec-file-nul",
			 "HEAD", NULL);
	error_release(&ignored);
	buf_release(&raw);
	buf_release(&paths);
}

/*
 * From here on it ends where it began, however often it is killed: git may
 * have reset the index and not yet cleared the merge away, and what would be
 * committed then is no upgrade.
 */
static int set_back(struct repo *r, struct merge_state *s, struct error *err)
{
	s->back = 1;
	s->ended = 0;
	return merge_set_busy(r, s, 1, err);
}

/* By git itself; its locks are ours only while it runs. */
static int take_back(struct repo *r, struct merge_state *s, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int again = s->busy, refused = 0, ret;

	s->moved = 1;
	if (set_back(r, s, err) < 0)
		return -1;
	if (again)
		bring_back(r);
	if (again && s->advance)
		checkout_undo_advance(r, s->advance, &ignored);
	/* Else files that were merely touched keep git from it. */
	git_try(r, NULL, &ignored, "update-index", "-q", "--refresh", NULL);
	ret = checkout_abort_merge(r, &refused, err);
	if (!ret)
		ret = merge_end(r, s, err);
	if (ret < 0 && refused) {
		s->back = 0;
		merge_set_busy(r, s, 0, &ignored);
	} else if (ret < 0) {
		error_hint(err, "mend the cause, then \"git upgrade merge "
			   "--abort\" again");
	}
	if (ret < 0)
		err->changed = 1;
	error_release(&ignored);
	return ret;
}

/*
 * Does the index hold what `start` has wherever HEAD differs from it?  Then
 * the checkout is back already, and only the branch is left to move.
 */
static int index_is_back(int *yes, struct repo *r, const char *head,
			 const char *start, struct error *err)
{
	struct tree_diff hops = TREE_DIFF_INIT;
	struct buf out = BUF_INIT;
	int ret = -1;

	if (tree_diff_read(&hops, r, head, start, 0, err) < 0 ||
	    git_run(r, &out, err, "diff-index", "--cached", "-z",
		    "--name-only", "--no-renames", start, "--", NULL) < 0)
		goto out;
	*yes = 1;
	for (const char *at = out.s; at < out.s + out.len;
	     at += strlen(at) + 1)
		if (tree_diff_find(&hops, at))
			*yes = 0;
	ret = 0;
out:
	tree_diff_release(&hops);
	buf_release(&out);
	return ret;
}

/* The checkout from HEAD to `start`; changes of the user's are kept. */
static int move_back(struct repo *r, const char *head, const char *start,
		     struct error *err)
{
	char *dir = merge_dir(r), *tree = object_tree(r, start);
	struct checkout_move m = {
		.head = head, .tree = tree, .message = "",
	};
	int ret = -1;

	if (!tree)
		error_set(err, ERROR_FATAL, "commit %s is gone", start);
	else if (!checkout_obstacles(r, &m, err))
		ret = checkout_apply(r, dir, &m, err);
	free(dir);
	free(tree);
	return ret;
}

/*
 * All hops at once: the checkout first, with its journal, then the branch in
 * one move, if it still is where we left it.
 */
static int undo_hops(struct repo *r, struct merge_state *s, struct error *err)
{
	char *head = head_commit(r);
	int back = head && !strcmp(head, s->start), ret = 0;

	if (!head)
		ret = error_set(err, ERROR_FATAL, "HEAD is gone");
	if (!ret && !back && index_is_back(&back, r, head, s->start, err) < 0)
		ret = -1;
	if (!ret && !back)
		ret = move_back(r, head, s->start, err);
	if (!ret) {
		/* It wrote the message of a merge. */
		ret = checkout_end_merge(r, err);
		if (!ret && strcmp(head, s->start))
			ret = git_run(r, NULL, err, "update-ref", "-m",
				      "upgrade: aborted", "HEAD", s->start,
				      head, NULL);
	}
	if (!ret) {
		free(s->head);
		s->head = xstrdup(s->start);
	}
	free(head);
	return ret;
}

/* Our own commit, which a kill kept from being noted. */
static int is_our_commit(struct repo *r, const struct merge_state *s)
{
	struct error ignored = ERROR_INIT;
	struct record rec = RECORD_INIT;
	char *parent = object_commit(r, "HEAD^1");
	int ours = s->start && s->busy && parent && !strcmp(parent, s->head) &&
		record_read(&rec, r, "HEAD", &ignored) > 0 &&
		!strcmp(rec.release, s->release);

	error_release(&ignored);
	record_release(&rec);
	free(parent);
	return ours;
}

/* One hop more to take back. */
static int note_commit(struct repo *r, struct merge_state *s,
		       struct error *err)
{
	char *head = head_commit(r);
	int ret = 0;

	if (s->hops.nr) {
		ret = merge_state_end(s, r, head, err);
		free(head);
	} else {
		free(s->head);
		s->head = head;
	}
	return ret;
}

static int head_is(struct repo *r, const char *commit)
{
	char *head = head_commit(r);
	int same = head && !strcmp(head, commit);

	free(head);
	return same;
}

static int refuse_committed(struct repo *r, struct merge_state *s,
			    struct error *err)
{
	enum autostash_end end;

	if (merge_over(&end, r, s, err) < 0)
		return -1;
	error_set(err, ERROR_REFUSED, "the merge of %s was committed already",
		  s->release);
	if (merge_state_is_first(s))
		error_hint(err, "undo that commit with \"git reset --keep "
			   "%s\"", s->head);
	else
		error_hint(err, "undo that commit and all hops before it with "
			   "\"git reset --keep %s\"", s->start);
	merge_hint_aside(end, err);
	return -1;
}

/*
 * The upgrade is done, only changes were to come back: of a path the hops may
 * still be taken back, as long as they have not.
 */
static int undo_ended(struct repo *r, struct merge_state *s,
		      struct error *err)
{
	char *dir = merge_dir(r);
	int ret = 0, back = 0;

	if (checkout_interrupted(dir))
		ret = checkout_restore(r, dir, err);
	else if (s->autostash)
		back = ret = autostash_is_back(r, s->autostash, err);
	else
		back = 1;
	free(dir);
	if (ret < 0)
		return -1;
	if (s->start && !back && head_is(r, s->head))
		return 0;
	return refuse_committed(r, s, err);
}

/* The hop that is in progress, whatever its state. */
static int undo_hop(struct repo *r, struct merge_state *s, struct error *err)
{
	char *dir = merge_dir(r);
	int ret = 0;

	switch (merge_phase(s, r)) {
	case PHASE_INTERRUPTED:
		ret = checkout_restore(r, dir, err);
		break;
	case PHASE_MERGING:
		ret = take_back(r, s, err);
		break;
	case PHASE_PREPARED:
		ret = merge_settle(r, s, err);
		break;
	case PHASE_ENDED:
		ret = undo_ended(r, s, err);
		break;
	case PHASE_TAKEN_BACK:
		/* Killed once it was taken back: go on from there. */
		ret = merge_end(r, s, err);
		if (!ret && !s->busy && !s->back)
			ret = merge_nothing_to_do(r, s, err);
		break;
	case PHASE_LEFT:
		/* Or killed once all hops were taken back. */
		if (!s->back || !s->start || !head_is(r, s->start))
			ret = merge_nothing_to_do(r, s, err);
		break;
	case PHASE_COMMITTED:
		ret = merge_end(r, s, err);
		if (!ret)
			ret = is_our_commit(r, s) ? note_commit(r, s, err) :
			      refuse_committed(r, s, err);
		break;
	}
	free(dir);
	return ret;
}

static int undo_path(struct repo *r, struct merge_state *s, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (set_back(r, s, err) < 0)
		return -1;
	if (!undo_hops(r, s, err))
		return 0;
	/* Refused: the hops stay, and one may go on as well. */
	err->changed = 1;
	merge_state_unbegin(s, r, &ignored);
	error_release(&ignored);
	return -1;
}

static int abort_one(struct repo *r, struct merge_state *s, struct error *err)
{
	if (merge_clear_after_kill(r, s, err) < 0)
		return -1;
	if (s->aside && !merge_holds(r, s) &&
	    merge_forget_aside(r, s, err) < 0)
		return -1;
	if (undo_hop(r, s, err) < 0)
		return -1;
	return merge_state_is_first(s) ? 0 : undo_path(r, s, err);
}

/* The files are back; now all that told of the upgrade goes. */
static int end_abort(struct repo *r, struct merge_undone *undone,
		     struct merge_state *s, struct error *err)
{
	if (merge_drop_branch(r, s, err) < 0 ||
	    (s->aside && set_back(r, s, err) < 0) ||
	    merge_over(&undone->autostash, r, s, err) < 0) {
		err->changed = 1;
		return error_hint(err, "mend the cause, then \"git upgrade "
				  "merge --abort\" again");
	}
	undone->branch = xstrdup(s->created ? s->created : s->branch);
	return 0;
}

int merge_abort_locked(struct repo *r, struct merge_undone *undone,
		       struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	char *dir = merge_dir(r);
	int ret = merge_state_load(&s, r, err);

	if (ret > 0) {
		ret = abort_one(r, &s, err);
		if (!ret)
			ret = end_abort(r, undone, &s, err);
	} else if (!ret) {
		/* Without the state, the journal still leads back. */
		ret = checkout_interrupted(dir) ?
			checkout_restore(r, dir, err) :
			merge_nothing_to_do(r, NULL, err);
		if (!ret)
			undone->branch = head_branch(r);
	}
	merge_state_release(&s);
	free(dir);
	return ret;
}
