/*
 * The backups of an environment as refs.
 *
 *	refs/upgrade/backups/ENV/ID	a commit with the tree and, as its
 *					parent, the commit that was backed up
 *
 * So git keeps that commit as long as the ref is there.  The message has a
 * subject for people and the manifest (model/backup.h) as its body.  A
 * platform moves the ref by compare-and-swap, together with an event of the
 * ledger; only the one that says `running` is made without.
 */
#ifndef STATE_BACKUP_H
#define STATE_BACKUP_H

#include "base/error.h"
#include "git/repo.h"
#include "model/backup.h"

#define BACKUP_REFS "refs/upgrade/backups/"

/* BACKUP_REFS of an environment, "ENV/", and of one of its; free(). */
char *backup_refs(const char *env);
char *backup_ref(const char *env, const char *id);
/*
 * All of an environment's that can be read, the newest first, and when what
 * they were made before was verified.
 */
int backups_read(struct backup_list *list, struct repo *r, const char *env,
		 struct error *err);
/* Of what `git for-each-ref` says: OID REF NUL BODY NUL LF. */
void backups_parse(struct backup_list *list, const struct buf *text);
/* Say that it is being made.  The ID must be new. */
int backup_begin(struct backup *b, struct repo *r, struct error *err);
/* What happened to it, and why; any of the texts may be NULL. */
struct backup_event {
	const char *event;		/* "backup", "backup-failed" */
	const char *who, *outcome, *detail;
};

/* The ref becomes what `b` says, from what it was read as. */
int backup_record(struct backup *b, struct repo *r,
		  const struct backup_event *what, struct error *err);
/* The ref goes, and why it does was recorded before. */
int backup_forget(const struct backup *b, struct repo *r, struct error *err);
/* The ref goes. */
int backup_record_gone(const struct backup *b, struct repo *r,
		       const struct backup_event *what, struct error *err);

#endif
