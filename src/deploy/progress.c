#include "deploy/progress.h"

#include "base/buf.h"
#include "base/interrupt.h"
#include "base/time.h"
#include "model/backup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define FIRST 5.0
#define LONGEST 300.0
#define LOOK_MS 500

void progress_begin(struct progress *p)
{
	p->start = time_monotonic();
	p->next = FIRST;
}

/* Bytes; -1: nobody knows. */
static long long done(const struct progress *p)
{
	if (p->done)
		return *p->done;
	/* Whoever reads shares the place in the file with us. */
	return p->from >= 0 ? (long long)lseek(p->from, 0, SEEK_CUR) : -1;
}

static void tell(const struct progress *p, double seconds)
{
	struct buf b = BUF_INIT;
	long long size = done(p);

	if (size >= 0 && p->whole > 0) {
		backup_add_size(&b, size);
		buf_adds(&b, " of ");
		backup_add_size(&b, p->whole);
		buf_adds(&b, ", ");
	} else if (size >= 0) {
		backup_add_size(&b, size);
		buf_adds(&b, " so far, ");
	}
	time_add_clock(&b, (time_t)seconds);
	report(p->say, REPORT_LOG, "  %-10s %s, %s", p->what, p->name, b.s);
	buf_release(&b);
}

int progress_look(struct progress *p)
{
	double seconds = time_monotonic() - p->start;

	if (seconds >= p->next) {
		tell(p, seconds);
		p->next += p->next < LONGEST ? p->next : LONGEST;
	}
	if (!p->can_end || !interrupt_is_pending())
		return 0;
	if (p->partner > 0)
		kill(p->partner, SIGTERM);
	p->partner = 0;
	return 1;
}

void progress_wait(struct progress *p, int fd, pid_t pid)
{
	struct pollfd what = { fd, POLLIN, 0 };
	int n;

	while (!(n = poll(&what, 1, LOOK_MS)) || (n < 0 && errno == EINTR)) {
		if (!progress_look(p))
			continue;
		if (pid > 0)
			kill(pid, SIGTERM);
		pid = 0;
	}
}

int progress_failed(const struct progress *p, struct error *err)
{
	if (!p->can_end || !interrupt_is_pending())
		return -1;
	error_release(err);
	return error_set(err, ERROR_DEPLOY, "interrupted");
}
