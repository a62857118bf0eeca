/* What the files behind flow/init.h share; only they include it. */
#ifndef FLOW_INIT_INTERNAL_H
#define FLOW_INIT_INTERNAL_H

#include "flow/init.h"

/*
 * init_environments.c: what is configured, else the branch that is checked
 * out; who deploys that, where --deploy says so; and from where each is
 * promoted, where their names say in which order they are.
 */
int init_find_environments(struct init_plan *p,
			   const struct init_request *req,
			   const struct product *now, struct error *err);
/* Branches are only ever suggested: nobody but the operator can know. */
int init_suggest(struct init_plan *p, const struct repo *r,
		 const struct product *now, struct error *err);

#endif
