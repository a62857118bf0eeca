/* How an environment does, in a line for people. */
#ifndef CMD_HEALTH_VIEW_H
#define CMD_HEALTH_VIEW_H

#include "base/buf.h"
#include "doc/json.h"
#include "flow/status.h"

/*
 * "production runs here: 3.7.11 (5d1f0c2), deployed 2h ago, healthy 10m
 * ago", and what goes on; a line each.  Nothing but of hosts.
 */
void health_view_add(struct buf *out, const struct env_status *e);
/* The same as members of an object that is open. */
void health_view_json(struct json *j, const struct env_status *e);
/* "3.7.11 (5d1f0c2)", "5d1f0c2", "nothing"; free(). */
char *commit_view(const char *release, const char *commit);

#endif
