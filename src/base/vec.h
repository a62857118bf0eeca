/*
 * Lists and sets of strings.
 *
 * `struct strvec` is a list; `v` is NULL-terminated at all times, so that it
 * is an argv.  push copies, push_nodup takes, release frees.
 *
 * `struct strmap` maps strings to pointers.  It owns its keys, never its
 * values.  Iterate with `for (i = 0; i < map.nr; i++)` over map.keys and
 * map.values: insertion order, which stays as there is no removal.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

struct strvec {
	char **v;
	size_t nr;
	size_t alloc;
};

extern char *strvec_empty[];
#define STRVEC_INIT { strvec_empty, 0, 0 }

void strvec_init(struct strvec *vec);
void strvec_release(struct strvec *vec);
void strvec_push(struct strvec *vec, const char *s);
void strvec_push_nodup(struct strvec *vec, char *s);
void strvec_pushf(struct strvec *vec, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Up to a NULL argument. */
void strvec_pushl(struct strvec *vec, ...) __attribute__((sentinel));
/* The same of an array, or of none. */
void strvec_pushv(struct strvec *vec, char *const *v);
/* Byte order; with `unique` equal neighbours become one. */
void strvec_sort(struct strvec *vec, int unique);
int strvec_has(const struct strvec *vec, const char *s);
/* Add the pieces of `s` between `sep`, empty ones left out. */
void strvec_split(struct strvec *vec, const char *s, char sep);

struct strmap {
	char **keys;
	void **values;
	size_t nr;
	size_t alloc;
	size_t *slots;
	size_t nr_slots;
};

#define STRMAP_INIT { NULL, NULL, 0, 0, NULL, 0 }

void strmap_release(struct strmap *map);
/* Set, or replace; true when the key is new. */
int strmap_put(struct strmap *map, const char *key, void *value);
void *strmap_get(const struct strmap *map, const char *key);
int strmap_has(const struct strmap *map, const char *key);

/*
 * Where `name` is, or would go, in a list of `nr` that is sorted by names,
 * bytewise: the first that does not come before it.  `name_of` knows them.
 */
size_t sorted_place(const void *list, size_t nr, const char *name,
		    const char *(*name_of)(const void *list, size_t i));

#endif
