/*
 * Who has an environment to himself, as `status` and `platform status` show it.
 */
#ifndef CMD_LOCK_VIEW_H
#define CMD_LOCK_VIEW_H

#include "base/buf.h"
#include "doc/json.h"
#include "flow/status.h"

/* A line, or nothing. */
void lock_view_add(struct buf *out, const struct env_status *e);
/*
 * The key `lock`: an object, or null where `l` is NULL.  Whether it is this
 * clone's, `ours`, is left out where it is negative.
 */
void lock_view_json(struct json *j, const struct env_lock *l, int ours);

#endif
