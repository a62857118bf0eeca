#include "model/version.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int digit(char c)
{
	return isdigit((unsigned char)c);
}

static int letter(char c)
{
	return isalpha((unsigned char)c);
}

/* Dot-separated identifiers of letters, digits and hyphens, none empty. */
static int identifiers_end(const char *s, const char **end)
{
	for (;;) {
		const char *start = s;

		while (digit(*s) || letter(*s) || *s == '-')
			s++;
		if (s == start)
			return -1;
		if (*s != '.') {
			*end = s;
			return 0;
		}
		s++;
	}
}

static int read_number(const char **s, unsigned long *n)
{
	char *end;

	if (!digit(**s))
		return -1;
	errno = 0;
	*n = strtoul(*s, &end, 10);
	*s = end;
	return errno ? -1 : 0;
}

/* How many numbers were written, or -1. */
static int parse(struct version *v, const char *s)
{
	unsigned long *const parts[] = { &v->major, &v->minor, &v->patch };
	int nr = 0;

	*v = (struct version){ 0, 0, 0, "" };
	if (*s == 'v' && digit(s[1]))
		s++;
	do {
		if (read_number(&s, parts[nr++]) < 0)
			return -1;
	} while (nr < 3 && *s == '.' && s++);
	if (*s == '-' || letter(*s)) {
		if (*s == '-')
			s++;
		v->pre = s;
		if (identifiers_end(s, &s) < 0)
			return -1;
	}
	if (*s == '+' && identifiers_end(s + 1, &s) < 0)
		return -1;
	return *s ? -1 : nr;
}

int version_parse(struct version *v, enum version_scheme scheme,
		  const char *text)
{
	switch (scheme) {
	case VERSION_SEMVER:
		return parse(v, text) < 0 ? -1 : 0;
	}
	return -1;
}

static int cmp_numbers(unsigned long a, unsigned long b)
{
	return (a > b) - (a < b);
}

static size_t identifier_len(const char *s)
{
	return strcspn(s, ".+");
}

static int cmp_identifiers(const char *a, size_t alen, const char *b,
			   size_t blen)
{
	int anum = strspn(a, "0123456789") >= alen;
	int bnum = strspn(b, "0123456789") >= blen;
	int cmp;

	if (anum != bnum)
		return anum ? -1 : 1;
	if (anum) {
		/* Numbers of any length: the longer one is the larger. */
		for (; alen && *a == '0'; alen--)
			a++;
		for (; blen && *b == '0'; blen--)
			b++;
		if (alen != blen)
			return alen < blen ? -1 : 1;
	}
	cmp = memcmp(a, b, alen < blen ? alen : blen);
	return cmp ? cmp : cmp_numbers(alen, blen);
}

static int cmp_pre(const char *a, const char *b)
{
	if (!*a || !*b)
		return !*a - !*b;
	for (;;) {
		size_t alen = identifier_len(a), blen = identifier_len(b);
		int cmp = cmp_identifiers(a, alen, b, blen);

		if (cmp)
			return cmp;
		a += alen;
		b += blen;
		if (*a != '.' || *b != '.')
			return (*a == '.') - (*b == '.');
		a++;
		b++;
	}
}

int version_cmp(const struct version *a, const struct version *b)
{
	int cmp = cmp_numbers(a->major, b->major);

	if (!cmp)
		cmp = cmp_numbers(a->minor, b->minor);
	if (!cmp)
		cmp = cmp_numbers(a->patch, b->patch);
	return cmp ? cmp : cmp_pre(a->pre, b->pre);
}

int version_cmp_text(enum version_scheme scheme, const char *a,
		     const char *b)
{
	struct version va, vb;
	int a_ok = !version_parse(&va, scheme, a);
	int b_ok = !version_parse(&vb, scheme, b);

	if (a_ok && b_ok)
		return version_cmp(&va, &vb);
	return a_ok != b_ok ? a_ok - b_ok : strcmp(a, b);
}

int version_cmp_prefix(const struct version *v, enum version_scheme scheme,
		       const char *prefix)
{
	struct version p;
	int nr = scheme == VERSION_SEMVER ? parse(&p, prefix) : -1;
	int cmp;

	if (nr < 0)
		return 1;
	if (*p.pre)
		return version_cmp(v, &p);
	cmp = cmp_numbers(v->major, p.major);
	if (!cmp && nr > 1)
		cmp = cmp_numbers(v->minor, p.minor);
	if (!cmp && nr > 2)
		cmp = cmp_numbers(v->patch, p.patch);
	return cmp;
}
