/*
 * Where every environment stands, and what is in progress here.
 *
 * Environments are those of all platforms among the remotes, and the
 * configured ones; in the order of the configuration where it has them all,
 * else as the platforms have them, and each behind the one it is promoted
 * from.  Unless told not to, the remotes beside
 * upstream are asked; one that does not answer is a warning, and what was
 * known before is shown.  What this clone deploys itself (state/host.h) it
 * knows without asking anybody.  One whose release cannot be told is shown as
 * well: its history may be cut off here, or its record be of a newer
 * git-upgrade.
 */
#ifndef FLOW_STATUS_H
#define FLOW_STATUS_H

#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "base/report.h"
#include "deploy/engine_run.h"
#include "deploy/here.h"
#include "flow/destination.h"
#include "flow/hold.h"
#include "git/repo.h"
#include "model/adopted.h"
#include "model/backup.h"
#include "model/product.h"
#include "state/health.h"
#include "state/held.h"
#include "state/ledger.h"
#include "state/publish.h"

enum { STATUS_NO_FETCH = 1 };

/* Who deploys an environment. */
enum env_runner {
	RUNNER_UNKNOWN,
	RUNNER_PLATFORM,	/* `remote`, whatever is pushed to it */
	RUNNER_HOST,		/* its host, that pulls */
	RUNNER_HERE,		/* this clone is its host */
	RUNNER_ENGINE		/* an engine, which clients tell to */
};

/* How it does, in a word. */
enum env_standing {
	STANDING_EMPTY,		/* nothing was deployed */
	STANDING_OK,		/* what is deployed is verified */
	STANDING_UNVERIFIED,
	STANDING_DOWN		/* nothing serves */
};

struct env_status {
	char *name;
	char *branch;
	char *promotes_from;	/* NULL: nowhere */
	enum env_runner runner;
	char *remote;		/* the platform; NULL: none known */
	/*
	 * Of the branch here, or as last fetched; what is deployed where the
	 * branch here is behind that.
	 */
	char *commit;
	char *there;		/* of the branch at `remote`; NULL: unknown */
	int local;		/* `commit` is of a branch here */
	struct adopted adopted;
	char *trouble;		/* why it could not be told, or NULL */
	char *release;		/* adopted, for people; NULL: unknown */
	struct env_state state;
	struct health health;
	struct env_lock lock;	/* who has it to himself */
	int is_locked;
	int is_ours;		/* and that is this clone */
	struct env_hold held;	/* since a rollback; no `oid`: it is not */
	struct event removed;	/* no platform has it since; no `id`: none */
	struct backup_list backups;	/* of a platform */
	/* Of a host, an engine: where its evidence is; NULL: nowhere. */
	char *state_remote;
	/* With RUNNER_HERE. */
	struct here_status here;
	/* With RUNNER_ENGINE: what was begun here, if it has not ended. */
	struct engine_run run;
	/* With either. */
	struct publication publication;
	int is_published;		/* all of it */
	char *deployed_release, *verified_release;
	/* Newest release one hop away, NULL; `none_newer`: up to date. */
	const struct release *next;
	int none_newer;
	/* The newest that a path leads to; NULL: none, or that is adopted. */
	const struct release *newest;
	enum env_standing standing;
	/* What goes to the one before it goes to it next, as somebody said. */
	int follows;
	/* Pushed, and neither deployed nor failed yet: of `there`. */
	int is_under_way;
	/*
	 * How many hops what is deployed here is behind what is deployed to
	 * the environment before it; -1: unknown, or there is none.
	 */
	long behind;
	/* Commits of the branch that are not deployed; -1: unknown. */
	long ahead;
};

struct status {
	struct product product;
	struct env_status *v;
	size_t nr, alloc;
	char *head;		/* the branch checked out, or NULL */
	int upgrading;		/* an upgrade is in progress here */
	int merging;		/* MERGE_HEAD */
	int has_platform;
};

#define STATUS_INIT { .product = PRODUCT_INIT }

int status_read(struct status *s, struct repo *r, unsigned flags,
		const struct reporter *say, struct error *err);
/* "ok", "unverified", "down", "empty" */
const char *env_standing_name(enum env_standing standing);
/*
 * The environment of that name; without one the branch's that is checked
 * out, or the only one.
 */
const struct env_status *status_choose(const struct status *s,
				       const char *env, struct error *err);
/* Only this one. */
int status_keep(struct status *s, const char *name, struct error *err);
void status_release(struct status *s);

#endif
