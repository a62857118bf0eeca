/*
 * The client's hooks: a shim of ours in the folder where git looks for
 * hooks.
 *
 * What stands there already is kept beside it, as NAME.before-upgrade, and
 * goes on running: the shim chains it.  Only a file that carries our version
 * line is ever replaced or removed.  A folder that belongs to somebody else -
 * a hook manager, all repositories of a user, files under version control -
 * is left alone, and the answer is what to add there by hand.
 */
#ifndef FLOW_HOOKS_H
#define FLOW_HOOKS_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "state/remote.h"

enum hook_state {
	HOOK_ABSENT,
	HOOK_INSTALLED,
	HOOK_OUTDATED,		/* ours, of another version */
	HOOK_FOREIGN,		/* somebody else's, ours is not there */
	HOOK_REGISTERED,	/* somebody else's, and it calls us */
	HOOK_DISPLACED		/* ours was there and was moved aside */
};

enum hook_folder {
	FOLDER_OWN,		/* the repository's own */
	FOLDER_SHARED,		/* core.hooksPath of all repositories */
	FOLDER_TRACKED,		/* under version control */
	FOLDER_HUSKY,
	FOLDER_LEFTHOOK
};

struct client_hook {
	const char *name;	/* "pre-push" */
	char *path;
	enum hook_state state;
	int kept;		/* there is a NAME.before-upgrade */
};

struct client_hooks {
	char *dir;		/* absolute */
	enum hook_folder folder;
	struct client_hook *v;
	size_t nr;
};

#define CLIENT_HOOKS_INIT { NULL, FOLDER_OWN, NULL, 0 }

int hooks_read(struct client_hooks *hooks, struct repo *r,
	       struct error *err);
/* Refuses, with what to do instead, where the folder is not ours. */
int hooks_install(struct client_hooks *hooks, struct error *err);
int hooks_remove(struct client_hooks *hooks, struct error *err);
/*
 * Which environments `git config` should come to know, so that a hook can
 * tell them without asking anybody: those in `given` ("NAME=BRANCH"), those
 * the platforms named, else, when none is known at all, the branch that is
 * checked out - but never a branch of upstream's.
 */
int hooks_environments(struct env_list *list, struct repo *r,
		       const struct strvec *given, struct error *err);
/* True for a branch that upstream publishes. */
int branch_is_upstreams(const struct repo *r, const struct product *pr,
			const char *branch);
int hooks_configure(const struct env_list *list, const struct repo *r,
		    struct error *err);
void hooks_release(struct client_hooks *hooks);
/* "installed", "absent", ... */
const char *hook_state_name(enum hook_state state);

#endif
