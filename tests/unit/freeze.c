/* Windows in which nothing is changed: dates and weeks, of the local time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"
#include "gate/gate.h"
#include "model/freeze.h"

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* Local time, as one reads it off a clock. */
static time_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = day, .tm_hour = hour, .tm_min = minute,
			 .tm_isdst = -1 };

	return mktime(&tm);
}

static time_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = day, .tm_hour = hour, .tm_min = minute };

	return timegm(&tm);
}

static int is_on(const char *from, const char *to, time_t now, time_t *end)
{
	struct freeze_window w = { .from = (char *)from, .to = (char *)to };

	*end = 0;
	return freeze_is_on(&w, now, end);
}

static void frozen(const char *from, const char *to, time_t now, time_t until)
{
	time_t end;

	assert_int_equal(1, is_on(from, to, now, &end));
	assert_int_equal(until, end);
}

static void open_at(const char *from, const char *to, time_t now)
{
	time_t end;

	assert_int_equal(0, is_on(from, to, now, &end));
}

static void dates(void **state)
{
	(void)state;
	zone("UTC");
	/* To the minute: it begins with its first, and ends before its last. */
	open_at("2026-12-18 16:00", "2027-01-04 08:00",
		at(2026, 12, 18, 16, 0) - 1);
	frozen("2026-12-18 16:00", "2027-01-04 08:00",
	       at(2026, 12, 18, 16, 0), at(2027, 1, 4, 8, 0));
	frozen("2026-12-18T16:00", "2027-01-04T08:00",
	       at(2027, 1, 4, 8, 0) - 1, at(2027, 1, 4, 8, 0));
	open_at("2026-12-18 16:00", "2027-01-04 08:00", at(2027, 1, 4, 8, 0));
	/* A day is all of it. */
	frozen("2026-12-31", "2026-12-31", at(2026, 12, 31, 0, 0),
	       at(2027, 1, 1, 0, 0));
	frozen("2028-02-28", "2028-02-29", at(2028, 2, 29, 23, 59),
	       at(2028, 3, 1, 0, 0));
	open_at("2026-12-31", "2026-12-31", at(2027, 1, 1, 0, 0));
}

/* 2026-11-16 is a Monday. */
static void weeks(void **state)
{
	(void)state;
	zone("UTC");
	frozen("tue 10:00", "wed 11:00", at(2026, 11, 17, 10, 0),
	       at(2026, 11, 18, 11, 0));
	frozen("tue 10:00", "wed 11:00", at(2026, 11, 18, 10, 59),
	       at(2026, 11, 18, 11, 0));
	open_at("tue 10:00", "wed 11:00", at(2026, 11, 17, 9, 59));
	open_at("tue 10:00", "wed 11:00", at(2026, 11, 18, 11, 0));
	/* Over Sunday night */
	frozen("fri 16:00", "mon 08:00", at(2026, 11, 20, 16, 0),
	       at(2026, 11, 23, 8, 0));
	frozen("fri 16:00", "mon 08:00", at(2026, 11, 22, 23, 59),
	       at(2026, 11, 23, 8, 0));
	frozen("fri 16:00", "mon 08:00", at(2026, 11, 23, 0, 0),
	       at(2026, 11, 23, 8, 0));
	open_at("fri 16:00", "mon 08:00", at(2026, 11, 23, 8, 0));
	open_at("fri 16:00", "mon 08:00", at(2026, 11, 20, 15, 59));
	/* Whole days, and a week that is all but an hour */
	frozen("sat", "Sunday", at(2026, 11, 22, 23, 59),
	       at(2026, 11, 23, 0, 0));
	open_at("sat", "sun", at(2026, 11, 23, 0, 0));
	frozen("mon", "sun", at(2026, 11, 18, 12, 0), at(2026, 11, 23, 0, 0));
	frozen("wed 12:00", "wed 11:00", at(2026, 11, 18, 12, 0),
	       at(2026, 11, 25, 11, 0));
	frozen("wed 12:00", "wed 11:00", at(2026, 11, 18, 10, 0),
	       at(2026, 11, 18, 11, 0));
	open_at("wed 12:00", "wed 11:00", at(2026, 11, 18, 11, 30));
	/* Over the end of a year */
	frozen("thu", "sat 12:00", at(2026, 12, 31, 20, 0),
	       at(2027, 1, 2, 12, 0));
}

