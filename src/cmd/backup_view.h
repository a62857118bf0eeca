/* Backups, for people and for programs. */
#ifndef CMD_BACKUP_VIEW_H
#define CMD_BACKUP_VIEW_H

#include "cmd/cmd.h"
#include "flow/backup.h"
#include "flow/status.h"

/* A table of them, of one environment. */
void backup_view_list(const struct backups *b, struct buf *out);
/* All about one. */
void backup_view_one(const struct backup *b, const struct backup_fate *fate,
		     struct buf *out);
/* The manifest, and what becomes of it. */
void backup_view_json(const struct backup *b, const struct backup_fate *fate,
		      struct json *j);
/* "production: backup ID of v1.0.0, 4m ago; ...", where there is any. */
void backup_view_status(const struct env_status *e, struct buf *out);
/* "backup": newest, blocks, failed; null where there is none at all. */
void backup_view_status_json(const struct env_status *e, struct json *j);

#endif
