#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)

struct pool_block {
	struct pool_block *next;
	size_t size;
	max_align_t data[];
};

static size_t aligned(size_t size)
{
	size_t unit = sizeof(max_align_t);

	return (size + unit - 1) / unit * unit;
}

void *pool_alloc(struct pool *p, size_t size)
{
	struct pool_block *b = p->blocks;

	size = aligned(size ? size : 1);
	if (size > p->left) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = xcalloc(1, sizeof(*b) + room);
		b->next = p->blocks;
		b->size = room;
		p->blocks = b;
		p->left = room;
	}
	p->left -= size;
	return (char *)b->data + (b->size - p->left - size);
}

char *pool_memdup(struct pool *p, const void *data, size_t len)
{
	char *copy = pool_alloc(p, len + 1);

	if (len)
		memcpy(copy, data, len);
	return copy;
}

void *pool_more(struct pool *p, const void *old, size_t used, size_t *alloc,
		size_t size)
{
	void *v;

	*alloc = *alloc ? *alloc * 2 : 4;
	v = pool_alloc(p, *alloc * size);
	if (used)
		memcpy(v, old, used);
	return v;
}

void pool_release(struct pool *p)
{
	while (p->blocks) {
		struct pool_block *next = p->blocks->next;

		free(p->blocks);
		p->blocks = next;
	}
	*p = (struct pool)POOL_INIT;
}
