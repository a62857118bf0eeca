/* What the gates said, for the commands that ask them. */
#ifndef CMD_VERDICT_VIEW_H
#define CMD_VERDICT_VIEW_H

#include "cmd/cmd.h"
#include "doc/json.h"
#include "gate/gate.h"

/* One line about all of them. */
void verdict_view_say(struct cmd *cmd, const struct verdict_list *list);
/* Why gates could not judge, and what helps: a hint of several but once. */
void verdict_view_warn_unknown(struct cmd *cmd,
			       const struct verdict_list *list);
/*
 * Every refusal is an error of its own; the last becomes the command's.  `env`
 * (NULL: none) stands before each.  Always -1.
 */
int verdict_view_refuse(struct cmd *cmd, const struct verdict_list *list,
			const char *env);
/* Who only looked has not asked the platform, which has rules of its own. */
void verdict_view_hint_platform(struct cmd *cmd, const char *env);
/* The list `gates` of the object at hand. */
void verdict_view_json(struct json *j, const struct verdict_list *list);

#endif
