/*
 * The backups of an environment, as its platform keeps them, seen from a
 * clone; or as its host publishes them; or on that host itself; or, where an
 * engine deploys, as all clones publish them.
 */
#ifndef FLOW_BACKUP_H
#define FLOW_BACKUP_H

#include "base/error.h"
#include "base/report.h"
#include "flow/deploy.h"
#include "flow/destination.h"
#include "flow/hold.h"
#include "git/repo.h"
#include "model/backup.h"
#include "model/product.h"

struct backups {
	struct product product;		/* opened by the caller */
	struct destination to;
	struct backup_list list;
	struct backup_fate *fates;	/* by the rules of the newest */
	struct hold hold;		/* the lock this clone has */
	struct host_deploy *here;	/* this clone is the host; NULL */
};

#define BACKUPS_INIT { .product = PRODUCT_INIT, .to = DESTINATION_INIT, \
		       .list = BACKUP_LIST_INIT, .hold = HOLD_INIT }

/* `env` may be NULL.  Refused where nothing makes any. */
int backups_find(struct backups *b, struct repo *r, const char *env,
		 struct error *err);
/* The same for who changes something: refused where only its host can. */
int backups_find_to_change(struct backups *b, struct repo *r,
			   const char *env, struct error *err);
/* What there is now. */
int backups_look(struct backups *b, struct repo *r, struct error *err);
/* That one; NULL: there is none, and which there are. */
struct backup *backups_get(const struct backups *b, const char *id,
			   struct error *err);
/*
 * Ask for what deploy/backup_act.h says; `texts` as for ask_platform().  What
 * the platform says of its own errors comes with ours.
 */
int backups_ask(struct backups *b, struct repo *r, const char *const *texts,
		const struct reporter *say, struct error *err);
/*
 * Have one made, with the optional artifacts `with`, by commas.  `made` is of
 * the list.  ERROR_PENDING: nobody knows whether it was.
 */
int backups_create(struct backups *b, struct repo *r, const char *with,
		   const char *label, const struct reporter *say,
		   const struct backup **made, struct error *err);
void backups_release(struct backups *b);

#endif
