/* `git-upgrade hook worker`: what deploy/detach.c starts. */
#include "hook/hook.h"

#include "deploy/platform.h"
#include "deploy/worker.h"

#include <stdlib.h>

int hook_worker(const struct hook *h, struct error *err)
{
	struct platform p = PLATFORM_INIT;
	struct worker_wait wait = { NULL, 0 };
	int ret = -1;

	if (h->argc < 2)
		return error_set(err, ERROR_USAGE,
				 "usage: hook worker DIR ENV [COMMIT PID]");
	if (h->argc > 3) {
		wait.commit = h->argv[2];
		wait.pusher = (pid_t)strtol(h->argv[3], NULL, 10);
	}
	if (!platform_open(&p, h->argv[0], err))
		ret = worker_run(&p, h->argv[1], &wait, err);
	platform_release(&p);
	return ret;
}
