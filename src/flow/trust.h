/*
 * Trust: which commands of a configuration in the tree may run here.
 *
 * What stands in `.gitupgrade.yaml` arrives with a merge or a pull, so it is
 * input from others.  Its commands run only when the user said so, about
 * exactly these commands: what is trusted is a hash over all of them.  What
 * the embedded profiles, the user's own file and git config say is not asked
 * about.
 *
 * Trust is the user's, not the repository's: a file for each hash in
 * $XDG_STATE_HOME/git-upgrade/trust/ (by default ~/.local/state), which holds
 * the folder it was said in and the commands, for people.  A hash can also be
 * given for once: --trust=HASH, or GIT_UPGRADE_TRUST for CI.
 *
 * It covers what the configuration runs, and not what that runs in turn: the
 * product's own ./run, install scripts and plugins of package managers are
 * upstream's code.
 */
#ifndef FLOW_TRUST_H
#define FLOW_TRUST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"

#define TRUST_ENV "GIT_UPGRADE_TRUST"

struct trust {
	struct strvec commands;		/* a line each, for people; may be 0 */
	char *hash;			/* NULL: there are none */
	int trusted;
};

#define TRUST_INIT { STRVEC_INIT, NULL, 0 }

/*
 * The commands of a profile that came from `tree`, the origin of the file in
 * the tree (NULL: none did).  `given` is the hash of --trust, or NULL.
 */
int trust_read(struct trust *t, struct repo *r, const struct profile *p,
	       const char *tree, const char *given, struct error *err);
void trust_release(struct trust *t);
/* Remember it, or forget it; a hash that is not there is an error. */
int trust_grant(const struct trust *t, const struct repo *r,
		struct error *err);
int trust_revoke(const char *hash, struct error *err);
/* "HASH FOLDER" of all that is trusted, sorted. */
int trust_list(struct strvec *lines, struct error *err);

/*
 * Refuse where commands of HEAD, or of the tree a merge would make, are not
 * trusted; the error shows them, and what is new about them.  `tree` may be
 * NULL.  A configuration that the merge leaves in conflict is judged when it
 * is resolved, as HEAD's.
 */
int trust_demand(struct repo *r, const char *tree, const char *given,
		 struct error *err);
/* The same of a profile that is about to be run; `tree` as for trust_read(). */
int trust_demand_profile(struct repo *r, const struct profile *p,
			 const char *tree, const char *given,
			 struct error *err);

#endif
