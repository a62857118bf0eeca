/*
 * Moving the checkout, once, from HEAD to a tree that is ready.
 *
 * checkout_apply() leaves exactly what `git merge --no-commit` leaves: the
 * files, an index with the stages of each conflict, MERGE_HEAD, MERGE_MSG,
 * ORIG_HEAD, AUTO_MERGE and rerere's records.  From there every command of
 * git works, and `git merge --abort` undoes it.
 *
 * With a commit that was made already it leaves none of these: HEAD moves to
 * the commit, and there is nothing in progress.
 *
 * It works on an index of its own and holds the real one's lock meanwhile,
 * with a journal in `dir`, so that a process killed at any instant leaves
 * either nothing done, or all, or a journal from which checkout_restore()
 * puts everything back.  `dir` is the caller's folder for what is in
 * progress; files used in it: journal, index, index.old, mylock, lock.
 *
 * Calling sequence:
 *
 *	checkout_lock(&lock, dir)	one operation at a time
 *	checkout_look()			begins to look at all files
 *	checkout_changes()		what is not committed
 *	checkout_obstacles()		nothing may be in the way
 *	checkout_try_filters()		nor may git fail half-way
 *	checkout_apply()		or -1: everything is as it was
 *	checkout_unlock(&lock)
 */
#ifndef GIT_CHECKOUT_H
#define GIT_CHECKOUT_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "git/mergetree.h"
#include "git/repo.h"

struct checkout_move {
	const char *head;		/* commit we are on */
	const char *tree;		/* to move to; with markers */
	/*
	 * What the tracked files hold now, where changes of theirs are part of
	 * the move; NULL: what is in `head`.
	 */
	const char *from;
	const char *index;		/* tree it is to hold; NULL: `tree` */
	const struct merge_stage *stages; /* of the conflicts */
	size_t nr_stages;
	int conflicts;			/* there are, perhaps without stages */
	const char *merge_head;		/* other parent; NULL: none */
	const char *message;		/* MERGE_MSG; NULL: files alone move */
	/*
	 * The commit of `tree` that HEAD is to end on, and what its reflog
	 * says; NULL: a merge in progress is left.
	 */
	const char *commit, *reflog;
	/* checkout_changes() found nothing: the index holds what HEAD does. */
	int is_clean;
};

/*
 * An exclusive lock on `dir`, kept by the git processes we start even when
 * we are killed.  -1 with who it is that is at work here.  What a
 * killed one left in `dir` without need is swept away; `command` is what
 * others are told that we do.
 */
int checkout_lock(int *fd, struct repo *r, const char *dir,
		  const char *command, struct error *err);
void checkout_unlock(int *fd, const char *dir);

/*
 * What is staged or changed in tracked files, as `git status --porcelain -z`
 * says it.  The index that is refreshed for it is kept in `dir`: looking at
 * all files once is enough for checkout_apply(), too.
 *
 * That takes its time, so it may begin before, while there is something else
 * to do; then checkout_changes() waits for it to end.  Whoever does not want
 * the answer any more ends it, which waits as well: no program of ours is
 * left behind.
 */
struct checkout_look {
	struct proc git;
};

#define CHECKOUT_LOOK_INIT { PROC_INIT }

void checkout_look(struct checkout_look *l, struct repo *r, const char *dir);
int checkout_changes(struct checkout_look *l, struct buf *out,
		     struct repo *r, const char *dir, struct error *err);
void checkout_look_end(struct checkout_look *l);
/* 1: there is something of that, 0, -1. */
int checkout_is_changed(struct repo *r, const char *dir, struct error *err);
/*
 * Refuse, naming them, when files stand in the way of the move that it would
 * overwrite without a word: ignored ones, and untracked ones as well.
 */
int checkout_obstacles(struct repo *r, const struct checkout_move *m,
		       struct error *err);
/*
 * Run every file that is to be written through its filter (clean/smudge, LFS
 * and the like; gitattributes(5)).  One that fails, which git finds out when
 * the checkout has moved half, is refused; so is one that is not required,
 * where git would write the raw content and say nothing with its exit code.
 */
int checkout_try_filters(struct repo *r, const struct checkout_move *m,
			 struct error *err);
/*
 * Refuses local changes in files it touches, too, before it touches any.
 * After -1 everything is as it was, or err->changed is set: then there is a
 * journal still, and checkout_restore() is to be tried again.
 */
int checkout_apply(struct repo *r, const char *dir,
		   const struct checkout_move *m, struct error *err);
/*
 * Of a journal, "head OID", "tree OID" and mostly "commit OID", a line each:
 * -1 when it does not read.  The move borrows from `lines`.
 */
int checkout_journal_parse(struct checkout_move *m, struct strvec *lines,
			   const struct buf *text);
/* Is there a journal of an apply that did not finish? */
int checkout_interrupted(const char *dir);
/*
 * Is what the journal says no longer true?  HEAD has moved on: to the commit
 * of the move, or because somebody cleared the interrupted apply away by
 * hand, our index.lock with it.
 */
int checkout_superseded(struct repo *r, const char *dir);
/*
 * Forget an apply that is superseded, or that never began.  -1: its journal
 * or its index.lock is there still, and it is one that was interrupted.
 */
int checkout_forget(struct repo *r, const char *dir, struct error *err);
/*
 * Remove the locks that a killed git of ours left on refs, `branch` among
 * them, and the index.  Only for who knows, from a note made before, that
 * git commands of ours were at work: a lock that is only slow gets a second
 * to go away, and while another git runs in this repository it is refused
 * to touch one.  The index.lock of an interrupted apply is
 * checkout_restore()'s.
 */
int checkout_break_locks(const struct repo *r, const char *dir,
			 const char *branch, struct error *err);
/*
 * Put back what an interrupted apply touched.  Files that hold neither the
 * old nor the new content (somebody edited them since) are not overwritten:
 * -1, and the error names them.
 */
int checkout_restore(struct repo *r, const char *dir, struct error *err);

/*
 * With everything resolved in the index: move index and work tree to `tree`
 * (the index's tree plus a few files), keeping the merge in progress.
 */
int checkout_advance(struct repo *r, const char *tree, struct error *err);
/*
 * An advance to `tree` that was killed may have written files, but no index:
 * they become the index's again.  Edits are kept as by checkout_restore().
 */
int checkout_undo_advance(struct repo *r, const char *tree,
			  struct error *err);
/*
 * `git merge --abort`.  After -1 `*refused` tells whether git refused it for
 * edits that would be lost, and touched nothing; otherwise it may have stopped
 * in the middle.
 */
int checkout_abort_merge(const struct repo *r, int *refused,
			 struct error *err);
/*
 * Remove the files that make a merge one in progress, and their locks; what
 * git's own commands do when they end one, but they do not look whether it
 * worked.
 */
int checkout_end_merge(const struct repo *r, struct error *err);

/* Does MERGE_HEAD, MERGE_AUTOSTASH or the like hold this one commit? */
int checkout_names(const struct repo *r, const char *name,
		   const char *commit);
/*
 * Is it this commit that a merge in progress merges?  MERGE_HEAD may name a
 * tag of it.
 */
int checkout_merges(struct repo *r, const char *commit);
/* The name of an operation of git's that is in progress, or NULL. */
const char *checkout_in_progress(const struct repo *r);

#endif
