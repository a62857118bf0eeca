/* What the files behind flow/status.h share; only they include it. */
#ifndef FLOW_STATUS_INTERNAL_H
#define FLOW_STATUS_INTERNAL_H

#include "flow/status.h"

/* status_order.c: as flow/status.h says. */
void status_order(struct status *s, const struct env_list *configured);
/* status_removed.c: who tore it down, if no platform has it any more. */
int status_find_removed(struct env_status *e, struct repo *r,
			struct error *err);

#endif
