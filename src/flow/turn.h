/*
 * Two commands at once.  Whoever moves a branch or delivers it, commit by
 * commit, has his turn with that branch meanwhile: merge and what goes on with
 * it or takes it back, push and init.  A second one is told who it is that is
 * at work, whichever work tree of the repository it is in.
 *
 * A turn is a lock (base/holder.h) in $GIT_COMMON_DIR/upgrade, so that it ends
 * with its holder, whatever kills it.  Other clones are none of its business:
 * between them the branch at the remote decides.
 */
#ifndef FLOW_TURN_H
#define FLOW_TURN_H

#include "base/error.h"
#include "git/repo.h"

struct turn {
	int fd;
	char *path;
};

#define TURN_INIT { -1, NULL }

/*
 * `branch` without refs/heads/; NULL, where HEAD is on none, needs no turn.
 * `command` is what others are told, "git upgrade merge 3.2.0".
 */
int turn_begin(struct turn *t, const struct repo *r, const char *branch,
	       const char *command, struct error *err);
void turn_end(struct turn *t);

#endif
