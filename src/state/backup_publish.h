/*
 * A host publishes its backups (state/backup.h) as it does its evidence
 * (state/publish.h), under the same names, so that clients can list them.
 *
 * What was published is noted in the host's folder, as `.backups`: the remote,
 * and "OID REF" of each.  What is there and was never noted is somebody's
 * else, a former host's for example, and stays.
 *
 * So do clients that have an engine deploy, each as one of many, in
 * upgrade/deploys/ENV/: what others did there stands, and is fetched once all
 * that is only here was published.
 */
#ifndef STATE_BACKUP_PUBLISH_H
#define STATE_BACKUP_PUBLISH_H

#include "base/error.h"
#include "git/lsremote.h"
#include "git/repo.h"

/*
 * 1: that took a push; 0: there was nothing to do; -1.  Whoever calls it holds
 * the environment's lock.
 */
int backups_publish(struct repo *r, const char *env, const char *remote,
		    struct error *err);
/* Of many: what is there, as `refs` show it, unless something is only here. */
int backups_fetch(struct repo *r, const char *env, const char *remote,
		  const struct ls_remote *refs, struct error *err);

#endif
