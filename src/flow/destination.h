/*
 * Where an environment is: which remote, which branch, what stands there.
 *
 * The remote is branch.NAME.pushRemote of the branch that is pushed,
 * remote.pushDefault, or the only remote that is not upstream.  It is never
 * upstream itself, whatever it is called and however its URL is written.
 * The environment is the one that was named, or the one whose branch is
 * checked out; platforms say which there are, `git config
 * upgrade.ENV.branch` where they do not.
 */
#ifndef FLOW_DESTINATION_H
#define FLOW_DESTINATION_H

#include "base/error.h"
#include "git/remotes.h"
#include "git/repo.h"
#include "git/ssh.h"
#include "model/product.h"
#include "state/ledger.h"
#include "state/remote.h"

/*
 * The environment may also be one whose host pulls (`deploy: pull`): then
 * nothing at the remote deploys, and what the host did stands in the state
 * remote (state/publish.h), mostly the same one.  Or one that an engine
 * deploys (`deploy: command`, `deploy: http`): clients have it do so, and
 * publish what they have seen, there as well.  What is only here counts, too.
 */
struct destination {
	char *remote;		/* name */
	char *url;		/* what a push goes to, fit to be shown */
	int is_platform;	/* and deploys this environment */
	int is_pulled;		/* by its host */
	int is_driven;		/* by an engine, which clients tell to */
	char *state_remote;	/* where that publishes; NULL: nowhere */
	/* Of an engine: why what is here could not be published; NULL. */
	char *unpublished;
	struct ls_remote own;	/* of an engine: the state refs here */
	struct ls_remote refs;	/* as last read */
	struct ls_remote state;	/* of another state remote */
	struct env_list environments;	/* of the platform, else configured */
	char *env;
	char *branch;		/* short */
	struct ssh_share share;	/* with it, as long as this is not released */
	struct ls_asking asking;	/* for `refs`, from begin to find */
	/* The commit that was at the remote's branch last; NULL: unknown. */
	char *expected;
};

#define DESTINATION_INIT { .refs = LS_REMOTE_INIT, .state = LS_REMOTE_INIT, \
			   .own = LS_REMOTE_INIT, \
			   .environments = ENV_LIST_INIT, \
			   .share = SSH_SHARE_INIT, \
			   .asking = LS_ASKING_INIT }

/*
 * `env` may be NULL.  Asks the remote and brings the state refs here.  `pr`,
 * opened for HEAD, is opened again when it turns out that what looked like
 * upstream is a platform.
 */
int destination_find(struct destination *d, struct repo *r,
		     struct product *pr, const char *env, struct error *err);
/*
 * The first half of it, for who has something to do while the remote thinks:
 * the remote is chosen and asked, and `expected` set.  A product that was
 * begun will do.
 */
int destination_begin(struct destination *d, struct repo *r,
		      struct product *pr, const char *env, struct error *err);
void destination_release(struct destination *d);
/* Ask the remote, and the state remote, for their refs again. */
int destination_refresh(struct destination *d, struct repo *r,
			struct error *err);
/*
 * The OID that the evidence has of refs/upgrade/KIND/ENV; NULL: none, also
 * where there is nobody who would say.
 */
const char *destination_state(const struct destination *d, const char *kind);
/* Is there anybody who says what becomes of a push? */
int destination_has_evidence(const struct destination *d);
/* Bring the evidence here, as the refs were last read. */
int destination_fetch_state(struct destination *d, struct repo *r,
			    struct error *err);
/*
 * The same where an engine deploys, after what is only here was published.
 * That it cannot be is no error, but stands in `unpublished`.
 */
int destination_publish(struct destination *d, struct repo *r,
			struct error *err);
/* refs/heads/BRANCH at the remote, or NULL. */
const char *destination_tip(const struct destination *d);
/* That commit, here to look at, and no ref; as `git fetch` gets it. */
int destination_fetch_tip(const struct destination *d, struct repo *r,
			  struct error *err);

/*
 * The remote a branch would be pushed to, as far as that is clear without
 * asking; NULL, free().
 */
char *push_remote(const struct repo *r, const struct product *pr,
		  const char *branch);
/* The remotes that are not upstream, in the order of the configuration. */
int remotes_beside_upstream(struct strvec *names, const struct repo *r,
			    const struct product *pr, struct error *err);
/*
 * In a fresh clone of a platform its remote is the only one, and looks like
 * upstream.  Asks it what it is: 1 when it is a platform, and `pr` then knows
 * better; 0 when it is upstream indeed, or there is none, or it was
 * configured to be.
 */
int discover_platform(struct repo *r, struct product *pr, struct error *err);
/* True when a push to `url` would reach upstream. */
int url_is_upstream(const struct remote_list *remotes,
		    const struct product *pr, const char *url);

#endif
