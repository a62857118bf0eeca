/*
 * Tearing down environments of a platform, and with the last of them what made
 * the repository a platform.
 *
 *	removal_read()	what would go, and what would stay; changes nothing
 *	removal_run()	does it
 *
 * For each environment, under its workers' lock: a mark (deploy/removing.h);
 * what a killed deploy left; the steps that stop; the folder; what else was
 * asked for; one transaction that takes the state refs away and records it;
 * and its part of the configuration, from when on nobody knows it any more.
 * Each of these finds what is there, and passes over what is done, so that
 * whoever was killed at any instant is made good by the same call again.
 *
 * The ledger stays, and so does what was put into our folders by others.
 */
#ifndef DEPLOY_REMOVE_H
#define DEPLOY_REMOVE_H

#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "deploy/remove_place.h"
#include "deploy/removing.h"

struct removal {
	char *name;
	char *branch;			/* NULL: not known any more */
	struct removing mark;		/* what is asked for, if it has begun */
	int has_begun;
	unsigned what;			/* REMOVE_*, of the mark as well */
	struct remove_place place;
	struct strvec stops;		/* names of steps */
	char *tip;			/* of the branch */
	char *deployed, *release;
	struct strvec backups;		/* IDs */
	char *store;			/* where they are */
	int by_commands;		/* that have put them there */
};

struct removal_list {
	struct removal *v;		/* in the order in which they go */
	size_t nr;
	struct strvec gone;		/* that were asked for, too */
	int whole;			/* nothing is left of the platform */
};

#define REMOVAL_LIST_INIT { .gone = STRVEC_INIT }

/*
 * `names`: which; none: all.  ERROR_REFUSED where something keeps one of them:
 * a lock, a hold, a freeze, the backup of an upgrade, a deploy, or another
 * environment that is promoted from it; and where all of them are gone.
 */
int removal_read(struct removal_list *list, struct platform *p,
		 const struct strvec *names, unsigned what,
		 struct error *err);
void removal_list_release(struct removal_list *list);

/* Who wants it, and why; each may be NULL. */
struct remover {
	const char *who, *why;
};

int removal_run(const struct removal_list *list, struct platform *p,
		const struct remover *by, const struct reporter *say,
		struct error *err);
/*
 * One that was killed while the rest of a platform went: 1, it has gone now,
 * or would with no `dry_run`; 0: `dir` is nothing of the kind; -1.
 */
int removal_finish(const char *dir, int dry_run, struct error *err);

#endif
