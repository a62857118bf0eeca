/* What the files behind hook/request.h share; only they include it. */
#ifndef HOOK_REQUEST_INTERNAL_H
#define HOOK_REQUEST_INTERNAL_H

#include "doc/value.h"
#include "hook/request.h"
#include "state/lock.h"

struct request {
	const struct hook *hook;
	struct platform *p;
	const struct environment *env;
	const struct value *fields;
};

/* Who asks: only the connection knows. */
const char *request_asker(void);
/*
 * What a client says under `key`, as one line that shows no secret; NULL:
 * nothing.  free().
 */
char *request_line(const struct request *r, const char *key);
/* The same, short. */
char *request_short(const struct request *r, const char *key);

/* Who he says he is, and whom the connection knows; NULL.  free(). */
char *request_who(const struct request *r);

/* request_lock.c: the verbs `lock` and `unlock` */
int request_lock(const struct request *r, struct error *err);
int request_unlock(const struct request *r, struct error *err);
/* request_backup.c: the verb `backup` */
int request_backup(const struct request *r, struct error *err);
/*
 * ERROR_REFUSED when somebody else than who shows the nonce in the field
 * `lock` has the environment to himself.
 */
int request_check_lock(const struct request *r, struct error *err);

#endif
