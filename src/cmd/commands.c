/* The list of commands, in the order `git upgrade -h` shows them. */
#include "cmd/commands.h"

const struct command *const commands[] = {
	&cmd_hook,
	&cmd_platform_init,
	&cmd_platform_status,
	&cmd_platform_repair,
	NULL
};
