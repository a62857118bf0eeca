/*
 * What must hold before an upgrade begins.  Everything that does not is
 * reported at once, so that nobody fixes one thing to learn of the next.
 */
#ifndef UPGRADE_PREFLIGHT_H
#define UPGRADE_PREFLIGHT_H

#include "base/error.h"
#include "git/repo.h"

/*
 * No operation of git's in progress, nothing staged, no change in tracked
 * files, an identity to commit with, a work tree that can be written.  -1
 * with one error that lists all that is wrong (ERROR_REFUSED).  `dir` is the
 * checkout's, locked (git/checkout.h).  Where changes can be put aside
 * `*changes` gets whether there are any, and they are no error; else NULL.
 */
int preflight_check(int *changes, struct repo *r, const char *dir,
		    struct error *err);

#endif
