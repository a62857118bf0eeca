#include "base/holder.h"

#include "base/error.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Each time its holder removed it, and with it the folder, just then. */
#define LOCK_TRIES 1000

/* -1 with errno; ESTALE: it has just been removed. */
static int lock_once(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | flags, 0666);
	int saved = errno;

	if (fd < 0) {
		errno = saved == ENOENT ? ESTALE : saved;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		saved = errno;
	else if (!file_is_named(fd, path))
		saved = ESTALE;
	else
		return fd;
	close(fd);
	errno = saved;
	return -1;
}

int holder_lock(const char *path, int flags)
{
	int fd = -1, saved = ESTALE;

	for (int i = 0; i < LOCK_TRIES && fd < 0 && saved == ESTALE; i++) {
		struct error ignored = ERROR_INIT;

		if (make_parent_dirs(path, &ignored) == 0)
			fd = lock_once(path, flags);
		saved = errno;
		error_release(&ignored);
	}
	errno = saved;
	return fd;
}

void holder_sign(int fd, const char *command)
{
	const struct passwd *who = getpwuid(geteuid());
	struct buf b = BUF_INIT;

	buf_addf(&b, "%ld %lld %s\t%s\n", (long)getpid(),
		 (long long)time(NULL), who ? who->pw_name : "",
		 command ? command : "");
	if (!ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET))
		(void)!write_full(fd, b.s, b.len);
	buf_release(&b);
}

static void add_clean(struct buf *out, const char *before, const char *text,
		      size_t len)
{
	if (!len)
		return;
	buf_adds(out, before);
	buf_add_clean(out, text, len);
}

/* 0 when the text is no such line. */
static int add_line(struct buf *out, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);
	long long since = *end == ' ' ? strtoll(end, &end, 10) : 0;
	size_t user, command;

	if (pid < 1 || since < 1 || *end != ' ')
		return 0;
	user = strcspn(++end, "\t\n");
	buf_addf(out, "process %ld", pid);
	add_clean(out, " of ", end, user);
	buf_adds(out, ", for ");
	time_add_span(out, time(NULL) - (time_t)since);
	end += user + (end[user] == '\t');
	command = strcspn(end, "\n");
	add_clean(out, ": ", end, command);
	if (kill((pid_t)pid, 0) < 0 && errno == ESRCH)
		buf_adds(out, "; it is gone, a program it started is still "
			 "at work");
	return 1;
}

void holder_add(struct buf *out, const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (file_read(path, &text, &ignored) < 0 || !add_line(out, text.s))
		buf_adds(out, "another process");
	error_release(&ignored);
	buf_release(&text);
}
