/*
 * The upgrade itself: begin, continue, abort.
 *
 * Everything is computed first (flow/plan.h), steps run in a scratch tree;
 * then the checkout moves once, forward into a commit or into one ordinary
 * merge conflict.  What is in progress stands in `$GIT_DIR/upgrade/state`
 * (one fact a line, written by lock, fsync and rename), so that after a kill
 * at any instant merge_continue() gives the tree an undisturbed run gives,
 * or merge_abort() the state before.
 *
 * With `path` it is a whole upgrade for each hop on the way, one after the
 * other.  The moment a hop is committed the state is that of the next one,
 * not begun; merge_abort() goes back to before the first.  `git merge
 * --abort` takes back the hop at hand and leaves the others.
 *
 *	format 1
 *	head OID		commit this hop begins at
 *	branch NAME		branch the upgrade is on
 *	created PREVIOUS	--branch made it; PREVIOUS was checked out
 *	release NAME		B, as named
 *	from NAME		--from, when given
 *	base VERSION		A
 *	commit OID		B's commit; absent until the hop is computed
 *	start OID		of a path: the commit its first hop began at
 *	hop NAME		of a path: a hop after this one, any number
 *	autostash OID		the user's changes (git/autostash.h)
 *	aside			they are not in the files
 *	ended			the upgrade is done, they are to come back
 *	back			an abort is under way, and has to be finished
 *	confirm ENTRY		--confirm-copy, any number
 *	lines			--no-structure
 *	value NAME=TEXT		--set, and what was answered; quoted as paths
 *				are, any number.  With one the file is its
 *				owner's alone
 *	conflict PATH		quoted as git quotes paths, any number
 *	clean			there were no conflicts
 *	moved			the checkout has moved
 *	advance TREE		with busy: files may be those of TREE, while
 *				the index is not yet
 *	busy			git commands of ours are at work: killed now,
 *				the locks they leave are stale
 */
#ifndef FLOW_MERGE_H
#define FLOW_MERGE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "flow/plan.h"
#include "git/autostash.h"
#include "git/repo.h"
#include "model/product.h"
#include "upgrade/steps.h"

struct merge_done;

struct merge_request {
	struct repo *repo;
	const struct product *product;
	const char *release;
	const char *from;		/* or NULL */
	const char *new_branch;		/* or NULL */
	const struct strvec *confirmed;	/* or NULL */
	int path;			/* all hops to it, a commit each */
	int autostash;			/* put changes aside, do not refuse */
	int lines_only;			/* as of struct plan_request */
	const struct strvec *values;	/* the same; also to continue */
	int edit;			/* open the editor for the message */
	const struct reporter *reporter;
	/* Called once a plan is there; -1 stops with nothing changed. */
	int (*planned)(void *data, const struct plan *p, struct error *err);
	/*
	 * Called for each value that a migration uses and nobody gave, before
	 * anything moves: 1 with `*text` to free(), 0 when there is nobody to
	 * ask, -1.  Without an answer what `v` has is taken.
	 */
	int (*ask)(void *data, const struct migrated *m,
		   const struct migrated_value *v, char **text,
		   struct error *err);
	/* Called when a hop is done and there is another. */
	void (*hop_done)(void *data, const struct merge_done *done);
	void *data;
};

/* What the last hop came to. */
struct merge_done {
	struct product product;		/* the plan's, from the second hop on */
	struct plan plan;		/* empty after merge_continue() */
	struct migration_list migrations;	/* of that; else `plan`'s */
	struct steps_result steps;
	char *commit;			/* NULL: conflicts are left */
	char *branch;
	char *release;
	struct strvec conflicts;
	struct strvec settled;		/* that were, when it goes on */
	char *goal;			/* of a path: where it leads, or NULL */
	char *start;			/* of a path: where it began */
	size_t left;			/* hops after this one */
	int aside;			/* changes are put aside still */
	/* Of a strategy: what git has not done when it has committed. */
	int more;
	int for_git;			/* the same: git is to commit */
	enum autostash_end autostash;	/* what became of them */
};

#define MERGE_DONE_INIT { .product = PRODUCT_INIT, .plan = PLAN_INIT, \
			  .migrations = MIGRATION_LIST_INIT, \
			  .steps = STEPS_RESULT_INIT, \
			  .conflicts = STRVEC_INIT, .settled = STRVEC_INIT }

/*
 * -1 in the middle of a path has err->changed set: the hops before stay, and
 * merge_continue() tries this one again.
 */
int merge_begin(struct merge_done *done, const struct merge_request *req,
		struct error *err);
/* Of `req`: repo, product, edit, values and the callbacks. */
int merge_continue(struct merge_done *done, const struct merge_request *req,
		   struct error *err);

/*
 * The same for git, which called us as its merge strategy (git-merge(1), -s):
 * index and files become the merge's, and HEAD stays where it is.
 *
 * With `for_git` all is done, the record included, and what is left to do is
 * the commit.  Otherwise there are conflicts or steps: when git is told of
 * conflicts it leaves a merge in progress, which merge_continue() finishes.
 * The record is in the files where no steps are due, so that who resolves
 * conflicts may as well commit; else that commit reads as unfinished.
 *
 * Of `req`: all but path, autostash, new_branch and edit.
 */
int merge_strategy(struct merge_done *done, const struct merge_request *req,
		   struct error *err);
/*
 * The release that git is to merge: what is on that commit.  `called` is what
 * the user typed.  NULL with an error.
 */
const char *strategy_release(const struct product *product,
			     const char *commit, const char *called,
			     struct error *err);

/* Where one is again. */
struct merge_undone {
	char *branch;
	enum autostash_end autostash;	/* what became of changes put aside */
};

#define MERGE_UNDONE_INIT { NULL, AUTOSTASH_NONE }

int merge_abort(struct repo *r, struct merge_undone *undone,
		struct error *err);
void merge_undone_release(struct merge_undone *undone);
void merge_done_release(struct merge_done *done);

/* What is in progress, for everyone who shows where one stands. */
struct merge_state {
	char *head, *branch, *created, *release, *from, *base, *commit;
	char *start, *advance, *autostash;
	struct strvec confirmed, conflicts, hops, values;
	int clean, moved, busy, back, aside, ended, lines_only;
};

#define MERGE_STATE_INIT { .confirmed = STRVEC_INIT, \
			   .conflicts = STRVEC_INIT, .hops = STRVEC_INIT, \
			   .values = STRVEC_INIT }

/*
 * 1 an upgrade is in progress, 0 none is, -1 error.  A state that git's own
 * commands have made void (`git merge --abort`, `git commit`) counts as none.
 */
int merge_state_read(struct merge_state *s, struct repo *r,
		     struct error *err);
/* 1, and who it is, while a command is at work on it; see holder_lives(). */
int merge_holder(struct buf *who, const struct repo *r);
/* It was killed, or interrupted, before or while the checkout moved. */
int merge_state_is_cut(const struct merge_state *s, struct repo *r);
/* Of the conflicts those that are not resolved and added, in order. */
int merge_unmerged(struct strvec *paths, const struct repo *r,
		   struct error *err);
void merge_state_release(struct merge_state *s);

#endif
