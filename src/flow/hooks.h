/*
 * The client's hooks: pre-push, which judges pushes before they leave, and on
 * a host that pulls post-merge, which deploys what came.
 *
 * Each is a shim of ours in the folder where git looks for hooks.  What
 * stands there already is kept beside it, as NAME.before-upgrade, and goes
 * on running: the shim chains it.  Only a file that carries our version line
 * is ever replaced or removed.  Where a hook manager owns the folder the
 * shim is in COMMON-DIR/upgrade/hooks/, and a job of the manager calls it
 * (flow/hook_job.h).  A folder that all repositories of a user share is
 * written into only when that is asked for, one under version control never.
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
	HOOK_OUTDATED,		/* ours, of an older version or changed */
	HOOK_NEWER,		/* ours, of a newer version */
	HOOK_FOREIGN,		/* somebody else's, ours is not there */
	HOOK_REGISTERED,	/* somebody else's, and it calls us */
	HOOK_DISPLACED		/* ours is where git does not look */
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
	char *path;		/* what git or the manager runs */
	char *shim;		/* ours; equals `path` in a folder of git's */
	char *stray;		/* ours where nobody runs it, or NULL */
	enum hook_state state;
	int kept;		/* there is a NAME.before-upgrade */
	int wanted;		/* to be installed */
};

struct client_hooks {
	char *dir;		/* absolute */
	enum hook_folder folder;
	struct client_hook *v;
	size_t nr;
};

#define CLIENT_HOOKS_INIT { NULL, FOLDER_OWN, NULL, 0 }

/* What `hooks_install()` is told. */
enum {
	HOOKS_DEPLOY = 1,	/* post-merge, too */
	HOOKS_SHARED = 2	/* also where other repositories get them */
};

/* post-merge is wanted with HOOKS_DEPLOY, and where it is ours already. */
int hooks_read(struct client_hooks *hooks, struct repo *r, unsigned flags,
	       struct error *err);
/* Refuses, with what to do instead, where the folder is not ours. */
int hooks_install(struct client_hooks *hooks, unsigned flags,
		  struct error *err);
/* All of ours, which stay `wanted`; `*removed` counts them. */
int hooks_remove(struct client_hooks *hooks, unsigned flags, size_t *removed,
		 struct error *err);
/* The program that put its own files into the folder, for people. */
const char *hooks_manager(const struct client_hooks *hooks);
void hooks_release(struct client_hooks *hooks);
/* "installed", "absent", ... */
const char *hook_state_name(enum hook_state state);

/* flow/hook_environments.c */

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

#endif
