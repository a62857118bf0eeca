/*
 * A platform: a bare repository that deploys what is pushed to it.
 *
 *	info/gitupgrade.yaml		its profile and environments (model/
 *					profile.h), for people to edit
 *	config [upgradeplatform]	path, home, binary: what `init` found
 *	refs/upgrade/platform		a blob by which clients know it
 *	refs/upgrade/releases/		the release list gates judge by
 *	upgrade/locks/ENV		locks of the workers
 *	upgrade/logs/ENV/ID.log		one log a deploy, `latest` a link
 *
 * Nothing a pusher sends is configuration here, and replace refs are never
 * looked at: both would let a push change what is judged or deployed.
 */
#ifndef DEPLOY_PLATFORM_H
#define DEPLOY_PLATFORM_H

#include "base/error.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/release.h"

#define PLATFORM_CONFIG "info/gitupgrade.yaml"
#define PLATFORM_REF "refs/upgrade/platform"
#define REQUEST_PREFIX "refs/upgrade/request/"

struct place;

struct platform {
	struct repo repo;
	const struct place *place;	/* deploy/place.h */
	struct profile profile;
	struct release_list releases;
	char *path;		/* PATH of everything that is run here */
	char *home;
	/* On a host: where it publishes; NULL: nowhere (state/publish.h). */
	char *state_remote;
};

#define PLATFORM_INIT { .repo = REPO_INIT, .profile = PROFILE_INIT, \
			.releases = RELEASE_LIST_INIT }

/* ERROR_REFUSED when `dir` is no platform of ours. */
int platform_open(struct platform *p, const char *dir, struct error *err);
void platform_release(struct platform *p);
/*
 * By what is written there now, the list of releases included.  Pointers into
 * `p` are good no more; -1: it is as it was.
 */
int platform_reload(struct platform *p, struct error *err);
int platform_read_releases(struct platform *p, struct error *err);
/*
 * A release the list lacks is fetched from upstream and the list read again,
 * and so is a branch that does not have `commit` (NULL: any will do) yet.
 * 1 it is there now, 0 upstream has none of that name, -1 upstream cannot be
 * asked, or (ERROR_REFUSED) has rewritten that branch.
 */
int platform_look_up(struct platform *p, const char *release,
		     const char *commit, struct error *err);
const struct environment *platform_environment(const struct platform *p,
					       const char *name,
					       struct error *err);
/* The environment a ref is the branch of, or NULL. */
const struct environment *platform_environment_of(const struct platform *p,
						  const char *ref);
/* DIR-deploy, without a ".git"; free(). */
char *platform_default_top(const char *dir);
/*
 * Absolute: where releases/, current and shared/ of it are; free().  No two
 * environments of a platform share a folder.
 */
char *platform_deploy_to(const struct platform *p,
			 const struct environment *env);
/* "upgrade/KIND/ENV" in the git folder, made if need be; free(). */
char *platform_dir(const struct platform *p, const char *kind,
		   const char *env, struct error *err);
/*
 * 1 when git asks the gate about the environment's branch, 0 when it does
 * not: an environment was written into the configuration and `platform init`
 * not run since.
 */
int platform_is_guarded(const struct platform *p,
			const struct environment *env, struct error *err);
/* The commit an environment's branch is on; NULL: no branch.  free(). */
char *platform_tip(struct platform *p, const struct environment *env);
/* What people call the release a commit is on; NULL: unknown.  free(). */
char *platform_release_of(struct platform *p, const char *commit);
/* [a-z0-9][a-z0-9._-]*, and git takes it in a ref name. */
int environment_name_ok(const char *name);

#endif
