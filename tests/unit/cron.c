/* Times that come again: the five fields, and when they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"
#include "model/cron.h"

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* A moment, in UTC. */
static time_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = day, .tm_hour = hour, .tm_min = minute };

	return timegm(&tm);
}

/* It came at `at` last, as seen from `now`. */
static void came(const char *text, time_t now, time_t at)
{
	struct buf why = BUF_INIT;
	struct cron c;
	time_t when = 0;

	assert_int_equal(0, cron_parse(&c, text, &why));
	assert_int_equal(1, cron_last(&c, now - 366 * 86400L, now, &when));
	assert_int_equal(at, when);
	/* To the second */
	assert_int_equal(1, cron_last(&c, at, now, &when));
	assert_int_equal(at, when);
	if (now - at < 86400 && now > at)
		assert_int_equal(0, cron_last(&c, at + 1, now, &when));
	buf_release(&why);
}

static void refuses(const char *text, const char *reason)
{
	struct buf why = BUF_INIT;
	struct cron c;

	assert_int_equal(-1, cron_parse(&c, text, &why));
	assert_string_equal(reason, why.s);
	buf_release(&why);
}

static void fields(void **state)
{
	struct buf why = BUF_INIT;
	struct cron c;

	(void)state;
	assert_int_equal(0, cron_parse(&c, "0 16 * * fri", &why));
	assert_int_equal(1, c.minutes);
	assert_int_equal(1 << 16, c.hours);
	assert_int_equal(0xfffffffe, c.days);
	assert_int_equal(0x1ffe, c.months);
	assert_int_equal(1 << 5, c.weekdays);
	assert_int_equal(0, cron_parse(&c, " 1-9/3,30  */6 1,15 JAN-mar,12 "
				       "mon-sun", &why));
	assert_int_equal(1 << 1 | 1 << 4 | 1 << 7 | 1 << 30, c.minutes);
	assert_int_equal(1 | 1 << 6 | 1 << 12 | 1 << 18, c.hours);
	assert_int_equal(1 << 1 | 1 << 15, c.days);
	assert_int_equal(7 << 1 | 1 << 12, c.months);
	assert_int_equal(0xff, c.weekdays);
	assert_int_equal(0, cron_parse(&c, "* * * * 7", &why));
	assert_true(c.weekdays & 1);
	assert_int_equal(0, cron_parse(&c, "59 23 31 12 0,Sat", &why));
	assert_int_equal(0, cron_parse(&c, "0 0 29 2 *", &why));
	assert_int_equal(0, cron_parse(&c, "0 0 30 2 mon", &why));
	assert_int_equal(0, why.len);
	buf_release(&why);
}

static void refused(void **state)
{
	(void)state;
	refuses("", "it has 0 fields, not five");
	refuses("0 16 * *", "it has 4 fields, not five");
	refuses("0 16 * * fri 2026", "it has 6 fields, not five");
	refuses("@daily", "it has 1 field, not five");
	refuses("60 * * * *", "'60' is no minute, which is 0 to 59");
	refuses("* 24 * * *", "'24' is no hour, which is 0 to 23");
	refuses("* * 0 * *", "'0' is no day of the month, which is 1 to 31");
	refuses("* * * 13 *", "'13' is no month, which is 1 to 12, or jan to "
		"dec");
	refuses("* * * * 8", "'8' is no day of the week, which is 0 to 7, or "
		"sun to sat");
	refuses("* * * * freitag", "'freitag' is no day of the week, which is "
		"0 to 7, or sun to sat");
	refuses("* * * * fr", "'fr' is no day of the week, which is 0 to 7, "
		"or sun to sat");
	refuses("*/0 * * * *", "'*/0' is no minute, which is 0 to 59");
	refuses("5/10 * * * *", "'5/10' is no minute, which is 0 to 59");
	refuses("5- * * * *", "'5-' is no minute, which is 0 to 59");
	refuses("-5 * * * *", "'-5' is no minute, which is 0 to 59");
	refuses("1, * * * *", "'1,' is no minute, which is 0 to 59");
	refuses(",1 * * * *", "',1' is no minute, which is 0 to 59");
	refuses("** * * * *", "'**' is no minute, which is 0 to 59");
	refuses("1x * * * *", "'1x' is no minute, which is 0 to 59");
	refuses("99999999999999999999 * * * *",
		"'99999999999999999999' is no minute, which is 0 to 59");
	refuses("9-5 * * * *", "'9-5' ends before it begins");
	refuses("* * * * fri-mon", "'fri-mon' ends before it begins");
	refuses("0 0 31 6 *", "such a day never comes");
	refuses("0 0 30,31 feb *", "such a day never comes");
}

static void days(void **state)
{
	(void)state;
	zone("UTC");
	/* 2026-11-22 is a Sunday. */
	came("0 16 * * fri", utc(2026, 11, 22, 12, 0),
	     utc(2026, 11, 20, 16, 0));
	came("0 16 * * fri", utc(2026, 11, 20, 16, 0),
	     utc(2026, 11, 20, 16, 0));
	came("0 16 * * fri", utc(2026, 11, 20, 16, 0) - 1,
	     utc(2026, 11, 13, 16, 0));
	came("30 8,20 * * *", utc(2026, 11, 22, 12, 0),
	     utc(2026, 11, 22, 8, 30));
	came("30 8,20 * * *", utc(2026, 11, 22, 8, 29),
	     utc(2026, 11, 21, 20, 30));
	came("* * * * *", utc(2026, 11, 22, 8, 29) + 42,
	     utc(2026, 11, 22, 8, 29));
	/* Either day where both are restricted; both where one is not. */
	came("0 0 1 * mon", utc(2026, 11, 22, 0, 0), utc(2026, 11, 16, 0, 0));
	came("0 0 20 * mon", utc(2026, 11, 22, 0, 0),
	     utc(2026, 11, 20, 0, 0));
	came("0 0 */5 * fri", utc(2026, 11, 22, 0, 0),
	     utc(2026, 11, 6, 0, 0));
	/* Once a year, over its end. */
	came("0 18 23 12 *", utc(2027, 3, 1, 0, 0), utc(2026, 12, 23, 18, 0));
	came("0 0 29 2 *", utc(2028, 12, 1, 0, 0), utc(2028, 2, 29, 0, 0));
}

