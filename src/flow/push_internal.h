/* What the files behind flow/push.h share; only they include it. */
#ifndef FLOW_PUSH_INTERNAL_H
#define FLOW_PUSH_INTERNAL_H

#include "flow/push.h"

/* What the platform shows, as its refs were read last. */
void push_note_evidence(struct push *p);
/* Fill `hops` from the tip and what the platform shows. */
int push_find_hops(struct push *p, struct repo *r, struct error *err);

#endif
