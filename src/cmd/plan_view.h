/* How plan and merge show what an upgrade does: as text and as JSON. */
#ifndef CMD_PLAN_VIEW_H
#define CMD_PLAN_VIEW_H

#include "base/buf.h"
#include "doc/json.h"
#include "flow/plan.h"

/* "  upstream     118 files" and so on, a line each. */
void plan_view_text(struct buf *out, const struct plan *p, int color);
/* That their files are not in it, where there are steps. */
void plan_view_steps(struct buf *out, const struct plan *p);
/* The members of a copy's object, secrets masked. */
void plan_view_copy_json(struct json *j, const struct copy *c);
/* The members of the root object. */
void plan_view_json(struct json *j, const struct plan *p);
/* "1 conflict", "no conflicts" */
void plan_view_add_conflicts(struct buf *out, size_t nr);

#endif
