/*
 * The prefix of an environment: what its commands run through, such as
 * `ssh app@host` or `podman exec shop`.
 *
 * Steps and checks that are programs do.  Either the prefix hands arguments on
 * as they are (podman, docker, kubectl, sudo), and what follows it is
 *
 *	sh -c SCRIPT sh DIR SECONDS VAR=VALUE... PROGRAM ARG...
 *
 * or it hands one text to a shell at the far end, which is that of `ssh`,
 * `sh -c` and the like: then it is all of that as one argument, quoted for a
 * POSIX shell.  SCRIPT goes to DIR, and becomes the program; so `sh` and `env`
 * are needed there.
 *
 * At the far end
 *	- the folder is the environment's `prefix_dir` and in it the step's
 *	  `dir`, without both where one logs in;
 *	- of our environment UPGRADE_* arrive; UPGRADE_RELEASE_DIR is
 *	  `prefix_dir`, and missing without one;
 *	- standard input is at its end, as the prefix's own is;
 *	- the time limit holds where there is a timeout(1), a second later than
 *	  here.  Without one, and when the worker is killed, what was begun
 *	  goes on until it ends by itself: only the near end is ended;
 *	- the exit code is the program's, if the prefix hands it back.
 */
#ifndef DEPLOY_PREFIX_H
#define DEPLOY_PREFIX_H

#include "base/vec.h"
#include "deploy/steps.h"

int prefix_is_there(const struct step_context *c);
/* The whole command, filled in. */
void prefix_argv(struct strvec *argv, const struct step_context *c,
		 const struct command_line *cmd, const char *subdir);
/* May it be the prefix that ended so, and not what runs through it? */
int prefix_may_have_failed(const struct step_context *c,
			   const struct step_result *result);
/*
 * A failure may be the prefix's: a hint that says so, and how to find out.
 * Nothing where there is none.
 */
void prefix_explain(const struct step_context *c,
		    const struct step_result *result, struct error *err);

#endif
