/*
 * The refs a remote shows, read once.
 */
#ifndef GIT_LSREMOTE_H
#define GIT_LSREMOTE_H

#include "base/error.h"
#include "base/proc.h"
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

/* In two steps, for who has something to do meanwhile; then release. */
struct ls_asking {
	struct proc git;
	char *remote;
};

#define LS_ASKING_INIT { PROC_INIT, NULL }

int ls_remote_begin(struct ls_asking *a, const struct repo *r,
		    const char *remote, struct error *err);
int ls_remote_finish(struct ls_asking *a, struct ls_remote *refs,
		     struct error *err);
void ls_asking_release(struct ls_asking *a);

/* The OID, or NULL when the remote shows no such ref. */
const char *ls_remote_get(const struct ls_remote *refs, const char *ref);
void ls_remote_release(struct ls_remote *refs);

#endif
