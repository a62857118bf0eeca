/* Points in time and spans, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"

#define DAY (24 * 60 * 60)

static void how_long_ago(void **state)
{
	static const struct {
		time_t span;
		const char *text;
	} cases[] = {
		{ -5, "0 seconds ago" },
		{ 1, "1 second ago" },
		{ 89, "89 seconds ago" },
		{ 90, "2 minutes ago" },
		{ 89 * 60, "89 minutes ago" },
		{ 90 * 60, "2 hours ago" },
		{ 35 * 3600, "35 hours ago" },
		{ 36 * 3600, "2 days ago" },
		{ 13 * DAY, "13 days ago" },
		{ 14 * DAY, "2 weeks ago" },
		{ 21 * DAY, "3 weeks ago" },
		{ 69 * DAY, "10 weeks ago" },
		{ 70 * DAY, "2 months ago" },
		{ 364 * DAY, "12 months ago" },
		{ 365 * DAY, "1 year ago" },
		{ 1000 * DAY, "3 years ago" },
		{ 10000 * (time_t)DAY, "27 years ago" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT;

		time_add_ago(&b, cases[i].span);
		assert_string_equal(b.s, cases[i].text);
		buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_long_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
