/*
 * What the files behind flow/merge.h share; only they include it.
 *
 *	merge.c			one operation at a time, and which
 *	merge_begin.c		beginning an upgrade, and its hops in order
 *	merge_hop.c		one hop, up to its commit or its conflicts
 *	merge_strategy.c	the same on behalf of git merge
 *	merge_values.c		what migrations ask for, and their files
 *	merge_continue.c	going on with one
 *	merge_abort.c		going back
 *	merge_aside.c		changes put aside, and brought back
 *	merge_clear.c		what is left of one that is over or was killed
 *
 * All of it runs with the lock of merge_dir() held.
 */
#ifndef FLOW_MERGE_INTERNAL_H
#define FLOW_MERGE_INTERNAL_H

#include "base/buf.h"
#include "flow/merge.h"
#include "flow/merge_state.h"
#include "git/checkout.h"

int merge_begin_locked(struct merge_done *done,
		       const struct merge_request *req, struct error *err);
int merge_strategy_locked(struct merge_done *done,
			  const struct merge_request *req, struct error *err);
int merge_continue_locked(struct merge_done *done,
			  const struct merge_request *req, struct error *err);
int merge_abort_locked(struct repo *r, struct merge_undone *undone,
		       struct error *err);

/* No upgrade of ours may be in progress; a void state is cleared. */
int merge_check_idle(struct repo *r, struct error *err);
/* `branch` is what HEAD is on, or NULL. */
int merge_check_branch(const struct merge_request *req, const char *branch,
		       struct error *err);
/*
 * One hop, from a state that has not begun: its release, its branch, and for
 * a first one what the user said.  `req` gives the product and the callbacks.
 * On -1 the state file is what it was, or says how far it came.
 */
int merge_hop(struct merge_done *done, const struct merge_request *req,
	      struct merge_state *s, struct error *err);
/* The same for one that follows others: hints say that they stay. */
int merge_next_hop(struct merge_done *done, const struct merge_request *req,
		   struct merge_state *s, struct error *err);
/* While `done` is a commit and hops are left: the next. */
int merge_other_hops(struct merge_done *done, const struct merge_request *req,
		     struct error *err);

/*
 * Have all that the migrations use, from whoever may be asked; what is
 * answered goes to `s`.  `again` computes them anew.  ERROR_REFUSED where one
 * is missing.
 */
struct value_demand {
	const struct merge_request *req;
	struct merge_state *s;
	const struct migration_list *list;
	int (*again)(void *data, struct error *err);
	void *data;
};

int merge_demand_values(const struct value_demand *d, struct error *err);
/* The same of all hops of a path, as far as anybody can know. */
int merge_demand_path_values(const struct merge_request *req,
			     struct merge_state *s, struct error *err);
/* After conflicts: the tree with its migrations; free(). */
char *merge_migrate_tree(struct merge_done *done,
			 const struct merge_request *req,
			 struct merge_state *s, const char *tree,
			 struct error *err);
/* "Migrated: PATH (NAME)", a line each, as messages have it. */
void merge_add_migrated(struct buf *b, const struct migration_list *list);

/*
 * Steps, then the record: the tree a merge without conflicts ends with;
 * free().
 */
char *merge_finish_tree(struct merge_done *done, struct repo *r,
			const struct product *product, const char *tree,
			const char *from, const char *to,
			const struct buf *record,
			const struct reporter *reporter, struct error *err);
/* `tree` with the record in it; free() */
char *merge_add_record(struct repo *r, const char *tree,
		       const struct buf *record, struct error *err);
/* For merge_continue(), which writes it. */
int merge_keep_record(const struct repo *r, const struct buf *record,
		      struct error *err);
/* From not begun to begun. */
void merge_fill_state(struct merge_state *s, const struct plan *p);
/* It did not move, and is as it was, unless there is a journal. */
void merge_not_moved(struct repo *r, struct merge_state *s,
		     struct error *err);
/* The commit, after which the hop is over; refused, it goes on. */
int merge_commit_and_end(struct merge_done *done, struct repo *r,
			 struct merge_state *s, int edit, struct error *err);
/* What `done` tells of the state. */
void merge_fill_done(struct merge_done *done, const struct merge_state *s);

/*
 * Changes of the user's, while an upgrade is in progress.  `s` says that
 * there are some, and whether they are aside; a killed command may not have
 * come to write it down.
 */
/* To be called with `s` as it is to be written; it is. */
int merge_put_aside(struct merge_done *done, struct repo *r,
		    struct merge_state *s, struct error *err);
/* Correct `s` by what the files hold: nothing has moved, or is moving. */
int merge_settle(struct repo *r, struct merge_state *s, struct error *err);
/* Does it fall to us to bring them back, or has git? */
int merge_holds(const struct repo *r, const struct merge_state *s);
/*
 * Bring them back, if it falls to us; the state stays as it is.  -1 leaves
 * them aside.
 */
int merge_bring_back(enum autostash_end *end, struct repo *r,
		     struct merge_state *s, struct error *err);
/* The same, then forget the state: the upgrade is over. */
int merge_over(enum autostash_end *end, struct repo *r,
	       struct merge_state *s, struct error *err);
/* They are in the files, or in the list: nothing names them any more. */
int merge_forget_aside(struct repo *r, struct merge_state *s,
		       struct error *err);
/* What a command without state finds, and nobody would bring back. */
int merge_keep_lost(struct repo *r, struct error *err);
/* Where they are, for an error. */
void merge_hint_aside(enum autostash_end end, struct error *err);
/* What the request says of every hop, for a state that has not begun. */
void merge_state_take(struct merge_state *s, const struct merge_request *req);
/* A hop is over, and HEAD its commit; see merge_state_end(). */
int merge_end_hop(struct merge_done *done, struct repo *r,
		  struct merge_state *s, const char *head, struct error *err);

/* Note that git commands of ours are at work, or are done. */
int merge_set_busy(struct repo *r, struct merge_state *s, int busy,
		   struct error *err);
/* What a killed git of ours left, if there can be any. */
int merge_clear_after_kill(struct repo *r, const struct merge_state *s,
			   struct error *err);
/*
 * The rest of a merge that was killed between its commit and its end, or
 * whose end git could not bring about: it does not say so.
 */
int merge_end(struct repo *r, const struct merge_state *s, struct error *err);
/*
 * Undo making the branch of --branch, however far it came: back on the
 * branch before, the new one gone.
 */
int merge_drop_branch(struct repo *r, const struct merge_state *s,
		      struct error *err);
/*
 * -1: nothing is in progress.  What may be left of one is cleared; `s`, or
 * NULL, is the state it had.
 */
int merge_nothing_to_do(struct repo *r, struct merge_state *s,
			struct error *err);
/* -1: an abort has to be finished first. */
int merge_going_back(struct error *err);

#endif
