/*
 * One git that moves refs: all of a call or none, and then it waits for the
 * next call.  For who moves some, does something else, and moves others.
 */
#ifndef GIT_REF_MOVER_H
#define GIT_REF_MOVER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/proc.h"
#include "git/repo.h"

struct ref_mover {
	struct conversation git;
};

#define REF_MOVER_INIT { CONVERSATION_INIT }

/*
 * `commands` are lines of git-update-ref(1), those of transactions aside.
 * `reflog` (NULL: nothing) is taken from the first call.  Where git fails it
 * may have moved a ref all the same: of several files one may be refused to
 * it after another was written.
 */
int ref_mover_move(struct ref_mover *m, const struct repo *r,
		   const char *reflog, const struct buf *commands,
		   struct error *err);
void ref_mover_release(struct ref_mover *m);

#endif
