/*
 * Watching what happens to an environment: its ledger, as it grows.
 *
 * Its platform is asked for its refs, or where its host publishes; often right
 * after news, and more and more rarely while there are none or nobody
 * answers.  That nobody answers is said once, and so is that it is over.
 */
#ifndef FLOW_WATCH_H
#define FLOW_WATCH_H

#include "base/error.h"
#include "base/report.h"
#include "flow/status.h"
#include "git/repo.h"

struct watch {
	struct repo *repo;		/* borrowed */
	const struct env_status *env;	/* borrowed */
	char *seen;			/* the newest event told; NULL: none */
	char *there;			/* the ledger's tip there, as fetched */
	double delay;
	int lost;			/* nobody answered last time */
	int local;			/* nobody is asked */
};

/* All up to `seen`, a ledger's OID or NULL, is no news. */
void watch_begin(struct watch *w, struct repo *r, const struct env_status *e,
		 const char *seen);
/*
 * Wait for news: 1, with the events, newest first; 0 when an interrupt that is
 * held (base/interrupt.h) came.
 */
int watch_wait(struct watch *w, struct event_list *news,
	       const struct reporter *say);
void watch_release(struct watch *w);

#endif
