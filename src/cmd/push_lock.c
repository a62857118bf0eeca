#include "cmd/push_lock.h"

#include "base/time.h"

static void begin_anew(struct push *p)
{
	push_release(p);
	*p = (struct push)PUSH_INIT;
}

/* Whoever had the environment may have pushed what ours lacks. */
static int check_lost(struct cmd *cmd, struct push *p)
{
	int lost = push_has_lost(p, &cmd->repo, &cmd->err);

	return lost ? -1 : 0;
}

int push_prepare_locked(struct cmd *cmd, struct push *p, const char *env,
			int retry, const char *command, long limit)
{
	double end = time_monotonic() + (double)limit;
	struct reporter say = cmd_reporter(cmd);
	int waited = 0, ret;

	for (;; begin_anew(p)) {
		if (push_prepare(p, &cmd->repo, env, retry, command,
				 &cmd->err) < 0 ||
		    hold_demand_platform(&p->to, &cmd->err) < 0)
			return -1;
		ret = push_await_lock(p, &cmd->repo, end - time_monotonic(),
				      &say, &cmd->err);
		if (ret < 0)
			return -1;
		waited |= ret;
		if (ret)
			continue;
		if (waited && check_lost(cmd, p) < 0)
			return -1;
		if (!command || (p->up_to_date && !p->retry))
			return 0;
		ret = push_take_lock(p, &cmd->repo, &cmd->err);
		if (ret <= 0)
			return ret;
		/* Somebody else was quicker: wait for him. */
		error_release(&cmd->err);
	}
}

void push_unlock(struct cmd *cmd, struct push *p)
{
	struct error err = ERROR_INIT;

	if (push_give_back(p, &cmd->repo, &err) < 0) {
		cmd_warn(cmd, "the lock of %s could not be given back: %s",
			 p->to.env, err.message);
		cmd_hint(cmd, "Lock", "give it back with \"git upgrade unlock "
			 "%s\"", p->to.env);
	}
	error_release(&err);
}
