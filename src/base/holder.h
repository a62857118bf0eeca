/*
 * Who holds a lock: a line for people in the file that is locked, "PID TIME
 * USER".  It decides nothing, as the lock is the kernel's; that it cannot be
 * written or read is no reason not to go on.
 */
#ifndef BASE_HOLDER_H
#define BASE_HOLDER_H

#include "base/buf.h"

/* Sign the file, which is open for writing, as this process. */
void holder_sign(int fd);
/*
 * Add "process 4711 of olga, for 3m", or "another process" where the file
 * does not say.  Of a process that is gone, and whose children still hold
 * the lock, that is added.
 */
void holder_add(struct buf *out, const char *path);

#endif
