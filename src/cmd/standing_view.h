/* How list, show, diff and the overview say where one stands. */
#ifndef CMD_STANDING_VIEW_H
#define CMD_STANDING_VIEW_H

#include "cmd/cmd.h"
#include "flow/standing.h"

/* "On 3.6.4 (mender, adopted 2026-03-02), upstream 'origin'" */
void standing_view_line(struct buf *out, const struct standing *s, int color);
/* ", 5 commits" of what would come in, behind `before`; "" where unknown. */
void standing_view_commits(struct buf *out, const struct standing *s,
			   const struct outlook_row *row, const char *before);
/* What is not as it should be, on stderr, with what to do about it. */
void standing_view_warn(struct cmd *cmd, const struct standing *s);
/* Add a warning where `rel` is older than what is here, and lacks of it. */
int standing_view_older(struct strvec *warnings, struct cmd *cmd,
			const struct standing *s, const struct release *rel);
/* "2 hops" */
void standing_view_hops(struct buf *out, size_t hops);
/* An error that says how to find releases, unless there are some. */
int standing_view_demand_releases(struct cmd *cmd,
				  const struct product *product);

#endif
