/* What is deployed, beside what the environment before it has verified. */
#ifndef CMD_SAMENESS_VIEW_H
#define CMD_SAMENESS_VIEW_H

#include "doc/json.h"
#include "flow/sameness.h"

/*
 * "same as staging's 3.7.11, verified 2d ago (2 own paths)", or what differs;
 * nothing where that is not known.
 */
void sameness_view_add(struct buf *out, const struct sameness *s);
/* Under "same_as"; null where that is not known. */
void sameness_view_json(struct json *j, const struct sameness *s);

#endif
