#include "model/version.h"

#include "base/mem.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#define MAX_NUMBERS 4

/* How often a prefix is read in a search for a path makes strtoul() slow. */
struct parsed {
	struct version version;
	int numbers;		/* so many were written */
	int exact;		/* something stood behind them */
};

static int cmp_numbers(unsigned long a, unsigned long b)
{
	return (a > b) - (a < b);
}

static int digit(char c)
{
	return c >= '0' && c <= '9';
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
	const char *at = *s;

	if (!digit(*at))
		return -1;
	for (*n = 0; digit(*at); at++) {
		unsigned long d = (unsigned long)(*at - '0');

		if (*n > (ULONG_MAX - d) / 10)
			return -1;
		*n = *n * 10 + d;
	}
	*s = at;
	return 0;
}

/* Up to `max` numbers with dots between them, after an optional `v`. */
static int read_numbers(struct parsed *p, const char **s, int max)
{
	unsigned long *const parts[MAX_NUMBERS] = {
		&p->version.major, &p->version.minor, &p->version.patch,
		&p->version.revision
	};

	if (**s == 'v' && digit((*s)[1]))
		(*s)++;
	do {
		if (read_number(s, parts[p->numbers++]) < 0)
			return -1;
	} while (p->numbers < max && **s == '.' && digit((*s)[1]) && (*s)++);
	return 0;
}

static int read_build(const char **s)
{
	return **s == '+' ? identifiers_end(*s + 1, s) : 0;
}

static int parse_semver(struct parsed *p, const char *s)
{
	if (read_numbers(p, &s, 3) < 0)
		return -1;
	if (*s == '-' || letter(*s)) {
		if (*s == '-')
			s++;
		p->version.pre = s;
		p->exact = 1;
		if (identifiers_end(s, &s) < 0)
			return -1;
	}
	return read_build(&s) < 0 || *s ? -1 : 0;
}

static int parse_calendar(struct parsed *p, const char *s)
{
	struct version *v = &p->version;

	if (read_numbers(p, &s, MAX_NUMBERS) < 0)
		return -1;
	if (v->major < 1000)
		v->major += 2000;
	if (p->numbers > 1 && (v->minor < 1 || v->minor > 12))
		return -1;
	if (*s == '-' || *s == '.' || *s == '_' || letter(*s)) {
		if (!letter(*s))
			s++;
		v->pre = s;
		p->exact = 1;
		if (!letter(*s) || p->numbers < 2 ||
		    identifiers_end(s, &s) < 0)
			return -1;
	}
	return read_build(&s) < 0 || *s ? -1 : 0;
}

/* The words of stability, the longer of two with one beginning first. */
static const struct stability {
	const char *word;
	int rank;
} stabilities[] = {
	{ "dev", 1 }, { "alpha", 2 }, { "a", 2 }, { "beta", 3 }, { "b", 3 },
	{ "rc", 4 },
#define RANK_NONE 5
	{ "stable", RANK_NONE },
	{ "patch", 6 }, { "post", 6 }, { "pl", 6 }, { "p", 6 },
};

/* 0: a word that is none of them. */
static int rank_of(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(stabilities); i++)
		if (strlen(stabilities[i].word) == len &&
		    !strncasecmp(stabilities[i].word, word, len))
			return stabilities[i].rank;
	return 0;
}

static size_t word_len(const char *s)
{
	size_t len = 0;

	while (letter(s[len]))
		len++;
	return len;
}

static int is_separator(char c)
{
	return c == '.' || c == '-';
}

/* Numbers behind a stability: "1", ".1", "-2.1". */
static void skip_numbers(const char **s)
{
	while (digit(**s) || (is_separator(**s) && digit((*s)[1])))
		(*s)++;
}

/* [._-]WORD NUMBERS [.-]dev, each of them optional; Composer has no "post" */
static int read_stability(struct parsed *p, const char **s)
{
	const char *at = *s + (is_separator(**s) || **s == '_');
	size_t len = word_len(at);
	int rank = rank_of(at, len);

	if (!len)
		return 0;
	if (!rank || (len == 4 && !strncasecmp(at, "post", len)))
		return -1;
	p->exact = 1;
	p->version.pre = rank == RANK_NONE ? "" : at;
	at += len;
	if (rank > 1)
		skip_numbers(&at);
	if (rank > 1 && (is_separator(*at) || letter(*at))) {
		at += is_separator(*at);
		if (rank == RANK_NONE)
			p->version.pre = at;
		if (word_len(at) != 3 || rank_of(at, 3) != 1)
			return -1;
		at += 3;
	}
	*s = at;
	return 0;
}

static int parse_composer(struct parsed *p, const char *s)
{
	if (read_numbers(p, &s, MAX_NUMBERS) < 0 ||
	    p->version.major > 99999 || read_stability(p, &s) < 0)
		return -1;
	return read_build(&s) < 0 || *s ? -1 : 0;
}

