/*
 * Everything a command needs to know about the repository it was started
 * in: its profile, upstream and releases.
 */
#ifndef MODEL_PRODUCT_H
#define MODEL_PRODUCT_H

#include "base/error.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/release.h"

struct product {
	struct profile profile;
	/* "detected", "upgrade.profile": how the profile was chosen. */
	const char *profile_from;
	/* The remote whose tags are the releases; NULL: none found. */
	char *upstream;
	char *upstream_url;
	struct release_list releases;
};

#define PRODUCT_INIT { .profile = PROFILE_INIT, \
		       .releases = RELEASE_LIST_INIT }

/*
 * Profile: `git config upgrade.profile` (an embedded profile's name or a
 * path), else detected on the tree of `commit` (NULL: HEAD), else `generic`.
 * `git config upgrade.path` overrides the path rule.  Upstream: `git config
 * upgrade.upstream`, else the remote whose URL or tags fit.  Environments:
 * `git config upgrade.ENV.branch`, else what the platform said when it was
 * last asked.
 */
int product_open(struct product *pr, struct repo *r, const char *commit,
		 struct error *err);
/* (Re)read the releases, after a fetch. */
int product_read_releases(struct product *pr, struct repo *r,
			  struct error *err);
void product_release(struct product *pr);

#endif
