/*
 * Where the artifacts of backups are: a folder that people make, or what
 * commands put them into.
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
 * Of a store by commands upgrade/stores/ENV/put has the folders ID and
 * .ID.partial.  In them are the manifest, and of each artifact NAME.put, an
 * empty file that is made before it is put, and removed when it is deleted.
 * upgrade/stores/ENV/fetched is what is being put back.
 *
 * Whoever calls these holds the environment's lock (deploy/lock.h).
 */
#ifndef DEPLOY_BACKUP_STORE_H
#define DEPLOY_BACKUP_STORE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/vec.h"
#include "deploy/platform.h"
#include "deploy/sink.h"
#include "deploy/steps.h"
#include "model/backup.h"

#define MANIFEST "manifest.json"

struct backup_store {
	char *path;			/* NULL: commands */
	char *dir;			/* STORE/ENV; or upgrade/.../put */
	dev_t device;
	ino_t inode;
	/* Borrowed, and in whose environment they run. */
	const struct backup_commands *by;
	struct step_context context;
};

#define BACKUP_STORE_INIT { .path = NULL }

/* The one that is configured. */
int backup_store_open(struct backup_store *s, struct platform *p,
		      const struct environment *env, struct error *err);
void backup_store_release(struct backup_store *s);
/* Is it there still, and the same? */
int backup_store_check(const struct backup_store *s, struct error *err);
/* Where that is said, for people. */
const char *backup_config(const struct platform *p);
/* Does nothing say where it is? */
int backup_store_is_missing(const struct platform *p,
			    const struct environment *env);
/* Of commands: the folder for what is put back; free(). */
char *backup_store_fetched(const struct platform *p,
			   const struct environment *env, struct error *err);
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
/* -1, and where they are then, and what is to be done about it. */
int backup_is_elsewhere(const struct environment *env, const struct backup *b,
			struct error *err);
/* Make the folder for what is being made. */
int backup_store_begin(const struct backup_store *s, const char *id,
		       struct error *err);
/* The manifest, and all of it under its name. */
int backup_store_commit(const struct backup_store *s, const char *id,
			const char *manifest, size_t len, struct error *err);
/* Of commands: that artifact is about to be put. */
int backup_store_note(const struct backup_store *s, const char *id,
		      const char *artifact, struct error *err);
/* What was being made goes.  -1: not all of it; who comes next tries again. */
int backup_store_drop(const struct backup_store *s, const char *id,
		      struct error *err);
/*
 * Of commands: delete all that was put of it, whatever became of it; also what
 * another clone began to delete.
 */
int backup_store_delete(const struct backup_store *s, const struct backup *b,
			struct error *err);
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

/* By commands (backup_commands.c) */

/* An artifact that is being put. */
struct backup_put {
	pid_t pid;
	int to;				/* what it reads; or -1 */
	int answer;
};

#define BACKUP_PUT_INIT { -1, -1, -1 }

int backup_put_begin(struct backup_put *put, const struct backup_store *s,
		     const char *id, const char *artifact, struct error *err);
/* Somebody else has `to` now, and it ends when he does. */
void backup_put_hand_over(struct backup_put *put);
/* Wait for it; on one that was not begun it is fine. */
int backup_put_end(struct backup_put *put, struct progress *progress,
		   struct error *err);
/* Into a new file, or with `path` NULL only its sum. */
int backup_get(const struct backup_store *s, const char *id,
	       const char *artifact, const char *path,
	       struct progress *progress, struct sum *sum, struct error *err);
int backup_remove(const struct backup_store *s, const char *id,
		  const char *artifact, struct error *err);
/* 1; 0: it is not what it was, and the error says so; -1: nobody knows. */
int backup_is_kept(const struct backup_store *s, const char *id,
		   const char *artifact, const struct sum *was,
		   const struct reporter *say, struct error *err);

#endif
