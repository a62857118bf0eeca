/*
 * TOP/.restoring: data are being put back from a backup, and that has not ended
 * well since, so they may be half of one and half of another.  It outlives a
 * worker that is killed; only a restore that succeeds takes it away.
 */
#ifndef DEPLOY_RESTORE_MARK_H
#define DEPLOY_RESTORE_MARK_H

#include "base/error.h"

/* Of the backup `id` of the environment `from`. */
int restore_mark_begin(const char *top, const char *id, const char *from,
		       struct error *err);
int restore_mark_end(const char *top, struct error *err);
int restore_mark_is_there(const char *top);
/* It is of that backup. */
int restore_mark_is_of(const char *top, const char *id, const char *from);
/* ERROR_DEPLOY, and the way out, where there is one. */
int restore_mark_check(const char *top, const char *env, struct error *err);
/* What to type, so that `env` gets the backup `id` of `from`; free(). */
char *restore_command(const char *env, const char *id, const char *from);

#endif
