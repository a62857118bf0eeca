/*
 * --override and --reason of the commands that push.
 */
#ifndef CMD_OVERRIDE_H
#define CMD_OVERRIDE_H

#include "cmd/cmd.h"
#include "flow/push.h"
#include "state/override.h"

/* Take what the command line says; refused where it is not whole. */
int override_read(struct cmd *cmd, struct overrides *o,
		  const struct strvec *gates, const char *reason);
/*
 * What this client has let pass: a platform says that itself.  Where nothing
 * of what is to be overridden said no here, and nobody else judges, that is
 * said as well.
 */
void override_say(struct cmd *cmd, const struct push *p, int dry_run);

#endif
