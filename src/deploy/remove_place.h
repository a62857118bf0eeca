/*
 * The folder an environment is deployed to (deploy/release_dir.h), when the
 * environment is torn down: what in it we made, and what not.
 *
 * Ours is all that has a name we give, below a folder whose `.platform` names
 * us.  What of shared/ is an application's data goes only for who says so, and
 * nothing else that is there is touched; nor where a link leads that somebody
 * has made in place of one of our folders.
 */
#ifndef DEPLOY_REMOVE_PLACE_H
#define DEPLOY_REMOVE_PLACE_H

#include "base/error.h"
#include "base/vec.h"
#include "deploy/release_dir.h"

struct remove_place {
	char *top;
	int is_there;
	int is_ours;
	char *owner;			/* of another's; NULL: nobody's */
	struct release_dir current;
	int serves;			/* that one */
	struct strvec releases;		/* IDs */
	struct strvec markers;		/* names in releases/ */
	struct strvec files;		/* of ours, in TOP */
	struct strvec strangers;	/* all else, relative to TOP */
	int has_shared;			/* files, not only folders */
};

#define REMOVE_PLACE_INIT { .current = RELEASE_DIR_INIT, \
			    .releases = STRVEC_INIT, .markers = STRVEC_INIT, \
			    .files = STRVEC_INIT, .strangers = STRVEC_INIT }

int remove_place_read(struct remove_place *l, const struct platform *p,
		      const struct environment *env, struct error *err);
/*
 * In the opposite order of how it came to be; `shared`: with that.  Of one
 * that is not ours nothing goes; only an empty folder, where this has been
 * `begun` before.
 */
int remove_place_run(const struct remove_place *l, int shared, int begun,
		     struct error *err);
void remove_place_release(struct remove_place *l);

#endif
