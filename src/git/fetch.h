/*
 * The tags of a remote, and fetching exactly what one wants of them.
 *
 * `remote` is a remote's name or a URL.  What git says when a remote cannot
 * be reached becomes one line of an error, without passwords.
 */
#ifndef GIT_FETCH_H
#define GIT_FETCH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

struct remote_tag {
	char *name;			/* full */
	char *oid;
	char *peeled;			/* of a tag object; NULL */
};

struct remote_tags {
	struct remote_tag *v;
	size_t nr, alloc;
};

#define REMOTE_TAGS_INIT { NULL, 0, 0 }

/* Its tags, in the order of their names. */
int remote_tags_read(struct remote_tags *tags, const struct repo *r,
		     const char *remote, const char *url, struct error *err);
void remote_tags_release(struct remote_tags *tags);
/*
 * Fetch by these refspecs and no others, all or nothing: whatever the
 * configuration says of pruning, tags, submodules and tracking does not
 * apply.
 */
int remote_fetch(const struct repo *r, const char *remote, const char *url,
		 const struct strvec *refspecs, struct error *err);

/*
 * From what git and its transport said on stderr, the first line that is
 * more than advice, without passwords.
 */
void remote_add_reason(struct buf *out, const struct buf *said);

#endif
