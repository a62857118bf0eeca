/*
 * How far something is that takes long: a line after five seconds, ten,
 * twenty, and so on, and one every five minutes in the end.  What is over by
 * then says nothing.
 */
#ifndef DEPLOY_PROGRESS_H
#define DEPLOY_PROGRESS_H

#include "base/error.h"
#include "base/report.h"

#include <sys/types.h>

struct progress {
	const struct reporter *say;
	const char *what, *name;	/* "backup", "database" */
	const volatile long long *done;	/* bytes; NULL: see `from` */
	int from;			/* a file that is read; -1: unknown */
	long long whole;		/* bytes in all; 0: unknown */
	int can_end;			/* whoever waits may be interrupted */
	pid_t partner;			/* ends with it; 0: nobody */
	double start, next;		/* seconds, since progress_begin() */
};

#define PROGRESS_INIT(say, what, name) \
	{ (say), (what), (name), NULL, -1, 0, 0, 0, 0.0, 0.0 }

void progress_begin(struct progress *p);
/* Mostly nothing.  1: somebody wants it to end, and its partner was told. */
int progress_look(struct progress *p);
/* Until there is something to read; `pid` (0: nobody) is told to end, too. */
void progress_wait(struct progress *p, int fd, pid_t pid);
/* Where it was ended, that is why it failed.  -1. */
int progress_failed(const struct progress *p, struct error *err);

#endif
