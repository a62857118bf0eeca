#include "flow/merge_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/* Who went to yet another branch since stays there. */
int merge_drop_branch(struct repo *r, const struct merge_state *s,
		      struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *ref, *made, *on;
	int ret = 0;

	if (!s->created)
		return 0;
	ref = xstrfmt("refs/heads/%s", s->created);
	made = xstrfmt("refs/heads/%s", s->branch);
	on = head_branch(r);
	if (on && !strcmp(on, s->branch))
		ret = git_run(r, NULL, err, "symbolic-ref", "-m",
			      "upgrade: aborted", "HEAD", ref, NULL);
	if (!ret)
		git_run(r, NULL, &ignored, "update-ref", "-d", made, s->head,
			NULL);
	error_release(&ignored);
	free(on);
	free(ref);
	free(made);
	return ret;
}

/* What a killed git of ours left, if there can be any. */
int merge_clear_after_kill(struct repo *r, const struct merge_state *s,
			   struct error *err)
{
	char *dir = merge_dir(r);
	int ret = 0;

	if (s->busy) {
		ret = checkout_break_locks(r, dir, s->branch, err);
		if (!ret && !checkout_interrupted(dir))
			checkout_forget(r, dir);
	}
	free(dir);
	return ret;
}

/* Note that git commands of ours are at work, or are done. */
int merge_set_busy(struct repo *r, struct merge_state *s, int busy,
		   struct error *err)
{
	s->busy = busy;
	return merge_state_write(s, r, err);
}

/*
 * git moves HEAD first and clears the merge away then.  Killed in between,
 * the next commit would get a parent too many.
 */
void merge_end(struct repo *r, const struct merge_state *s)
{
	char *path = repo_path(r, "MERGE_HEAD");

	if (s->busy && (!file_exists(path) || merge_head_is(r, s->commit)))
		checkout_end_merge(r);
	free(path);
}

/* What may be left of one is cleared. */
int merge_nothing_to_do(struct repo *r, struct error *err)
{
	const char *other = checkout_in_progress(r);

	merge_state_drop(r);
	error_set(err, ERROR_REFUSED, "no upgrade is in progress");
	if (other)
		error_hint(err, "a %s is; see \"git status\"", other);
	else
		error_hint(err, "begin one with \"git upgrade merge "
			   "RELEASE\"; see \"git upgrade list\"");
	return -1;
}
