/*
 * UTF-8 by RFC 3629, a character at a time.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the well-formed character that begins at `s`, which has `len`
 * bytes, and the character; 0 when there is none.  Overlong forms, halves of
 * surrogate pairs and what is beyond U+10FFFF are not well-formed.
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *character);

#endif
