/*
 * TOP/.restoring: data are being put back from a backup, and that has not ended
 * well since, so they may be half of one and half of another.  It outlives a
 * worker that is killed; only a restore that succeeds takes it away.
 */
#ifndef DEPLOY_RESTORE_MARK_H
#define DEPLOY_RESTORE_MARK_H

#include "base/error.h"

int restore_mark_begin(const char *top, const char *id, struct error *err);
int restore_mark_end(const char *top, struct error *err);
/* The backup's ID; NULL: there is no mark.  free(). */
char *restore_mark_read(const char *top);
/* ERROR_DEPLOY, and the way out, where there is one. */
int restore_mark_check(const char *top, const char *env, struct error *err);

#endif
