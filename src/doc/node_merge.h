/*
 * Three trees of one text, merged by what they mean (doc/node.h).
 *
 * Maps are merged key by key: what one side changed, added or removed is so in
 * the result, in the order of the side that changed it.  Lists are merged like
 * sequences (doc/sequence.h), as order may matter.  An entry that is a map is
 * told by its name, or by what is left of it.  Only where a pattern says
 * that a list is a set, and where each entry is a KEY=VALUE of its own (or a
 * KEY that is passed on), by entry.  A scalar that both changed to different
 * things, a key that one removed and the other changed, and whatever cannot be
 * told, clashes: the smallest entry that stands on lines of its own is put
 * between markers.
 *
 * Several documents of a text are a list of them.
 *
 * Comments belong to the entry below them and are merged by lines; where both
 * sides changed the same ones, both are kept.
 *
 * The result is in our order, indentation and spelling; what is only theirs
 * is as they wrote it.
 */
#ifndef DOC_NODE_MERGE_H
#define DOC_NODE_MERGE_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"
#include "doc/node.h"

struct node_conflict {
	char *path;			/* "services.gui.image" */
	char *ours, *theirs;		/* in a few words; NULL: it is gone */
};

struct node_merge {
	struct pool *pool;
	/* Which lists are sets: "services.*.networks".  NULL: none. */
	const struct strvec *sets;
	/* Lines of a file, of which none need be left. */
	int is_lines;
	/*
	 * And these are patterns of which the order counts only where one
	 * begins with `!`: both sides' additions stay.
	 */
	int are_patterns;
	/*
	 * Names (&name) that the sides are at odds about: what gives or uses
	 * one on one side alone clashes.  NULL: none.
	 */
	const struct strmap *disputed;

	/* Where one side's change was taken, and the other changed nothing. */
	struct strvec ours, theirs;
	struct node_conflict *conflicts;
	size_t nr, alloc;

	struct buf path;
};

#define NODE_MERGE_INIT { .ours = STRVEC_INIT, .theirs = STRVEC_INIT, \
			  .path = BUF_INIT }

/*
 * `base` may be NULL: both sides added the text.  The result is a list of the
 * documents, each an entry with what precedes and follows it as lead and
 * trail, or a clash of some.  0, or 1 when only a conflict about all of it
 * would be left.
 */
int node_merge(struct node_merge *m, struct node **out,
	       const struct node_text *base, const struct node_text *ours,
	       const struct node_text *theirs);
void node_merge_release(struct node_merge *m);

#endif
