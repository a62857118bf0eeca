/*
 * Memory that is given back all at once: for trees whose parts share what
 * they are made of, so that nobody could say who owns a part.  What comes
 * from a pool is never freed by itself.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

#include "base/mem.h"

struct pool_block;

struct pool {
	struct pool_block *blocks;
	size_t left;		/* in the newest block */
};

#define POOL_INIT { NULL, 0 }

/* Zeroed, aligned for anything. */
void *pool_alloc(struct pool *p, size_t size) NEVER_NULL;
/* With a NUL behind it. */
char *pool_memdup(struct pool *p, const void *data, size_t len) NEVER_NULL;
void pool_release(struct pool *p);

/* Make room for one more item in an array of the pool's. */
#define POOL_GROW(p, v, nr, alloc) do { \
	if ((nr) >= (alloc)) { \
		(v) = pool_more((p), (v), sizeof(*(v)) * (nr), &(alloc), \
				sizeof(*(v))); \
	} \
} while (0)

void *pool_more(struct pool *p, const void *old, size_t used, size_t *alloc,
		size_t size) NEVER_NULL;

#endif
