#include "flow/merge_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/ref.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/* Paths that are still unmerged, or hold markers where git had put them. */
static int check_resolved(struct repo *r, const struct merge_state *s,
			  struct error *err)
{
	struct buf out = BUF_INIT;
	struct strvec open = STRVEC_INIT;
	struct proc p = PROC_INIT;
	int ret = -1;

	if (git_run(r, &out, err, "ls-files", "--unmerged", "-z", NULL) < 0)
		goto out;
	for (const char *at = out.s; at < out.s + out.len;
	     at += strlen(at) + 1)
		strvec_push(&open, strchr(at, '\t') + 1);
	strvec_sort(&open, 1);
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
	ret = 0;
	if (!s->conflicts.nr)
		goto out;
	git_proc(&p, r, "grep", "--cached", "--no-color", "-I", "-l", "-z",
		 "-E", "^(<{7,}|>{7,}|[|]{7,}) ", "--", NULL);
	for (size_t i = 0; i < s->conflicts.nr; i++)
		strvec_pushf(&p.argv, ":(literal)%s", s->conflicts.v[i]);
	buf_reset(&out);
	p.out = &out;
	p.quiet_err = 1;
	if (proc_run(&p, err) < 0) {
		ret = -1;
	} else if (!p.status && out.len) {
		ret = error_set(err, ERROR_CONFLICT, "conflict markers are "
				"left in '%s'", out.s);
		error_hint(err, "edit it, \"git add\" it, then \"git upgrade "
			   "merge --continue\"");
	}
out:
	if (ret < 0)
		err->changed = 1;
	proc_release(&p);
	strvec_release(&open);
	buf_release(&out);
	return ret;
}

/* After a kill before or while the checkout moved: do it all again. */
static int start_over(struct merge_done *done, struct repo *r,
		      const struct merge_state *s,
		      const struct product *product, int edit,
		      const struct reporter *reporter, struct error *err)
{
	struct merge_request req = {
		.repo = r, .product = product, .release = s->release,
		.from = s->from, .confirmed = &s->confirmed,
		.new_branch = s->created ? s->branch : NULL,
		.edit = edit, .reporter = reporter,
	};
	char *dir = merge_dir(r);
	int ret = -1;

	if ((checkout_interrupted(dir) && checkout_restore(r, dir, err) < 0) ||
	    merge_drop_branch(r, s, err) < 0)
		goto out;
	merge_state_drop(r);
	ret = merge_begin_locked(done, &req, err);
out:
	free(dir);
	return ret;
}

static int continue_merging(struct merge_done *done, struct repo *r,
			    struct merge_state *s,
			    const struct product *product, int edit,
			    const struct reporter *reporter,
			    struct error *err)
{
	char *dir = merge_dir(r), *path = path_join(dir, "record");
	char *tree = NULL, *finished = NULL;
	struct buf record = BUF_INIT;
	struct error ignored = ERROR_INIT;
	int again = s->busy, ret = -1;

	if (check_resolved(r, s, err) < 0 ||
	    file_read(path, &record, err) < 0 ||
	    merge_set_busy(r, s, 1, err) < 0)
		goto out;
	tree = git_line(r, err, "write-tree", NULL);
	if (!tree)
		goto out;
	finished = merge_finish_tree(done, r, product, tree, s->base,
				     s->release, &record, reporter, err);
	if (!finished || checkout_advance(r, finished, again, err) < 0)
		goto out;
	ret = merge_commit_and_end(done, r, s, edit, err);
out:
	if (ret < 0) {
		err->changed = 1;
		if (s->busy)
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

static int committed_by_hand(struct repo *r, const struct merge_state *s,
			     struct error *err)
{
	error_set(err, ERROR_REFUSED, "the merge of %s was committed already, "
		  "by hand", s->release);
	error_hint(err, "finish it with \"git upgrade merge %s\": copies, "
		   "steps and the record are missing", s->release);
	merge_state_drop(r);
	return -1;
}

/* Killed between the commit and the end: then it is simply done. */
static int already_committed(struct merge_done *done, struct repo *r,
			     const struct merge_state *s, struct error *err)
{
	struct record rec = RECORD_INIT;
	int ret = record_read(&rec, r, "HEAD", err) < 0 ? -1 : 0;

	if (!ret && (!rec.release || strcmp(rec.release, s->release)))
		ret = committed_by_hand(r, s, err);
	record_release(&rec);
	if (ret < 0)
		return -1;
	done->commit = head_commit(r);
	merge_state_drop(r);
	return 0;
}

int merge_continue_locked(struct merge_done *done, struct repo *r,
			  const struct product *product, int edit,
			  const struct reporter *reporter, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	int ret = merge_state_load(&s, r, err);

	if (ret < 0)
		goto out;
	if (!ret) {
		ret = merge_nothing_to_do(r, err);
		goto out;
	}
	ret = merge_clear_after_kill(r, &s, err);
	if (ret < 0)
		goto out;
	done->branch = xstrdup_or_null(s.branch);
	done->release = xstrdup(s.release);
	switch (merge_phase(&s, r)) {
	case PHASE_INTERRUPTED:
	case PHASE_PREPARED:
		FREE_AND_NULL(done->branch);
		FREE_AND_NULL(done->release);
		ret = start_over(done, r, &s, product, edit, reporter, err);
		break;
	case PHASE_MERGING:
		ret = continue_merging(done, r, &s, product, edit, reporter,
				       err);
		break;
	case PHASE_TAKEN_BACK:
	case PHASE_LEFT:
		ret = merge_nothing_to_do(r, err);
		break;
	case PHASE_COMMITTED:
		merge_end(r, &s);
		ret = already_committed(done, r, &s, err);
		break;
	}
out:
	merge_state_release(&s);
	return ret;
}
