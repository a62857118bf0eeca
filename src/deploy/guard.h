/*
 * What has a repository guard the branches of its environments: git's settings,
 * the hooks, and the blob by which clients know it.
 */
#ifndef DEPLOY_GUARD_H
#define DEPLOY_GUARD_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/platform.h"

/* As the environments of `p` are now. */
int guard_configure(struct platform *p, struct error *err);
/* Refuses to replace one of somebody else. */
int guard_install_hooks(const struct platform *p, const struct reporter *say,
			struct error *err);
/* The blob. */
int guard_write_identity(struct platform *p, struct error *err);
/*
 * None of it any more: what says otherwise than we do stays.  `hides`: pushers
 * are kept from what is below refs/upgrade/ still.
 */
int guard_remove(const struct repo *r, int hides, struct error *err);

#endif
