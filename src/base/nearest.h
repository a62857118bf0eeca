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

/*
 * The nearest of several, if any is near enough; of equals the first.
 *
 *	struct nearest n = nearest_to(word);
 *
 *	for (...)
 *		if (is_nearest(&n, candidate))
 *			best = candidate;
 */
struct nearest {
	const char *word;		/* borrowed */
	size_t least;
};

struct nearest nearest_to(const char *word);
/* Nearer than all that were asked about before? */
int is_nearest(struct nearest *n, const char *candidate);

#endif
