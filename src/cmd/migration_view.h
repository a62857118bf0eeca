/* How plan and merge show migrations: as text, as diffs and as JSON. */
#ifndef CMD_MIGRATION_VIEW_H
#define CMD_MIGRATION_VIEW_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "doc/json.h"
#include "upgrade/migrate.h"

/*
 * "  migrations   1 file" and a line for each, with what is still to be given.
 * `forecast`: conflicts come first, and they are made when those are resolved.
 */
void migration_view_text(struct buf *out, const struct migration_list *list,
			 int forecast);
/* What each changes in its files, secrets masked; for stdout. */
int migration_view_diffs(struct buf *out, struct cmd *cmd,
			 const struct migration_list *list);
/* A list of that key. */
int migration_view_json(struct json *j, struct cmd *cmd,
			const struct migration_list *list);
/* Its text, without a secret; "{NAME}" where it is missing. */
void migration_view_value(struct buf *out, const struct migrated_value *v);

#endif
