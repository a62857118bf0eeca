/*
 * gitattributes(5) of paths, as a commit has them.
 *
 * Counted are the .gitattributes of that commit, and the attributes of this
 * repository and its user; not those of the work tree.
 */
#ifndef GIT_ATTRIBUTE_H
#define GIT_ATTRIBUTE_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/* git's words for one that no line mentions. */
#define ATTRIBUTE_UNSPECIFIED "unspecified"

/*
 * `values` gets one for each of the names, up to NULL, of each path: "set",
 * "unset", "unspecified", or what it is set to.  `commit` may be a tree.
 */
int attributes_read(struct strvec *values, const struct repo *r,
		    const char *commit, const struct strvec *paths,
		    const char *const *names, struct error *err);

#endif
