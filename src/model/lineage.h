/*
 * What is left in a commit of all that its history has.
 *
 * An environment's branch only goes forward.  What a promotion took the place
 * of, and what was gone back from, stays in its history and is in its files no
 * more.  So the line is followed along first parents: at a promotion it goes
 * on at what was promoted, at a rollback at what that went back to, and what
 * lies between is left out.
 */
#ifndef MODEL_LINEAGE_H
#define MODEL_LINEAGE_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/* The commits of `tip` but for those of `without` (NULL: all of them). */
struct stretch {
	char *tip, *without;
};

struct lineage {
	struct stretch *v;		/* newest first; the last has all */
	size_t nr, alloc;
	/*
	 * The commits that were promoted to it: to this branch, then to the
	 * one that was from, and so on.
	 */
	struct strvec promoted;
};

#define LINEAGE_INIT { NULL, 0, 0, STRVEC_INIT }

int lineage_read(struct lineage *l, struct repo *r, const char *commit,
		 struct error *err);
/* The tip of the last stretch: where all that is left comes from. */
const char *lineage_end(const struct lineage *l);
void lineage_release(struct lineage *l);

#endif
