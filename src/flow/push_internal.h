/* What the files behind flow/push.h share; only they include it. */
#ifndef FLOW_PUSH_INTERNAL_H
#define FLOW_PUSH_INTERNAL_H

#include "flow/push.h"

/* Fill `hops` from the tip and what the platform shows. */
int push_find_hops(struct push *p, struct repo *r, struct error *err);
/* Who has the environment to himself, as last fetched. */
int push_read_lock(struct push *p, struct repo *r, struct error *err);
/*
 * The remote would not have the branch moved, for `reason`: when it is
 * elsewhere than it was, say whose commit came first and what to do about it.
 * 1 with the error set; 0: it is not.
 */
int push_explain_lost(struct push *p, struct repo *r, const char *reason,
		      struct error *err);

#endif
