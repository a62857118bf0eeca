/*
 * Starting a worker that outlives us (deploy/worker.h).  It is a program of
 * its own, started with a clean environment and no descriptor of ours: the
 * pipes of a push would keep the pusher waiting, and over HTTP a request's
 * headers are in the environment.
 */
#include "deploy/worker.h"

#include "base/mem.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs in the grandchild; never returns. */
static void become_worker(char *const *argv, char *const *env,
			  const char *dir, int log, int report)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), code;
	sigset_t none;

	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOEXEC */) < 0)
		for (int fd = 3; fd < 1024; fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* "git push &" in a script ignores SIGINT, nohup SIGHUP: services
	 * that we start must not. */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
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

	if (pipe2(report, O_CLOEXEC) < 0)
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

int worker_start(struct platform *p, const char *env_name,
		 const struct worker_wait *wait, struct error *err)
{
	struct strvec argv = STRVEC_INIT, env = STRVEC_INIT;
	char *dir = platform_dir(p, "logs", env_name, err), *log = NULL;
	int fd = -1, ret = -1;

	if (!dir)
		return -1;
	log = xstrfmt("%s/worker.log", dir);
	fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		error_errno(err, "cannot open '%s'", log);
		goto out;
	}
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
out:
	if (fd >= 0)
		close(fd);
	strvec_release(&argv);
	strvec_release(&env);
	free(dir);
	free(log);
	return ret;
}
