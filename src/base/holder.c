#include "base/holder.h"

#include "base/error.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/time.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void holder_sign(int fd)
{
	const struct passwd *who = getpwuid(geteuid());
	struct buf b = BUF_INIT;

	buf_addf(&b, "%ld %lld %s\n", (long)getpid(), (long long)time(NULL),
		 who ? who->pw_name : "");
	if (!ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET))
		(void)!write_full(fd, b.s, b.len);
	buf_release(&b);
}

void holder_add(struct buf *out, const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	long long since;
	char who[64] = "";
	long pid;

	if (file_read(path, &text, &ignored) < 0 ||
	    sscanf(text.s, "%ld %lld %63[^\n]", &pid, &since, who) < 2 ||
	    pid < 1) {
		buf_adds(out, "another process");
	} else {
		buf_addf(out, "process %ld", pid);
		if (*who)
			buf_addf(out, " of %s", who);
		buf_adds(out, ", for ");
		time_add_span(out, time(NULL) - (time_t)since);
		if (kill((pid_t)pid, 0) < 0 && errno == ESRCH)
			buf_adds(out, "; it is gone, a program it started is "
				 "still at work");
	}
	error_release(&ignored);
	buf_release(&text);
}
