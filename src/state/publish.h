/*
 * A host publishes its evidence: the ledger and the state refs of an
 * environment (state/ledger.h), under the same names, at a remote where
 * clients can read them: the state remote.
 *
 * All of them move or none, and only from where they were seen last.  Where
 * the ledger there has events that ours lacks - the host was set up anew, or
 * there are two of that name - ours are written once more, on top of those.
 * Nothing there is lost, and nobody waits for ever: each talk with the remote
 * has a limit.
 *
 * What was published is noted in the host's folder (state/host.h), as
 * `.published`, a fact a line:
 *
 *	remote NAME
 *	ledger OID		what it has there; absent: nothing
 *	trouble TEXT		why the last try failed; absent: it did not
 *
 * Clients that have an engine deploy (deploy/engine.h) publish as well, as one
 * of many: theirs are the refs of whoever was the last to see a deploy end.
 * What they fetched is noted like what they published, in
 * upgrade/deploys/ENV/, so that nothing that is only here is overwritten.
 *
 * Whoever calls evidence_publish() holds the environment's lock.
 */
#ifndef STATE_PUBLISH_H
#define STATE_PUBLISH_H

#include <stddef.h>

#include "base/error.h"
#include "git/lsremote.h"
#include "git/repo.h"
#include "model/profile.h"

/*
 * Where the evidence of an environment is that a host deploys: what `git
 * config upgrade.stateRemote` names, a remote or URL; else, where the
 * configuration says that no platform of ours deploys, `remote`, the one the
 * branch is pushed to or pulled from (or NULL).  NULL: nowhere; as where it
 * names ".", this repository, and where it would be upstream.  free().
 */
char *state_remote(const struct repo *r, const struct profile *p,
		   const struct environment *env, const char *remote);
/* The same on the host, that knows where it pulls from. */
char *state_remote_of_host(const struct repo *r, const struct profile *p,
			   const struct environment *env);

struct publication {
	char *remote, *ledger, *trouble;	/* NULL: see above */
};

#define PUBLICATION_INIT { NULL, NULL, NULL }

/* The note; that there is none is no error. */
void publication_read(struct publication *p, const struct repo *r,
		      const char *env);
/* True when `remote` is known to have all that there is. */
int publication_is_complete(const struct publication *p, struct repo *r,
			    const char *env, const char *remote);
void publication_release(struct publication *p);

/*
 * Publish, and note how that went.  `*strange` counts the events that others
 * have added there since we published last; a host that was set up anew finds
 * its own former ones, which do not count.  NULL: we are one of many, and
 * what others have seen end after us stands.
 */
int evidence_publish(struct repo *r, const char *env, const char *remote,
		     size_t *strange, struct error *err);

/* Is there anything here that `remote` is not known to have? */
int evidence_is_unpublished(struct repo *r, const char *env,
			    const char *remote);
/*
 * Bring here what is published, as `refs` show it, unless there is something
 * that only we have.
 */
int evidence_fetch(struct repo *r, const char *env, const char *remote,
		   const struct ls_remote *refs, struct error *err);

#endif
