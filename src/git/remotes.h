/*
 * Where the configured remotes lead.
 */
#ifndef GIT_REMOTES_H
#define GIT_REMOTES_H

#include <stddef.h>

#include "base/error.h"
#include "git/repo.h"

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
