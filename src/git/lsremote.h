/*
 * The refs a remote shows, read once, and where a remote leads.
 */
#ifndef GIT_LSREMOTE_H
#define GIT_LSREMOTE_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/* Full ref names to OIDs; owns both. */
struct ls_remote {
	struct strmap map;
};

#define LS_REMOTE_INIT { STRMAP_INIT }

/* `remote` is a name or a URL.  The error's message holds no credentials. */
int ls_remote_read(struct ls_remote *refs, const struct repo *r,
		     const char *remote, struct error *err);
/*
 * The same of the refs below `prefix` ("refs/upgrade/") alone, within so many
 * seconds.
 */
int ls_remote_read_below(struct ls_remote *refs, const struct repo *r,
			 const char *remote, const char *prefix, long timeout,
			 struct error *err);
/* The OID, or NULL when the remote shows no such ref. */
const char *ls_remote_get(const struct ls_remote *refs, const char *ref);
void ls_remote_release(struct ls_remote *refs);

/* Where one remote fetches from or pushes to, `insteadOf` resolved. */
struct remote_url {
	char *remote;
	char *url;
	int push;
};

/* All URLs of all remotes, remotes by name; owns its strings. */
struct remote_list {
	struct remote_url *v;
	size_t nr, alloc;
};

#define REMOTE_LIST_INIT { NULL, 0, 0 }

int remote_list_read(struct remote_list *list, const struct repo *r,
		     struct error *err);
void remote_list_release(struct remote_list *list);
int remote_list_has(const struct remote_list *list, const char *remote);
/*
 * The one URL a push to the remote goes to, borrowed.  NULL with an error
 * when there is none, or more than one.
 */
const char *remote_push_url(const struct remote_list *list,
			    const char *remote, struct error *err);
/* True when the remote fetches from or pushes to what `url` names. */
int remote_is_at(const struct remote_list *list, const char *remote,
		 const char *url);

#endif
