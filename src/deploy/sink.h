/*
 * A process that takes what comes out of a program into a file, or to another
 * program, and counts its SHA-256 on the way.  The file is on the disk when
 * that is told.
 */
#ifndef DEPLOY_SINK_H
#define DEPLOY_SINK_H

#include <sys/types.h>

#include "base/error.h"
#include "base/sha256.h"
#include "deploy/progress.h"

/* Between the two processes. */
struct sink_shared {
	volatile int writes;		/* it waits for who takes that */
	volatile long long taken;	/* bytes */
};

struct sink {
	int to;				/* what the program writes to */
	int answer;
	pid_t pid;
	const char *path;		/* borrowed until it is closed */
	struct sink_shared *shared;
};

#define SINK_INIT { -1, -1, -1, NULL, NULL }

struct sum {
	long long size;
	char sha256[SHA256_HEX + 1];
};

/* A new file, of mode 0600. */
int sink_open(struct sink *s, const char *path, struct error *err);
/* To an open descriptor, `path` for people; -1: only the sum is wanted. */
int sink_open_to(struct sink *s, int to, const char *path,
		 struct error *err);
/* How much it has by now. */
const volatile long long *sink_done(const struct sink *s);
/*
 * The program has ended: that is all.  1, with the error set: what it wrote
 * could not be kept; -1.  Twice is fine.  `progress` is looked at until it is
 * on the disk.
 */
int sink_close(struct sink *s, struct progress *progress, struct sum *sum,
	       struct error *err);
/* The same of a file that is there; `progress`: NULL, or looked at. */
int file_sum(const char *path, struct progress *progress, struct sum *sum,
	     struct error *err);
/* The file, open and to be read from its beginning, for who goes on with it. */
int file_sum_open(const char *path, struct progress *progress,
		  struct sum *sum, struct error *err);

#endif
