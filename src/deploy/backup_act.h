/*
 * What one may ask about backups, by fields; `do` says what.
 *
 *	create	with (names, by commas), label, nonce
 *	extend	id, span: seconds
 *	delete	id, reason
 *	prune	dry_run: "true"
 *	restore	id, only ("code", "data"), from (another environment), reason
 */
#ifndef DEPLOY_BACKUP_ACT_H
#define DEPLOY_BACKUP_ACT_H

#include "deploy/backup.h"
#include "doc/value.h"

struct backup_act;

/* What is asked, of which environment, and by whom; all borrowed. */
struct backup_asked {
	struct platform *p;
	const struct environment *env;
	const struct value *fields;
	struct backup_asker by;
};

/* NULL: there is no such thing, and what there is. */
const struct backup_act *backup_act_find(const struct value *fields,
					 struct error *err);
/* What who waits for it is told is under way; free(). */
char *backup_act_shown(const struct backup_act *act);
/* Is it for who has the environment to himself (state/lock.h)? */
int backup_act_minds_lock(const struct backup_act *act);
/* Whoever calls it holds the environment's lock (deploy/lock.h). */
int backup_act_run(const struct backup_act *act, const struct backup_asked *a,
		   const struct reporter *say, struct error *err);
/* The same by a child that has `lock`, and takes it (deploy/apart.h). */
int backup_act_apart(const struct backup_act *act,
		     const struct backup_asked *a, int lock,
		     const struct reporter *say, struct error *err);

#endif
