/*
 * Work that whoever asked for it is shown, and that goes on when he is gone:
 * a child of its own session does it, which has the lock of the environment's
 * workers until it ends.
 */
#ifndef DEPLOY_APART_H
#define DEPLOY_APART_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/platform.h"

/*
 * Takes `lock` (deploy/lock.h), which says `what` it is held for.  What `work`
 * says in `say` and its error come back here, as if it had been called; when it
 * is killed that is an error of ERROR_PENDING; and so it is that whoever waits
 * on a host or in a clone presses Ctrl-C, and it goes on.
 */
int work_apart(struct platform *p, int lock, const char *what,
	       int (*work)(void *data, const struct reporter *say,
			   struct error *err),
	       void *data, const struct reporter *say, struct error *err);

#endif
