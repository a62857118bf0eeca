/* git upgrade hook NAME: what our shims in a hooks folder call. */
#include "cmd/commands.h"

#include "base/mem.h"
#include "hook/hook.h"

#include <signal.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(const struct hook *h, struct error *err);
} hooks[] = {
	{ "pre-push", hook_pre_push },
	{ "post-merge", hook_post_merge },
	{ "proc-receive", hook_proc_receive },
	{ "post-receive", hook_post_receive },
	{ "reference-transaction", hook_reference_transaction },
	{ "worker", hook_worker },
};

static void list_hooks(struct cmd *cmd)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		buf_addf(&b, "%s%s", i ? ", " : "", hooks[i].name);
	error_hint(&cmd->err, "there are: %s", b.s);
	buf_release(&b);
}

static int run(struct cmd *cmd, void *options, int argc, char **argv)
{
	struct reporter say = cmd_reporter(cmd);
	struct hook h = { .in = 0, .out = 1, .follow = 2, .say = &say };

	(void)options;
	if (argc && !strcmp(argv[0], "-h")) {
		struct buf b = BUF_INIT;

		command_usage(cmd->command, &b);
		cmd_print(cmd, &b);
		buf_release(&b);
		return EXIT_OK;
	}
	if (!argc)
		return error_set(&cmd->err, ERROR_USAGE,
				 "which hook?");
	h.argc = argc - 1;
	h.argv = argv + 1;
	/* Whoever listens may leave; what was begun is ended all the same. */
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i].name, argv[0]))
			return hooks[i].run(&h, &cmd->err);
	error_set(&cmd->err, ERROR_USAGE, "there is no hook '%s'", argv[0]);
	list_hooks(cmd);
	return -1;
}

static const char *const synopsis[] = { "hook NAME [<arguments>]", NULL };

const struct command cmd_hook = {
	.name = "hook",
	.summary = "run a hook (for the shims in a hooks folder)",
	.synopsis = synopsis,
	.needs = INTERNAL | RAW_ARGS,
	.run = run,
};
