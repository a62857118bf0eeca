/*
 * Files and folders.
 *
 * Paths are borrowed, results are the caller's.  file_replace() is the only
 * way state is written: readers see the old file or the new one, whole, and
 * after it returns the new one survives a power cut.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* Add the whole file to `out`; -1 with errno kept (ENOENT: absent). */
int file_read(const char *path, struct buf *out, struct error *err);
int file_exists(const char *path);
/* Is the open file the one that has this name?  Links are not followed. */
int file_is_named(int fd, const char *path);
int dir_exists(const char *path);
int dir_is_empty(const char *path);
/*
 * PATH.lock is created exclusively, written, fsynced and renamed over PATH,
 * and the folder fsynced.  Its writer has locked it by flock(2), so that one
 * who was killed does not stop the next; who is alive gets a second, and then
 * an existing PATH.lock is an error that names it.
 */
int file_replace(const char *path, const void *data, size_t len,
		 unsigned mode, struct error *err);
/*
 * The same, with the folders above it, which whoever removes the last file in
 * them may remove at any moment.
 */
int file_put(const char *path, const void *data, size_t len, unsigned mode,
	     struct error *err);
/*
 * For files whose being there decides something; who only tidies up calls
 * unlink(2).  An absent one is no error.
 */
int file_remove(const char *path, struct error *err);
/* Write a new file that must not exist yet (no durability). */
int file_create(const char *path, const void *data, size_t len,
		unsigned mode, struct error *err);
int fsync_dir(const char *path);
/* Like mkdir -p, for `path` itself or only the folders above it. */
int make_dirs(const char *path, struct error *err);
int make_parent_dirs(const char *path, struct error *err);
/* Like rm -rf; an absent path is no error.  Links are not followed. */
int remove_tree(const char *path, struct error *err);
/* A new folder PREFIX.XXXXXX; free() the name. */
char *make_temp_dir(const char *prefix, struct error *err);
/* Remove tmp-PID... from `dir`, where that process is no more. */
void sweep_temp_dirs(const char *dir);

char *path_join(const char *dir, const char *name);
/* The folder a path is in ("." when it has none); free(). */
char *path_dir(const char *path);
/* Points into `path`. */
const char *path_base(const char *path);
/*
 * True for a relative path that stays inside: not empty, not absolute, no
 * "." or ".." or empty component, no ".git" component in any case.
 */
int path_is_inside(const char *path);
/* It is that folder, or in it, once links are followed. */
int path_is_below(const char *path, const char *dir);
/*
 * `*` and `?` stop at `/`, a component `**` is any number of folders; at the
 * end it is everything below.  No other character is special, and patterns
 * that are made to take long do not.
 */
int path_match(const char *pattern, const char *path);

#endif
