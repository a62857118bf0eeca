/*
 * Where values came from, by their keys: "path.rule" is from
 * "HEAD:.gitupgrade.yaml:4".  A list is one value.
 */
#ifndef MODEL_ORIGINS_H
#define MODEL_ORIGINS_H

#include "base/vec.h"

struct origins {
	struct strmap at;		/* key to a text among `texts` */
	struct strvec texts;
};

#define ORIGINS_INIT { STRMAP_INIT, STRVEC_INIT }

/* Copies both; the last one said of a key counts. */
void origins_set(struct origins *o, const char *key, const char *text);
/* Nobody said anything of the keys that begin with `prefix`. */
void origins_forget(struct origins *o, const char *prefix);
/* NULL where nobody said anything: a default. */
const char *origins_get(const struct origins *o, const char *key);
/* Of the first key, in their order, that begins with `prefix` and has one. */
const char *origins_below(const struct origins *o, const char *prefix);
void origins_release(struct origins *o);

#endif
