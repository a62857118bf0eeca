#include "flow/merge.h"

#include "base/mem.h"
#include "flow/merge_internal.h"
#include "flow/turn.h"
#include "git/checkout.h"
#include "git/ref.h"

#include <stdlib.h>

void merge_done_release(struct merge_done *done)
{
	plan_release(&done->plan);
	product_release(&done->product);
	steps_result_release(&done->steps);
	free(done->commit);
	free(done->branch);
	free(done->release);
	free(done->goal);
	free(done->start);
	strvec_release(&done->conflicts);
	strvec_release(&done->settled);
	*done = (struct merge_done)MERGE_DONE_INIT;
}

/* One operation at a time: in this work tree, and with this branch. */
struct hold {
	char *dir;
	int lock;
	struct turn turn;
};

#define HOLD_INIT { NULL, -1, TURN_INIT }

static void let_go(struct hold *h)
{
	turn_end(&h->turn);
	if (h->lock >= 0)
		checkout_unlock(&h->lock, h->dir);
	FREE_AND_NULL(h->dir);
}

static int take_hold(struct hold *h, struct repo *r, const char *command,
		     struct error *err)
{
	char *branch = head_branch(r);
	int ret;

	h->dir = merge_dir(r);
	ret = checkout_lock(&h->lock, r, h->dir, command, err);
	if (!ret)
		ret = turn_begin(&h->turn, r, branch, command, err);
	if (ret < 0)
		let_go(h);
	free(branch);
	return ret;
}

int merge_begin(struct merge_done *done, const struct merge_request *req,
		struct error *err)
{
	char *command = xstrfmt("git upgrade merge %s%s",
				req->path ? "--path " : "", req->release);
	struct hold hold = HOLD_INIT;
	int ret = take_hold(&hold, req->repo, command, err);

	if (!ret) {
		ret = merge_begin_locked(done, req, err);
		let_go(&hold);
	}
	free(command);
	return ret;
}

int merge_continue(struct merge_done *done, const struct merge_request *req,
		   struct error *err)
{
	struct hold hold = HOLD_INIT;
	int ret = take_hold(&hold, req->repo, "git upgrade merge --continue",
			    err);

	if (!ret) {
		ret = merge_continue_locked(done, req, err);
		let_go(&hold);
	}
	return ret;
}

void merge_undone_release(struct merge_undone *undone)
{
	free(undone->branch);
	*undone = (struct merge_undone)MERGE_UNDONE_INIT;
}

int merge_abort(struct repo *r, struct merge_undone *undone,
		struct error *err)
{
	struct hold hold = HOLD_INIT;
	int ret = take_hold(&hold, r, "git upgrade merge --abort", err);

	if (!ret) {
		ret = merge_abort_locked(r, undone, err);
		let_go(&hold);
	}
	return ret;
}
