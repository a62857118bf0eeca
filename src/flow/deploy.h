/*
 * A deploy here, in the work tree: a host that pulls, or a local
 * installation.
 *
 *	host_open()	the environment whose branch is checked out
 *	host_lock()	one deploy at a time; waits for its turn, and then
 *			reads again what may have changed meanwhile
 *	host_look()	what is there, what was deployed, what is to be done
 *	host_judge()	what the gates say to it
 *	host_run()	the deploy, in a child; then the evidence
 *
 * A dry run leaves host_lock() and host_run() out.  The caller shows what is
 * in `struct host_deploy` after each.  As with a platform, the refs and the
 * ledger say what happened, never the end of a process.
 *
 *	host_open(), host_verify()	look at what was deployed again
 */
#ifndef FLOW_DEPLOY_H
#define FLOW_DEPLOY_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/platform.h"
#include "deploy/verify.h"
#include "gate/gate.h"
#include "git/repo.h"
#include "model/product.h"
#include "state/ledger.h"

enum host_outcome {
	HOST_PENDING,		/* killed, left running, or not recorded */
	HOST_DEPLOYED,
	HOST_FAILED
};

struct host_deploy {
	struct product product;		/* without profile and releases */
	struct platform platform;	/* which has them */
	const struct environment *env;
	struct repo *repo;		/* borrowed */
	const char *trust;		/* a hash that is given; NULL */
	char *read_at;			/* HEAD when all that was read; NULL */
	int lock;
	/* After host_look(). */
	char *commit;
	char *from, *release;		/* for people, or NULL */
	struct env_state before;
	int up_to_date;			/* there is nothing to do */
	int failed_before;		/* this commit did, and no retry */
	struct verdict_list verdicts;
	/* After host_run(). */
	int begun;
	enum host_outcome outcome;
	int interrupted;		/* we left, it goes on */
	char *trouble;			/* why nothing is recorded, or NULL */
	struct event event;		/* the ledger's last word */
	int has_event;
	double started;
};

#define HOST_DEPLOY_INIT { .product = PRODUCT_INIT, \
			   .platform = PLATFORM_INIT, .lock = -1, \
			   .verdicts = VERDICT_LIST_INIT, \
			   .event = EVENT_INIT }

/* The environment `name` (NULL: of HEAD), where it is deployed here; NULL. */
const struct environment *host_environment(struct repo *r,
					   const struct product *pr,
					   const char *name);
/* `env` may be NULL; its branch must be the one that is checked out. */
int host_open(struct host_deploy *h, struct repo *r, const char *env,
	      struct error *err);
/*
 * Says through `say` whom it waits for.  ERROR_PENDING when somebody waits
 * already: he will see what is checked out now.
 */
int host_lock(struct host_deploy *h, const struct reporter *say,
	      struct error *err);
/* Refuses a work tree with changes, and a retry of what did not fail. */
int host_look(struct host_deploy *h, int retry, struct error *err);
int host_judge(struct host_deploy *h, struct error *err);
/*
 * `follow` gets the log as it grows; -1: nobody does.  Interrupts that are
 * held end the waiting, not the deploy.
 */
int host_run(struct host_deploy *h, int follow, struct error *err);
/*
 * Check what is deployed here again, and record it; `v` and `before` say what
 * and how.  Refused while a deploy is under way, and where nothing was
 * deployed yet.
 */
int host_verify(struct host_deploy *h, struct verification *v,
		struct error *err);
/*
 * With the lock, and nothing else left to do: publish what is not published
 * yet (deploy/here.h).  -1 is worth a warning, and no failure.
 */
int host_publish(struct host_deploy *h, struct error *err);
/* 1: others can read all that happened, 0: not yet, -1: nowhere. */
int host_is_published(struct host_deploy *h);
void host_release(struct host_deploy *h);

#endif
