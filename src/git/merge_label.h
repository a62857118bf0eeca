/*
 * What a merge calls its sides, where these are commits without a name.
 *
 * `git merge-tree` writes down what it was given on its command line, and
 * what it was given has to be a commit: in conflict markers, in messages, and
 * in names of files that it had to put somewhere else.  Of a tree that was
 * made for the occasion that is the OID of a commit nobody knows.  As it stands
 * nowhere else, it can be replaced by a name afterwards.
 */
#ifndef GIT_MERGE_LABEL_H
#define GIT_MERGE_LABEL_H

#include <stddef.h>

#include "base/error.h"
#include "git/mergetree.h"
#include "git/repo.h"

struct merge_label {
	const char *commit;	/* its OID; NULL: it has a name already */
	const char *label;
	/* Abbreviated, behind the '|' of a marker: git calls it so itself. */
	int is_base;
};

/* In all that `m` has; writes blobs and trees. */
int merge_label_all(struct merge_result *m, struct repo *r,
		    const struct merge_label *labels, size_t nr,
		    struct error *err);

#endif
