/* The order of versions, by tables taken from who defined each scheme. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/version.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static int cmp(enum version_scheme scheme, const char *a, const char *b)
{
	int one = sign(version_cmp_text(scheme, a, b));
	int two = sign(version_cmp_text(scheme, b, a));

	if (one != -two)
		fail_msg("%s, %s: %d and %d", a, b, one, two);
	return one;
}

/* Each pair of the list, either way. */
static void check_rising(enum version_scheme scheme,
			 const char *const *texts, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < nr; j++)
			if (cmp(scheme, texts[i], texts[j]) !=
			    (i > j) - (i < j))
				fail_msg("%s, %s", texts[i], texts[j]);
}

static void check_read(enum version_scheme scheme, const char *const *texts,
		       size_t nr, int expected)
{
	struct version v;

	for (size_t i = 0; i < nr; i++)
		if (version_parse(&v, scheme, texts[i]) != expected)
			fail_msg("'%s' was%s read", texts[i],
				 expected ? "" : " not");
}

static int prefix(enum version_scheme scheme, const char *text,
		  const char *limit)
{
	struct version v;

	if (version_parse(&v, scheme, text) < 0)
		fail_msg("'%s' was not read", text);
	return sign(version_cmp_prefix(&v, scheme, limit));
}

/* Section 11.2 and 11.4 of Semantic Versioning 2.0.0, its own examples. */
static void semver_order(void **state)
{
	static const char *const numbers[] = {
		"1.0.0", "2.0.0", "2.1.0", "2.1.1"
	};
	static const char *const pre[] = {
		"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
		"1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
		"1.0.0-rc.1", "1.0.0"
	};

	(void)state;
	check_rising(VERSION_SEMVER, numbers, ARRAY_SIZE(numbers));
	check_rising(VERSION_SEMVER, pre, ARRAY_SIZE(pre));
	/* To it, a patch of Magento's is a pre-release. */
	assert_int_equal(cmp(VERSION_SEMVER, "2.4.7-p1", "2.4.7"), -1);
}

/* As Ubuntu, Sentry and Home Assistant write it, and what calver.org says. */
static void calendar_order(void **state)
{
	static const char *const rising[] = {
		"4.10", "6.06", "6.06.1", "18.1.dev", "18.1", "18.04",
		"18.04.1", "18.10", "22.12.0", "23.1.0", "23.6.2", "24.04",
		"24.04.1", "24.8.0", "24.10.0", "2025.1.0.nightly5",
		"2025.1.0-dev7", "2025.1.0a9", "2025.1.0b0", "2025.1.0b2",
		"2025.1.0b10", "2025.1.0rc1", "2025.1.0", "2025.1.0-p1",
		"2025.1.1", "2025.1.10", "2025.1.10.1", "2025.02.0",
		"2025.12.0", "2026.1", "v106.1"
	};

	(void)state;
	check_rising(VERSION_CALENDAR, rising, ARRAY_SIZE(rising));
	/* "YY - Short year - 6, 16, 106", counted from 2000. */
	assert_int_equal(cmp(VERSION_CALENDAR, "24.1.0", "2024.1.0"), 0);
	assert_int_equal(cmp(VERSION_CALENDAR, "24.04", "24.4"), 0);
	assert_int_equal(cmp(VERSION_CALENDAR, "24.04", "24.4.0"), 0);
	assert_int_equal(cmp(VERSION_CALENDAR, "24.1.0RC1", "24.1-rc1"), 0);
	assert_int_equal(cmp(VERSION_CALENDAR, "24.1.0+5", "24.1.0+6"), 0);
}

static void calendar_refused(void **state)
{
	static const char *const texts[] = {
		"", "2024", "24", "24.0", "24.13", "2024.00.1", "2024.1.",
		"2024.1.0-", "2024.1.0-1", "2024.1.2.3.4", "2024-01-02",
		"latest", "24.1.0 "
	};

	(void)state;
	check_read(VERSION_CALENDAR, texts, ARRAY_SIZE(texts), -1);
}

/*
 * The order that php.net gives for version_compare(), the stabilities of
 * getcomposer.org, and Adobe's for the patches of Magento.
 */
static void composer_order(void **state)
{
	static const char *const rising[] = {
		"1.0.0-dev", "1.0.0-alpha-dev", "1.0.0-alpha",
		"1.0.0-alpha1-dev", "1.0.0-alpha1", "1.0.0-alpha.2",
		"1.0.0a10", "1.0.0-beta", "1.0.0-beta2", "1.0.0-b11",
		"1.0.0-RC1", "1.0.0-rc2.1", "1.0.0", "1.0.0.1-beta",
		"1.0.0.1", "1.0.1", "1.2", "1.10",
		"2.4.4", "2.4.4-p1", "2.4.4-p2", "2.4.4-p9", "2.4.4-p10",
		"2.4.4-p11", "2.4.5-beta1", "2.4.5", "2.4.7-beta3", "2.4.7",
		"2.4.7-p1", "2.4.7-p2", "2.4.8-beta1", "2.4.8", "10.0"
	};

	(void)state;
	check_rising(VERSION_COMPOSER, rising, ARRAY_SIZE(rising));
	/* Composer's tests of normalize(): these are spellings of one. */
	assert_int_equal(cmp(VERSION_COMPOSER, "1.0.0", "1"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "v1.0.0", "1.0.0.0"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "1.2.3.4", "v1.2.3.4"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "1.0.0-rc1", "1.0.0RC1"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "1.0.0-pl3", "1.0.0patch3"),
			 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "10.4.13-beta.2",
			     "10.4.13-b2"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "1.0.0-stable", "1.0.0"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "1.0.0+foo", "1.0.0"), 0);
	assert_int_equal(cmp(VERSION_COMPOSER, "1.0.0_p1", "1.0.0.P1"), 0);
}

