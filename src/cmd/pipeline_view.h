/* Environments one behind the other, as a release goes through them. */
#ifndef CMD_PIPELINE_VIEW_H
#define CMD_PIPELINE_VIEW_H

#include "base/term.h"
#include "flow/status.h"

/*
 * Where there are several, behind an empty line:
 *
 *	dev 3.7.11 ok -> staging 3.7.9 ok -> production 3.6.5 ok (2 hops behind)
 *
 * Where the locale has UTF-8, with arrows and with a disc that is full for
 * "ok".  What does not fit the width goes on below.  Where nobody has said
 * which comes behind which there is no arrow.
 */
void pipeline_view_add(struct buf *out, const struct status *s,
		       const struct term *term);

#endif