static int parse(struct parsed *p, enum version_scheme scheme,
		 const char *text)
{
	*p = (struct parsed){ .version = { .scheme = scheme, .pre = "" } };
	switch (scheme) {
	case VERSION_SEMVER:
		return parse_semver(p, text);
	case VERSION_CALENDAR:
		return parse_calendar(p, text);
	case VERSION_COMPOSER:
		return parse_composer(p, text);
	}
	return -1;
}

int version_parse(struct version *v, enum version_scheme scheme,
		  const char *text)
{
	struct parsed p;
	int ret = parse(&p, scheme, text);

	*v = p.version;
	if (!ret && scheme == VERSION_CALENDAR && p.numbers < 2)
		return -1;
	return ret;
}

int version_is_prefix(enum version_scheme scheme, const char *text)
{
	struct parsed p;

	return !parse(&p, scheme, text);
}


static size_t identifier_len(const char *s)
{
	return strcspn(s, ".+");
}

/* Digits of any length: without zeros before it, the longer is the larger. */
static int cmp_digits(const char *a, size_t alen, const char *b, size_t blen)
{
	int cmp;

	for (; alen && *a == '0'; alen--)
		a++;
	for (; blen && *b == '0'; blen--)
		b++;
	if (alen != blen)
		return alen < blen ? -1 : 1;
	cmp = memcmp(a, b, alen);
	return (cmp > 0) - (cmp < 0);
}

static int cmp_identifiers(const char *a, size_t alen, const char *b,
			   size_t blen)
{
	int anum = strspn(a, "0123456789") >= alen;
	int bnum = strspn(b, "0123456789") >= blen;
	int cmp;

	if (anum != bnum)
		return anum ? -1 : 1;
	if (anum)
		return cmp_digits(a, alen, b, blen);
	cmp = memcmp(a, b, alen < blen ? alen : blen);
	return cmp ? cmp : cmp_numbers(alen, blen);
}

/* Semantic Versioning, section 11.3 and 11.4. */
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

/* A run of digits or of letters; the end, and `+`, have neither. */
struct token {
	const char *s;
	size_t len;
	int number;
};

static struct token next_token(const char **s)
{
	struct token t;

	while (**s && **s != '+' && !digit(**s) && !letter(**s))
		(*s)++;
	t.s = *s;
	t.number = digit(**s);
	while (t.number ? digit(**s) : letter(**s))
		(*s)++;
	t.len = (size_t)(*s - t.s);
	return t;
}

/* A number and nothing rank alike, but for a number being more. */
static int token_rank(const struct token *t)
{
	return t->number || !t->len ? RANK_NONE : rank_of(t->s, t->len);
}

/* As PHP's version_compare() does it, piece by piece. */
static int cmp_stability(const char *a, const char *b)
{
	for (;;) {
		struct token ta = next_token(&a), tb = next_token(&b);
		int ra = token_rank(&ta), rb = token_rank(&tb), cmp;

		if (ra != rb)
			return ra < rb ? -1 : 1;
		if (!ta.len || !tb.len)
			return (ta.len > 0) - (tb.len > 0);
		if (ta.number)
			cmp = cmp_digits(ta.s, ta.len, tb.s, tb.len);
		else
			cmp = ra ? 0 : cmp_identifiers(ta.s, ta.len, tb.s,
						       tb.len);
		if (cmp)
			return cmp;
	}
}

int version_cmp(const struct version *a, const struct version *b)
{
	int cmp = cmp_numbers(a->major, b->major);

	if (!cmp)
		cmp = cmp_numbers(a->minor, b->minor);
	if (!cmp)
		cmp = cmp_numbers(a->patch, b->patch);
	if (!cmp)
		cmp = cmp_numbers(a->revision, b->revision);
	if (cmp)
		return cmp;
	return a->scheme == VERSION_SEMVER ? cmp_pre(a->pre, b->pre) :
					     cmp_stability(a->pre, b->pre);
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

int version_same_minor(const struct version *a, const struct version *b)
{
	return a->major == b->major && a->minor == b->minor;
}

int version_cmp_prefix(const struct version *v, enum version_scheme scheme,
		       const char *prefix)
{
	struct parsed p;
	int cmp;

	if (parse(&p, scheme, prefix) < 0)
		return 1;
	if (p.exact)
		return version_cmp(v, &p.version);
	cmp = cmp_numbers(v->major, p.version.major);
	if (!cmp && p.numbers > 1)
		cmp = cmp_numbers(v->minor, p.version.minor);
	if (!cmp && p.numbers > 2)
		cmp = cmp_numbers(v->patch, p.version.patch);
	if (!cmp && p.numbers > 3)
		cmp = cmp_numbers(v->revision, p.version.revision);
	return cmp;
}

int version_cmp_prefixes(enum version_scheme scheme, const char *a,
			 const char *b)
{
	struct parsed p;

	if (parse(&p, scheme, a) < 0)
		return -1;
	return version_cmp_prefix(&p.version, scheme, b);
}
