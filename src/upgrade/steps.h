/*
 * Steps of a merge: programs of the profile (a package manager, mostly) that
 * run in a scratch work tree of the merged tree and leave files behind.
 *
 * What becomes part of the upgrade is decided by the profile, never by what
 * happens to lie there: files it maps (the generic form of marshalling: each
 * package carries a map of source and destination) and files it says the
 * step produces.  All else that appeared or changed is listed and left out,
 * as are ignored files.
 */
#ifndef UPGRADE_STEPS_H
#define UPGRADE_STEPS_H

#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"

struct steps_result {
	char *tree;			/* with what was staged */
	struct strvec staged;		/* paths */
	struct strvec left_out;		/* "PATH (ignored)", "PATH" */
	struct strvec ran;		/* names of the steps */
	struct strvec skipped;		/* of those that somebody did by hand */
};

#define STEPS_RESULT_INIT { NULL, STRVEC_INIT, STRVEC_INIT, STRVEC_INIT, \
			    STRVEC_INIT }

struct steps_request {
	struct repo *repo;
	const struct profile *profile;
	const char *tree;		/* merged, no conflicts */
	const char *from, *to;		/* versions, as {from} and {release} */
	const char *dir;		/* scratch folder, ours to make */
	/* Paths that were in conflict, and no longer are; or NULL. */
	const struct strvec *settled;
	const struct reporter *reporter;
};

/* Would any step run on this tree? */
int steps_wanted(const struct steps_request *req);
/* The first step that applies and produces the path, or NULL. */
const struct merge_step *steps_owner(const struct steps_request *req,
				     const char *path);
/*
 * The program of a step that applies, where it is not here, to be started;
 * else NULL.  One of the tree that is not there may be made by a step before.
 */
const char *step_missing(const struct steps_request *req,
			 const struct merge_step *step);
/* Its command line, for people to type, without secrets; free(). */
char *step_command(const struct steps_request *req,
		   const struct merge_step *step);
/*
 * "NAME: PROGRAM" of those that apply, and at which steps_run() would stop;
 * settled is what will have been by then.
 */
void steps_missing(const struct steps_request *req, struct strvec *missing);
/*
 * A step whose program is not here is an error; unless it produces a lock
 * file that was settled: then it is skipped, as somebody has done its work.
 */
int steps_run(struct steps_result *res, const struct steps_request *req,
	      struct error *err);
void steps_result_release(struct steps_result *res);

#endif
