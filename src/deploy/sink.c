#include "deploy/sink.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "deploy/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE 65536
/* Of a program that has ended; what holds the pipe then is something else. */
#define PATIENCE_MS 60000
#define LOOK_MS 1000

struct answer {
	int code;			/* errno, or 0 */
	struct sum sum;
};

/* What there is: who looks wants to know of every byte. */
static ssize_t read_some(int fd, char *piece)
{
	ssize_t n;

	do {
		n = read(fd, piece, PIECE);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Everything from `in`, to `out` (-1: nowhere); 0, or errno. */
static int take_all(int in, int out, struct sink_shared *shared,
		    struct progress *progress, struct sum *sum)
{
	struct sha256 *sha = sha256_new();
	char *piece = xmalloc(PIECE);
	ssize_t n;
	int code = 0;

	sum->size = 0;
	while (!code && (n = read_some(in, piece)) > 0) {
		sha256_add(sha, piece, (size_t)n);
		sum->size += n;
		shared->taken = sum->size;
		shared->writes = 1;
		if (out >= 0 && write_full(out, piece, (size_t)n) < 0)
			code = errno;
		shared->writes = 0;
		if (progress && progress_look(progress) && !code)
			code = EINTR;
	}
	if (!code && n < 0)
		code = errno;
	sha256_end(sha, sum->sha256);
	free(piece);
	return code;
}

/* Onto the disk, if it is a file at all. */
static int sync_file(int fd)
{
	return !fsync(fd) || errno == EINVAL || errno == EROFS ? 0 : errno;
}

/* Runs in the child; never returns. */
static void be_sink(int from, int to, int report, struct sink_shared *shared)
{
	struct answer a;
	char end = 'e';

	/* All of it is sent, whatever is between its members. */
	memset(&a, 0, sizeof(a));
	setsid();
	/* No lock of whoever started us, and not the other end of the pipe. */
	dup2(from, 0);
	if (to >= 0)
		dup2(to, 1);
	detach_close_others(report, -1);
	signal(SIGPIPE, SIG_IGN);
	/* A limit of the size of files is an error like any other. */
	signal(SIGXFSZ, SIG_IGN);
	a.code = take_all(0, to < 0 ? -1 : 1, shared, NULL, &a.sum);
	close(0);
	(void)!write_full(report, &end, 1);
	if (!a.code && to >= 0)
		a.code = sync_file(1);
	(void)!write_full(report, &a, sizeof(a));
	_exit(0);
}

static struct sink_shared *share(void)
{
	void *at = mmap(NULL, sizeof(struct sink_shared),
			PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);

	return at == MAP_FAILED ? NULL : at;
}

int sink_open_to(struct sink *s, int to, const char *path, struct error *err)
{
	int data[2] = { -1, -1 }, answer[2] = { -1, -1 };

	s->path = path;
	s->shared = share();
	if (!s->shared || pipe_cloexec(data) < 0 || pipe_cloexec(answer) < 0) {
		error_errno(err, "cannot write '%s'", path);
	} else {
		s->pid = fork();
		if (!s->pid)
			be_sink(data[0], to, answer[1], s->shared);
		if (s->pid < 0)
			error_errno(err, "cannot start a process");
	}
	if (data[0] >= 0)
		close(data[0]);
	if (answer[1] >= 0)
		close(answer[1]);
	s->to = data[1];
	s->answer = answer[0];
	return s->pid > 0 ? 0 : -1;
}

int sink_open(struct sink *s, const char *path, struct error *err)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int ret;

	if (file < 0)
		return error_errno(err, "cannot write '%s'", path);
	ret = sink_open_to(s, file, path, err);
	close(file);
	return ret;
}

const volatile long long *sink_done(const struct sink *s)
{
	return &s->shared->taken;
}

/* Until there is something to read, but no longer than LOOK_MS; 1: there is. */
static int look(const struct sink *s, struct progress *progress)
{
	struct pollfd fd = { s->answer, POLLIN, 0 };
	int n = poll(&fd, 1, LOOK_MS);

	if (n <= 0)
		progress_look(progress);
	return n < 0 && errno == EINTR ? 0 : n;
}

/*
 * Something the program left behind may hold the pipe for ever.  Who takes
 * what we write may be slow, and that does not count.
 */
static int await_end(const struct sink *s, struct progress *progress)
{
	int n = 0;

	for (int waited = 0; !n && waited < PATIENCE_MS;) {
		n = look(s, progress);
		waited = s->shared->writes ? 0 : waited + LOOK_MS;
	}
	return n > 0;
}

/* It has all of it, and the disk may not. */
static int read_answer(const struct sink *s, struct progress *progress,
		       struct answer *a)
{
	char end;

	if (read_full(s->answer, &end, 1) != 1)
		return -1;
	progress_wait(progress, s->answer, 0);
	return read_full(s->answer, a, sizeof(*a)) == sizeof(*a) ? 0 : -1;
}

int sink_close(struct sink *s, struct progress *progress, struct sum *sum,
	       struct error *err)
{
	struct answer a = { 0, { 0, "" } };
	int ret = 0;

	if (s->to >= 0)
		close(s->to);
	if (s->pid > 0) {
		if (!await_end(s, progress)) {
			kill(s->pid, SIGKILL);
			ret = error_set(err, ERROR_DEPLOY, "what it started "
					"goes on writing when it has ended");
		} else if (read_answer(s, progress, &a) < 0) {
			ret = error_set(err, ERROR_FATAL, "who writes '%s' "
					"was killed", s->path);
		}
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (a.code) {
		errno = a.code;
		error_errno(err, "cannot write '%s'", s->path);
		ret = 1;
	}
	if (sum)
		*sum = a.sum;
	if (s->answer >= 0)
		close(s->answer);
	if (s->shared)
		munmap(s->shared, sizeof(*s->shared));
	*s = (struct sink)SINK_INIT;
	return ret;
}

int file_sum_open(const char *path, struct progress *progress,
		  struct sum *sum, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), code;
	struct sink_shared nobody = { 0, 0 };

	if (fd < 0)
		return error_errno(err, "cannot read '%s'", path);
	/* What is on the disk, where the system lets itself be asked. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (progress)
		progress->from = fd;
	code = take_all(fd, -1, &nobody, progress, sum);
	if (!code && lseek(fd, 0, SEEK_SET) < 0)
		code = errno;
	if (!code)
		return fd;
	close(fd);
	errno = code;
	return error_errno(err, "cannot read '%s'", path);
}

int file_sum(const char *path, struct progress *progress, struct sum *sum,
	     struct error *err)
{
	int fd = file_sum_open(path, progress, sum, err);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}
