#include "base/utf8.h"

/* By its first byte: how long, the bits it gives, and the least it may be. */
static size_t begin(unsigned char first, uint32_t *c, uint32_t *least)
{
	if (first < 0x80) {
		*c = first;
		*least = 0;
		return 1;
	}
	if (first >= 0xc2 && first < 0xe0) {
		*c = first & 0x1f;
		*least = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first < 0xf0) {
		*c = first & 0x0f;
		*least = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first < 0xf5) {
		*c = first & 0x07;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *character)
{
	uint32_t c = 0, least = 0;
	size_t n = len ? begin((unsigned char)*s, &c, &least) : 0;

	if (!n || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*character = c;
	return n;
}
