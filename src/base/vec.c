#include "base/vec.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *strvec_empty[1];

void strvec_init(struct strvec *vec)
{
	vec->v = strvec_empty;
	vec->nr = vec->alloc = 0;
}

void strvec_release(struct strvec *vec)
{
	for (size_t i = 0; i < vec->nr; i++)
		free(vec->v[i]);
	if (vec->alloc)
		free(vec->v);
	strvec_init(vec);
}

void strvec_push_nodup(struct strvec *vec, char *s)
{
	if (!vec->alloc)
		vec->v = NULL;
	ALLOC_GROW(vec->v, vec->nr + 2, vec->alloc);
	vec->v[vec->nr++] = s;
	vec->v[vec->nr] = NULL;
}

void strvec_push(struct strvec *vec, const char *s)
{
	strvec_push_nodup(vec, xstrdup(s));
}

void strvec_pushf(struct strvec *vec, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	va_end(ap);
	strvec_push_nodup(vec, s);
}

void strvec_pushl(struct strvec *vec, ...)
{
	va_list ap;
	const char *s;

	va_start(ap, vec);
	while ((s = va_arg(ap, const char *)))
		strvec_push(vec, s);
	va_end(ap);
}

void strvec_pushv(struct strvec *vec, char *const *v)
{
	for (; v && *v; v++)
		strvec_push(vec, *v);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *vec, int unique)
{
	size_t kept = 0;

	if (!vec->nr)
		return;
	qsort(vec->v, vec->nr, sizeof(*vec->v), by_bytes);
	if (!unique)
		return;
	for (size_t i = 0; i < vec->nr; i++) {
		if (kept && !strcmp(vec->v[kept - 1], vec->v[i]))
			free(vec->v[i]);
		else
			vec->v[kept++] = vec->v[i];
	}
	vec->nr = kept;
	vec->v[kept] = NULL;
}

int strvec_has(const struct strvec *vec, const char *s)
{
	for (size_t i = 0; i < vec->nr; i++)
		if (!strcmp(vec->v[i], s))
			return 1;
	return 0;
}

void strvec_split(struct strvec *vec, const char *s, char sep)
{
	while (*s) {
		const char *end = strchr(s, sep);
		size_t len = end ? (size_t)(end - s) : strlen(s);

		if (len)
			strvec_push_nodup(vec, xmemdupz(s, len));
		s += len + (end != NULL);
	}
}

static size_t hash(const char *s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return (size_t)(h ^ (h >> 32));
}

/* The slot of `key`, or the free one where it would go. */
static size_t *slot_of(const struct strmap *map, const char *key)
{
	size_t mask = map->nr_slots - 1;
	size_t i = hash(key) & mask;

	while (map->slots[i] && strcmp(map->keys[map->slots[i] - 1], key))
		i = (i + 1) & mask;
	return &map->slots[i];
}

static void rehash(struct strmap *map)
{
	map->nr_slots = map->nr_slots ? map->nr_slots * 2 : 32;
	free(map->slots);
	map->slots = xcalloc(map->nr_slots, sizeof(*map->slots));
	for (size_t i = 0; i < map->nr; i++)
		*slot_of(map, map->keys[i]) = i + 1;
}

int strmap_put(struct strmap *map, const char *key, void *value)
{
	size_t *slot, alloc = map->alloc;

	if (map->nr * 2 >= map->nr_slots)
		rehash(map);
	slot = slot_of(map, key);
	if (*slot) {
		map->values[*slot - 1] = value;
		return 0;
	}
	ALLOC_GROW(map->keys, map->nr + 1, alloc);
	ALLOC_GROW(map->values, map->nr + 1, map->alloc);
	map->keys[map->nr] = xstrdup(key);
	map->values[map->nr] = value;
	*slot = ++map->nr;
	return 1;
}

int strmap_has(const struct strmap *map, const char *key)
{
	return map->nr && *slot_of(map, key);
}

void *strmap_get(const struct strmap *map, const char *key)
{
	size_t slot = map->nr ? *slot_of(map, key) : 0;

	return slot ? map->values[slot - 1] : NULL;
}

void strmap_release(struct strmap *map)
{
	for (size_t i = 0; i < map->nr; i++)
		free(map->keys[i]);
	free(map->keys);
	free(map->values);
	free(map->slots);
	*map = (struct strmap)STRMAP_INIT;
}

size_t sorted_place(const void *list, size_t nr, const char *name,
		    const char *(*name_of)(const void *list, size_t i))
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(name_of(list, middle), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
