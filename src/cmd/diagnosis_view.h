/* How what was recognised in a log is said. */
#ifndef CMD_DIAGNOSIS_VIEW_H
#define CMD_DIAGNOSIS_VIEW_H

#include "cmd/cmd.h"
#include "doc/json.h"
#include "model/diagnosis.h"

/* All of it, with what to do, for stdout. */
void diagnosis_view_add(struct buf *out, const struct diagnosis *d,
			int color);
/* "lines" and "failures". */
void diagnosis_view_json(struct json *j, const struct diagnosis *d);
/*
 * Hints to the error of a deploy of `env` that failed, by what its log, or the
 * end of it, holds.  Nothing where nothing is recognised.
 */
void diagnosis_view_hint(struct error *err, const struct profile *p,
			 const struct buf *log, const char *env);

#endif
