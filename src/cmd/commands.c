/* The list of commands, in the order `git upgrade -h` shows them. */
#include "cmd/commands.h"

const struct command *const commands[] = {
	&cmd_overview,
	&cmd_init,
	&cmd_fetch,
	&cmd_list,
	&cmd_show,
	&cmd_diff,
	&cmd_plan,
	&cmd_merge,
	&cmd_merge_file,
	&cmd_merge_strategy,
	&cmd_status,
	&cmd_push,
	&cmd_deploy,
	&cmd_verify,
	&cmd_rollback,
	&cmd_log,
	&cmd_diagnose,
	&cmd_lock,
	&cmd_unlock,
	&cmd_config,
	&cmd_trust,
	&cmd_hooks_install,
	&cmd_hooks_remove,
	&cmd_hooks_status,
	&cmd_hook,
	&cmd_platform_init,
	&cmd_platform_status,
	&cmd_platform_repair,
	NULL
};
