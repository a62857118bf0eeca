/*
 * Mending a platform after a crash or a kill: what git and our workers left
 * behind, then whatever is still to be deployed.
 */
#ifndef DEPLOY_REPAIR_H
#define DEPLOY_REPAIR_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/platform.h"

/*
 * Remove locks and keep-files of dead pushes, then be the worker of every
 * environment until all is deployed, at the same time.  What goes wrong with
 * one stops none: the first is the error, the rest is reported.
 */
int platform_repair(struct platform *p, const struct reporter *say,
		    struct error *err);
/*
 * Locks and keep-files of git processes that were killed.  A push in which
 * we run does not count as somebody at work.
 */
void platform_remove_stale(struct platform *p, const struct reporter *say);
/*
 * Locks of git's on the refs we know that are too old to be at work, relative
 * to the git folder.  True when a git works there that may hold them all the
 * same.
 */
int platform_stale_locks(struct platform *p, struct strvec *names);
/*
 * Branches that are symbolic refs onto an environment's branch: a push to
 * one moves the environment past the gate.
 */
int platform_bypasses(struct platform *p, struct strvec *refs,
		      struct error *err);

#endif
