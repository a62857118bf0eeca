/*
 * What must hold before an upgrade begins.  Everything that does not is
 * reported at once, so that nobody fixes one thing to learn of the next.
 */
#ifndef UPGRADE_PREFLIGHT_H
#define UPGRADE_PREFLIGHT_H

#include "base/error.h"
#include "git/checkout.h"
#include "git/repo.h"

/* All files are looked at meanwhile; end it, whether it is checked or not. */
struct preflight {
	struct checkout_look look;
};

#define PREFLIGHT_INIT { CHECKOUT_LOOK_INIT }

void preflight_begin(struct preflight *p, struct repo *r, const char *dir);
void preflight_end(struct preflight *p);
/*
 * No operation of git's in progress, nothing staged, no change in tracked
 * files, an identity to commit with, a work tree that can be written.  -1
 * with one error that lists all that is wrong (ERROR_REFUSED).  `dir` is the
 * checkout's, locked (git/checkout.h).  Where changes can be put aside
 * `*changes` gets whether there are any, and they are no error; else NULL.
 */
int preflight_check(struct preflight *pre, int *changes, struct repo *r,
		    const char *dir, struct error *err);

#endif
