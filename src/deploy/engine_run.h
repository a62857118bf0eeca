/*
 * A deploy by an engine (deploy/engine.h) that a client has begun, as far as
 * it is known here: a file in upgrade/deploys/ENV/ of the common git folder,
 * so that whoever comes later can go on with it, and nobody begins it twice.
 *
 *	commit OID
 *	stage about|begun|ended
 *	log ID			the deploy's log (deploy/log.h)
 *	started SECONDS
 *	id TEXT			what the engine calls it; absent: nothing yet
 *	former TEXT		the same of the try before, of that commit
 *	cursor TEXT		how far its log was read
 *	logged BYTES		how long our own log was then
 *	outcome verified|deployed|failed	of one that ended, as seen here
 *	unread TEXT		why that has not all of it; absent: it has
 *
 * Nothing is begun that was not written down before, as "about": when that is
 * found later, nobody knows whether it was begun.
 */
#ifndef DEPLOY_ENGINE_RUN_H
#define DEPLOY_ENGINE_RUN_H

#include <time.h>

#include "base/error.h"
#include "git/repo.h"

enum run_stage { RUN_NONE, RUN_ABOUT, RUN_BEGUN, RUN_ENDED };

struct engine_run {
	enum run_stage stage;
	char *commit, *log, *id, *cursor;
	time_t started;
	long long logged;		/* 0: unknown */
	char *unread, *outcome, *former;
};

#define ENGINE_RUN_INIT { RUN_NONE, NULL, NULL, NULL, NULL, 0, 0, NULL, \
			  NULL, NULL }

/* Where all about it is; free(). */
char *engine_run_folder(const struct repo *r, const char *env);
/* What such a file says; RUN_NONE where that is not enough. */
void engine_run_parse(struct engine_run *run, const char *text);
/* RUN_NONE where there is nothing. */
int engine_run_read(struct engine_run *run, const struct repo *r,
		    const char *env, struct error *err);
int engine_run_write(const struct engine_run *run, const struct repo *r,
		     const char *env, struct error *err);
/* Has one begun here that has not ended, as far as one knows? */
int engine_run_is_open(const struct engine_run *run);
void engine_run_release(struct engine_run *run);

#endif
