/*
 * Asking the conditions of an environment (`gates` in its configuration)
 * whether a commit may come to it: programs, run beside the repository, and
 * questions over HTTP.  What they are told is what the checks of a deploy are
 * (deploy/steps.h), and UPGRADE_FROM, the release that is there.
 *
 * One that cannot be asked is not met.
 */
#ifndef DEPLOY_CONDITIONS_H
#define DEPLOY_CONDITIONS_H

#include "deploy/platform.h"
#include "model/condition.h"

/* `release` and `from` may be NULL: unknown. */
void conditions_ask(struct condition_answers *a, const struct platform *p,
		    const struct environment *env, const char *commit,
		    const char *release, const char *from);

#endif
