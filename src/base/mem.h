/*
 * Allocation that cannot fail.
 *
 * Out of memory is the one condition the libraries do not report: these
 * functions print a line and abort(), as there is nothing sensible left to
 * do in a command of this size.  Everything they return is owned by the
 * caller and goes back with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#define NEVER_NULL __attribute__((returns_nonnull))

/* The same of a library that has no memory, or cannot do what it is for. */
void abort_for(const char *why) __attribute__((noreturn));

void *xmalloc(size_t size) NEVER_NULL;
void *xcalloc(size_t nr, size_t size) NEVER_NULL;
void *xrealloc(void *ptr, size_t size) NEVER_NULL;
char *xstrdup(const char *s) NEVER_NULL;
/* NULL in, NULL out. */
char *xstrdup_or_null(const char *s);
char *xstrndup(const char *s, size_t len) NEVER_NULL;
char *xmemdupz(const void *data, size_t len) NEVER_NULL;
char *xstrfmt(const char *fmt, ...)
	__attribute__((format(printf, 1, 2))) NEVER_NULL;

/* free() and forget: `FREE_AND_NULL(x->name)`. */
#define FREE_AND_NULL(p) do { free(p); (p) = NULL; } while (0)

/* Make room for one more item in a growing array. */
#define ALLOC_GROW(v, nr, alloc) do { \
	if (!(v) || (nr) > (alloc)) { \
		(alloc) = (nr) > (alloc) * 3 / 2 + 16 ? \
			(nr) : (alloc) * 3 / 2 + 16; \
		(v) = xrealloc((v), (alloc) * sizeof(*(v))); \
	} \
} while (0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
