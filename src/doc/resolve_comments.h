/*
 * What becomes of comments when three versions of a text are merged by their
 * structure: each has to be there that a side added, or that both kept.
 *
 * They are told by their words, wherever they stand.
 */
#ifndef DOC_RESOLVE_COMMENTS_H
#define DOC_RESOLVE_COMMENTS_H

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
/* One that is not in the result, and ought to be; or NULL. */
const char *comments_lost(const struct comments *c);
void comments_release(struct comments *c);

#endif
