/*
 * How long conflict markers are.
 *
 * git writes them as long as the attribute conflict-marker-size of the path
 * says, mostly in files that are about merging and have markers of the usual
 * length as their text.
 */
#ifndef GIT_MARKER_H
#define GIT_MARKER_H

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

/* Where no attribute says otherwise. */
#define MARKER_SIZE 7
#define MARKER_ATTRIBUTE "conflict-marker-size"

/* What git would make of a value of that attribute. */
size_t marker_size_of(const char *value);
/*
 * The size for each of the paths, as the .gitattributes of `commit`, which may
 * be a tree, and the attributes of this repository and its user say; `sizes`
 * has room for all.
 */
int marker_sizes(size_t *sizes, const struct repo *r, const char *commit,
		 const struct strvec *paths, struct error *err);
/*
 * 1, and `*found` to be freed, when the index has markers in one of the paths,
 * for each in the size of `commit`; 0, -1.
 */
int marker_find(char **found, const struct repo *r, const char *commit,
		const struct strvec *paths, struct error *err);
/*
 * How many '<', '|' or '>' a line that may be a marker begins with: all the
 * same, and the end of the line or a blank behind them; 0: none.
 */
size_t marker_length(const char *line, size_t len);

#endif
