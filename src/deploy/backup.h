/*
 * Backups of what an environment runs: made, looked after and removed.
 *
 * The artifacts are written beside their place and read again, then they get
 * their name, then the ref says that it is good (state/backup.h): so whatever
 * is killed when, what is listed as good is whole.
 *
 * Whoever calls these holds the environment's lock (deploy/lock.h).
 */
#ifndef DEPLOY_BACKUP_H
#define DEPLOY_BACKUP_H

#include "base/error.h"
#include "base/report.h"
#include "base/vec.h"
#include "deploy/platform.h"
#include "model/backup.h"

/* One that is to be made; texts are borrowed, and may be NULL. */
struct backup_wish {
	enum backup_kind kind;
	struct strvec with;		/* optional artifacts */
	const char *label, *who, *nonce;
	const char *to, *path;		/* of one before an upgrade */
};

/*
 * Nothing is deployed, or nothing says what to keep and where: ERROR_REFUSED.
 * ERROR_DEPLOY when it failed, which is recorded.  `made` says what was.
 */
int backup_create(struct platform *p, const struct environment *env,
		  const struct backup_wish *w, const struct reporter *say,
		  struct backup *made, struct error *err);

/* Say what that would make, and where; or why it would not. */
int backup_check(struct platform *p, const struct environment *env,
		 const struct backup_wish *w, const struct reporter *say,
		 struct error *err);

/* Who asked for something, and why; each may be NULL. */
struct backup_asker {
	const char *who, *why;
};

/*
 * Keep it for `span` seconds from when what it was made before was verified.
 * Refused beyond what is allowed.
 */
int backup_extend(struct platform *p, const struct environment *env,
		  const char *id, long span, const struct backup_asker *by,
		  const struct reporter *say, struct error *err);
/* All of it, whatever keeps it. */
int backup_delete(struct platform *p, const struct environment *env,
		  const char *id, const struct backup_asker *by,
		  const struct reporter *say, struct error *err);
/* Those that no rule keeps; with `dry_run` that is only said. */
int backup_prune(struct platform *p, const struct environment *env,
		 int dry_run, const struct backup_asker *by,
		 const struct reporter *say, struct error *err);
/* One that is to be put back. */
struct backup_return {
	const char *id;
	const char *from;		/* whose it is; NULL: the same's */
	int code, data;
	struct backup_asker by;
};

/*
 * Its data, and a commit with its code on top of the branch; then it is
 * deployed and verified.  Refused, and nothing touched, where its files are
 * not what they were.
 */
int backup_restore(struct platform *p, const struct environment *env,
		   const struct backup_return *w, const struct reporter *say,
		   struct error *err);

/* What is about to be deployed; any text may be NULL. */
struct backup_hop {
	const char *before, *from;	/* what serves, and its release */
	const char *commit, *to;
	const char *data;		/* data_mark_word() */
	/* Where a push of several hops goes, that holds no lock. */
	const char *end;
};

/*
 * Where the environment wants one: see to it that there is a backup of before
 * this upgrade, if it is one.  -1: there is none.
 */
int backup_before_upgrade(struct platform *p, const struct environment *env,
			  const struct backup_hop *hop,
			  const struct reporter *say, struct error *err);
/* What a killed one left. */
int backup_tidy(struct platform *p, const struct environment *env,
		const struct reporter *say, struct error *err);

#endif
