/*
 * An environment that is held: since it was rolled back nothing is promoted to
 * it, until somebody says that it may go on.
 *
 *	refs/upgrade/held/ENV		a blob: who, when, why, undone, release
 *
 * The platform makes the ref together with the rollback's event, and deletes
 * it together with an event "released"; clients ask for that (the request
 * `unlock`) and read it as they read other state.
 */
#ifndef STATE_HELD_H
#define STATE_HELD_H

#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "git/repo.h"

struct env_hold {
	char *oid;		/* the blob, when read */
	/* All may be NULL, of one that nobody can make sense of. */
	char *who;
	char *why;		/* for people */
	char *undone;		/* the commit that was taken back */
	char *release;		/* that was on */
	time_t when;		/* 0: unknown */
};

#define ENV_HOLD_INIT { .oid = NULL }

/* "refs/upgrade/held/ENV"; free(). */
char *env_hold_ref(const char *env);
/* 1: it is held; 0: it is not; -1. */
int env_hold_read(struct env_hold *h, struct repo *r, const char *env,
		  struct error *err);
/* What the blob says; what does not read is left NULL. */
void env_hold_parse(struct env_hold *h, const struct buf *text);
/* Its blob: the OID, free(). */
char *env_hold_write(const struct env_hold *h, struct repo *r,
		     struct error *err);
/* "since its rollback of 2.0.0 by Olga, 2h ago: why" */
void env_hold_add(struct buf *out, const struct env_hold *h);
void env_hold_release(struct env_hold *h);

#endif
