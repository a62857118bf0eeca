/*
 * SHA-256 (FIPS 180-4) of what comes piece by piece; by libcrypto.  Where that
 * is set up (openssl.cnf) not to make any, these print a line and abort().
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

/* Of a hash in hex, without the NUL. */
#define SHA256_HEX 64

struct sha256;

/* Ended by sha256_end(). */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/* As hex digits, in lower case, and a NUL; `s` is freed. */
void sha256_end(struct sha256 *s, char hex[SHA256_HEX + 1]);
/* Is that what sha256_end() makes? */
int sha256_is_hex(const char *text);

#endif
