#include "base/sha256.h"

#include "base/mem.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct sha256 {
	EVP_MD_CTX *ctx;
};

static void check(int ok)
{
	if (!ok)
		abort_for("libcrypto makes no SHA-256; see openssl.cnf");
}

struct sha256 *sha256_new(void)
{
	struct sha256 *s = xmalloc(sizeof(*s));

	s->ctx = EVP_MD_CTX_new();
	check(s->ctx && EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL));
	return s;
}

void sha256_add(struct sha256 *s, const void *data, size_t len)
{
	check(EVP_DigestUpdate(s->ctx, data, len));
}

void sha256_end(struct sha256 *s, char hex[SHA256_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[SHA256_HEX / 2];

	check(EVP_DigestFinal_ex(s->ctx, sum, NULL));
	for (size_t i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[SHA256_HEX] = '\0';
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

int sha256_is_hex(const char *text)
{
	return strlen(text) == SHA256_HEX &&
	       strspn(text, "0123456789abcdef") == SHA256_HEX;
}
