/*
 * Submodules of what is deployed.
 *
 * Of a platform each is fetched into modules/NAME (git/module.h) and checked
 * out into the release as what it is in was, and so are those inside it.
 * On a host that pulls they are in the work tree already, or should be.
 *
 * Who looks after a platform has the last word on each, by git's own
 * settings, in the repository the submodule is in:
 *
 *	submodule.NAME.url	where it is fetched from
 *	submodule.NAME.update	`none`: its folder stays empty
 *	submodule.NAME.active	`false`: the same
 *
 * and, on the platform, by `upgrade.submoduleBase`: what relative URLs are
 * relative to.
 */
#ifndef DEPLOY_SUBMODULES_H
#define DEPLOY_SUBMODULES_H

#include "base/error.h"
#include "deploy/log.h"
#include "deploy/platform.h"
#include "deploy/release_dir.h"

/*
 * All of `commit`, which has been checked out into `d` from `r`, the platform's
 * repository; `index` is the name of a file that may be used meanwhile.
 */
int submodules_make(const struct release_dir *d, struct platform *p,
		    const struct repo *r, const char *commit,
		    const char *index, struct deploy_log *log,
		    struct error *err);
/* Does the profile say that the release runs without the one there? */
int submodule_is_optional(const struct platform *p, const char *path);
/* Are all of `commit` in the work tree, on their commits? */
int submodules_check_here(struct platform *p, const char *commit,
			  const struct environment *env, struct error *err);

#endif
