/* What is said of the conflicts a merge has left. */
#ifndef CMD_CONFLICT_VIEW_H
#define CMD_CONFLICT_VIEW_H

#include "cmd/cmd.h"
#include "git/mergetree.h"

/* git's own words for each, and a hint where it cannot be edited. */
void conflict_view_say(struct cmd *cmd, const struct merge_result *m);

#endif
