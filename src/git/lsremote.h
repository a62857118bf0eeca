/*
 * The refs a remote shows, read once, and where a remote leads.
 */
#ifndef GIT_LSREMOTE_H
#define GIT_LSREMOTE_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/* Full ref names to OIDs; owns both. */
struct remote_refs {
	struct strmap map;
};

#define REMOTE_REFS_INIT { STRMAP_INIT }

/* `remote` is a name or a URL.  The error's message holds no credentials. */
int remote_refs_read(struct remote_refs *refs, const struct repo *r,
		     const char *remote, struct error *err);
/* The OID, or NULL when the remote shows no such ref. */
const char *remote_refs_get(const struct remote_refs *refs, const char *ref);
void remote_refs_release(struct remote_refs *refs);

/* The names of the configured remotes. */
int remote_names(struct strvec *names, const struct repo *r,
		 struct error *err);
/*
 * The one URL a push to the remote goes to, `insteadOf` resolved; free().
 * NULL with an error when there is none, or more than one.
 */
char *remote_push_url(const struct repo *r, const char *remote,
		      struct error *err);
/* Every URL the remote fetches from or pushes to. */
void remote_urls(struct strvec *urls, const struct repo *r,
		 const char *remote);

#endif
