/* What the files behind flow/promote.h share; only they include it. */
#ifndef FLOW_PROMOTE_INTERNAL_H
#define FLOW_PROMOTE_INTERNAL_H

#include "flow/promote.h"

/*
 * What the target has of its own since something was promoted to it, and
 * whether the source has it, too (promote_fixes.c).  ERROR_REFUSED, with the
 * commands that answer, where it would be lost.
 */
int promote_find_fixes(struct promote *p, struct repo *r,
		       const struct promote_request *q, struct error *err);

/*
 * Carry out on the target's own files what the hop needs: `tree` becomes what
 * it is with that (promote_own.c).
 */
int promote_carry_own(struct promote *p, struct repo *r,
		      const struct promote_request *q, struct error *err);

#endif