/* Of Composer's tests, what normalize() refuses or makes a branch of. */
static void composer_refused(void **state)
{
	static const char *const refused[] = {
		"", "a", "1.0.0-meh", "1.0.0.0.0", "feature-foo",
		"1.0.0+foo bar", "dev-main", "1.x-dev", "2.4.x",
		"2.4.7-appserver", "2.4.4-p1-p8x", "2.4.8-php8.3",
		"100000.0", "1.0.0-post1", "1.0.0-", "1.0.0.", "1.0-p1-"
	};
	static const char *const read[] = {
		"1", "1.0", "1.0.0-rC15-dev", "1.0.0.RC.15-dev",
		"2.0.0.2-beta", "1.0.0-alpha.3.1", "2.4.7-p1", "2.3.5-p2",
		"1.0-dev", "1.0.0-beta+5"
	};

	(void)state;
	check_read(VERSION_COMPOSER, refused, ARRAY_SIZE(refused), -1);
	check_read(VERSION_COMPOSER, read, ARRAY_SIZE(read), 0);
}

static void prefixes(void **state)
{
	(void)state;
	assert_int_equal(prefix(VERSION_COMPOSER, "2.4.7-p1", "2.4.7"), 0);
	assert_int_equal(prefix(VERSION_COMPOSER, "2.4.7-p1",
				"2.4.7-stable"), 1);
	assert_int_equal(prefix(VERSION_COMPOSER, "2.4.7", "2.4.7-stable"),
			 0);
	assert_int_equal(prefix(VERSION_COMPOSER, "2.4.7", "2.4.7-p1"), -1);
	assert_int_equal(prefix(VERSION_COMPOSER, "2.4.8-beta1", "2.4.7"), 1);
	assert_int_equal(prefix(VERSION_COMPOSER, "2.4.4-p9", "2.4"), 0);
	assert_int_equal(prefix(VERSION_COMPOSER, "1.0.0.5", "1.0.0"), 0);
	assert_int_equal(prefix(VERSION_COMPOSER, "1.0.0.5", "1.0.0.4"), 1);
	assert_int_equal(prefix(VERSION_CALENDAR, "2024.3.1", "24"), 0);
	assert_int_equal(prefix(VERSION_CALENDAR, "24.03.1", "2024.3"), 0);
	assert_int_equal(prefix(VERSION_CALENDAR, "24.03.1", "2024.4"), -1);
	assert_int_equal(prefix(VERSION_CALENDAR, "24.10.0", "2024.9"), 1);
	assert_true(version_is_prefix(VERSION_CALENDAR, "2024"));
	assert_false(version_is_prefix(VERSION_CALENDAR, "2024.13"));
	assert_true(version_is_prefix(VERSION_SEMVER, "2.1"));
	assert_false(version_is_prefix(VERSION_SEMVER, "2.x"));
	assert_true(version_is_prefix(VERSION_COMPOSER, "2.4.7-stable"));
	assert_false(version_is_prefix(VERSION_COMPOSER, "2.4.7-odd"));
}

/* Orders of random texts hold: antisymmetric, transitive. */
static void any_text_is_ordered(void **state)
{
	static const char pieces[][6] = {
		"1", "2", "12", "2024", ".", ".", "-", "p", "beta", "RC",
		"dev", "a", "+5", "v", "_", "stable", "x"
	};
	static const enum version_scheme schemes[] = {
		VERSION_SEMVER, VERSION_CALENDAR, VERSION_COMPOSER
	};
	unsigned seed = 1;
	char texts[60][40];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		size_t len = 0;

		for (int n = 0; n < 7; n++) {
			const char *piece;

			seed = seed * 1103515245u + 12345u;
			piece = pieces[(seed >> 16) % ARRAY_SIZE(pieces)];
			memcpy(texts[i] + len, piece, strlen(piece));
			len += strlen(piece);
		}
		texts[i][len] = '\0';
	}
	for (size_t s = 0; s < ARRAY_SIZE(schemes); s++)
		for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
			for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
				for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
					if (cmp(schemes[s], texts[i],
						texts[j]) <= 0 &&
					    cmp(schemes[s], texts[j],
						texts[k]) <= 0 &&
					    cmp(schemes[s], texts[i],
						texts[k]) > 0)
						fail_msg("%s %s %s", texts[i],
							 texts[j], texts[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(semver_order),
		cmocka_unit_test(calendar_order),
		cmocka_unit_test(calendar_refused),
		cmocka_unit_test(composer_order),
		cmocka_unit_test(composer_refused),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(any_text_is_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
