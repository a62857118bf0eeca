/* Backups, for people and for programs. */
#ifndef CMD_BACKUP_VIEW_H
#define CMD_BACKUP_VIEW_H

#include "cmd/cmd.h"
#include "flow/backup.h"

/* A table of them, of one environment. */
void backup_view_list(const struct backups *b, struct buf *out);
/* All about one. */
void backup_view_one(const struct backup *b, const struct backup_fate *fate,
		     struct buf *out);
/* The manifest, and what becomes of it. */
void backup_view_json(const struct backup *b, const struct backup_fate *fate,
		      struct json *j);

#endif
