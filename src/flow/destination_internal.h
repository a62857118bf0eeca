/*
 * Errors of flow/destination.c: what is said of an environment, or of a
 * remote, that cannot be told.
 */
#ifndef FLOW_DESTINATION_INTERNAL_H
#define FLOW_DESTINATION_INTERNAL_H

#include "flow/destination.h"

/* The environments one knows of without asking: where, and configured. */
void environments_known(struct env_list *list, struct repo *r,
			const struct product *pr);
/*
 * Of `names` none is configured for `branch`, that of `env`; both may be
 * NULL, and `branch` alone is where nobody knows that environment.
 */
int refuse_remotes(const struct strvec *names, struct repo *r,
		   const struct product *pr, const char *env,
		   const char *branch, struct error *err);
/* At `d` there is no `env`, or none of this `branch` where that is NULL. */
int refuse_environment(const struct destination *d, struct repo *r,
		       const struct product *pr, const char *env,
		       const char *branch, struct error *err);

#endif
