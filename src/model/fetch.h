/*
 * Upstream's releases, brought here.
 *
 * They are kept under refs/upgrade/releases/, where operators' own tags
 * cannot get in their way.  Where releases are tags and a tag's name is free
 * it is set as well, as `git fetch --tags` would.
 *
 * A release that is here never becomes another one behind anybody's back.  A
 * branch that goes on is followed.  That upstream moved a tag, rewrote a
 * branch or deleted either is reported, and the old one stays; what upstream
 * has now is kept under refs/upgrade/moved/ to look at, and merging that
 * release is refused, until somebody accepts it or upstream takes it back.
 */
#ifndef MODEL_FETCH_H
#define MODEL_FETCH_H

#include <stddef.h>

#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/product.h"

enum release_change_kind {
	RELEASE_NEW,
	RELEASE_UPDATED,	/* a branch that goes on */
	RELEASE_MOVED,
	RELEASE_DELETED
};

struct release_change {
	enum release_change_kind kind;
	enum version_scheme scheme;	/* of the name */
	char *name;
	char *object;		/* upstream's now; NULL: deleted */
	char *commit;		/* peeled as far as upstream said */
	char *kept;		/* ours before; NULL: new */
	int accepted;		/* moved, and taken because it was asked for */
};

struct release_changes {
	struct release_change *v;	/* by version, oldest first */
	size_t nr, alloc;
};

#define RELEASE_CHANGES_INIT { NULL, 0, 0 }

enum { FETCH_DRY_RUN = 1 };

/*
 * Ask upstream, take what is new, and read pr->releases again; `pr` may have
 * been begun only, and is finished meanwhile.  `accept`
 * (NULL: none) are moved releases to take as upstream has them now; one that
 * did not move is refused.  With FETCH_DRY_RUN upstream is asked and no ref
 * is changed; branches are downloaded all the same, as nothing else can tell
 * whether they go on or were rewritten.  Moved releases, and tags of the
 * operator in the way, are warnings.  An upstream that cannot be reached is
 * an error that says how to go on without it.
 */
int release_fetch(struct release_changes *changes, struct repo *r,
		  struct product *pr, const struct strvec *accept,
		  unsigned flags, const struct reporter *reporter,
		  struct error *err);
void release_changes_release(struct release_changes *changes);

#endif
