/* What is said about a deploy here: by the command, and after a pull. */
#ifndef CMD_DEPLOY_VIEW_H
#define CMD_DEPLOY_VIEW_H

#include "cmd/cmd.h"
#include "flow/deploy.h"

void deploy_say_move(struct cmd *cmd, const struct host_deploy *h);

/* An error that is no failure. */
void deploy_warn(struct cmd *cmd, const struct error *err);

/* How it ended: an exit code, or -1 with the error. */
int deploy_end(struct cmd *cmd, const struct host_deploy *h);
int deploy_end_up_to_date(struct cmd *cmd, const struct host_deploy *h);
int deploy_end_failed_before(struct cmd *cmd, const struct host_deploy *h);

#endif
