/*
 * Everything a command needs to know about the repository it was started
 * in: its profile, upstream and releases.
 */
#ifndef MODEL_PRODUCT_H
#define MODEL_PRODUCT_H

#include "base/error.h"
#include "git/repo.h"
#include "model/config.h"
#include "model/release.h"

/* Blobs that say what a remote of ours is: PLATFORM_REFS REMOTE. */
#define PLATFORM_REFS "refs/upgrade/platforms/"

struct product {
	struct profile profile;
	/* Both as in model/config.h. */
	char *tree;
	struct strvec warnings;
	/*
	 * The remote (or URL) whose tags are the releases; NULL: none found.
	 * A URL may hold a password, in both: buf_add_url() shows it.
	 */
	char *upstream;
	char *upstream_url;
	char *upstream_shown;		/* `upstream`, for people and JSON */
	struct release_list releases;
	struct ref_asking refs;		/* while they are being read */
	/* The profile's environments that no platform told us of come first. */
	size_t nr_configured;
};

#define PRODUCT_INIT { .profile = PROFILE_INIT, .warnings = STRVEC_INIT, \
		       .releases = RELEASE_LIST_INIT, \
		       .refs = REF_ASKING_INIT }

/*
 * Profile and configuration as `commit` (NULL: HEAD) has them: see
 * model/config.h.
 *
 * Upstream, the first of: `git config upgrade.upstream` and the
 * configuration's
 * `upstream.remote` (a remote or URL); the remote whose URL fits the profile;
 * the only remote; `upstream`; `origin`.  Of several that fit, `upstream` and
 * `origin` go first, then the order of names.  A remote known as a platform
 * of ours is none of them, and where a host pulls, or an engine deploys, the
 * only remote is what is pushed to.
 *
 * Environments: those of the configuration and `git config
 * upgrade.ENV.branch`; where there is none of these, what the platforms that
 * are remotes still said when they were last asked.
 */
int product_open(struct product *pr, struct repo *r, const char *commit,
		 struct error *err);
/*
 * The same in two steps, for who has something to do while the releases are
 * being read: between the two there are none.  A product that is finished
 * already stays as it is.
 */
int product_begin(struct product *pr, struct repo *r, const char *commit,
		  struct error *err);
int product_finish(struct product *pr, struct repo *r, struct error *err);
/* The same of HEAD, as it will be once `tree` is its configuration. */
int product_try(struct product *pr, struct repo *r, const struct buf *tree,
		struct error *err);
/* (Re)read the releases, after a fetch. */
int product_read_releases(struct product *pr, struct repo *r,
			  struct error *err);
void product_release(struct product *pr);
/*
 * ENV of "upgrade.ENV.branch", or of its long form in "environments.";
 * NULL for other keys.  free().
 */
char *environment_of_setting(const char *key);

#endif
