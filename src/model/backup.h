/*
 * Backups of an environment, as values: what is known of each (its manifest),
 * and how long it stays.
 *
 * Those that somebody made (`manual`) stay by rules: the newest of so many
 * days, weeks and months.  Those that were made before an upgrade stay until
 * so long after what was upgraded to was verified, and at least until then.
 * The newest good one of all stays in any case; one that is dated in the
 * future stays as well, and counts for nothing.
 *
 * Nothing here looks at a clock or at a disk.
 */
#ifndef MODEL_BACKUP_H
#define MODEL_BACKUP_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "doc/json.h"
#include "model/profile.h"

enum backup_kind { BACKUP_MANUAL, BACKUP_UPGRADE };

enum backup_state {
	BACKUP_GOOD,
	BACKUP_RUNNING,			/* or whoever made it was killed */
	BACKUP_FAILED,
	BACKUP_DAMAGED			/* it was good, and is so no longer */
};

/* "manual", "upgrade"; "good", "running", "failed", "damaged" */
const char *backup_kind_name(enum backup_kind kind);
const char *backup_state_name(enum backup_state state);

struct backup_part {
	char *name;
	long long size;
	char *sha256;
	long seconds;
	char *version;			/* of what made it; NULL: unknown */
};

/* All texts but the ID may be NULL. */
struct backup {
	char *oid;			/* of what the ref is on, when read */
	char *id;
	char *env;
	enum backup_kind kind;
	enum backup_state state;
	char *commit, *release;		/* what it was made of */
	char *to;			/* the release it was made before */
	/* Whose push of several hops it is: a lock's nonce, or a commit. */
	char *path;
	char *nonce;			/* by which whoever asked knows it */
	char *label, *who;
	char *detail;			/* why it is not good */
	char *folder;			/* where its artifacts are */
	time_t when;
	long seconds;
	long keep, at_most;		/* of one before an upgrade */
	int blocks;			/* and then no other is let in */
	struct backup_rules rules;	/* when it was made */
	struct backup_part *parts;
	size_t nr_parts;
	/* By the ledger: when `to` was verified; 0: it has not been yet. */
	time_t verified;
};

#define BACKUP_INIT { .oid = NULL }

struct backup_list {
	struct backup *v;		/* the newest first */
	size_t nr, alloc;
};

#define BACKUP_LIST_INIT { NULL, 0, 0 }

void backup_release(struct backup *b);
void backup_list_release(struct backup_list *list);
void backup_list_sort(struct backup_list *list);
struct backup *backup_list_find(const struct backup_list *list,
				const char *id);
/* A part more; free() what it had, and fill it. */
struct backup_part *backup_add_part(struct backup *b, const char *name);
void backup_drop_parts(struct backup *b);

/* What is the end of a ref's name, and the name of a folder. */
int backup_is_id(const char *text);
/* "20261120-224115"; free(). */
char *backup_id_at(time_t when);

/* The manifest, into an object that was begun. */
void backup_write(const struct backup *b, struct json *j);
/* -1: it is none. */
int backup_parse(struct backup *b, const char *text, size_t len,
		 struct error *err);
long long backup_size(const struct backup *b);
/* "2.1 GB" */
void backup_add_size(struct buf *out, long long size);
/* "v1.0.0 -> v1.1.0", "v1.0.0" */
void backup_add_release(struct buf *out, const struct backup *b);

/*
 * "backup ID of the upgrade v1.0.0 -> v1.1.0 is kept until 2026-11-22 22:41
 * UTC", or "until that is verified"
 */
void backup_add_stay(struct buf *out, const struct backup *b);

/* Can its data be put back?  Can it be kept for `span` seconds in all? */
int backup_check_restorable(const struct backup *b, struct error *err);
int backup_check_extension(const struct backup *b, long span,
			   struct error *err);

/* Good, and not of the future. */
int backup_is_trusted(const struct backup *b, time_t now);
/* Of one before an upgrade; 0: nobody knows yet. */
time_t backup_expires(const struct backup *b);

/* What is to be known of all of them; each of the list, or NULL. */
struct backup_outlook {
	const struct backup *good;	/* the newest that is trusted */
	const struct backup *blocks;	/* keeps other upgrades out */
	const struct backup *failed;	/* the last, since the good one */
};

struct backup_outlook backups_outlook(const struct backup_list *list,
				      time_t now);

struct backup_fate {
	int goes;
	struct buf why;
};

/* Of each in the list, in its order; `fates` are BUF_INIT. */
void backups_judge(const struct backup_list *list,
		   const struct backup_rules *rules, time_t now,
		   struct backup_fate *fates);
struct backup_fate *backup_fates_new(size_t nr);
void backup_fates_free(struct backup_fate *fates, size_t nr);
/*
 * The newest good one before an upgrade; NULL: there is none, or its time is
 * up.
 */
const struct backup *backups_last_upgrade(const struct backup_list *list,
					  time_t now);

#endif
