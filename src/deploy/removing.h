/*
 * That an environment is being torn down (deploy/remove.h):
 * upgrade/removing/ENV in the platform, from before anything of it goes until
 * nothing is left.  While it is there no push gets in, no request is answered
 * but for the log, and nothing is deployed.  A fact a line:
 *
 *	since SECONDS
 *	who NAME
 *	why TEXT
 *	with branch		one a line: branch, backups, shared
 *	without stop
 *	stopped			what served was stopped
 *
 * So whoever was killed, or refused half-way, is followed by one who knows
 * what was asked for.  A file that cannot be made sense of is a mark as well.
 */
#ifndef DEPLOY_REMOVING_H
#define DEPLOY_REMOVING_H

#include <time.h>

#include "base/error.h"
#include "base/vec.h"
#include "deploy/platform.h"

enum {
	REMOVE_BRANCH = 1 << 0,
	REMOVE_BACKUPS = 1 << 1,
	REMOVE_SHARED = 1 << 2,
	REMOVE_UNSTOPPED = 1 << 3,	/* no step is run */
	REMOVE_NO_BACKUPS = 1 << 4	/* whatever was asked for before */
};

struct removing {
	char *who, *why;		/* for people; or NULL */
	time_t since;
	unsigned what;			/* REMOVE_* */
	int stopped;
};

#define REMOVING_INIT { NULL, NULL, 0, 0, 0 }

/* 1: it is; 0: it is not; -1. */
int removing_read(struct removing *m, const struct repo *r, const char *env,
		  struct error *err);
int removing_write(const struct removing *m, const struct repo *r,
		   const char *env, struct error *err);
int removing_end(const struct repo *r, const char *env, struct error *err);
void removing_release(struct removing *m);
int removing_is(const struct repo *r, const char *env);
/* All that are, sorted. */
void removing_list(const struct repo *r, struct strvec *names);
/* ERROR_REFUSED, and how that ends, while it is. */
int removing_check(const struct repo *r, const char *env, struct error *err);
/*
 * One at a time tears down, as all of them edit one configuration: a
 * descriptor to close, or -1, ERROR_REFUSED where somebody does.
 */
int removing_lock(const struct repo *r, struct error *err);
void removing_unlock(const struct repo *r, int lock);

#endif
