/*
 * Locks that say who holds them.  The lock itself is the kernel's, by
 * flock(2), so that it goes with its holder; the file that is locked has a
 * line for people, "PID TIME USER\tCOMMAND".  That line decides nothing, and
 * that it cannot be written or read is no reason not to go on.
 */
#ifndef BASE_HOLDER_H
#define BASE_HOLDER_H

#include "base/buf.h"

/*
 * Make the file, and the folders above it, where they are not there, and lock
 * it: a descriptor, or -1 with errno, EWOULDBLOCK where somebody else holds
 * it.  Such a file may be removed by its holder before he closes it.  `flags`
 * are 0 or O_CLOEXEC: without it programs we start hold the lock, too, and go
 * on doing so when we are gone.
 */
int holder_lock(const char *path, int flags);
/*
 * Sign the file, which is open for writing, as this process; `command` is
 * what it does, or NULL.
 */
void holder_sign(int fd, const char *command);
/*
 * Add "process 4711 of olga, for 3m: git upgrade merge 3.2.0", or "another
 * process" where the file does not say.  Of a process that is gone, and whose
 * children still hold the lock, that is added.
 */
void holder_add(struct buf *out, const char *path);
/*
 * The same of a process that is there, in this moment: 1, or 0 where there is
 * none, or none that says so.  It takes no lock, which somebody else might
 * just want; so it is fit to be shown, and nothing may depend on it.
 */
int holder_lives(struct buf *out, const char *path);

#endif
