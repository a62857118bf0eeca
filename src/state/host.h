/*
 * Which environments this clone deploys itself, in its own work tree: it is
 * their host (deploy/here.h).  What is known here about them is the truth,
 * and no copy of what a remote says.
 *
 * upgrade/here/ENV/ of the common git folder tells.  It is made by the first
 * deploy, and holds what the next one has to know.
 */
#ifndef STATE_HOST_H
#define STATE_HOST_H

#include "git/repo.h"

/* The folder, whether it is there or not; free(). */
char *host_folder(const struct repo *r, const char *env);
int host_is_here(const struct repo *r, const char *env);

#endif
