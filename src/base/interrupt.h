/*
 * Ctrl-C as something to wait for, not to be killed by.
 *
 * While held, SIGINT, SIGTERM and SIGHUP stay pending in this process;
 * programs it runs get them as usual (proc.h starts them with nothing
 * blocked).  A caller that waits for something far away asks
 * interrupt_wait() instead of sleeping and then ends in its own words.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <signal.h>

struct interrupt {
	sigset_t before;
};

/* A descriptor that is readable while one is pending; -1: cannot be had. */
int interrupt_fd(void);
void interrupt_hold(struct interrupt *i);
/*
 * Wait `seconds`, or until one of the signals comes or has come since
 * interrupt_hold(); then the signal's number, which is forgotten, else 0.
 */
int interrupt_wait(double seconds);
/* Has one come that is held?  It stays. */
int interrupt_is_pending(void);
/*
 * Forget those that have come, and say how many: git passes Ctrl-C on to us, so
 * that it may come twice.
 */
int interrupt_forget(void);
/* A signal still pending takes effect. */
void interrupt_release(const struct interrupt *i);

#endif
