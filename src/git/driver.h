/*
 * The merge driver called "upgrade" (gitattributes(5)): `git upgrade
 * merge-file`, which plain git runs for paths with merge=upgrade.
 *
 * A merge of ours is not to be run through it: that would be a program for
 * each file, and what it resolved nobody would know of.  git offers no way to
 * leave out a driver that is configured, so where ours is, merge-tree is shown
 * attributes in which merge=upgrade reads merge: three-way, by lines.
 */
#ifndef GIT_DRIVER_H
#define GIT_DRIVER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/proc.h"
#include "git/repo.h"

#define MERGE_DRIVER "upgrade"
#define MERGE_DRIVER_KEY "merge." MERGE_DRIVER ".driver"
#define MERGE_DRIVER_NAME_KEY "merge." MERGE_DRIVER ".name"
#define INFO_ATTRIBUTES "info/attributes"

/*
 * Does the attribute's value mean ours?  Not where somebody has given that
 * name to a program of his.
 */
int driver_is_ours(const struct repo *r, const char *value);
/* A command of ours, whoever wrote it down and with what options. */
int driver_runs_us(const char *command);
/* gitattributes without our driver. */
void driver_hide(struct buf *out, const struct buf *attributes);
/* Is there anything to hide at all? */
int driver_is_configured(const struct repo *r);
/*
 * Have `p`, a git of `r`, see the attributes of the repository, of its user
 * and of the system without our driver.  Those of the tree are its caller's.
 * Files that takes are made in `dir`, which has to stay until it ends.
 */
int driver_hide_from(struct proc *p, struct repo *r, const char *dir,
		     struct error *err);

#endif
