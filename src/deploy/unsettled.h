/*
 * Where an engine deploys nothing here can keep it waiting, and somebody may
 * have had it begin from another clone: what the ledger has of that.
 */
#ifndef DEPLOY_UNSETTLED_H
#define DEPLOY_UNSETTLED_H

#include "base/error.h"
#include "deploy/platform.h"

struct unsettled {
	char *commit;			/* NULL: nothing is */
	int failed;			/* or nobody has seen its end */
};

#define UNSETTLED_INIT { NULL, 0 }

/*
 * A deploy that has not ended well, and may have updated some of the data
 * since they were put back last.  Of what no engine deploys there is none.
 */
int unsettled_find(struct unsettled *u, struct platform *p,
		   const struct environment *env, struct error *err);
void unsettled_release(struct unsettled *u);

#endif
