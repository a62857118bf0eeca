/*
 * The state file of an upgrade in progress, and what git says of it: for
 * the files of the merge flow.  Everyone else uses merge_state_read().
 */
#ifndef FLOW_MERGE_STATE_H
#define FLOW_MERGE_STATE_H

#include "flow/merge.h"

enum merge_phase {
	PHASE_PREPARED,		/* killed before the checkout moved */
	PHASE_INTERRUPTED,	/* killed while it moved */
	PHASE_MERGING,		/* an ordinary merge in progress, of B */
	PHASE_ENDED,		/* done, but for changes put aside */
	/* From here on it is no longer in progress. */
	PHASE_TAKEN_BACK,	/* by `git merge --abort` and the like */
	PHASE_LEFT,		/* HEAD is elsewhere */
	PHASE_COMMITTED		/* HEAD contains where it began, and B */
};

/* $GIT_DIR/upgrade; free() */
char *merge_dir(const struct repo *r);
int merge_state_write(const struct merge_state *s, const struct repo *r,
		      struct error *err);
/* The file as it is: 1, 0 there is none, -1. */
int merge_state_load(struct merge_state *s, struct repo *r,
		     struct error *err);
/* What such a file holds: 0, or -1 when it does not read. */
int merge_state_parse(struct merge_state *s, const struct buf *text);
/* The upgrade is over, one way or the other. */
void merge_state_drop(struct repo *r);
/*
 * A hop is over, and HEAD its commit: `s` and the file become those of the
 * next hop, which has not begun; after the last one the upgrade is over, or,
 * while changes are put aside, has ended.
 */
int merge_state_end(struct merge_state *s, struct repo *r, const char *head,
		    struct error *err);
/*
 * The hop was put back: of the first nothing remains but changes that are
 * put aside, else the others.
 */
int merge_state_unbegin(struct merge_state *s, struct repo *r,
			struct error *err);
/* No hop has been committed before this one. */
int merge_state_is_first(const struct merge_state *s);
/* The release the last hop leads to. */
const char *merge_state_goal(const struct merge_state *s);
enum merge_phase merge_phase(const struct merge_state *s, struct repo *r);

#endif
