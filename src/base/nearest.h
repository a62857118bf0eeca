/* "Did you mean": words that look alike. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/*
 * Letters to insert, delete or replace to get from one to the other.  Takes
 * time and memory by the product of both lengths.
 */
size_t edit_distance(const char *a, const char *b);
/* How far apart `word` and what is suggested for it may be. */
size_t edit_limit(const char *word);

#endif
