/*
 * Running other programs.
 *
 * Never through a shell: `argv` is what runs.  A program that cannot be
 * started is an error (-1); one that ran and failed is not: look at
 * `status`, the exit code, or 128 + N when signal N ended it.  What it leaves
 * running with our pipes is not waited for.
 *
 *	struct proc p = PROC_INIT;
 *
 *	strvec_pushl(&p.argv, "git", "rev-parse", "HEAD", NULL);
 *	p.out = &out;
 *	if (proc_run(&p, err) < 0 || p.status) ...
 *	proc_release(&p);
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"

struct proc {
	struct strvec argv;
	/* "NAME=VALUE" sets, "NAME" removes, on top of our environment. */
	struct strvec env;
	/* Start from an empty environment instead of ours. */
	int clean_env;
	/* Where it runs; NULL: here.  Borrowed. */
	const char *dir;
	/* Fed to its standard input; NULL: /dev/null.  Borrowed. */
	const void *in;
	size_t in_len;
	/* It gets our standard input as it is (editors, prompts). */
	int inherit_in;
	/*
	 * Where its output goes: collected in a buffer, handed on line by
	 * line (without the line end), or, where both are absent, ours.
	 */
	struct buf *out;
	struct buf *err;
	void (*out_line)(void *data, const char *line, size_t len);
	void (*err_line)(void *data, const char *line, size_t len);
	void *data;
	/*
	 * So many bytes of `err` are kept, the first ones, of a program that
	 * passes on what others say; 0: all.
	 */
	size_t err_max;
	/* Throw this output away. */
	int quiet_out;
	int quiet_err;
	/* Standard output goes where our standard error goes. */
	int out_to_err;
	/* Standard error goes where its standard output goes. */
	int err_to_out;
	/*
	 * A signal that is held (interrupt.h) is passed on to it.  The
	 * signal stays pending here.
	 */
	int interruptible;
	/* Seconds after which it and its process group are killed; 0: never. */
	long timeout;

	int status;
	int timed_out;
	pid_t pid;
	int fd[3];			/* our ends, from begin to finish */
	int is_running;			/* begun, and not finished */
};

#define PROC_INIT { .argv = STRVEC_INIT, .env = STRVEC_INIT }

/* Is there a program of that name in our PATH; or at that path? */
int proc_exists(const char *name);

/* Ends one that was begun. */
void proc_release(struct proc *p);
int proc_run(struct proc *p, struct error *err);

/*
 * The same in two steps, for who has something to do while it runs.  What it
 * says waits in pipes, so where the system can these are wide; `out` and
 * `err` may be pointed elsewhere in between.  The time limit begins with
 * proc_finish().
 */
int proc_begin(struct proc *p, struct error *err);
void proc_finish(struct proc *p);
/* Wait so many milliseconds for output, or its end; true when it is there. */
int proc_is_ready(const struct proc *p, int timeout);

/*
 * A program one talks with: writes go to `in`, answers are read from `out`.
 * proc_finish() closes both and waits.
 */
struct conversation {
	pid_t pid;
	int in;
	int out;
	struct buf pending;
	size_t pending_pos;
};

#define CONVERSATION_INIT { .pid = -1, .in = -1, .out = -1, \
			    .pending = BUF_INIT, .pending_pos = 0 }

int conversation_start(struct conversation *c, struct proc *p,
		       struct error *err);
int conversation_write(struct conversation *c, const void *data, size_t len,
		       struct error *err);
/* Up to `end`, which is dropped; -1 also at the end of the output. */
int conversation_until(struct conversation *c, struct buf *out, char end,
		       struct error *err);
/* The same for a line. */
int conversation_line(struct conversation *c, struct buf *line,
		      struct error *err);
int conversation_read(struct conversation *c, struct buf *out, size_t len,
		      struct error *err);
/* The exit code as in `struct proc`. */
int conversation_finish(struct conversation *c);
/* Ask it to end, and wait until it has. */
void conversation_stop(struct conversation *c);

/* As pipe(2), both ends closed by exec. */
int pipe_cloexec(int fd[2]);
/* read() and write() that go on after EINTR and short counts. */
ssize_t read_full(int fd, void *data, size_t len);
int write_full(int fd, const void *data, size_t len);

#endif
