#include "base/interrupt.h"

#include "base/time.h"

#include <errno.h>
#include <sys/signalfd.h>

static void signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

int interrupt_fd(void)
{
	sigset_t set;

	signals(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void interrupt_hold(struct interrupt *i)
{
	sigset_t set;

	signals(&set);
	sigprocmask(SIG_BLOCK, &set, &i->before);
}

int interrupt_wait(double seconds)
{
	double end = time_monotonic() + seconds;
	sigset_t set;

	signals(&set);
	for (;;) {
		double left = end - time_monotonic();
		struct timespec ts = { 0, 0 };
		int got;

		if (left > 0) {
			ts.tv_sec = (time_t)left;
			ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
		}
		got = sigtimedwait(&set, NULL, &ts);
		if (got > 0)
			return got;
		/* Another signal came in between: the rest of the time. */
		if (errno != EINTR)
			return 0;
	}
}

int interrupt_forget(void)
{
	int nr = 0;

	while (interrupt_wait(0))
		nr++;
	return nr;
}

int interrupt_is_pending(void)
{
	sigset_t set;

	return !sigpending(&set) &&
	       (sigismember(&set, SIGINT) == 1 ||
		sigismember(&set, SIGTERM) == 1 ||
		sigismember(&set, SIGHUP) == 1);
}

void interrupt_release(const struct interrupt *i)
{
	sigprocmask(SIG_SETMASK, &i->before, NULL);
}
