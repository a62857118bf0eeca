/*
 * Where the artifacts of backups are: a folder that people make.
 *
 *	STORE/.git-upgrade		a word by which it is known again
 *	STORE/.ENV.platform		whose STORE/ENV is (deploy/owner.h)
 *	STORE/ENV/ID/			NAME of each artifact, manifest.json
 *	STORE/ENV/.ID.partial/		one that is being made, or goes
 *	STORE/ENV/.ID.going		while its ref goes, and then its files
 *
 * upgrade/stores/ENV/known in the platform has the word and the path.  A
 * folder of that path with another word, or none, is another one: mostly
 * because what should be mounted there is not.
 *
 * Whoever calls these holds the environment's lock (deploy/lock.h).
 */
#ifndef DEPLOY_BACKUP_STORE_H
#define DEPLOY_BACKUP_STORE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/vec.h"
#include "deploy/platform.h"
#include "model/backup.h"

#define MANIFEST "manifest.json"

struct backup_store {
	char *path;
	char *dir;			/* STORE/ENV */
	dev_t device;
	ino_t inode;
};

#define BACKUP_STORE_INIT { NULL, NULL, 0, 0 }

/* The one that is configured. */
int backup_store_open(struct backup_store *s, struct platform *p,
		      const struct environment *env, struct error *err);
void backup_store_release(struct backup_store *s);
/* Is it there still, and the same? */
int backup_store_check(const struct backup_store *s, struct error *err);
/* STORE/ENV/ID, STORE/ENV/.ID.partial; free(). */
char *backup_store_folder(const struct backup_store *s, const char *id);
char *backup_store_partial(const struct backup_store *s, const char *id);
/*
 * Its folder is where its files are by now: in the store that is configured,
 * or, where they are not there, where they were made.
 */
void backup_store_locate(const struct platform *p,
			 const struct environment *env, struct backup *b);
/* Are they elsewhere than in this store? */
int backup_store_lacks(const struct backup_store *s, const struct backup *b);
/* Make the folder for what is being made. */
int backup_store_begin(const struct backup_store *s, const char *id,
		       struct error *err);
/* The manifest, and all of it under its name. */
int backup_store_commit(const struct backup_store *s, const char *id,
			const char *manifest, size_t len, struct error *err);
/* What was being made goes. */
void backup_store_drop(const struct backup_store *s, const char *id);
/*
 * That one is about to lose its ref; and it has, or has it still, so that its
 * files go, or stay.
 */
int backup_store_going(const struct backup_store *s, const char *id,
		       struct error *err);
int backup_store_gone(const struct backup_store *s, const char *id,
		      int has_ref, struct error *err);
/* IDs of what was begun, and of what was to go. */
void backup_store_leftovers(const struct backup_store *s,
			    struct strvec *partial, struct strvec *going);

#endif
