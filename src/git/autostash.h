/*
 * Changes that are not committed, put aside while the checkout moves.
 *
 * What is put aside is a commit as `git stash create` makes it: its tree is
 * what the tracked files hold, its first parent the commit they were changed
 * on, its second one the index.  A ref keeps it, and only that it is in the
 * files again, or in the list of `git stash`, makes the ref go.  Untracked
 * and ignored files stay where they are.
 *
 * While a merge of ours waits for its user, git knows of the changes, too:
 * in MERGE_AUTOSTASH (git-merge(1), --autostash), from where `git commit`,
 * `git merge --continue` and `--abort` bring them back, and `git reset
 * --hard` puts them into the list.
 *
 * `dir` is git/checkout.h's, locked; a move that was interrupted is to be
 * put back (checkout_restore()) before anything of this is called.
 */
#ifndef GIT_AUTOSTASH_H
#define GIT_AUTOSTASH_H

#include "base/error.h"
#include "git/repo.h"

/*
 * `*stash` gets the commit, kept by the ref; NULL: git finds no change it
 * could put aside.  Index and files stay as they are.  free()
 */
int autostash_create(char **stash, struct repo *r, struct error *err);
/*
 * Index and files become HEAD's, and lose nothing: -1 where a file has
 * changed since, or an untracked one is in the way.
 */
int autostash_put_aside(struct repo *r, const char *dir, const char *stash,
			struct error *err);

enum autostash_end {
	AUTOSTASH_NONE,			/* there was nothing put aside */
	AUTOSTASH_BACK,			/* index and files as they were */
	AUTOSTASH_UNSTAGED,		/* what was staged is in the files */
	AUTOSTASH_LISTED		/* `git stash pop` brings them */
};

/*
 * Merge the changes into HEAD, whatever that is now.  Where it is the commit
 * they were made on, index and files are what they were.  Where they do not
 * merge without a conflict, or something is in the way, they go to the list
 * of `git stash`, called `label`.  Doing it twice does it once.
 */
int autostash_bring_back(enum autostash_end *end, struct repo *r,
			 const char *dir, const char *stash,
			 const char *label, struct error *err);
/* 1: index and files hold the changes, as brought back; 0, -1. */
int autostash_is_back(struct repo *r, const char *stash, struct error *err);
/* Put it on the list of `git stash`, unless it is there. */
int autostash_list(struct repo *r, const char *stash, const char *label,
		   struct error *err);
/*
 * The ref goes, and MERGE_AUTOSTASH where it names this one; -1: git is still
 * told of it.
 */
int autostash_forget(struct repo *r, const char *stash, struct error *err);
/* Of a killed command: the commit the ref names, or NULL; free(). */
char *autostash_kept(struct repo *r);

/* Let git know of it, or no longer. */
int autostash_tell_git(const struct repo *r, const char *stash,
		       struct error *err);
int autostash_hide(const struct repo *r, const char *stash,
		   struct error *err);
/* git still knows of it. */
int autostash_is_told(const struct repo *r, const char *stash);

#endif
