/*
 * Starting a worker that outlives us (deploy/worker.h).  On a platform it is
 * a program of its own, started with a clean environment and no descriptor
 * of ours: the pipes of a push would keep the pusher waiting, and over HTTP a
 * request's headers are in the environment.  On a host it is our child, as it
 * goes on with what we have read.
 */
#include "deploy/detach.h"

#include "base/holder.h"
#include "base/mem.h"
#include "base/proc.h"
#include "deploy/deploy.h"
#include "deploy/lock.h"
#include "deploy/worker.h"
#include "git/object.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void detach_cut_off(int log)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOEXEC */) < 0)
		for (int fd = 3; fd < 1024; fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	/* "git push &" in a script ignores SIGINT, nohup SIGHUP: services
	 * that we start must not. */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Runs in the grandchild; never returns. */
static void become_worker(char *const *argv, char *const *env,
			  const char *dir, int log, int report)
{
	int code;

	detach_cut_off(log);
	if (!chdir(dir))
		execve("/proc/self/exe", argv, env);
	code = errno;
	(void)!write(report, &code, sizeof(code));
	_exit(127);
}

static int detach(char *const *argv, char *const *env, const char *dir,
		  int log, struct error *err)
{
	int report[2] = { -1, -1 }, code = 0;
	pid_t pid;

	if (pipe_cloexec(report) < 0)
		return error_errno(err, "cannot start the worker");
	pid = fork();
	if (!pid) {
		/* A new session before anybody hears that we exist. */
		setsid();
		pid = fork();
		if (!pid)
			become_worker(argv, env, dir, log, report[1]);
		if (pid < 0) {
			code = errno;
			(void)!write(report[1], &code, sizeof(code));
		}
		_exit(0);
	}
	close(report[1]);
	if (pid < 0)
		code = errno;
	else if (read_full(report[0], &code, sizeof(code)) !=
		 (ssize_t)sizeof(code))
		code = 0;
	close(report[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	errno = code;
	return code ? error_errno(err, "cannot start the worker") : 0;
}

/* What a worker itself says, which should be nothing, goes there. */
static int open_log(struct platform *p, const char *env, struct error *err)
{
	char *dir = platform_dir(p, "logs", env, err), *log;
	int fd;

	if (!dir)
		return -1;
	log = xstrfmt("%s/worker.log", dir);
	fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		error_errno(err, "cannot open '%s'", log);
	free(dir);
	free(log);
	return fd;
}

int worker_start(struct platform *p, const char *env_name,
		 const struct worker_wait *wait, struct error *err)
{
	struct strvec argv = STRVEC_INIT, env = STRVEC_INIT;
	int fd = open_log(p, env_name, err), ret;

	if (fd < 0)
		return -1;
	strvec_pushl(&argv, "git-upgrade", "hook", "worker",
		     p->repo.git_dir, env_name, NULL);
	if (wait->commit)
		strvec_push(&argv, wait->commit);
	if (wait->commit)
		strvec_pushf(&argv, "%ld", (long)wait->pusher);
	strvec_pushf(&env, "PATH=%s", p->path);
	if (p->home)
		strvec_pushf(&env, "HOME=%s", p->home);
	strvec_push(&env, "LANG=C.UTF-8");
	ret = detach(argv.v, env.v, p->repo.git_dir, fd, err);
	close(fd);
	strvec_release(&argv);
	strvec_release(&env);
	return ret;
}

static int deploy_alone(struct platform *p, const struct environment *env,
			const char *commit, int lock, int trouble)
{
	struct error err = ERROR_INIT;
	int ret;

	holder_sign(lock, NULL);
	ret = deploy_commit(p, env, commit, &err);
	if (ret < 0) {
		(void)!write_full(trouble, err.message, strlen(err.message));
		dprintf(2, "%s\n", err.message);
	}
	error_release(&err);
	return ret;
}

void detach_close_others(int keep, int keep_too)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fd != keep && fd != keep_too)
			close(fd);
}

static void become_orphan(struct platform *p, const struct environment *env,
			  const char *log_path,
			  void (*work)(struct platform *p,
				       const struct environment *env,
				       const char *log_path))
{
	int null;

	setsid();
	if (fork())
		_exit(0);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	detach_cut_off(null);
	detach_close_others(-1, -1);
	work(p, env, log_path);
	repo_disconnect(&p->repo);
	_exit(0);
}

int worker_orphan(struct platform *p, const struct environment *env,
		  const char *log_path,
		  void (*work)(struct platform *p,
			       const struct environment *env,
			       const char *log_path),
		  struct error *err)
{
	pid_t pid;

	/* As in worker_fork(). */
	repo_disconnect(&p->repo);
	pid = fork();
	if (!pid)
		become_orphan(p, env, log_path, work);
	if (pid < 0)
		return error_errno(err, "cannot start a process");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

pid_t worker_fork(struct platform *p, const struct environment *env,
		  const char *commit, int lock, int *trouble,
		  struct error *err)
{
	int log = open_log(p, env->name, err), report[2] = { -1, -1 }, ret;
	pid_t pid;

	if (log < 0)
		return -1;
	if (pipe_cloexec(report) < 0) {
		close(log);
		return error_errno(err, "cannot start the deploy");
	}
	/* The helper that reads objects would hear two voices. */
	repo_disconnect(&p->repo);
	pid = fork();
	if (!pid) {
		setsid();
		detach_cut_off(log);
		detach_close_others(lock, report[1]);
		ret = deploy_alone(p, env, commit, lock, report[1]);
		repo_disconnect(&p->repo);
		_exit(ret ? 1 : 0);
	}
	close(log);
	close(report[1]);
	*trouble = report[0];
	if (pid < 0) {
		close(report[0]);
		error_errno(err, "cannot start the deploy");
	}
	return pid;
}
