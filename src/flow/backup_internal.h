/* What the files behind flow/backup.h share; only they include it. */
#ifndef FLOW_BACKUP_INTERNAL_H
#define FLOW_BACKUP_INTERNAL_H

#include "deploy/backup_act.h"
#include "flow/backup.h"

/*
 * What deploy/backup_act.h knows by these fields is done, by a child that has
 * `lock`, and takes it.
 */
int backups_act(struct platform *p, const struct environment *env,
		const struct value *fields, int lock,
		const struct backup_around *around, const struct reporter *say,
		struct error *err);

/*
 * Was something recorded between the two tips?  NULL: there was no ledger yet,
 * which is no event.
 */
int backups_ledger_grew(const char *before, const char *after);

/* backup_driven.c: where an engine deploys */
int backups_ask_driven(struct backups *b, struct repo *r,
		       const struct value *fields, const struct reporter *say,
		       struct error *err);

/* backup_here.c: where this clone is the host of `env` */
int backups_open_here(struct backups *b, struct repo *r, const char *env,
		      struct error *err);
int backups_read_here(struct backups *b, struct error *err);
int backups_ask_here(struct backups *b, struct repo *r,
		     const struct value *fields, const struct reporter *say,
		     struct error *err);

#endif
