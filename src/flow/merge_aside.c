#include "flow/merge_internal.h"

#include "base/mem.h"
#include "git/checkout.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/*
 * The ref goes while the state says that git commands of ours are at work,
 * and no longer that there is something to bring back.
 */
int merge_forget_aside(struct repo *r, struct merge_state *s,
		       struct error *err)
{
	char *kept = s->autostash ? s->autostash : autostash_kept(r);
	int busy = s->busy, ret;

	s->autostash = NULL;
	s->aside = 0;
	if (!kept)
		return 0;
	s->busy = 1;
	if (merge_state_write(s, r, err) < 0) {
		free(kept);
		return -1;
	}
	ret = autostash_forget(r, kept, err);
	s->busy = busy;
	free(kept);
	return ret;
}

/* What merge_put_aside() was refused, or began and put back. */
static void not_aside(struct repo *r, struct merge_state *s)
{
	struct error ignored = ERROR_INIT;

	if (!merge_forget_aside(r, s, &ignored))
		merge_state_unbegin(s, r, &ignored);
	error_release(&ignored);
}

int merge_put_aside(struct merge_done *done, struct repo *r,
		    struct merge_state *s, struct error *err)
{
	char *dir = merge_dir(r);
	int ret = -1;

	if (autostash_create(&s->autostash, r, err) < 0) {
		error_hint(err, "a file that is only announced with \"git add "
			   "-N\" cannot be put aside: add it whole");
		goto out;
	}
	if (!s->autostash) {
		error_set(err, ERROR_REFUSED, "there are changes that git "
			  "cannot put aside");
		error_hint(err, "commit them; \"git status\" shows them");
		goto out;
	}
	if (merge_state_write(s, r, err) < 0 ||
	    autostash_put_aside(r, dir, s->autostash, err) < 0) {
		if (!checkout_interrupted(dir))
			not_aside(r, s);
		goto out;
	}
	s->aside = 1;
	done->aside = 1;
	ret = 0;
out:
	free(dir);
	return ret;
}

int merge_settle(struct repo *r, struct merge_state *s, struct error *err)
{
	char *dir;
	int changes;

	if (!s->autostash)
		return 0;
	dir = merge_dir(r);
	changes = checkout_is_changed(r, dir, err);
	free(dir);
	if (changes < 0)
		return -1;
	if (!s->aside) {
		/* There were some, or there would be no name for them. */
		s->aside = !changes;
	} else if (changes) {
		int back = autostash_is_back(r, s->autostash, err);

		if (back < 0)
			return -1;
		s->aside = !back;
	}
	return 0;
}

/*
 * While a merge waits for its user git has them as well, and who no longer
 * finds them there knows that they were brought back, or listed.
 */
int merge_holds(const struct repo *r, const struct merge_state *s)
{
	int told = s->moved && !s->busy && !s->ended;

	return s->aside && (!told || autostash_is_told(r, s->autostash));
}

static char *stash_label(const struct merge_state *s)
{
	return xstrfmt("changes from before the upgrade to %s",
		       merge_state_goal(s));
}

/* The user has gone to another commit: there they are not wanted. */
static int is_elsewhere(struct repo *r, const struct merge_state *s)
{
	char *head = head_commit(r);
	int same = head && !strcmp(head, s->head);

	free(head);
	return s->ended ? !same : merge_phase(s, r) == PHASE_LEFT;
}

/* A killed move first, as the next one would not know it. */
static int put_move_back(struct repo *r, const char *dir, struct error *err)
{
	return checkout_interrupted(dir) ? checkout_restore(r, dir, err) : 0;
}

int merge_bring_back(enum autostash_end *end, struct repo *r,
		     struct merge_state *s, struct error *err)
{
	char *dir = merge_dir(r), *label = stash_label(s);
	int ret = 0;

	*end = AUTOSTASH_NONE;
	if (!merge_holds(r, s))
		goto out;
	ret = autostash_hide(r, s->autostash, err);
	if (!ret)
		ret = put_move_back(r, dir, err);
	if (!ret && is_elsewhere(r, s)) {
		*end = AUTOSTASH_LISTED;
		ret = autostash_list(r, s->autostash, label, err);
	} else if (!ret) {
		ret = autostash_bring_back(end, r, dir, s->autostash, label,
					   err);
	}
	if (ret < 0) {
		err->changed = 1;
		error_hint(err, "the changes you had are put aside still; "
			   "\"git stash apply %.12s\" brings them, too",
			   s->autostash);
	}
out:
	free(dir);
	free(label);
	return ret;
}

int merge_over(enum autostash_end *end, struct repo *r, struct merge_state *s,
	       struct error *err)
{
	if (merge_bring_back(end, r, s, err) < 0 ||
	    merge_forget_aside(r, s, err) < 0)
		return -1;
	return merge_state_drop(r, err);
}

int merge_keep_lost(struct repo *r, struct error *err)
{
	char *stash = autostash_kept(r);
	int ret = stash ? autostash_is_back(r, stash, err) : 1;

	if (!ret)
		ret = autostash_list(r, stash, "changes that git upgrade had "
				     "put aside", err);
	if (ret >= 0 && stash)
		ret = autostash_forget(r, stash, err);
	free(stash);
	return ret < 0 ? -1 : 0;
}

void merge_hint_aside(enum autostash_end end, struct error *err)
{
	switch (end) {
	case AUTOSTASH_NONE:
		break;
	case AUTOSTASH_BACK:
	case AUTOSTASH_UNSTAGED:
		error_hint(err, "the changes you had are back");
		break;
	case AUTOSTASH_LISTED:
		error_hint(err, "the changes you had are in the stash: \"git "
			   "stash pop\" brings them back");
		break;
	}
}

int merge_end_hop(struct merge_done *done, struct repo *r,
		  struct merge_state *s, const char *head, struct error *err)
{
	int ret;

	/* git does not tell where it could not end the merge it committed. */
	ret = merge_end(r, s, err);
	if (!ret)
		ret = merge_state_end(s, r, head, err);
	if (!ret && s->ended)
		ret = merge_over(&done->autostash, r, s, err);
	if (ret < 0) {
		err->changed = 1;
		error_hint(err, "the upgrade to %s is committed; finish it "
			   "with \"git upgrade merge --continue\"",
			   done->release);
	}
	return ret;
}
