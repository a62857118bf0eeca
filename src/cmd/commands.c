/* The list of commands, in the order `git upgrade -h` shows them. */
#include "cmd/commands.h"

const struct command *const commands[] = {
	&cmd_fetch,
	&cmd_plan,
	&cmd_merge,
	NULL
};
