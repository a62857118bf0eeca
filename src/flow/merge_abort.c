#include "flow/merge_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/*
 * An abort that was killed half-way had looked at all files before it moved
 * the first.  Now it takes those that are back already for edits, so all
 * that HEAD has are brought back first.
 */
static void bring_back(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct buf paths = BUF_INIT;

	if (!git_run(r, &paths, &ignored, "diff-index", "--cached", "-z",
		     "--name-only", "--no-renames", "--diff-filter=a", "HEAD",
		     "--", NULL) && paths.len)
		git_feed(r, &paths, NULL, &ignored, "--literal-pathspecs",
			 "checkout", "--quiet", "--no-recurse-submodules",
			 "--pathspec-from-file=-", "--pathspec-file-nul",
			 "HEAD", NULL);
	error_release(&ignored);
	buf_release(&paths);
}

/* By git itself; its locks are ours only while it runs. */
static int take_back(struct repo *r, struct merge_state *s, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int ret;

	if (s->busy)
		bring_back(r);
	else if (merge_set_busy(r, s, 1, err) < 0)
		return -1;
	/* Else files that were merely touched keep git from it. */
	git_try(r, NULL, &ignored, "update-index", "-q", "--refresh", NULL);
	ret = git_run(r, NULL, err, "merge", "--abort", NULL);
	if (ret < 0) {
		err->changed = 1;
		merge_set_busy(r, s, 0, &ignored);
	}
	error_release(&ignored);
	return ret;
}

int merge_abort_locked(struct repo *r, char **back_on, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	char *dir = merge_dir(r);
	int ret = merge_state_load(&s, r, err);

	if (ret < 0)
		goto out;
	if (!ret) {
		/* Without the state, the journal still leads back. */
		ret = checkout_interrupted(dir) ?
			checkout_restore(r, dir, err) :
			merge_nothing_to_do(r, err);
		if (!ret)
			*back_on = head_branch(r);
		goto out;
	}
	ret = merge_clear_after_kill(r, &s, err);
	if (ret < 0)
		goto out;
	switch (merge_phase(&s, r)) {
	case PHASE_INTERRUPTED:
		ret = checkout_restore(r, dir, err);
		break;
	case PHASE_MERGING:
		ret = take_back(r, &s, err);
		break;
	case PHASE_PREPARED:
		ret = 0;
		break;
	case PHASE_TAKEN_BACK:
		/* Killed once it was taken back: go on from there. */
		merge_end(r, &s);
		ret = s.busy ? 0 : merge_nothing_to_do(r, err);
		break;
	case PHASE_LEFT:
		ret = merge_nothing_to_do(r, err);
		break;
	case PHASE_COMMITTED:
		merge_end(r, &s);
		error_set(err, ERROR_REFUSED, "the merge of %s was committed "
			  "already", s.release);
		error_hint(err, "undo that commit with \"git reset --keep "
			   "%s\"", s.head);
		merge_state_drop(r);
		ret = -1;
		break;
	}
	if (!ret)
		ret = merge_drop_branch(r, &s, err);
	if (!ret) {
		merge_state_drop(r);
		*back_on = xstrdup(s.created ? s.created : s.branch);
	}
out:
	merge_state_release(&s);
	free(dir);
	return ret;
}
