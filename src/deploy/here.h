/*
 * A host that pulls: its work tree is the release.
 *
 * What runs here is what git put into the work tree, so nothing is made and
 * nothing is switched; the steps run in place, in the environment of whoever
 * started them, but without git's variables.  There is no way back either:
 * once a step that interrupts has begun, the files of the release that served
 * are gone, and a failure leaves the host down until a deploy succeeds.
 *
 * What happened is published to the state remote, if there is one
 * (state/publish.h), by whoever has recorded it: a client waits for that, and
 * whether somebody still follows the deploy does not matter.
 *
 * Locks and logs are where a platform has them, in upgrade/ of the git
 * folder; upgrade/here/ENV/ holds the markers of deploy/release_dir.h, and
 * tells that this clone is a host of ENV.
 */
#ifndef DEPLOY_HERE_H
#define DEPLOY_HERE_H

#include <sys/types.h>

#include "deploy/platform.h"
#include "model/product.h"

/*
 * The repository in whose work tree `r` is, as a place to deploy.  The
 * profile and the releases of `pr` move into it.
 */
int here_open(struct platform *p, const struct repo *r, struct product *pr,
	      struct error *err);
/* No more than it takes to read the logs of deploys here. */
int here_open_logs(struct platform *p, const struct repo *r,
		   struct error *err);
/*
 * Put right what a deploy here left that was killed: locks of git on the refs
 * that only we move, then what deploy_recover() is for.  Whoever calls it has
 * the lock.
 */
int here_recover(struct platform *p, const struct environment *env,
		 struct error *err);
/* A deploy here was killed, or has stopped what served. */
int here_is_unfinished(const struct platform *p,
		       const struct environment *env);

/*
 * Publish what is not published yet to `p->state_remote`.  1: that took a
 * push; 0: there was nothing to do; -1 with what to type: `env` goes on all
 * the same.  Whoever calls it has the lock.
 */
int here_publish(struct platform *p, const struct environment *env,
		 struct error *err);
/* 1: all is published, 0: not yet, -1: it is to be nowhere. */
int here_is_published(struct platform *p, const struct environment *env);
/* The same error, of a try that was made and noted before; 0: none. */
int here_unpublished(struct platform *p, const struct environment *env,
		     struct error *err);

/* What goes on at a host, beside its evidence. */
struct here_status {
	char *holder;		/* who deploys at the moment; NULL: nobody */
	/* Where nobody does: */
	int killed;		/* a deploy was, and nobody has gone on yet */
	int down;		/* a deploy stopped what served */
};

#define HERE_STATUS_INIT { NULL, 0, 0 }

void here_look(struct here_status *s, const struct repo *r, const char *env);
void here_status_release(struct here_status *s);

#endif
