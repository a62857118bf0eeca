/*
 * What `push` says and does about locks of environments (state/lock.h).
 */
#ifndef CMD_PUSH_LOCK_H
#define CMD_PUSH_LOCK_H

#include "cmd/cmd.h"
#include "flow/push.h"

/* --lock-wait without a time: as long as it takes. */
#define LONGEST_WAIT (366 * 24 * 3600L)

/*
 * push_prepare() with the environment for oneself: waits for whoever has it,
 * at most `limit` seconds.  A dry run (`command` is NULL) only waits.
 */
int push_prepare_locked(struct cmd *cmd, struct push *p, const char *env,
			int retry, const char *command, long limit);
/* At the end, whatever became of the push; trouble is a warning. */
void push_unlock(struct cmd *cmd, struct push *p);

#endif
