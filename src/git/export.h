/*
 * The files of a commit in a folder that is no work tree of anything, and a
 * small repository in there for whoever asks git.
 */
#ifndef GIT_EXPORT_H
#define GIT_EXPORT_H

#include "base/buf.h"
#include "base/error.h"
#include "git/repo.h"

/*
 * The exact tree of `commit` into `dir`, which is empty, filters applied;
 * `index`, a file that is not there yet, is of it afterwards.  A filter may
 * hang: after `seconds` it is given up, and all that runs is killed.
 */
int export_tree(const struct repo *r, const char *commit, const char *dir,
		const char *index, long seconds, struct error *err);
/*
 * A small repository in that folder, for products that ask git who they are:
 * objects borrowed from `r`, HEAD detached at the commit, the refs that
 * `refs` tells `git update-ref --stdin` to make (and no other), `index` moved
 * in.  A linked work tree would do as well but leave its books in `r`; this
 * one goes with the folder.
 */
int export_metadata(const struct repo *r, const char *commit, const char *dir,
		    const char *index, const struct buf *refs,
		    struct error *err);

#endif
