/*
 * What the files of backups share; only they include it.
 *
 *	backup.c	making one
 *	backup_keep.c	how long they stay
 *	backup_restore.c	putting one back
 *	backup_upgrade.c	those that a deploy makes by itself
 */
#ifndef DEPLOY_BACKUP_INTERNAL_H
#define DEPLOY_BACKUP_INTERNAL_H

#include "deploy/backup.h"
#include "deploy/backup_store.h"
#include "state/backup.h"

/* Record it, and have that told. */
int backup_recorded(struct platform *p, const struct environment *env,
		    struct backup *b, const struct backup_event *what,
		    struct error *err);
/* backup_tidy() of a store that is open. */
int backup_tidy_store(struct platform *p, const struct environment *env,
		      const struct backup_store *s,
		      const struct reporter *say, struct error *err);
/* ERROR_REFUSED, and which there are, where there is none of that ID. */
struct backup *backup_find(const struct backup_list *list, const char *id,
			   const struct environment *env, struct error *err);
/* That its files are not what they were is recorded. */
int backup_note_damaged(struct platform *p, const struct environment *env,
			struct backup *b, struct error *err);
/*
 * Are its files there, and as large as they were?  Their sums are not read,
 * but for what commands keep.  1, 0; -1: nobody knows.
 */
int backup_is_whole(struct platform *p, const struct environment *env,
		    const struct backup *b, const struct reporter *say,
		    struct error *err);
/* Of several clones one has the folder; ERROR_REFUSED in the others. */
int backup_check_here(const struct platform *p, const struct backup *b,
		      struct error *err);
void backup_part_sum(const struct backup_part *part, struct sum *sum);

#endif
