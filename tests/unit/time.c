/* Points in time and spans, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"

#define DAY (24 * 60 * 60)

static void long_spans(void **state)
{
	static const struct {
		time_t span;
		const char *text;
	} cases[] = {
		{ -5, "0 seconds" },
		{ 1, "1 second" },
		{ 89, "89 seconds" },
		{ 90, "2 minutes" },
		{ 89 * 60, "89 minutes" },
		{ 90 * 60, "2 hours" },
		{ 35 * 3600, "35 hours" },
		{ 36 * 3600, "2 days" },
		{ 13 * DAY, "13 days" },
		{ 14 * DAY, "2 weeks" },
		{ 21 * DAY, "3 weeks" },
		{ 69 * DAY, "10 weeks" },
		{ 70 * DAY, "2 months" },
		{ 364 * DAY, "12 months" },
		{ 365 * DAY, "12 months" },
		{ 548 * DAY, "18 months" },
		{ 729 * DAY, "24 months" },
		{ 730 * DAY, "2 years" },
		{ 1000 * DAY, "3 years" },
		{ 10000 * (time_t)DAY, "27 years" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT;

		time_add_long_span(&b, cases[i].span);
		assert_string_equal(b.s, cases[i].text);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
