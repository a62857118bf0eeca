/*
 * Histories that end early: shallow clones, as CI makes them.
 *
 * git shows a commit at the edge of one as if it had no parents, so what is
 * asked of history is answered wrongly there, without a word. Who needs the
 * answer asks shallow_cuts() before, and shallow_deepen() for more.
 */
#ifndef GIT_SHALLOW_H
#define GIT_SHALLOW_H

#include "base/error.h"
#include "git/repo.h"

/*
 * 1 when history is cut off somewhere in `commit` and its ancestors, those of
 * `without` (NULL: none) left out; 0 when it is all here; -1.  At once where
 * the repository is not shallow.
 */
int shallow_cuts(struct repo *r, const char *commit, const char *without,
		 struct error *err);
/* The same of this one commit: are its parents missing? */
int shallow_edge(struct repo *r, const char *commit, struct error *err);
/*
 * Fetch so many commits more of what `ref` (a full name, or an OID) is at
 * `remote`; 0: all there are.
 */
int shallow_deepen(struct repo *r, const char *remote, const char *ref,
		   unsigned commits, struct error *err);

#endif
