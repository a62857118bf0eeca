#include "flow/merge_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/* -1: it is there still, and nobody has moved it. */
static int delete_made(struct repo *r, const char *ref, const char *head,
		       struct error *err)
{
	struct error why = ERROR_INIT;
	char *oid = NULL;
	int ret = git_run(r, NULL, &why, "update-ref", "-d", ref, head, NULL);

	if (ret < 0 && object_find(r, ref, NULL, &oid, err) > 0 &&
	    !strcmp(oid, head))
		error_move(err, &why);
	else if (!err->kind)
		ret = 0;
	error_release(&why);
	free(oid);
	return ret;
}

/* Who went to yet another branch since stays there. */
int merge_drop_branch(struct repo *r, const struct merge_state *s,
		      struct error *err)
{
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
		ret = delete_made(r, made, s->head, err);
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
			ret = checkout_forget(r, dir, err);
	}
	free(dir);
	return ret;
}

/* Note that git commands of ours are at work, or are done. */
int merge_set_busy(struct repo *r, struct merge_state *s, int busy,
		   struct error *err)
{
	int handed = s->aside && s->moved;

	s->busy = busy;
	if (!busy)
		FREE_AND_NULL(s->advance);
	if (!busy && handed && autostash_tell_git(r, s->autostash, err) < 0)
		return -1;
	if (merge_state_write(s, r, err) < 0)
		return -1;
	/* Ours bring nothing back before the last hop. */
	return busy && handed ? autostash_hide(r, s->autostash, err) : 0;
}

/*
 * HEAD moves first, and what was in progress is cleared away then.  Killed in
 * between, the next commit would get a parent too many, and an old journal
 * be taken for that of the next move.
 */
int merge_end(struct repo *r, const struct merge_state *s, struct error *err)
{
	char *path = repo_path(r, "MERGE_HEAD"), *dir = merge_dir(r);
	int ret = 0;

	if (s->busy && (!file_exists(path) ||
			(s->commit && checkout_merges(r, s->commit))))
		ret = checkout_end_merge(r, err);
	if (!ret && checkout_interrupted(dir))
		ret = checkout_forget(r, dir, err);
	free(path);
	free(dir);
	return ret;
}

/* Of a path that git's own commands ended: what stays, what to type. */
static void hint_path(const struct merge_state *s, struct error *err)
{
	error_hint(err, "the hops before %s are committed and stay; go on "
		   "with", s->release);
	error_hint(err, "  git upgrade merge --path %s", merge_state_goal(s));
	error_hint(err, "or go back to before the first with");
	error_hint(err, "  git reset --keep %.12s", s->start);
}

int merge_nothing_to_do(struct repo *r, struct merge_state *s,
			struct error *err)
{
	const char *other = checkout_in_progress(r);
	enum autostash_end end = AUTOSTASH_NONE;

	if ((s ? merge_over(&end, r, s, err) : merge_keep_lost(r, err)) < 0 ||
	    (!s && merge_state_drop(r, err) < 0))
		return -1;
	error_set(err, ERROR_REFUSED, "no upgrade is in progress");
	if (s && !merge_state_is_first(s))
		hint_path(s, err);
	else if (other)
		error_hint(err, "a %s is; see \"git status\"", other);
	else
		error_hint(err, "begin one with \"git upgrade merge "
			   "RELEASE\"; see \"git upgrade list\"");
	merge_hint_aside(end, err);
	return -1;
}

int merge_going_back(struct error *err)
{
	error_set(err, ERROR_REFUSED, "an upgrade is half-way back to before "
		  "it began");
	return error_hint(err, "finish that with \"git upgrade merge "
			  "--abort\"");
}
