/*
 * The lock of an environment: who has it to himself, over several pushes.
 *
 *	refs/upgrade/locks/ENV		a blob: nonce, who, why, what, since
 *
 * The platform makes and deletes the ref, each time together with an event in
 * the ledger; clients ask for it (hook/request_lock.c) and read it as they
 * read other state.  A push shows the nonce, as the option upgrade-lock=NONCE.
 *
 * It is a sign on the door, no secret: everybody can read it, and who may push
 * may also take it off, which is recorded.  The nonce tells holders apart,
 * whose locks may else be the same to the byte.
 */
#ifndef STATE_LOCK_H
#define STATE_LOCK_H

#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

#define LOCK_OPTION "upgrade-lock="

struct env_lock {
	char *oid;		/* the blob, when read */
	/* All may be NULL, of one that nobody can make sense of. */
	char *nonce;
	char *who;
	char *why;		/* for people */
	char *what;		/* "push of 3 hops to 3.2.0" */
	time_t since;		/* 0: unknown */
};

#define ENV_LOCK_INIT { .oid = NULL }

/* A new one; NULL on error, free(). */
char *lock_nonce_new(struct error *err);
int lock_nonce_is_valid(const char *nonce);

/* "refs/upgrade/locks/ENV"; free(). */
char *env_lock_ref(const char *env);
/* 1: it is locked; 0: it is not; -1. */
int env_lock_read(struct env_lock *l, struct repo *r, const char *env,
		  struct error *err);
/* What the blob says; what does not read is left NULL. */
void env_lock_parse(struct env_lock *l, const struct buf *text);
/* Its blob: the OID, free(). */
char *env_lock_write(const struct env_lock *l, struct repo *r,
		     struct error *err);
/* Does `nonce` (NULL: none) show this lock? */
int env_lock_is_shown(const struct env_lock *l, const char *nonce);
/* "by Olga since 2026-11-20T22:41:15Z (4m ago), for a push: why" */
void env_lock_add(struct buf *out, const struct env_lock *l);
/* What others can do about it. */
void env_lock_hint(struct strvec *hints, const char *env);
/* ERROR_REFUSED with both. */
int env_lock_refuse(const struct env_lock *l, const char *env,
		    struct error *err);
void env_lock_release(struct env_lock *l);

#endif
