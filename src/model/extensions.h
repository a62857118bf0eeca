/*
 * Work on extensions among what a commit would bring to an environment.
 *
 * The environment's configuration says how it is told (`extensions`):
 *
 *	by branch	a merge whose message names one, and the commits of
 *			one that is a branch here
 *	by trailer	a commit whose message has such a line, whole or in
 *			what a squash or an indented list made of it
 *	by path		a file that is new or another one there, and is not
 *			as upstream has it in the release, or as the
 *			upgrade merged that with ours
 *
 * What is only in the history, as it was gone back from (model/lineage.h),
 * reverted, or taken out so that no file of it is left, is not brought.  Of
 * paths the trees are compared, so that it does not matter how they came to be
 * as they are.
 */
#ifndef MODEL_EXTENSIONS_H
#define MODEL_EXTENSIONS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"

enum extension_rule {
	EXTENSION_BRANCH,
	EXTENSION_TRAILER,
	EXTENSION_PATH
};

/* One commit, or one path, by one rule. */
struct extension {
	enum extension_rule rule;
	char *name;		/* of the branch; the key; the pattern */
	char *what;		/* the commit, or the path */
};

struct extension_list {
	struct extension *v;
	size_t nr, alloc;
	/*
	 * The commits that brought it, merges mostly, of the lines that are
	 * merged into; the newest first, for "git revert".  Not those that
	 * brought an upgrade as well.
	 */
	struct strvec bringers;
	/* The clone is shallow, and what comes is not all here. */
	int is_cut;
};

#define EXTENSION_LIST_INIT { NULL, 0, 0, STRVEC_INIT, 0 }

struct extension_question {
	const struct environment *env;
	const struct strvec *has;	/* commits: what is there already */
	const char *upstream;		/* the release's commit; NULL: - */
	/* Those of others before it, which may have come on the way. */
	const struct strvec *releases;
	int any;			/* only whether there is any */
};

int extensions_find(struct extension_list *list, struct repo *r,
		    const struct extension_question *q, const char *commit,
		    struct error *err);
/* "branch ext/shop (1234567 and 2 more), path app/code/ (app/code/x)" */
void extensions_add(struct buf *out, const struct extension_list *list);
void extension_list_release(struct extension_list *list);

/* Of a message: the line of that trailer.  Points into it; NULL: none. */
const char *extension_trailer(const char *message, const char *key);
/*
 * The names that the message of a merge gives to what was merged, as git and
 * services write it.
 */
void extension_merged(const char *message, struct strvec *names);

#endif
