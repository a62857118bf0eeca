/*
 * What the files behind git/checkout.h share; they and autostash.c, which
 * moves the checkout as well, include it.
 *
 *	checkout.c		applying a move, and advancing one
 *	checkout_obstacles.c	what stands in the way of one
 *	checkout_filters.c	filters that would fail half-way
 *	checkout_lock.c		locks, and what the dead leave behind
 *	checkout_index.c	our copy of the index, and git's with its lock
 *	checkout_swift.c	the swift way from a commit to another tree
 *	checkout_restore.c	putting back what was interrupted
 *
 * A `struct apply` owns its names and the environment of `with_index`; the
 * repository and the move are borrowed.
 */
#ifndef GIT_CHECKOUT_INTERNAL_H
#define GIT_CHECKOUT_INTERNAL_H

#include "base/error.h"
#include "base/vec.h"
#include "git/checkout.h"
#include "git/ref_mover.h"
#include "git/repo.h"

/* Keeps the tree of the operation from `git gc`; per work tree. */
#define KEEP_REF "refs/worktree/upgrade/tree"
/* And this one changes that were put aside; git/autostash.h. */
#define AUTOSTASH_REF "refs/worktree/upgrade/autostash"

/* What an apply works with. */
struct apply {
	struct repo *r;
	struct repo with_index;		/* the same, on our index */
	const struct checkout_move *m;
	char *journal, *index, *index_lock, *old, *mylock;
	char *real, *real_lock;		/* git's index and its lock */
	int is_retaken;			/* not the one checkout_changes() saw */
	struct ref_mover refs;
};

/* The commit or tree whose files it begins with. */
static inline const char *move_from(const struct checkout_move *m)
{
	return m->from ? m->from : m->head;
}

/* Only names; nothing is written.  Release it also after -1. */
int apply_init(struct apply *a, struct repo *r, const char *dir,
	       const struct checkout_move *m, struct error *err);
void apply_release(struct apply *a);

/* Take index.lock by a link to a file of ours: the inode proves whose. */
int apply_take_lock(struct apply *a, struct error *err);
int apply_owns_lock(const struct apply *a);
int apply_unlock(const struct apply *a, struct error *err);
/* Our index becomes git's: to disk, renamed.  The lock stays. */
int apply_install(struct apply *a, struct error *err);
/*
 * Make `index` and `index.old` of git's index, refreshed, unless
 * checkout_changes() did and it has not changed since.
 */
int apply_take_index(struct apply *a, struct error *err);
/* Is `index.old` still what git's index is? */
int apply_index_is_current(const struct apply *a);

/*
 * Set up a git that brings files and index to the tree of the move faster
 * than read-tree, and refuses what read-tree does, in its words.  What is
 * returned is a folder that is to be removed when it has run; free().  NULL
 * where that cannot be.
 */
char *apply_swiftly(const struct apply *a, struct proc *p);

/* Refuse with the names of files a move would overwrite. */
int refuse_obstacles(const struct strvec *paths, struct error *err);
/*
 * What read-tree refused to overwrite: it checks all before it touches the
 * first.  Nothing is added when it failed in another way.
 */
void parse_obstacles(struct strvec *paths, const char *said);

/*
 * Remove what a move wrote at a path, and folders that it was alone in.  Of a
 * submodule only an empty folder goes.
 */
int remove_moved(const struct repo *r, const char *path, struct error *err);
/*
 * git only warns of a file that it cannot remove, and no longer tracks it.
 * Try again with what it has `said` so of, untranslated.
 */
int remove_leftovers(const struct repo *r, const char *said,
		     struct error *err);

/*
 * git replaces an index, and never writes into one; so another name for the
 * same file is a copy.  Where there are no links it is one that keeps the
 * time: what is not older than its index git compares by content, because a
 * change within the same second may not show.
 */
int index_copy(const char *from, const char *to, struct error *err);
/* Else files that were merely touched look changed to read-tree. */
void index_refresh(struct repo *r, struct error *err);
/* Add the paths a sparse checkout leaves out of the work tree. */
int index_skipped(struct strmap *skipped, struct repo *r, struct error *err);
/* The same repository, on another index file; repo_derived_release(). */
struct repo repo_on_index(const struct repo *r, const char *index);

#endif
