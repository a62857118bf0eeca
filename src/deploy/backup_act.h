/*
 * What one may ask about backups, by fields; `do` says what.
 *
 *	create	with (names, by commas), label, nonce
 *	check	with: says what `create` would make, or why it would not
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
/* Is nothing to be changed for it? */
int backup_act_only_looks(const struct value *fields);
/* Is it for who has the environment to himself (state/lock.h)? */
int backup_act_minds_lock(const struct backup_act *act);
/* What is done before it, and after it whatever came of it. */
struct backup_around {
	int (*begin)(const struct backup_asked *a, struct error *err);
	void (*end)(const struct backup_asked *a, const struct reporter *say);
};

/*
 * By a child that has `lock`, and takes it (deploy/apart.h); so is what is
 * around it, where that is not NULL.
 */
int backup_act_apart(const struct backup_act *act,
		     const struct backup_asked *a, int lock,
		     const struct backup_around *around,
		     const struct reporter *say, struct error *err);

#endif
