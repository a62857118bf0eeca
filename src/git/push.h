/*
 * One ref pushed by `git push`, and what git said about it.
 *
 * Neither success nor failure of `git push` proves anything: the line of
 * --porcelain about the ref does, and where there is none (the connection
 * was cut, a hook said no) only the remote itself knows.
 */
#ifndef GIT_PUSH_H
#define GIT_PUSH_H

#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "git/repo.h"

enum push_said {
	PUSH_SAID_NOTHING,	/* ask ls-remote */
	PUSH_SAID_DONE,		/* the ref was moved, or the request answered */
	PUSH_SAID_UP_TO_DATE,
	PUSH_SAID_REJECTED	/* `reason` says why */
};

struct push_report {
	enum push_said said;
	int by_remote;		/* the remote rejected it, not git here */
	char *reason;
	int status;		/* exit code of git push */
	char *last;		/* git's own last line on stderr, or NULL */
	int takes_no_options;	/* the remote: git said so, in English */
};

#define PUSH_REPORT_INIT { PUSH_SAID_NOTHING, 0, NULL, 0, NULL, 0 }

struct push_one {
	const char *remote;
	const char *object;	/* OID to push */
	const char *ref;	/* full name at the remote */
	int no_verify;		/* skip the user's pre-push hook */
	struct strvec options;	/* push options */
	struct strvec env;	/* for git push and the hook */
};

/*
 * The remote's lines go to `say` as they come (REPORT_LOG), without git's
 * "remote: "; so does what git and hooks here say.
 */
int git_push(struct push_report *rep, const struct repo *r,
	     const struct push_one *what, const struct reporter *say,
	     struct error *err);
/* What a ref is to become, and what it must be until then. */
struct leased_ref {
	const char *ref;	/* full name at the remote */
	const char *new;	/* OID; NULL: delete */
	const char *old;	/* OID; NULL: must not exist */
};

/*
 * Move them all, or none, and run no hook of the user's.  `said` is
 * PUSH_SAID_DONE when git reported every one of them moved.
 */
int git_push_leased(struct push_report *rep, const struct repo *r,
		    const char *remote, const struct leased_ref *v, size_t nr,
		    long timeout, struct error *err);
void push_report_release(struct push_report *rep);

#endif
