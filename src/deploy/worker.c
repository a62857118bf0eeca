#include "deploy/worker.h"

#include "base/mem.h"
#include "base/proc.h"
#include "deploy/deploy.h"
#include "deploy/lock.h"
#include "deploy/log.h"
#include "deploy/owner.h"
#include "deploy/release_dir.h"
#include "deploy/removing.h"
#include "deploy/restore_mark.h"
#include "deploy/rollback.h"
#include "state/health.h"
#include "state/ledger.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOGS_KEPT 100

/* What no gate has judged is not deployed, nor to where others deploy. */
static int check_guard(struct platform *p, const struct environment *env,
		       struct error *err)
{
	int guarded;

	if (removing_check(&p->repo, env->name, err) < 0)
		return -1;
	guarded = platform_is_guarded(p, env, err);
	if (guarded > 0)
		return owner_claim(p, env, err);
	if (guarded < 0)
		return -1;
	error_set(err, ERROR_REFUSED, "the gate does not guard branch '%s' "
		  "of environment %s", env->branch, env->name);
	return error_hint(err, "bring the platform up to date with \"git "
			  "upgrade platform init %s\"", p->repo.git_dir);
}

/* The commit to deploy now; NULL: none.  free(). */
static char *next_commit(struct platform *p, const struct environment *env,
			 struct error *err)
{
	struct env_state s = ENV_STATE_INIT;
	char *tip = platform_tip(p, env);

	if (tip && env_state_read(&s, &p->repo, env->name, err) < 0)
		FREE_AND_NULL(tip);
	if (tip && ((s.deployed && !strcmp(tip, s.deployed)) ||
		    (s.failed && !strcmp(tip, s.failed))))
		FREE_AND_NULL(tip);
	env_state_release(&s);
	return tip;
}

/*
 * Sleep a little, or until the process is gone: then 1.  Without pidfds
 * (Linux before 5.3) its number is asked for.
 */
static int wait_gone(pid_t pid, int pidfd, int ms)
{
	struct pollfd fd = { pidfd, POLLIN, 0 };
	int ended = poll(&fd, pidfd >= 0, ms) > 0;

	return pidfd >= 0 ? ended : kill(pid, 0) < 0 && errno == ESRCH;
}

static void wait_for_ref(struct platform *p, const struct environment *env,
			 const struct worker_wait *wait)
{
	int pidfd = -1, ms = 5, moved = 0, gone = wait->pusher <= 0;

	if (!gone)
		pidfd = (int)syscall(SYS_pidfd_open, wait->pusher, 0);
	if (pidfd < 0 && errno == ESRCH)
		gone = 1;
	while (wait->commit && !moved && !gone) {
		char *tip = platform_tip(p, env);

		moved = tip && !strcmp(tip, wait->commit);
		free(tip);
		if (!moved)
			gone = wait_gone(wait->pusher, pidfd, ms);
		if (ms < 200)
			ms *= 2;
	}
	if (pidfd >= 0)
		close(pidfd);
}

static void tidy(struct platform *p, const char *env)
{
	struct error err = ERROR_INIT;

	deploy_log_prune(p, env, LOGS_KEPT);
	git_try(&p->repo, NULL, &err, "-c", "gc.autoDetach=false", "gc",
		"--auto", "--quiet", NULL);
	error_release(&err);
}

/*
 * The environment as it is configured now: minutes may have gone by since we
 * began to wait, or began the last deploy.  NULL: error.
 */
static const struct environment *read_again(struct platform *p,
					    const char *name,
					    struct error *err)
{
	const struct environment *env = NULL;

	if (!platform_reload(p, err))
		env = platform_environment(p, name, err);
	return env && !check_guard(p, env, err) ? env : NULL;
}

/* 1: there was something to deploy, which is done now; 0: nothing; -1. */
static int deploy_next(struct platform *p, const struct environment *env,
		       int *deployed, struct error *err)
{
	char *commit = next_commit(p, env, err);
	int ret;

	if (!commit)
		return err->kind ? -1 : rollback_failed(p, env, err);
	ret = deploy_commit(p, env, commit, err);
	*deployed |= !ret;
	free(commit);
	return ret < 0 ? -1 : 1;
}

