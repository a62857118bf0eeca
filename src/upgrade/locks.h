/*
 * Lock files: what a package manager worked out from another file.  Two of
 * them cannot be merged, even where lines do not conflict: what comes out is
 * an answer to nobody's question.
 *
 * Where both sides changed one, the release's is taken.  The step that makes
 * it (the first that `produces` it and applies) then brings it up to date with
 * what was merged; where there is none, or its program is not here, it is a
 * conflict, which says what to run.
 */
#ifndef UPGRADE_LOCKS_H
#define UPGRADE_LOCKS_H

#include "base/error.h"
#include "git/mergetree.h"
#include "git/repo.h"
#include "git/tree.h"
#include "model/profile.h"

struct lock {
	char *path;
	char *step;			/* that makes it; NULL: none does */
	/* The step's program, which is not here; NULL: it is. */
	char *missing;
	char *command;			/* to run by hand; NULL: not known */
};

struct lock_list {
	struct lock *v;			/* sorted by path */
	size_t nr, alloc;
};

#define LOCK_LIST_INIT { NULL, 0, 0 }

struct locks_request {
	struct repo *repo;
	const struct profile *profile;
	const char *from, *release;	/* A and B, for messages */
	/* From A to either side. */
	const struct tree_diff *ours, *theirs;
};

/* Is it in conflict, as no step makes it here? */
int lock_is_open(const struct lock *l);

/* `m` gets a new tree, and other conflicts.  Writes trees, nothing else. */
int locks_take(struct lock_list *list, struct merge_result *m,
	       const struct locks_request *req, struct error *err);
void lock_list_release(struct lock_list *list);

#endif
