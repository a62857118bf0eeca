/*
 * The processes of this machine, as Linux shows them, see proc(5).  Where
 * there is no /proc nobody is seen.  What is looked at may end meanwhile, and
 * its number may be given to another process; only procfs_signal() sees to
 * that itself.
 */
#ifndef BASE_PROCFS_H
#define BASE_PROCFS_H

#include "base/buf.h"

#include <sys/types.h>

struct process {
	pid_t pid;
	pid_t parent;
	pid_t session;
	char name[32];		/* of its program, 15 bytes at most */
};

/* 0, or -1 where it is gone. */
int procfs_look(struct process *p, pid_t pid);
/*
 * Append /proc/PID/FILE, of which one that others own shows us little: 0, or
 * -1 where it cannot be read.  "cmdline" and "environ" are strings, each with
 * its NUL.
 */
int procfs_read(struct buf *out, pid_t pid, const char *file);
/* The folder it works in; NULL where that cannot be told. */
char *procfs_folder(pid_t pid);
/* Ask `fn` of each, in any order, until it answers something else than 0. */
int procfs_find(int (*fn)(const struct process *p, void *data), void *data);
/*
 * Signal all of whom `fn` is true; how many there were.  It is asked twice:
 * once more when the process is held on to, so that no other gets the signal.
 */
int procfs_signal(int (*fn)(const struct process *p, void *data), void *data,
		  int sig);

#endif
