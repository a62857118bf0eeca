/*
 * What becomes of comments when three versions of a text are merged by their
 * structure: each has to be there that a side added, or that both kept, and
 * none more often than that.
 *
 * They are told by their words, wherever they stand.
 *
 * A comment is read as part of the entry below it.  Which one that is, changes
 * without it: where somebody switches on what was commented out, adds a key
 * below a comment, or moves the key that was there.  When either side did so,
 * each in its way, merging by entries gives it to both, or gives back to one
 * what the other took out.  So:
 *
 *	- A comment that went along with its key is there.
 *	- Of one that stayed, between the same keys, while others came to stand
 *	  below it, the first is left; or none, where one side removed it.  So
 *	  it is where both moved it to the same place.
 *	- One that went elsewhere without its key may be about something else
 *	  now.  It is left alone, and so is what stands in a conflict.
 */
#ifndef DOC_RESOLVE_COMMENTS_H
#define DOC_RESOLVE_COMMENTS_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"
#include "doc/node.h"

enum comments_of {
	COMMENTS_BASE,
	COMMENTS_OURS,
	COMMENTS_THEIRS,
	COMMENTS_RESULT,
	COMMENTS_VERSIONS
};

struct comments {
	struct pool pool;
	struct strmap tallies;
};

#define COMMENTS_INIT { POOL_INIT, STRMAP_INIT }

/* Those of a version that was read. */
void comments_note(struct comments *c, enum comments_of version,
		   const struct node_text *t);
/* And those of the result, a list of documents as of node_merge(). */
void comments_note_result(struct comments *c, const struct node *documents);
/*
 * The result with none that is there again; `texts` are what was read, of the
 * base, ours and theirs.  Gives it back as it was where none is.  The parts
 * that differ are of `pool`.
 */
struct node *comments_once(struct comments *c, struct pool *pool,
			   struct node *documents, const struct buf *texts);
/* One that is not in the result, and ought to be; or NULL. */
const char *comments_lost(const struct comments *c);
void comments_release(struct comments *c);

#endif
