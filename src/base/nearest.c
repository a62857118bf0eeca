#include "base/nearest.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

size_t edit_distance(const char *a, const char *b)
{
	size_t blen = strlen(b), result;
	size_t *row = xcalloc(blen + 1, sizeof(*row));

	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < blen; j++) {
			size_t best = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			row[j + 1] = best;
		}
	}
	result = row[blen];
	free(row);
	return result;
}

size_t edit_limit(const char *word)
{
	return 1 + strlen(word) / 3;
}

struct nearest nearest_to(const char *word)
{
	return (struct nearest){ .word = word,
				 .least = edit_limit(word) + 1 };
}

int is_nearest(struct nearest *n, const char *candidate)
{
	size_t far = edit_distance(n->word, candidate);

	if (far >= n->least)
		return 0;
	n->least = far;
	return 1;
}
