/*
 * Which platform a folder is of that releases are deployed to: `.platform` in
 * it has the path of its repository.  Two platforms in one folder would
 * switch each other off, and remove each other's releases.
 */
#ifndef DEPLOY_OWNER_H
#define DEPLOY_OWNER_H

#include "deploy/platform.h"

/*
 * Refuse a folder that another platform than that in `git_dir` deploys to, as
 * it is configured now.  One that is gone, or has moved to another folder, has
 * given it up.
 */
int owner_check(const char *top, const char *git_dir, struct error *err);
/* The same of the environment's folder. */
int owner_check_environment(const struct platform *p,
			    const struct environment *env, struct error *err);
/*
 * 1: `.platform` names that in `git_dir`, so all of ours in there we made; 0:
 * it names nobody, or another, who is added to `owner`.
 */
int owner_is_ours(const char *top, const char *git_dir, struct buf *owner,
		  struct error *err);
/* Nobody's from now on. */
int owner_give_up(const char *top, struct error *err);
/* And it is ours from now on. */
int owner_claim(const struct platform *p, const struct environment *env,
		struct error *err);
/*
 * The same of the folder in its store, which is there: STORE/.ENV.platform.
 * A copy of a platform would take what it does not know for rubbish.
 */
int owner_claim_store(const struct platform *p, const struct environment *env,
		      struct error *err);
/* Nobody's, where it was ours, and nothing is in it any more. */
int owner_give_up_store(const struct platform *p,
			const struct environment *env, struct error *err);

#endif
