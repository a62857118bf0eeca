/*
 * What is asked of remotes.
 *
 * `remote` is a remote's name or a URL.  What git says when a remote cannot
 * be reached becomes one line of an error, without passwords.
 */
#ifndef GIT_REMOTE_H
#define GIT_REMOTE_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

struct remote_ref {
	char *name;			/* full */
	char *oid;
	char *peeled;			/* of a tag object; NULL */
};

struct remote_refs {
	struct remote_ref *v;
	size_t nr, alloc;
};

#define REMOTE_REFS_INIT { NULL, 0, 0 }

/* Its tags, in the order of their names. */
int remote_tags(struct remote_refs *refs, const struct repo *r,
		const char *remote, const char *url, struct error *err);
void remote_refs_release(struct remote_refs *refs);
/*
 * Fetch by these refspecs and no others, all or nothing: whatever the
 * configuration says of pruning, tags, submodules and tracking does not
 * apply.
 */
int remote_fetch(const struct repo *r, const char *remote, const char *url,
		 const struct strvec *refspecs, struct error *err);

#endif
