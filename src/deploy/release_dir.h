/*
 * Release directories: TOP/releases/ID, one a deploy, beside TOP/current, a
 * link to the one that serves, and TOP/shared, what outlives them.
 *
 * A marker TOP/releases/.ID.STATE with the commit in it stands beside each
 * directory that is not in service for good: `building` from before it is
 * made until it is recorded, `failed` when its deploy failed.  After a kill
 * at any instant the markers say what to finish and what to throw away.
 */
#ifndef DEPLOY_RELEASE_DIR_H
#define DEPLOY_RELEASE_DIR_H

#include "base/error.h"
#include "base/vec.h"
#include "deploy/log.h"
#include "deploy/platform.h"

struct release_dir {
	char *top;
	char *id;
	char *path;		/* TOP/releases/ID */
};

#define RELEASE_DIR_INIT { NULL, NULL, NULL }

void release_dir_release(struct release_dir *d);
void release_dir_set(struct release_dir *d, const char *top, const char *id);

/* The end of an ID at the beginning of `name`; NULL: there is none. */
const char *release_dir_skip_id(const char *name);
int release_dir_is_id(const char *name);

/* The marker of a deploy that begins. */
int release_dir_begin(const struct release_dir *d, const char *commit,
		      struct error *err);
/*
 * Begin, and check the exact tree of `commit` out into a new directory, filters
 * applied, with its submodules (deploy/submodules.h), and link the shared
 * paths in.  A shared path that leads through a link is an error.
 */
int release_dir_make(struct release_dir *d, struct platform *p,
		     const char *commit, struct deploy_log *log,
		     struct error *err);
/* Point `current` at it, in one rename that survives a power cut. */
int release_dir_switch(const struct release_dir *d, struct error *err);
/* 1 there is a current one, 0 not. */
int release_dir_current(struct release_dir *d, const char *top);

/* The marker's next state; NULL: none, the directory is in service. */
int release_dir_mark(const struct release_dir *d, const char *state,
		     struct error *err);
/* IDs that have a marker of that state. */
void release_dir_marked(const char *top, const char *state,
			struct strvec *ids);
/*
 * Remove what a kill left of a marker that was being written, or of a switch,
 * and nothing that has no name of ours: no deploy is under way.
 */
int release_dir_sweep(const char *top, struct error *err);
/* The commit in a marker; NULL when unreadable.  free(). */
char *release_dir_marked_commit(const struct release_dir *d,
				const char *state);
/*
 * TOP/.interrupted: a deploy has stopped what served, and nothing that is
 * known to serve has been started since.  It outlives a worker that is
 * killed in between.
 */
int release_dir_is_interrupted(const char *top);
int release_dir_interrupt(const char *top, struct error *err);
/* The same where it is a restore that stops it (deploy/standstill.h). */
int release_dir_is_stopped(const char *top);
int release_dir_stop(const char *top, struct error *err);
/* -1: it is said to be down still. */
int release_dir_resume(const char *top, struct error *err);
/* Remove the directory and its markers. */
int release_dir_remove(const struct release_dir *d, struct error *err);
/* Remove the oldest so that `keep` stay beside the current one. */
int release_dir_prune(const char *top, long keep, struct error *err);

#endif
