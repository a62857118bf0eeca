/*
 * The lock of an environment's workers: a byte-range lock that belongs to an
 * open file, so that it ends with its holder whatever kills it, and can be
 * looked at without being taken.
 */
#ifndef DEPLOY_LOCK_H
#define DEPLOY_LOCK_H

#include "base/buf.h"
#include "deploy/platform.h"

#define LOCK_NOT_NEEDED (-2)
/* How what holds it begins, where that is no deploy. */
#define LOCK_BACKUP "git upgrade backup"
#define LOCK_REMOVAL "git upgrade platform remove"

/*
 * Wait for the lock: a descriptor to close, or -1.  LOCK_NOT_NEEDED when
 * somebody else waits already: he has not looked at the branch yet, so
 * whatever we know he will see.
 */
int worker_lock(struct platform *p, const char *env, struct error *err);
/* The same of who tells of what was recorded (deploy/notify.h). */
int notify_lock(struct platform *p, const char *env, struct error *err);
/*
 * ERROR_REFUSED, with who it is, when a worker has it, and keeps it for a
 * second.
 */
int worker_trylock(struct platform *p, const char *env, struct error *err);
/* ERROR_REFUSED: that is under way, by whoever has it. */
int worker_lock_refuse(const struct repo *r, const char *env,
		       struct error *err);
/* Does anybody have it?  Takes and makes nothing. */
int worker_lock_is_held(const struct repo *r, const char *env);
/* The same for a second: it is not only about to let go. */
int worker_lock_is_kept(const struct repo *r, const char *env);
/* Add who has the lock; see base/holder.h. */
void worker_lock_add_holder(const struct repo *r, const char *env,
			    struct buf *out);

#endif
