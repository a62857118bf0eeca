/*
 * When upstream was asked for its releases last.
 *
 * Who fetched a moment ago and now merges need not wait for upstream again.
 * $GIT_COMMON_DIR/info/gitupgrade.asked holds one line, the time in seconds
 * since 1970 and upstream's name:
 *
 *	1763718000 origin
 *
 * Without it, or when it does not read, nobody was asked.
 */
#ifndef MODEL_ASKED_H
#define MODEL_ASKED_H

#include "git/repo.h"
#include "model/product.h"

/* So many seconds an answer is as good as a new one. */
#define ASKED_FRESH 60

int asked_is_fresh(const struct repo *r, const struct product *pr);
/* Upstream has just answered, and all it said was taken. */
void asked_note(const struct repo *r, const struct product *pr);

#endif
