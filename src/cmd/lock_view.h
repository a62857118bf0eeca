/*
 * Who has an environment to himself, and which is held since a rollback, as
 * `status` and `platform status` show it.
 */
#ifndef CMD_LOCK_VIEW_H
#define CMD_LOCK_VIEW_H

#include "base/buf.h"
#include "doc/json.h"
#include "flow/status.h"

/* A line each, or nothing. */
void lock_view_add(struct buf *out, const struct env_status *e);
/*
 * The key `lock`: an object, or null where `l` is NULL.  Whether it is this
 * clone's, `ours`, is left out where it is negative.
 */
void lock_view_json(struct json *j, const struct env_lock *l, int ours);
/* The key `held`: the same, null where it has no `oid`. */
void hold_view_json(struct json *j, const struct env_hold *h);

#endif
