#include "flow/merge.h"

#include "flow/merge_internal.h"
#include "git/checkout.h"

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
	*done = (struct merge_done)MERGE_DONE_INIT;
}

int merge_begin(struct merge_done *done, const struct merge_request *req,
		struct error *err)
{
	char *dir = merge_dir(req->repo);
	int lock = -1, ret = -1;

	if (checkout_lock(&lock, req->repo, dir, err) < 0)
		goto out;
	ret = merge_begin_locked(done, req, err);
	checkout_unlock(&lock, dir);
out:
	free(dir);
	return ret;
}

int merge_continue(struct merge_done *done, const struct merge_request *req,
		   struct error *err)
{
	char *dir = merge_dir(req->repo);
	int lock = -1, ret = -1;

	if (checkout_lock(&lock, req->repo, dir, err) < 0)
		goto out;
	ret = merge_continue_locked(done, req, err);
	checkout_unlock(&lock, dir);
out:
	free(dir);
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
	char *dir = merge_dir(r);
	int lock = -1, ret = -1;

	if (checkout_lock(&lock, r, dir, err) < 0)
		goto out;
	ret = merge_abort_locked(r, undone, err);
	checkout_unlock(&lock, dir);
out:
	free(dir);
	return ret;
}
