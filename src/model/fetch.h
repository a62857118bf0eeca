/*
 * Upstream's tags, brought here.
 *
 * Releases are kept under refs/upgrade/releases/, where operators' own tags
 * cannot get in their way; where a tag's name is free it is set as well, as
 * `git fetch --tags` would.  A release that is there is never changed: that
 * upstream moved or deleted its tag is reported, and the old one stays.
 */
#ifndef MODEL_FETCH_H
#define MODEL_FETCH_H

#include <stddef.h>

#include "base/error.h"
#include "base/report.h"
#include "git/repo.h"
#include "model/product.h"

enum release_change_kind {
	RELEASE_NEW,
	RELEASE_MOVED,
	RELEASE_DELETED
};

struct release_change {
	enum release_change_kind kind;
	enum version_scheme scheme;	/* of the name */
	char *name;
	char *object;		/* upstream's now; NULL: deleted */
	char *commit;		/* peeled as far as upstream said */
	char *kept;		/* ours, of a moved or deleted one */
};

struct release_changes {
	struct release_change *v;	/* by version, oldest first */
	size_t nr, alloc;
};

#define RELEASE_CHANGES_INIT { NULL, 0, 0 }

enum { FETCH_DRY_RUN = 1 };

/*
 * Ask upstream, take what is new, and read pr->releases again.  With
 * FETCH_DRY_RUN upstream is asked and nothing is changed.  Moved tags, and
 * tags of the operator in the way, are warnings.  An upstream that cannot be
 * reached is an error that says how to go on without it.
 */
int release_fetch(struct release_changes *changes, struct repo *r,
		  struct product *pr, unsigned flags,
		  const struct reporter *reporter, struct error *err);
void release_changes_release(struct release_changes *changes);

#endif
