/*
 * Where a release stands while it is deployed, and how it gets into service.
 *
 * A platform makes a folder a release and switches a link
 * (deploy/release_dir.h).  A host that pulls has one folder, the work tree:
 * the release is there before its deploy begins, and nothing is switched.
 * What both have is TOP, a folder with the markers of what is under way and
 * `.interrupted`.
 */
#ifndef DEPLOY_PLACE_H
#define DEPLOY_PLACE_H

#include "base/error.h"
#include "deploy/log.h"
#include "deploy/platform.h"
#include "deploy/release_dir.h"

struct place {
	const char *by;			/* in the ledger: "server", "host" */
	/* After a failure, what to type; NULL: whoever waits knows. */
	const char *again;
	const char *mend;		/* after a kill: what to type */
	int is_one_folder;		/* old and new release share it */
	/* An engine deploys: nothing of it runs here, and nobody is told. */
	int is_client;
	/* TOP of an environment; free(). */
	char *(*top)(const struct platform *p, const struct environment *env);
	/* Mark it as being built, and make it; what that took is logged. */
	int (*make)(struct release_dir *d, struct platform *p,
		    const char *commit, struct deploy_log *log,
		    struct error *err);
	/*
	 * Into service, while the refs that say so are locked.  When it fails
	 * nothing is recorded.
	 */
	int (*enter)(const struct release_dir *d, struct platform *p,
		     const char *commit, struct error *err);
	/* 1: `d` is the release that serves; 0: there is none to go to. */
	int (*serving)(struct release_dir *d, const char *top);
	int (*succeeded)(const struct release_dir *d, struct platform *p,
			 struct error *err);
	int (*failed)(const struct release_dir *d, struct error *err);
	/*
	 * What happened is recorded; tell whoever should know.  What goes
	 * wrong with that is for the log alone.  NULL: nobody.
	 */
	void (*recorded)(struct platform *p, const struct environment *env,
			 struct deploy_log *log);
	/* What a killed worker was building, and never entered. */
	int (*discard)(const struct release_dir *d, struct error *err);
};

extern const struct place place_releases;	/* release_place.c */
extern const struct place place_here;		/* here.c */
extern const struct place place_client;		/* engine.c */

#endif
