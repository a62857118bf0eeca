#include "base/proc.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* pipe2() is not on every system; we have no threads that could fork. */
int pipe_cloexec(int fd[2])
{
	if (pipe(fd) < 0)
		return -1;
	if (fcntl(fd[0], F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd[1], F_SETFD, FD_CLOEXEC) < 0) {
		close(fd[0]);
		close(fd[1]);
		return -1;
	}
	return 0;
}

ssize_t read_full(int fd, void *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, (char *)data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int write_full(int fd, const void *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* The environment of the child: ours (or none) with the changes applied. */
static void make_env(struct strvec *out, const struct proc *p)
{
	for (char **e = environ; e && *e && !p->clean_env; e++) {
		size_t name = strcspn(*e, "=");
		int changed = 0;

		for (size_t i = 0; i < p->env.nr && !changed; i++)
			changed = strcspn(p->env.v[i], "=") == name &&
				  !strncmp(p->env.v[i], *e, name);
		if (!changed)
			strvec_push(out, *e);
	}
	for (size_t i = 0; i < p->env.nr; i++) {
		size_t name = strcspn(p->env.v[i], "=");
		int again = 0;

		for (size_t j = i + 1; j < p->env.nr && !again; j++)
			again = strcspn(p->env.v[j], "=") == name &&
				!strncmp(p->env.v[j], p->env.v[i], name);
		if (!again && strchr(p->env.v[i], '='))
			strvec_push(out, p->env.v[i]);
	}
}

/* execvpe() that looks in the PATH the child gets. */
static char *find_program(const char *name, const struct strvec *env)
{
	const char *path = "/usr/local/bin:/usr/bin:/bin";

	if (strchr(name, '/'))
		return xstrdup(name);
	for (size_t i = 0; i < env->nr; i++)
		if (starts_with(env->v[i], "PATH="))
			path = env->v[i] + 5;
	while (*path) {
		size_t len = strcspn(path, ":");
		char *file = len ? xstrfmt("%.*s/%s", (int)len, path, name) :
				   xstrfmt("./%s", name);

		if (!access(file, X_OK))
			return file;
		free(file);
		path += len + (path[len] == ':');
	}
	return NULL;
}

int proc_exists(const char *name)
{
	struct proc none = PROC_INIT;
	struct strvec env = STRVEC_INIT;
	char *file;
	int exists;

	make_env(&env, &none);
	file = find_program(name, &env);
	exists = file && !access(file, X_OK);
	strvec_release(&env);
	free(file);
	return exists;
}

struct pipes {
	int in[2], out[2], err[2];
};

#define PIPES_INIT { { -1, -1 }, { -1, -1 }, { -1, -1 } }

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void pipes_close(struct pipes *io)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&io->in[i]);
		close_fd(&io->out[i]);
		close_fd(&io->err[i]);
	}
}

static void child_fd(int from, int to)
{
	if (from == to)
		fcntl(from, F_SETFD, 0);
	else
		dup2(from, to);
}

