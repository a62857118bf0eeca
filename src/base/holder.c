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

/* What the file says: who and what lead into its text. */
struct signature {
	pid_t pid;
	time_t since;
	const char *who, *what;
	size_t who_len, what_len;
};

/* 0 when the text is no such line. */
static int signature_parse(struct signature *s, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);
	long long since = *end == ' ' ? strtoll(end, &end, 10) : 0;

	if (pid < 1 || since < 1 || *end != ' ')
		return 0;
	s->pid = (pid_t)pid;
	s->since = (time_t)since;
	s->who = ++end;
	s->who_len = strcspn(end, "\t\n");
	end += s->who_len + (end[s->who_len] == '\t');
	s->what = end;
	s->what_len = strcspn(end, "\n");
	return 1;
}

static int is_gone(const struct signature *s)
{
	return kill(s->pid, 0) < 0 && errno == ESRCH;
}

static void add_signature(struct buf *out, const struct signature *s)
{
	buf_addf(out, "process %ld", (long)s->pid);
	add_clean(out, " of ", s->who, s->who_len);
	buf_adds(out, ", for ");
	time_add_span(out, time(NULL) - s->since);
	add_clean(out, ": ", s->what, s->what_len);
}

static int read_signature(struct signature *s, struct buf *text,
			  const char *path)
{
	struct error ignored = ERROR_INIT;
	int is = !file_read(path, text, &ignored) &&
		 signature_parse(s, text->s);

	error_release(&ignored);
	return is;
}

void holder_add(struct buf *out, const char *path)
{
	struct buf text = BUF_INIT;
	struct signature s;

	if (!read_signature(&s, &text, path)) {
		buf_adds(out, "another process");
	} else {
		add_signature(out, &s);
		if (is_gone(&s))
			buf_adds(out, "; it is gone, a program it started is "
				 "still at work");
	}
	buf_release(&text);
}

int holder_lives(struct buf *out, const char *path)
{
	struct buf text = BUF_INIT;
	struct signature s;
	int lives = read_signature(&s, &text, path) && !is_gone(&s);

	if (lives)
		add_signature(out, &s);
	buf_release(&text);
	return lives;
}
