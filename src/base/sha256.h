/*
 * SHA-256 (FIPS 180-4) of what comes piece by piece.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* Of a hash in hex, without the NUL. */
#define SHA256_HEX 64

struct sha256 {
	uint32_t h[8];
	unsigned char block[64];
	size_t used;			/* of the block */
	uint64_t len;			/* bytes, of all */
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/* As hex digits, in lower case, and a NUL. */
void sha256_end(struct sha256 *s, char hex[SHA256_HEX + 1]);
/* Is that what sha256_end() makes? */
int sha256_is_hex(const char *text);

#endif