static void run_child(const struct proc *p, struct pipes *io,
		      const char *file, char **env, int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int code;

	if (io->in[0] >= 0)
		child_fd(io->in[0], 0);
	else if (!p->inherit_in)
		child_fd(null, 0);
	if (io->out[1] >= 0)
		child_fd(io->out[1], 1);
	else if (p->quiet_out)
		child_fd(null, 1);
	else if (p->out_to_err)
		child_fd(2, 1);
	if (io->err[1] >= 0)
		child_fd(io->err[1], 2);
	else if (p->quiet_err)
		child_fd(null, 2);
	else if (p->err_to_out)
		child_fd(1, 2);
	if (p->timeout)
		setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!p->dir || !chdir(p->dir))
		execve(file, p->argv.v, env);
	code = errno;
	if (write(report, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static int start(struct proc *p, struct pipes *io, struct error *err)
{
	struct strvec env = STRVEC_INIT;
	int report[2] = { -1, -1 };
	char *file = NULL;
	int code = 0, ret = -1;

	make_env(&env, p);
	file = find_program(p->argv.v[0], &env);
	if (!file) {
		error_set(err, ERROR_FATAL, "'%s' is not installed",
			  p->argv.v[0]);
		goto out;
	}
	if (pipe_cloexec(report) < 0) {
		error_errno(err, "cannot run '%s'", p->argv.v[0]);
		goto out;
	}
	p->pid = fork();
	if (p->pid < 0) {
		error_errno(err, "cannot run '%s'", p->argv.v[0]);
		goto out;
	}
	if (!p->pid)
		run_child(p, io, file, env.v, report[1]);
	close_fd(&report[1]);
	if (read_full(report[0], &code, sizeof(code)) == sizeof(code)) {
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
		errno = code;
		error_errno(err, "cannot run '%s'%s%s", p->argv.v[0],
			    p->dir ? " in " : "", p->dir ? p->dir : "");
		goto out;
	}
	ret = 0;
out:
	close_fd(&report[0]);
	close_fd(&report[1]);
	strvec_release(&env);
	free(file);
	return ret;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

struct reader {
	struct buf *keep;
	void (*line)(void *data, const char *line, size_t len);
	void *data;
	struct buf partial;
	size_t max;			/* to keep; 0: all */
};

static size_t still_kept(const struct reader *r, size_t len)
{
	size_t left = r->max > r->keep->len ? r->max - r->keep->len : 0;

	return !r->max || len < left ? len : left;
}

static void reader_take(struct reader *r, const char *data, size_t len)
{
	const char *end;

	if (r->keep)
		buf_add(r->keep, data, still_kept(r, len));
	if (!r->line)
		return;
	buf_add(&r->partial, data, len);
	while ((end = memchr(r->partial.s, '\n', r->partial.len))) {
		size_t n = (size_t)(end - r->partial.s);

		r->line(r->data, r->partial.s, n);
		buf_splice(&r->partial, 0, n + 1, NULL, 0);
	}
}

static void reader_end(struct reader *r)
{
	if (r->line && r->partial.len)
		r->line(r->data, r->partial.s, r->partial.len);
	buf_release(&r->partial);
}

/* True when the descriptor has reached its end. */
static int drain(int fd, struct reader *r)
{
	char chunk[16384];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0)
		reader_take(r, chunk, (size_t)n);
	return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

/* How often it is looked whether the child is still there, in ms. */
#define ENDED_POLL 200
#define INTERRUPTED_POLL 50

static int has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, (id_t)pid, &info,
		       WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/* Once: the signal stays pending for whoever holds it. */
static void pass_on(pid_t pid)
{
	sigset_t set;

	sigemptyset(&set);
	sigpending(&set);
	kill(pid, sigismember(&set, SIGINT) == 1 ? SIGINT : SIGTERM);
}

static void pump(struct proc *p, struct pipes *io)
{
	int signals = p->interruptible ? interrupt_fd() : -1;
	int interrupted = 0;
	struct reader out = { p->out, p->out_line, p->data, BUF_INIT, 0 };
	struct reader errs = { p->err, p->err_line, p->data, BUF_INIT,
			       p->err_max };
	double deadline = p->timeout ?
			  time_monotonic() + (double)p->timeout : 0;
	size_t sent = 0;

	if (io->in[1] >= 0)
		fcntl(io->in[1], F_SETFL, O_NONBLOCK);
	while (io->in[1] >= 0 || io->out[0] >= 0 || io->err[0] >= 0) {
		int left = interrupted ? INTERRUPTED_POLL : ENDED_POLL;
		int ready;

		struct pollfd fds[4] = {
			{ io->in[1], POLLOUT, 0 },
			{ io->out[0], POLLIN, 0 },
			{ io->err[0], POLLIN, 0 },
			{ signals, POLLIN, 0 },
		};

		if (deadline) {
			double rest = deadline - time_monotonic();

			if (rest <= 0) {
				kill(-p->pid, SIGKILL);
				p->timed_out = 1;
				break;
			}
			if (rest * 1000 < left)
				left = (int)(rest * 1000) + 1;
		}
		ready = poll(fds, 4, left);
		if (ready < 0 && errno != EINTR)
			break;
		/* A daemon it left behind may keep our pipes for ever. */
		if (!ready && has_ended(p->pid))
			break;
		if (fds[3].revents) {
			pass_on(p->pid);
			close_fd(&signals);
			interrupted = 1;
		}
		if (fds[0].revents) {
			ssize_t n = write(io->in[1], (const char *)p->in + sent,
					  p->in_len - sent);

			if (n > 0)
				sent += (size_t)n;
			if (sent == p->in_len ||
			    (n < 0 && errno != EINTR && errno != EAGAIN))
				close_fd(&io->in[1]);
		}
		if (fds[1].revents && drain(io->out[0], &out))
			close_fd(&io->out[0]);
		if (fds[2].revents && drain(io->err[0], &errs))
			close_fd(&io->err[0]);
	}
	close_fd(&signals);
	reader_end(&out);
	reader_end(&errs);
}

static int open_pipes(struct proc *p, struct pipes *io, struct error *err)
{
	if ((p->in && pipe_cloexec(io->in) < 0) ||
	    ((p->out || p->out_line) && pipe_cloexec(io->out) < 0) ||
	    ((p->err || p->err_line) && pipe_cloexec(io->err) < 0)) {
		pipes_close(io);
		return error_errno(err, "cannot run '%s'", p->argv.v[0]);
	}
	return 0;
}

static void widen(int fd)
{
#ifdef F_SETPIPE_SZ
	if (fd >= 0)
		fcntl(fd, F_SETPIPE_SZ, 1 << 20);
#else
	(void)fd;
#endif
}

/* Start it; `io` keeps our ends. */
static int begin(struct proc *p, struct pipes *io, struct error *err)
{
	if (open_pipes(p, io, err) < 0)
		return -1;
	if (start(p, io, err) < 0) {
		pipes_close(io);
		return -1;
	}
	close_fd(&io->in[0]);
	close_fd(&io->out[1]);
	close_fd(&io->err[1]);
	return 0;
}

static void finish(struct proc *p, struct pipes *io)
{
	struct sigaction ignore, before;

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &ignore, &before);
	pump(p, io);
	sigaction(SIGPIPE, &before, NULL);
	pipes_close(io);
	p->status = wait_for(p->pid);
}

int proc_run(struct proc *p, struct error *err)
{
	struct pipes io = PIPES_INIT;

	if (begin(p, &io, err) < 0)
		return -1;
	finish(p, &io);
	return 0;
}

int proc_begin(struct proc *p, struct error *err)
{
	struct pipes io = PIPES_INIT;

	if (begin(p, &io, err) < 0)
		return -1;
	p->fd[0] = io.in[1];
	p->fd[1] = io.out[0];
	p->fd[2] = io.err[0];
	p->is_running = 1;
	widen(p->fd[1]);
	widen(p->fd[2]);
	return 0;
}

void proc_finish(struct proc *p)
{
	struct pipes io = PIPES_INIT;

	io.in[1] = p->fd[0];
	io.out[0] = p->fd[1];
	io.err[0] = p->fd[2];
	p->is_running = 0;
	finish(p, &io);
}

int proc_is_ready(const struct proc *p, int timeout)
{
	struct pollfd fd = { p->fd[1], POLLIN, 0 };

	return poll(&fd, 1, timeout) > 0;
}

static void stop(struct proc *p)
{
	p->is_running = 0;
	for (int i = 0; i < 3; i++)
		close_fd(&p->fd[i]);
	kill(p->timeout ? -p->pid : p->pid, SIGTERM);
	wait_for(p->pid);
}

void proc_release(struct proc *p)
{
	if (p->is_running)
		stop(p);
	strvec_release(&p->argv);
	strvec_release(&p->env);
	*p = (struct proc)PROC_INIT;
}

int conversation_start(struct conversation *c, struct proc *p,
		       struct error *err)
{
	struct pipes io = PIPES_INIT;

	if (pipe_cloexec(io.in) < 0 || pipe_cloexec(io.out) < 0) {
		pipes_close(&io);
		return error_errno(err, "cannot run '%s'", p->argv.v[0]);
	}
	if (start(p, &io, err) < 0) {
		pipes_close(&io);
		return -1;
	}
	c->pid = p->pid;
	c->in = io.in[1];
	c->out = io.out[0];
	io.in[1] = io.out[0] = -1;
	pipes_close(&io);
	return 0;
}

int conversation_write(struct conversation *c, const void *data, size_t len,
		       struct error *err)
{
	struct sigaction ignore, before;
	int ret;

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &ignore, &before);
	ret = write_full(c->in, data, len);
	sigaction(SIGPIPE, &before, NULL);
	if (ret < 0)
		return error_errno(err, "a helper program went away");
	return 0;
}

/* More bytes into `pending`; 0 at the end. */
static ssize_t refill(struct conversation *c)
{
	ssize_t n;

	if (c->pending_pos == c->pending.len) {
		buf_reset(&c->pending);
		c->pending_pos = 0;
	}
	buf_grow(&c->pending, 65536);
	do {
		n = read(c->out, c->pending.s + c->pending.len, 65536);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		buf_setlen(&c->pending, c->pending.len + (size_t)n);
	return n;
}

int conversation_until(struct conversation *c, struct buf *out, char end,
		       struct error *err)
{
	buf_reset(out);
	for (;;) {
		const char *from = c->pending.s + c->pending_pos;
		size_t have = c->pending.len - c->pending_pos;
		const char *at = memchr(from, end, have);

		if (at) {
			buf_add(out, from, (size_t)(at - from));
			c->pending_pos += (size_t)(at - from) + 1;
			return 0;
		}
		buf_add(out, from, have);
		c->pending_pos = c->pending.len;
		if (refill(c) <= 0)
			return error_set(err, ERROR_FATAL,
					 "a helper program went away");
	}
}

int conversation_line(struct conversation *c, struct buf *line,
		      struct error *err)
{
	return conversation_until(c, line, '\n', err);
}

int conversation_read(struct conversation *c, struct buf *out, size_t len,
		      struct error *err)
{
	while (len) {
		size_t have = c->pending.len - c->pending_pos;

		if (have > len)
			have = len;
		buf_add(out, c->pending.s + c->pending_pos, have);
		c->pending_pos += have;
		len -= have;
		if (len && refill(c) <= 0)
			return error_set(err, ERROR_FATAL,
					 "a helper program went away");
	}
	return 0;
}

int conversation_finish(struct conversation *c)
{
	int status = 0;

	close_fd(&c->in);
	close_fd(&c->out);
	if (c->pid > 0)
		status = wait_for(c->pid);
	c->pid = -1;
	buf_release(&c->pending);
	c->pending_pos = 0;
	return status;
}

void conversation_stop(struct conversation *c)
{
	if (c->pid > 0)
		kill(c->pid, SIGTERM);
	conversation_finish(c);
}
