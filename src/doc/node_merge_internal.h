/* What the parts of node_merge() share: node_merge.c is where it begins. */
#ifndef DOC_NODE_MERGE_INTERNAL_H
#define DOC_NODE_MERGE_INTERNAL_H

#include "doc/node_merge.h"

/* Entries of the same id in the three maps, or NULL; one of them is there. */
struct three {
	const struct entry *base, *ours, *theirs;
};

/* One of three pieces, lines of comments or whatever. */
struct piece pick_piece(struct piece base, struct piece ours,
			struct piece theirs);
struct piece merge_lines(struct node_merge *m, struct piece base,
			 struct piece ours, struct piece theirs);

/*
 * These are 0, or 1 when there is no result but a clash of what they were
 * asked about.
 */
int merge_node(struct node_merge *m, struct node **out,
	       const struct node *base, const struct node *ours,
	       const struct node *theirs);
int merge_entry(struct node_merge *m, struct entry *out, struct three e,
		int is_block);
/* By the ids of the entries.  All three have the same indentation. */
int merge_keyed(struct node_merge *m, struct node *out,
		const struct node *base, const struct node *ours,
		const struct node *theirs);
int merge_list(struct node_merge *m, struct node *out,
	       const struct node *base, const struct node *ours,
	       const struct node *theirs);

/*
 * Entries of lists (node_identity.c): of the same number are the same one,
 * whatever else changed in it.  A scalar is what it says, and a map who its
 * name says it is; what has no name is its text.  `known` is for all sides of
 * one list; free().  `n` may be NULL.
 */
size_t *identify(const struct node *n, struct strmap *known);
void add_identity(struct buf *out, const struct node *n);
/* Maps without a name that a side edited get the number they have in base. */
void identify_edited(const struct node *base, const size_t *base_ids,
		     const struct node *side, size_t *ids);

/*
 * How many of 1,000 entries two maps, or two lists, share, where one may be
 * what became of the other; 0 where it may not.
 */
size_t likeness(const struct node *was, const struct node *is);

/* Add an entry that is a clash, of runs that may be empty. */
void add_clash(struct node_merge *m, struct node *out, struct node_run base,
	       struct node_run ours, struct node_run theirs);

/* For what is said of entries below; give the result to path_leave(). */
size_t path_enter(struct node_merge *m, const struct entry *e);
void path_leave(struct node_merge *m, size_t len);
void note_ours(struct node_merge *m);
void note_theirs(struct node_merge *m);
/* Are the names in them in dispute?  `theirs` may be NULL. */
int are_disputed(const struct node_merge *m, const struct node *ours,
		 const struct node *theirs);

/* What was noted since is taken back. */
struct noted {
	size_t ours, theirs, conflicts;
};

struct noted noted_here(const struct node_merge *m);
void noted_forget(struct node_merge *m, struct noted since);

#endif
