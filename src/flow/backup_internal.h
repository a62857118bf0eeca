/* What the files behind flow/backup.h share; only they include it. */
#ifndef FLOW_BACKUP_INTERNAL_H
#define FLOW_BACKUP_INTERNAL_H

#include "flow/backup.h"

/* `texts` of backups_ask() as an object; value_free(). */
struct value *backups_fields(const char *const *texts);

/* backup_driven.c: where an engine deploys */
int backups_ask_driven(struct backups *b, struct repo *r,
		       const char *const *texts, const struct reporter *say,
		       struct error *err);

/* backup_here.c: where this clone is the host of `env` */
int backups_open_here(struct backups *b, struct repo *r, const char *env,
		      struct error *err);
int backups_read_here(struct backups *b, struct error *err);
int backups_ask_here(struct backups *b, struct repo *r,
		     const char *const *texts, const struct reporter *say,
		     struct error *err);

#endif