static void never_since(void **state)
{
	struct buf why = BUF_INIT;
	struct cron c;
	time_t when;

	(void)state;
	zone("UTC");
	assert_int_equal(0, cron_parse(&c, "0 16 * * fri", &why));
	assert_int_equal(0, cron_last(&c, utc(2026, 11, 20, 16, 1),
				      utc(2026, 11, 27, 15, 59), &when));
	assert_int_equal(0, cron_parse(&c, "0 0 29 2 *", &why));
	assert_int_equal(0, cron_last(&c, utc(2025, 1, 1, 0, 0),
				      utc(2027, 12, 31, 0, 0), &when));
}

/* 02:00 becomes 03:00 on 2026-03-29, 03:00 becomes 02:00 on 2026-10-25. */
static void clocks_change(void **state)
{
	(void)state;
	if (zone_find("Europe/Berlin") != ZONE_KNOWN)
		skip();
	zone("Europe/Berlin");
	came("0 16 * * fri", utc(2026, 3, 28, 12, 0),
	     utc(2026, 3, 27, 15, 0));
	came("0 16 * * fri", utc(2026, 4, 4, 12, 0), utc(2026, 4, 3, 14, 0));
	/* What is not there comes at the end of the gap. */
	came("30 2 * * *", utc(2026, 3, 29, 12, 0), utc(2026, 3, 29, 1, 0));
	came("30 2 * * *", utc(2026, 3, 29, 0, 59), utc(2026, 3, 28, 1, 30));
	came("30 2 * * *", utc(2026, 3, 30, 0, 29), utc(2026, 3, 29, 1, 0));
	came("0 3 * * *", utc(2026, 3, 29, 12, 0), utc(2026, 3, 29, 1, 0));
	came("59 1 * * *", utc(2026, 3, 29, 12, 0), utc(2026, 3, 29, 0, 59));
	/* What is there twice comes the first time. */
	came("30 2 * * *", utc(2026, 10, 25, 12, 0),
	     utc(2026, 10, 25, 0, 30));
	came("30 2 * * *", utc(2026, 10, 25, 1, 45),
	     utc(2026, 10, 25, 0, 30));
	came("0 3 * * *", utc(2026, 10, 25, 12, 0), utc(2026, 10, 25, 2, 0));
	/* What comes each hour goes by the hours. */
	came("30 * * * *", utc(2026, 3, 29, 1, 15), utc(2026, 3, 29, 0, 30));
	came("30 * * * *", utc(2026, 10, 25, 1, 45),
	     utc(2026, 10, 25, 1, 30));
	came("30 * * * *", utc(2026, 10, 25, 1, 15),
	     utc(2026, 10, 25, 0, 30));
}

/* Half an hour, and a gap at midnight. */
static void elsewhere(void **state)
{
	(void)state;
	if (zone_find("Australia/Lord_Howe") != ZONE_KNOWN ||
	    zone_find("America/Asuncion") != ZONE_KNOWN)
		skip();
	zone("Australia/Lord_Howe");
	/* 2026-10-04 02:00 becomes 02:30. */
	came("15 2 * * *", utc(2026, 10, 4, 0, 0), utc(2026, 10, 3, 15, 30));
	zone("America/Asuncion");
	/* 2023-10-01 00:00 becomes 01:00. */
	came("0 0 * * *", utc(2023, 10, 1, 12, 0), utc(2023, 10, 1, 4, 0));
	zone("XYZ-9");
	came("0 16 * * *", utc(2026, 11, 22, 12, 0),
	     utc(2026, 11, 22, 7, 0));
}

static void note(void *data)
{
	*(char **)data = getenv("TZ");
}

static void zones(void **state)
{
	char *seen = NULL;

	(void)state;
	assert_int_equal(ZONE_UNKNOWN, zone_find("Europe/Atlantis"));
	assert_int_equal(ZONE_UNKNOWN, zone_find("../../../etc/localtime"));
	assert_int_equal(ZONE_UNKNOWN, zone_find("/etc/localtime"));
	assert_int_equal(ZONE_UNKNOWN, zone_find("Europe"));
	assert_int_equal(ZONE_UNKNOWN, zone_find(""));
	zone("XYZ-9");
	zone_do(NULL, note, &seen);
	assert_string_equal("XYZ-9", seen);
	if (zone_find("Europe/Berlin") == ZONE_KNOWN) {
		zone_do("Europe/Berlin", note, &seen);
		assert_string_equal("XYZ-9", getenv("TZ"));
		assert_int_equal(-9 * 3600, timezone);
		unsetenv("TZ");
		zone_do("Europe/Berlin", note, &seen);
		assert_null(getenv("TZ"));
	}
	setenv("TZDIR", "/nowhere", 1);
	assert_int_equal(ZONE_NO_DATA, zone_find("Europe/Berlin"));
	unsetenv("TZDIR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(refused),
		cmocka_unit_test(days),
		cmocka_unit_test(never_since),
		cmocka_unit_test(clocks_change),
		cmocka_unit_test(elsewhere),
		cmocka_unit_test(zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
