/*
 * The worker: what deploys.
 *
 * One a environment at a time, by a lock; detached from whoever started it;
 * level-triggered: while the environment's branch is neither what is
 * deployed nor what failed last, it deploys the branch.  There is no queue
 * to lose: of twenty quick pushes the newest is deployed, and a worker that
 * was killed is made good by the next one, whoever starts it.
 */
#ifndef DEPLOY_WORKER_H
#define DEPLOY_WORKER_H

#include <sys/types.h>

#include "deploy/platform.h"
#include "deploy/verify.h"

/*
 * What a worker that is started from a push waits for before it looks: the
 * branch has its new value, or the process that would move it is gone.
 */
struct worker_wait {
	const char *commit;	/* NULL: wait for nothing */
	pid_t pusher;
};

/*
 * Start one, detached, by `git-upgrade hook worker`.  On return it runs:
 * nothing that happens to us matters to it any more.
 */
int worker_start(struct platform *p, const char *env,
		 const struct worker_wait *wait, struct error *err);
/*
 * Deploy one commit in a child that has nothing to do with our terminal, our
 * session and our end.  The child has `lock` from then on.  Its number, or
 * -1.  `*trouble` is a pipe for the caller to close: once the child has
 * ended, and could not record how, why not is to be read there, which needs
 * no disk.
 */
pid_t worker_fork(struct platform *p, const struct environment *env,
		  const char *commit, int lock, int *trouble,
		  struct error *err);
/*
 * Do some work in a process that has nothing to do with us either, nor with
 * any lock of ours, and that nobody waits for.
 */
int worker_orphan(struct platform *p, const struct environment *env,
		  const char *log_path,
		  void (*work)(struct platform *p,
			       const struct environment *env,
			       const char *log_path),
		  struct error *err);
/* Be the worker.  What `p` is told by its files is read anew: pointers into it
 * are good no more. */
int worker_run(struct platform *p, const char *env,
	       const struct worker_wait *wait, struct error *err);

/*
 * Verify what is deployed again and record the event.  Refused while a
 * worker is at work.
 */
int worker_verify(struct platform *p, const char *env,
		  struct verification *v, struct error *err);

#endif
