/*
 * A host publishes its backups (state/backup.h) as it does its evidence
 * (state/publish.h), under the same names, so that clients can list them.
 *
 * What was published is noted in the host's folder, as `.backups`: the remote,
 * and "OID REF" of each.  What is there and was never noted is somebody's
 * else, a former host's for example, and stays.
 */
#ifndef STATE_BACKUP_PUBLISH_H
#define STATE_BACKUP_PUBLISH_H

#include "base/error.h"
#include "git/repo.h"

/*
 * 1: that took a push; 0: there was nothing to do; -1.  Whoever calls it holds
 * the environment's lock.
 */
int backups_publish(struct repo *r, const char *env, const char *remote,
		    struct error *err);

#endif
