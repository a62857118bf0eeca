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

/* Blobs that say what a remote of ours is: PLATFORM_REFS REMOTE. */
#define PLATFORM_REFS "refs/upgrade/platforms/"

struct product {
	struct profile profile;
	/* How it was chosen: "detected", "git config upgrade.profile" ... */
	const char *profile_from;
	/*
	 * The remote (or URL) whose tags are the releases; NULL: none found.
	 * The URL may hold a password: buf_add_url() shows it.
	 */
	char *upstream;
	char *upstream_url;
	struct release_list releases;
};

#define PRODUCT_INIT { .profile = PROFILE_INIT, \
		       .releases = RELEASE_LIST_INIT }

/*
 * Profile: `git config upgrade.profile` (an embedded profile's name, or a
 * file's path with a `/` in it, relative to the top), else detected on the
 * tree of `commit` (NULL: HEAD; of several that fit the most demanding), else
 * `generic`.  `git config upgrade.path` overrides the path rule.
 *
 * Upstream, the first of: `git config upgrade.upstream` and the profile's
 * `upstream.remote` (a remote or URL); the remote whose URL fits the profile;
 * the only remote; `upstream`; `origin`.  Of several that fit, `upstream` and
 * `origin` go first, then the order of names.  A remote known as a platform
 * of ours is none of them.
 *
 * Environments: those of the profile and `git config upgrade.ENV.branch`;
 * where the configuration has none, what the platforms said when they were
 * last asked.
 */
int product_open(struct product *pr, struct repo *r, const char *commit,
		 struct error *err);
/* (Re)read the releases, after a fetch. */
int product_read_releases(struct product *pr, struct repo *r,
			  struct error *err);
void product_release(struct product *pr);

#endif
