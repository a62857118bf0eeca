/*
 * git upgrade hook: what our shims call.  Says what a hook has to say on
 * stderr, where git shows it to whoever pushes.
 */
#include "cmd/commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "hook/hook.h"

static const char *const synopsis[] = { "hook <name> [<args>...]", NULL };

typedef int hook_fn(struct repo *r, int argc, char **argv,
		    const struct buf *in, struct buf *say, struct error *err);

static const struct {
	const char *name;
	hook_fn *run;
} hooks[] = {
	{ "pre-push", hook_pre_push },
};

static int read_input(struct buf *in, struct error *err)
{
	for (;;) {
		ssize_t n;

		buf_grow(in, 65536);
		n = read(STDIN_FILENO, in->s + in->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read the input");
		if (!n)
			return 0;
		buf_setlen(in, in->len + (size_t)n);
	}
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	struct buf in = BUF_INIT, say = BUF_INIT;
	hook_fn *hook = NULL;
	int ret = -1;

	(void)opts;
	if (cmd_args(cmd, argc, 1, -1) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(hooks[i].name, argv[0]))
			hook = hooks[i].run;
	if (!hook)
		return error_set(&cmd->err, ERROR_USAGE,
				 "'%s' is no hook of git upgrade", argv[0]);
	if (!read_input(&in, &cmd->err))
		ret = hook(&cmd->repo, argc - 1, argv + 1, &in, &say,
			   &cmd->err);
	if (say.len)
		cmd_say(cmd, "%s", say.s);
	buf_release(&in);
	buf_release(&say);
	return ret;
}

const struct command cmd_hook = {
	.name = "hook",
	.summary = "run a hook",
	.synopsis = synopsis,
	.needs = NEED_REPO | INTERNAL | RAW_ARGS,
	.run = run,
};
