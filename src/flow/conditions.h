/*
 * Conditions of an environment (deploy/conditions.h), asked by a client: what
 * its configuration says that came with the tree only where it is trusted.
 */
#ifndef FLOW_CONDITIONS_H
#define FLOW_CONDITIONS_H

#include "gate/judge.h"

/*
 * Ask what the judge's configuration wants to be asked about the move, and
 * put the answers into it.  `trust` is a hash that is given, or NULL.
 */
int conditions_ask_here(struct condition_answers *a, struct move *m,
			const struct judge *j, const char *trust,
			struct error *err);

#endif
