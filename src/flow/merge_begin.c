#include "flow/merge_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

static int already_merging(const struct merge_state *s, struct error *err)
{
	error_set(err, ERROR_REFUSED, "an upgrade to %s is in progress",
		  s->release);
	error_hint(err, "go on with \"git upgrade merge --continue\", or go "
		   "back with \"git upgrade merge --abort\"");
	return -1;
}

static int clear_void(struct repo *r, struct merge_state *s,
		      enum merge_phase phase, struct error *err)
{
	enum autostash_end end;
	int ret = merge_clear_after_kill(r, s, err);

	if (!ret && phase == PHASE_PREPARED)
		ret = merge_settle(r, s, err);
	if (!ret && phase == PHASE_PREPARED && merge_state_is_first(s))
		ret = merge_drop_branch(r, s, err);
	else if (!ret && phase >= PHASE_TAKEN_BACK && phase != PHASE_LEFT)
		ret = merge_end(r, s, err);
	return ret ? ret : merge_over(&end, r, s, err);
}

int merge_check_idle(struct repo *r, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	int ret = merge_state_load(&s, r, err);

	if (ret > 0) {
		enum merge_phase phase = merge_phase(&s, r);

		if (s.back) {
			ret = merge_going_back(err);
		} else if (phase == PHASE_INTERRUPTED ||
			   phase == PHASE_MERGING) {
			ret = already_merging(&s, err);
		} else {
			ret = clear_void(r, &s, phase, err);
		}
	} else if (!ret) {
		ret = merge_keep_lost(r, err);
	}
	merge_state_release(&s);
	return ret < 0 ? -1 : 0;
}

int merge_check_branch(const struct merge_request *req, const char *branch,
		       struct error *err)
{
	char *ref;
	int taken;

	if (!branch) {
		error_set(err, ERROR_REFUSED, "you are not on a branch");
		error_hint(err, "go to your production branch with \"git "
			   "switch BRANCH\", or make one here with \"git "
			   "switch -c production\"");
		return -1;
	}
	if (!req->new_branch)
		return 0;
	ref = xstrfmt("refs/heads/%s", req->new_branch);
	if (git_try(req->repo, NULL, err, "check-ref-format", "--branch",
		    req->new_branch, NULL)) {
		free(ref);
		return error_set(err, ERROR_REFUSED,
				 "'%s' is no name for a branch",
				 req->new_branch);
	}
	taken = object_find(req->repo, ref, NULL, NULL, err) > 0;
	free(ref);
	if (!taken)
		return 0;
	error_set(err, ERROR_REFUSED, "there is a branch '%s' already",
		  req->new_branch);
	error_hint(err, "choose another name, or go to it with \"git switch "
		   "%s\" and leave --branch away", req->new_branch);
	return -1;
}

void merge_state_take(struct merge_state *s, const struct merge_request *req)
{
	s->from = xstrdup_or_null(req->from);
	s->lines_only = req->lines_only;
	if (req->confirmed)
		strvec_pushv(&s->confirmed, req->confirmed->v);
	if (req->values)
		strvec_pushv(&s->values, req->values->v);
}

/* What is to be done, as a state that has not begun. */
static int make_state(struct merge_state *s, const struct merge_request *req,
		      const char *branch, struct error *err)
{
	struct plan_request pr = {
		.repo = req->repo, .product = req->product,
		.release = req->release, .from = req->from,
	};
	struct strvec hops = STRVEC_INIT;
	int ret = 0;

	s->branch = xstrdup(req->new_branch ? req->new_branch : branch);
	if (req->new_branch)
		s->created = xstrdup(branch);
	merge_state_take(s, req);
	if (!req->path) {
		s->release = xstrdup(req->release);
		return 0;
	}
	ret = plan_hops(&hops, &pr, err);
	if (!ret) {
		s->start = head_commit(req->repo);
		s->release = xstrdup(hops.v[0]);
		strvec_pushv(&s->hops, hops.v + 1);
	}
	strvec_release(&hops);
	return ret;
}

int merge_begin_locked(struct merge_done *done,
		       const struct merge_request *req, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	char *branch = NULL;
	int ret = -1;

	if (merge_check_idle(req->repo, err) < 0)
		goto out;
	branch = head_branch(req->repo);
	if (merge_check_branch(req, branch, err) < 0 ||
	    make_state(&s, req, branch, err) < 0 ||
	    merge_demand_path_values(req, &s, err) < 0 ||
	    merge_hop(done, req, &s, err) < 0)
		goto out;
	ret = merge_other_hops(done, req, err);
out:
	merge_state_release(&s);
	free(branch);
	return ret;
}

/* The hops before stand, and so does the way back. */
static void hint_hop(const struct merge_state *s, struct error *err)
{
	err->changed = 1;
	error_hint(err, "the hops before %s are committed; go on with \"git "
		   "upgrade merge --continue\" when that is mended",
		   s->release);
	error_hint(err, "or go back to before the first with \"git upgrade "
		   "merge --abort\"");
}

int merge_next_hop(struct merge_done *done, const struct merge_request *req,
		   struct merge_state *s, struct error *err)
{
	struct merge_request next = *req;
	int ret = -1;

	/* The commit before this hop may have changed the configuration. */
	next.product = &done->product;
	if (!product_open(&done->product, req->repo, NULL, err))
		ret = merge_hop(done, &next, s, err);
	if (ret < 0 && err->kind != ERROR_CONFLICT)
		hint_hop(s, err);
	return ret;
}

int merge_other_hops(struct merge_done *done, const struct merge_request *req,
		     struct error *err)
{
	int ret = 0;

	while (!ret && done->commit && done->left) {
		struct merge_state s = MERGE_STATE_INIT;

		if (req->hop_done)
			req->hop_done(req->data, done);
		merge_done_release(done);
		ret = merge_state_load(&s, req->repo, err);
		if (ret > 0)
			ret = merge_next_hop(done, req, &s, err);
		else if (!ret)
			ret = error_set(err, ERROR_FATAL, "somebody removed "
					"the state of this upgrade");
		merge_state_release(&s);
	}
	return ret;
}
