/*
 * What `git upgrade hook NAME` does, one file a hook.
 *
 * A hook says what it has to say into a buffer, for stderr, and returns the
 * exit code git is to see; -1 is an error of its own, which refuses as well.
 */
#ifndef HOOK_HOOK_H
#define HOOK_HOOK_H

#include "base/buf.h"
#include "base/error.h"
#include "git/repo.h"

/*
 * pre-push: argv is the remote's name and its URL, `in` the lines
 * "LOCAL-REF LOCAL-OID REMOTE-REF REMOTE-OID".  Branches of environments are
 * judged as the platform would, everything else passes unseen.
 */
int hook_pre_push(struct repo *r, int argc, char **argv,
		  const struct buf *in, struct buf *say, struct error *err);

#endif
