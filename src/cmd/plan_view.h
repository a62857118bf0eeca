/* How plan and merge show what an upgrade does: as text and as JSON. */
#ifndef CMD_PLAN_VIEW_H
#define CMD_PLAN_VIEW_H

#include "base/buf.h"
#include "doc/json.h"
#include "flow/plan.h"

/* Which files are to be shown; NULL for it: all. */
struct plan_view_filter {
	int (*wants)(const void *data, const char *path);
	const void *data;
};

/* The conflicts among them, sorted. */
void plan_view_conflicts(struct strvec *paths, const struct plan *p,
			 const struct plan_view_filter *f);
/* What was resolved, who sees to lock files, and what is left. */
void plan_view_outcome(struct buf *out, const struct plan *p,
		       const struct plan_view_filter *f, int color);
/* The keys that conflict in a file, "PATH: yours X, theirs Y" each. */
void plan_view_keys(struct strvec *lines, const struct resolution *r);
/* "  upstream     118 files" and so on, a line each. */
void plan_view_text(struct buf *out, const struct plan *p, int color);
/* That their files are not in it, where there are steps. */
void plan_view_steps(struct buf *out, const struct plan *p);
/* The members of a copy's object, secrets masked. */
void plan_view_copy_json(struct json *j, const struct copy *c);
/* The members of the root object: those of the outcome, and all. */
void plan_view_outcome_json(struct json *j, const struct plan *p,
			    const struct plan_view_filter *f);
void plan_view_json(struct json *j, const struct plan *p);
/* "1 conflict", "no conflicts" */
void plan_view_add_conflicts(struct buf *out, size_t nr);

#endif
