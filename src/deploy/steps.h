/*
 * Running one program of a profile: a step or a check.
 *
 * It runs in a folder of a release with a clean environment, standard input
 * from /dev/null, in a session of its own, under a keeper process.  At its
 * time limit, when it prints without end, or when the worker dies, the
 * keeper ends the program and all it started, daemons included; a program
 * that ends in time may leave daemons behind: a service that was started is
 * meant to stay.  Of a program that runs through a prefix all that is the
 * near end; of the far one see deploy/prefix.h.
 */
#ifndef DEPLOY_STEPS_H
#define DEPLOY_STEPS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "deploy/platform.h"
#include "deploy/progress.h"

/* What `{env}` and `{release}` stand for, and UPGRADE_*. */
struct step_context {
	const struct platform *platform;
	const char *env;
	const char *release;		/* NULL: unknown, filled in as "" */
	const char *commit;
	const char *dir;		/* the release's folder */
	const char *id;			/* of the deploy; NULL: of none */
	/* Through whose prefix it runs (deploy/prefix.h); NULL: none. */
	const struct environment *at;
	/* The release before, "" where it is unknown; NULL: it is not told. */
	const char *from;
	/* A backup that is made, or put back, and what of it; NULL: none. */
	const char *backup, *artifact;
};

struct step_result {
	int status;			/* as in struct proc */
	int timed_out;
	int too_long;			/* what it printed */
};

/*
 * Output goes to `log_fd`, or with `out` into that buffer.  -1 only when it
 * could not be started at all.
 */
int step_run(const struct step_context *c, const struct command_line *cmd,
	     const char *subdir, int log_fd, struct buf *out,
	     struct step_result *result, struct error *err);
/* The same with `in` as its standard input; no longer from /dev/null. */
int step_feed(const struct step_context *c, const struct command_line *cmd,
	      const struct buf *in, struct buf *out,
	      struct step_result *result, struct error *err);
/*
 * The same with open files: `in` (-1: none) to read, `to` (-1: with the rest)
 * for what it prints, however much that is, and `said` for what it says on
 * standard error, the last of it where that is much.  `progress` (NULL: none)
 * is looked at while it runs, and may end it.
 */
int step_stream(const struct step_context *c, const struct command_line *cmd,
		int in, int to, struct buf *said, struct progress *progress,
		struct step_result *result, struct error *err);
/*
 * ": " and the last line of an output, short enough for a message, and fit for
 * the ledger, which everybody reads; "" when there is none.
 */
void step_add_excerpt(struct buf *out, const struct buf *text);
/* It did not end by itself: it was ended, or killed. */
int step_was_ended(const struct step_result *result);
/* "exit code 3", "signal 9", "no end after 60 s" */
void step_describe(const struct step_result *result, long timeout,
		   struct buf *out);
/* UPGRADE_*; `dir`: where the release is for the program, NULL: nowhere. */
void step_variables(struct strvec *out, const struct step_context *c,
		    const char *dir);
/*
 * `text` with {env} and {release} filled in, and of a backup {backup} and
 * {artifact}; free().
 */
char *step_fill(const struct step_context *c, const char *text);
/*
 * End what a killed worker's steps left: every process of ours whose
 * UPGRADE_DEPLOY is `id`.
 */
void step_kill_leftovers(const char *id);

#endif