/* The night of 2026-10-25 has an hour more, that of 2026-03-29 one less. */
static void clocks_are_changed(void **state)
{
	time_t moment;

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	frozen("sat 22:00", "sun 08:00", at(2026, 10, 24, 23, 0),
	       at(2026, 10, 25, 8, 0));
	assert_int_equal(10 * 3600, at(2026, 10, 25, 8, 0) -
			 at(2026, 10, 24, 23, 0));
	frozen("sat 22:00", "sun 08:00", at(2026, 3, 28, 23, 0),
	       at(2026, 3, 29, 8, 0));
	assert_int_equal(8 * 3600, at(2026, 3, 29, 8, 0) -
			 at(2026, 3, 28, 23, 0));
	/* Of another zone it is another moment. */
	frozen("2026-12-18", "2026-12-18", at(2026, 12, 18, 0, 0),
	       at(2026, 12, 19, 0, 0));
	moment = at(2026, 12, 18, 0, 0);
	zone("UTC");
	open_at("2026-12-18", "2026-12-18", moment);
	frozen("2026-12-18", "2026-12-18", moment + 3600,
	       at(2026, 12, 19, 0, 0));
}

/* 02:30 comes twice, at 00:30 and at 01:30 UTC. */
static void an_end_that_comes_twice(void **state)
{
	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	frozen("sat 22:00", "sun 02:30", utc(2026, 10, 25, 0, 29),
	       utc(2026, 10, 25, 1, 30));
	frozen("sat 22:00", "sun 02:30", utc(2026, 10, 25, 0, 45),
	       utc(2026, 10, 25, 1, 30));
	frozen("sat 22:00", "sun 02:30", utc(2026, 10, 25, 1, 29),
	       utc(2026, 10, 25, 1, 30));
	open_at("sat 22:00", "sun 02:30", utc(2026, 10, 25, 1, 30));
	open_at("sun 02:30", "sun 08:00", utc(2026, 10, 25, 0, 29));
	frozen("sun 02:30", "sun 08:00", utc(2026, 10, 25, 0, 30),
	       utc(2026, 10, 25, 7, 0));
	frozen("sun 02:30", "sun 08:00", utc(2026, 10, 25, 1, 15),
	       utc(2026, 10, 25, 7, 0));
	frozen("2026-10-25 02:30", "2026-10-26", utc(2026, 10, 25, 0, 30),
	       utc(2026, 10, 26, 23, 0));
	open_at("2026-10-25 02:30", "2026-10-26", utc(2026, 10, 25, 0, 29));
	frozen("2026-10-24", "2026-10-25 02:30", utc(2026, 10, 25, 1, 29),
	       utc(2026, 10, 25, 1, 30));
}

/* There is no 02:30: 01:00 UTC is 03:00. */
static void an_end_that_is_left_out(void **state)
{
	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	frozen("sat 22:00", "sun 02:30", utc(2026, 3, 29, 0, 59),
	       utc(2026, 3, 29, 1, 0));
	open_at("sat 22:00", "sun 02:30", utc(2026, 3, 29, 1, 0));
	open_at("sun 02:30", "sun 08:00", utc(2026, 3, 29, 0, 59));
	frozen("sun 02:30", "sun 08:00", utc(2026, 3, 29, 1, 0),
	       utc(2026, 3, 29, 6, 0));
	open_at("2026-03-29 02:30", "2026-03-30", utc(2026, 3, 29, 0, 59));
	frozen("2026-03-29 02:30", "2026-03-30", utc(2026, 3, 29, 1, 0),
	       utc(2026, 3, 30, 22, 0));
	frozen("2026-03-28", "2026-03-29 02:30", utc(2026, 3, 29, 0, 59),
	       utc(2026, 3, 29, 1, 0));
}

static int in_zone(const struct freeze_window *w, time_t now, time_t *end,
		   const char *text)
{
	struct buf shown = BUF_INIT;
	int is = freeze_is_on(w, now, end);

	if (is)
		freeze_add_time(&shown, w, *end);
	assert_string_equal(text, shown.s);
	buf_release(&shown);
	return is;
}

/* Whatever ours is */
static void zones(void **state)
{
	struct freeze_window w = { .from = (char *)"fri 16:00",
				   .to = (char *)"mon 08:00",
				   .zone = (char *)"Europe/Berlin" };
	struct buf words = BUF_INIT;
	time_t end, friday, monday;

	(void)state;
	if (zone_find("Europe/Berlin") != ZONE_KNOWN)
		skip();
	zone("UTC");
	friday = at(2026, 11, 20, 15, 0);
	monday = at(2026, 11, 23, 7, 0);
	zone("XYZ+5");
	assert_int_equal(1, in_zone(&w, friday, &end,
				    "Mon 2026-11-23 08:00 CET"));
	assert_int_equal(monday, end);
	assert_int_equal(0, in_zone(&w, friday - 1, &end, ""));
	assert_int_equal(0, in_zone(&w, monday, &end, ""));
	freeze_add_window(&words, &w);
	assert_string_equal("from fri 16:00 to mon 08:00, Europe/Berlin",
			    words.s);
	buf_release(&words);
}

