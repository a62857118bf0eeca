/*
 * The plan of a path: each hop planned on what the one before would leave.
 *
 * The commits in between are made of the plans, so run it in a quarantine.
 * Where a hop would end in conflicts nobody knows how they will be resolved:
 * from there on a plan is `conditional`, a forecast for the case that both
 * sides' changes are kept where they can be, and ours where they clash.
 */
#ifndef FLOW_PLAN_PATH_H
#define FLOW_PLAN_PATH_H

#include "flow/plan.h"

struct plan_hop {
	struct product product;		/* as the commit before has it */
	struct plan plan;
	int conditional;
};

struct plan_path {
	struct plan_hop *v;
	size_t nr;
	size_t conflicts;		/* files, over all hops */
};

#define PLAN_PATH_INIT { NULL, 0, 0 }

/* Refuses what plan_hops() refuses.  `req->commit` is not looked at. */
int plan_path_compute(struct plan_path *path, const struct plan_request *req,
		      struct error *err);
void plan_path_release(struct plan_path *path);

#endif
