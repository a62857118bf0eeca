/* Files of the source tree compiled into the program, byte for byte. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name;	/* "src/profiles/mender.yaml" */
	const char *data;	/* ends in a NUL that `len` does not count */
	size_t len;
};

/* Ends with a NULL name. */
extern const struct embedded embedded_files[];

const struct embedded *embedded_find(const char *name);

#endif
