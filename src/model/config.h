/*
 * What a repository says about its product, from all the places it can be
 * said in, lowest first:
 *
 *	the profile		embedded, or a file of the user's
 *	.gitupgrade.yaml	in the tree of the commit that is asked about;
 *				never the file in the work tree
 *	gitupgrade.yaml		out of the tree, the user's own: what `git
 *				config upgrade.config` names, else info/ in
 *				the (common) git folder
 *	git config upgrade.*	single values
 *
 * Which profile: `git config upgrade.profile` (the name of an embedded one,
 * or the path of a file, with a slash in it), else what `profile:` of the
 * files says, the upper first, else the one that fits the tree best, else
 * `generic`.
 *
 * `git config` writes keys in its own way: upgrade.path.rule,
 * upgrade.deploy.keep, upgrade.environments.production.deploy-to.  Short
 * names are upgrade.path (path.rule), upgrade.upstream (upstream.remote) and
 * upgrade.ENV.branch.
 *
 * On a platform only info/gitupgrade.yaml and the profile it builds on say
 * anything: whoever may push could change what judges the push.
 */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"

#define CONFIG_FILE ".gitupgrade.yaml"
#define CONFIG_INFO "info/gitupgrade.yaml"

struct config {
	struct profile profile;
	/* "HEAD:.gitupgrade.yaml": what its values' origins begin with. */
	char *tree;			/* NULL: it has no such file */
	int is_guess;			/* generic, as nobody says anything */
	/* For people: settings that mean nothing, a file not committed. */
	struct strvec warnings;
};

#define CONFIG_INIT { PROFILE_INIT, NULL, 0, STRVEC_INIT }

/* `commit` NULL is HEAD, and the only one that the work tree belongs to. */
int config_read(struct config *c, struct repo *r, const char *commit,
		struct error *err);
/* As it will be once `tree` is HEAD's file. */
int config_try(struct config *c, struct repo *r, const struct buf *tree,
	       struct error *err);
void config_release(struct config *c);

/*
 * The profile that fits the files of a commit best, or `generic`; `*fits`
 * says which of the two.
 */
int config_detect(struct profile *p, int *fits, struct repo *r,
		  const char *commit, struct error *err);

/* The file out of the tree, whether it is there or not; free(). */
char *config_file(const struct repo *r);

#endif