/* Until the branch is what is deployed, or what failed and stays. */
static const struct environment *
deploy_all(struct platform *p, const struct environment *env,
	   const char *name, int *deployed, struct error *err)
{
	int ret;

	while ((ret = deploy_next(p, env, deployed, err)) > 0) {
		env = read_again(p, name, err);
		if (!env)
			return NULL;
	}
	return ret < 0 ? NULL : env;
}

static int said(const struct health *h, const char *what)
{
	return h->trouble && strstr(h->trouble, what);
}

/* A restore was killed, and nobody has said yet how things are. */
static int is_unsaid(const char *top, const struct health *h)
{
	return (restore_mark_is_there(top) && !said(h, "half restored")) ||
	       (release_dir_is_stopped(top) && !said(h, "a restore stopped"));
}

/*
 * What was recorded as down was brought back by now, or what a restore had
 * stopped was started again (`started`), and nothing was deployed that would
 * say so.
 */
static int record_restored(struct platform *p, const struct environment *env,
			   int started, struct error *err)
{
	char *top = platform_deploy_to(p, env);
	struct verification v = VERIFICATION_INIT;
	struct env_state s = ENV_STATE_INIT;
	struct health h = HEALTH_INIT;
	int ret = env_state_read(&s, &p->repo, env->name, err);

	/* Else it has not failed, and was not down. */
	if (!ret && (s.failed || restore_mark_is_there(top) ||
		     release_dir_is_stopped(top)))
		ret = health_read(&h, &p->repo, env->name, &s, err);
	if (!ret && s.deployed &&
	    (started || is_unsaid(top, &h) ||
	     (h.kind == HEALTH_DOWN && !release_dir_is_interrupted(top))))
		ret = deploy_verify(p, env, &v, err);
	verification_release(&v);
	env_state_release(&s);
	health_release(&h);
	free(top);
	return ret;
}

static int is_stopped(struct platform *p, const struct environment *env)
{
	char *top = platform_deploy_to(p, env);
	int is = release_dir_is_stopped(top);

	free(top);
	return is;
}

static int work(struct platform *p, const char *name, int *deployed,
		struct error *err)
{
	const struct environment *env = read_again(p, name, err);
	int stopped = env ? is_stopped(p, env) : 0;

	if (!env || deploy_recover(p, env, err) < 0)
		return -1;
	env = deploy_all(p, env, name, deployed, err);
	if (!env)
		return -1;
	return *deployed ? 0 :
	       record_restored(p, env, stopped && !is_stopped(p, env), err);
}

int worker_run(struct platform *p, const char *env_name,
	       const struct worker_wait *wait, struct error *err)
{
	const struct environment *env = platform_environment(p, env_name,
							     err);
	int lock, ret, deployed = 0;
	char *name;

	if (!env)
		return -1;
	/* The pusher's umask must not make a release unreadable. */
	umask(022);
	wait_for_ref(p, env, wait);
	lock = worker_lock(p, env->name, err);
	if (lock == LOCK_NOT_NEEDED)
		return 0;
	if (lock < 0)
		return -1;
	/* It may be part of what is read anew. */
	name = xstrdup(env_name);
	ret = work(p, name, &deployed, err);
	close(lock);
	if (deployed)
		tidy(p, name);
	free(name);
	return ret;
}

int worker_verify(struct platform *p, const char *env_name,
		  struct verification *v, struct error *err)
{
	const struct environment *env = platform_environment(p, env_name,
							     err);
	int lock, ret = -1;

	if (!env)
		return -1;
	/* As in worker_run(): nothing of the pusher's. */
	umask(022);
	lock = worker_trylock(p, env_name, err);
	if (lock < 0)
		return -1;
	if (!removing_check(&p->repo, env->name, err) &&
	    !platform_read_releases(p, err) && !owner_claim(p, env, err) &&
	    !deploy_recover(p, env, err))
		ret = deploy_verify(p, env, v, err);
	close(lock);
	return ret;
}
