/*
 * Locks that git commands of ours left behind when they were killed.
 *
 * git makes a lock by creating "FILE.lock", and takes none away that it finds:
 * it cannot know whose it is.  Who wrote down beforehand that git commands of
 * his were at work, and finds that note again, knows.
 */
#ifndef GIT_STALE_H
#define GIT_STALE_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/*
 * Remove these files, absolute paths, as far as they are there, and with
 * "packed-refs.lock" the "packed-refs.new" that git writes under it.  One that
 * is only slow gets a second to go away by itself; while a git runs in the
 * repository that is not of ours, it is refused to touch any.
 */
int stale_break(const struct repo *r, const struct strvec *locks,
		struct error *err);
/*
 * The same of `places`, absolute or relative to the common folder and ending
 * with NULL: files, or folders ("refs/x/") and all locks below.
 */
int stale_break_places(const struct repo *r, const char *const *places,
		       struct error *err);

/*
 * The note, a locked file in $GIT_COMMON_DIR/upgrade.  Programs we start hold
 * the lock as well, so a note without a lock is one of the dead.
 */
struct stale_note {
	int fd;
	char *path;
	int left;		/* a dead one had left it */
};

#define STALE_NOTE_INIT { -1, NULL, 0 }

/*
 * Write the note `name`.  Where a dead one has left it, its locks are broken,
 * at `places`.  While another process is at the same, and where nothing can be
 * written, there is no note: the work itself will tell.
 */
int stale_note_begin(struct stale_note *n, const struct repo *r,
		     const char *name, const char *const *places,
		     struct error *err);
void stale_note_end(struct stale_note *n);
/* The work failed half-way, as if we had died: the next finds the note. */
void stale_note_leave(struct stale_note *n);

#endif