/* So many hours are so many, whatever clocks show at their end. */
static void again(void **state)
{
	struct freeze_window w = { .cron = (char *)"0 16 * * fri",
				   .lasts = (char *)"64h",
				   .zone = (char *)"Europe/Berlin" };
	struct buf words = BUF_INIT;
	time_t end;

	(void)state;
	if (zone_find("Europe/Berlin") != ZONE_KNOWN)
		skip();
	zone("UTC");
	assert_int_equal(1, in_zone(&w, at(2026, 11, 23, 6, 59), &end,
				    "Mon 2026-11-23 08:00 CET"));
	assert_int_equal(0, in_zone(&w, at(2026, 11, 23, 7, 0), &end, ""));
	assert_int_equal(0, in_zone(&w, at(2026, 11, 20, 14, 59), &end, ""));
	assert_int_equal(1, in_zone(&w, at(2026, 11, 20, 15, 0), &end,
				    "Mon 2026-11-23 08:00 CET"));
	assert_int_equal(1, in_zone(&w, at(2026, 3, 28, 0, 0), &end,
				    "Mon 2026-03-30 09:00 CEST"));
	assert_int_equal(1, in_zone(&w, at(2026, 10, 24, 0, 0), &end,
				    "Mon 2026-10-26 07:00 CET"));
	freeze_add_window(&words, &w);
	assert_string_equal("'0 16 * * fri', for 64h, Europe/Berlin", words.s);
	buf_release(&words);
}

static void bad_points(void **state)
{
	static const char *const bad[] = {
		"", "-", "monda", "mo", "mondays", "fri 8:00", "fri 08:60",
		"fri 24:01", "fri 25:00", "fri 08:00 ", "fri  ", "2026",
		"2026-12", "2026-12-", "2026-13-01", "2026-00-10",
		"2026-02-29", "2026-06-31", "2026-12-18 ", "2026-12-18x",
		"2026-12-18 16", "2026-12-18 16:0", "26-12-18", "1969-01-01",
		"fri08:00", "2026-12-1816:00", "friT08:00",
	};
	struct freeze_point p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!freeze_point_parse(&p, bad[i], 0))
			fail_msg("'%s' is taken", bad[i]);
	}
	assert_int_equal(0, freeze_point_parse(&p, "FRI 24:00", 0));
	assert_int_equal(4, p.weekday);
	assert_int_equal(1440, p.minutes);
}

static enum verdict_kind judged(struct move *m, struct verdict *v)
{
	struct error err = ERROR_INIT;

	*v = (struct verdict){ .gate = "freeze", .hints = STRVEC_INIT };
	assert_int_equal(0, gate_freeze.judge(m, v, &err));
	return v->kind;
}

static void verdict_release(struct verdict *v)
{
	free(v->reason);
	strvec_release(&v->hints);
}

/* At any time one likes. */
static void the_gate(void **state)
{
	static const char text[] =
		"format: 1\n"
		"name: x\n"
		"environments:\n"
		"  live:\n"
		"    freeze: [{from: fri 16:00, to: mon 08:00, reason: asleep}]"
		"\n  test:\n";
	struct profile p = PROFILE_INIT;
	struct error err = ERROR_INIT;
	struct move m = { .profile = &p, .env = "live", .branch = "live",
			  .new = "1234" };
	struct verdict v;

	(void)state;
	zone("UTC");
	assert_int_equal(0, profile_parse(&p, "f", text, strlen(text), &err));
	m.now = at(2026, 11, 22, 12, 0);
	assert_int_equal(VERDICT_REFUSED, judged(&m, &v));
	assert_string_equal("live is frozen until Mon 2026-11-23 08:00 UTC "
			    "(from fri 16:00 to mon 08:00): asleep",
			    v.reason);
	assert_string_equal("or have its owner take the window out: "
			    "environments.live.freeze, in f:5", v.hints.v[1]);
	verdict_release(&v);
	m.env = "test";
	assert_int_equal(VERDICT_OK, judged(&m, &v));
	m.env = "live";
	m.now = at(2026, 11, 23, 8, 0);
	assert_int_equal(VERDICT_OK, judged(&m, &v));
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(weeks),
		cmocka_unit_test(clocks_are_changed),
		cmocka_unit_test(an_end_that_comes_twice),
		cmocka_unit_test(an_end_that_is_left_out),
		cmocka_unit_test(zones),
		cmocka_unit_test(again),
		cmocka_unit_test(bad_points),
		cmocka_unit_test(the_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
