/*
 * What a remote of ours - a platform - says about its environments, and what
 * one may ask of it.
 *
 * A remote is a platform when it shows refs/upgrade/platform, a blob
 *
 *	{"protocol":1,"environments":[{"name":"production",
 *				       "branch":"production"}]}
 *
 * Here that blob is kept as refs/upgrade/platforms/REMOTE, and the state
 * refs (state/ledger.h) under the names they have at the remote.
 *
 * A request is a push of a JSON blob to refs/upgrade/request/VERB/ENV.  The
 * remote answers it, streams what it has to say and creates no ref.
 */
#ifndef STATE_REMOTE_H
#define STATE_REMOTE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/report.h"
#include "git/lsremote.h"
#include "git/push.h"
#include "git/repo.h"
#include "model/product.h"

#define PLATFORM_REF "refs/upgrade/platform"
#define PLATFORM_PROTOCOL 1

/* Environments and their branches; owns them. */
struct env_list {
	struct environment *v;
	size_t nr, alloc;
};

#define ENV_LIST_INIT { NULL, 0, 0 }

/* [a-z0-9][a-z0-9._-]*, and fit to be the end of a ref's name */
int env_name_is_valid(const char *name);
/* A name that is there already keeps its branch. */
void env_list_add(struct env_list *list, const char *name,
		  const char *branch);
const struct environment *env_list_find(const struct env_list *list,
					const char *name);
const struct environment *env_list_of_branch(const struct env_list *list,
					     const char *branch);
void env_list_release(struct env_list *list);
/* What the configuration of the product says, files and settings. */
void env_list_of_product(struct env_list *list, const struct product *pr);
/* What `git config upgrade.ENV.branch` says. */
int env_list_of_config(struct env_list *list, const struct repo *r,
		       struct error *err);
/* What the platform said when it was last asked: 1, or 0 for none. */
int env_list_of_platform(struct env_list *list, struct repo *r,
			 const char *remote, struct error *err);
/* The same of what the blob says; `remote` is for messages. */
int env_list_parse(struct env_list *list, const char *remote,
		   const struct buf *text, struct error *err);
/* The remotes that are known as platforms. */
int platform_remotes(struct strvec *names, const struct repo *r,
		     struct error *err);

/*
 * Bring what is known here about the platform `remote`, whose refs were just
 * read, up to date: nothing is fetched where nothing changed, and nothing of
 * other platforms is touched, nor of what this clone deploys itself
 * (state/host.h).  1: it is a platform, and `list` gets its environments; 0:
 * it is none; where it was one, what it said of its environments is forgotten,
 * but for what it still shows.
 */
int state_fetch(struct env_list *list, struct repo *r, const char *remote,
		const struct ls_remote *refs, struct error *err);

/*
 * The same of one environment, whose host publishes to `remote` (a name or a
 * URL; state/publish.h).
 */
int state_fetch_published(struct repo *r, const char *remote,
			  const struct ls_remote *refs, const char *env,
			  struct error *err);

/* The backups of one environment (state/backup.h), and none that are gone. */
int state_fetch_backups(struct repo *r, const char *remote,
			const struct ls_remote *refs, const char *env,
			struct error *err);

/* refs/upgrade/KIND/ENV as the remote shows it; NULL: none. */
const char *state_shown(const struct ls_remote *refs, const char *kind,
			const char *env);

/*
 * Ask for `verb`; `json` is the request's object.  ERROR_REFUSED with the
 * platform's reason when it refuses, ERROR_PENDING when nobody knows.
 */
int request_send(struct repo *r, const char *remote, const char *verb,
		 const char *env, const char *json,
		 const struct reporter *say, struct error *err);

#endif
