/*
 * The two talk over a socket that keeps messages apart.  Of each the first
 * byte is what it is:
 *
 *	L	a line to say
 *	E K	an error; K is its kind
 *	H	a hint of that error
 *	D	done
 */
#include "deploy/apart.h"

#include "base/buf.h"
#include "base/holder.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "deploy/detach.h"
#include "deploy/place.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_MESSAGE 16384
/* For how long an end is not read before nobody is thought to be there. */
#define PATIENCE 30
/* How often Ctrl-C is looked for. */
#define LOOK_MS 100

/* A line that nobody reads is lost; the end is not. */
static void tell(int fd, const char *what, const char *text, int surely)
{
	struct buf b = BUF_INIT;
	ssize_t n;

	buf_adds(&b, what);
	buf_adds(&b, text);
	if (b.len > MAX_MESSAGE)
		buf_setlen(&b, MAX_MESSAGE);
	do {
		n = send(fd, b.s, b.len, MSG_NOSIGNAL |
			 (surely ? 0 : MSG_DONTWAIT));
	} while (n < 0 && errno == EINTR);
	buf_release(&b);
}

static void tell_line(void *data, enum report_kind kind, const char *text)
{
	const int *fd = data;

	(void)kind;
	tell(*fd, "L", text, 0);
}

static void tell_error(int fd, const struct error *err)
{
	const char what[3] = { 'E', (char)('0' + err->kind), '\0' };

	tell(fd, what, err->message ? err->message : "unknown", 1);
	for (size_t i = 0; i < err->hints.nr; i++)
		tell(fd, "H", err->hints.v[i], 1);
}

/* Runs in the child; never returns. */
static void be_apart(struct platform *p, int lock, const char *what, int fd,
		     int (*work)(void *data, const struct reporter *say,
				 struct error *err), void *data)
{
	struct timeval limit = { PATIENCE, 0 };
	struct reporter say = { tell_line, &fd };
	struct error err = ERROR_INIT;
	int null, ret;

	setsid();
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	detach_cut_off(null);
	detach_close_others(lock, fd);
	umask(022);
	holder_sign(lock, what);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	ret = work(data, &say, &err);
	repo_disconnect(&p->repo);
	/* Whoever is told that it is over may want the lock. */
	close(lock);
	if (ret < 0)
		tell_error(fd, &err);
	tell(fd, "D", "", 1);
	error_release(&err);
	_exit(0);
}

static void take_error(struct error *err, const char *text)
{
	int kind = *text ? *text - '0' : 0;

	error_set(err, kind > ERROR_NONE && kind <= ERROR_USAGE ?
		  (enum error_kind)kind : ERROR_FATAL, "%s",
		  *text ? text + 1 : "unknown");
}

/* 1: Ctrl-C came first, where that is held. */
static int is_called_away(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	while (!interrupt_is_pending())
		if (poll(&p, 1, LOOK_MS) > 0)
			return 0;
	return 1;
}

static int goes_on(const char *what, struct error *err)
{
	/* For a second one there is nobody left to be ended. */
	interrupt_forget();
	error_set(err, ERROR_PENDING, "interrupted; \"%s\" goes on", what);
	err->changed = 1;
	return error_hint(err, "see how it goes with \"git upgrade status\"");
}

/* Until the child has said that it is done, or is gone. */
static int listen_to(int fd, const char *what, const struct reporter *say,
		     struct error *err)
{
	struct error heard = ERROR_INIT;
	struct buf b = BUF_INIT;
	ssize_t n;
	int done = 0;

	while (!done) {
		if (is_called_away(fd)) {
			goes_on(what, &heard);
			break;
		}
		buf_reset(&b);
		buf_grow(&b, MAX_MESSAGE);
		n = recv(fd, b.s, MAX_MESSAGE, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_setlen(&b, (size_t)n);
		if (*b.s == 'L')
			report(say, REPORT_LOG, "%s", b.s + 1);
		else if (*b.s == 'E')
			take_error(&heard, b.s + 1);
		else if (*b.s == 'H')
			error_hint(&heard, "%s", b.s + 1);
		done = *b.s == 'D';
	}
	buf_release(&b);
	if (heard.kind)
		return error_move(err, &heard);
	return done ? 0 : error_set(err, ERROR_PENDING, "what was asked for "
				    "was killed, or cut off");
}

int work_apart(struct platform *p, int lock, const char *what,
	       int (*work)(void *data, const struct reporter *say,
			   struct error *err),
	       void *data, const struct reporter *say, struct error *err)
{
	/* Who asks a platform is elsewhere, and ended by it himself. */
	int here = p->place->is_one_folder || p->place->is_client;
	struct interrupt held;
	int fd[2], ret, how = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0) {
		close(lock);
		return error_errno(err, "cannot start a process");
	}
	/* The helper that reads objects would hear two voices. */
	repo_disconnect(&p->repo);
	pid = fork();
	if (!pid)
		be_apart(p, lock, what, fd[1], work, data);
	close(lock);
	close(fd[1]);
	if (here)
		interrupt_hold(&held);
	ret = pid < 0 ? error_errno(err, "cannot start a process") :
			listen_to(fd[0], what, say, err);
	close(fd[0]);
	/* It may have been left to itself. */
	if (ret < 0 && err->kind == ERROR_PENDING)
		how = WNOHANG;
	while (pid > 0 && waitpid(pid, NULL, how) < 0 && errno == EINTR)
		;
	if (here)
		interrupt_release(&held);
	return ret;
}
