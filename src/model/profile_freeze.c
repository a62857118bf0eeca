/*
 * The schema of freezes: when an environment is not to be changed.
 */
#include "base/time.h"
#include "base/zone.h"
#include "model/cron.h"
#include "model/freeze.h"
#include "model/profile_internal.h"

#include <ctype.h>

#define YEAR (366 * 24 * 3600L)

static int check_point(struct reader *r, const struct value *v,
		       const char *text)
{
	struct freeze_point p;

	if (!freeze_point_parse(&p, text, 0))
		return 0;
	return schema_fail(r, v, "expected a day (2026-12-18, fri) or a day "
			   "and a time (2026-12-18 16:00, fri 16:00), not "
			   "'%s'", text);
}

static int check_cron(struct reader *r, const struct value *v,
		      const char *text)
{
	struct buf why = BUF_INIT;
	struct cron c;
	int ret = cron_parse(&c, text, &why);

	if (ret < 0)
		schema_fail(r, v, "expected minute, hour, day of the month, "
			    "month and day of the week (\"0 16 * * fri\"), "
			    "not '%s': %s", text, why.s);
	buf_release(&why);
	return ret;
}

/* A text: where it is not said nothing is to be shown. */
static int check_span(struct reader *r, const struct value *v,
		      const char *text)
{
	long span = isdigit((unsigned char)*text) ? time_parse_span(text) : -1;

	if (span >= 60 && span <= YEAR)
		return 0;
	return schema_fail(r, v, "expected a span of time (90m, 64h, 3d) from "
			   "a minute to a year, not '%s'", text);
}

static int check_zone(struct reader *r, const struct value *v,
		      const char *text)
{
	switch (zone_find(text)) {
	case ZONE_UNKNOWN:
		return schema_fail(r, v, "expected a time zone such as "
				   "Europe/Berlin, not '%s'; those that are "
				   "known here are in %s", text,
				   zone_folder());
	case ZONE_NO_DATA:
		return schema_fail(r, v, "what '%s' is cannot be told: there "
				   "are no time zones here, in %s; install "
				   "tzdata", text, zone_folder());
	case ZONE_KNOWN:
		break;
	}
	return 0;
}

const struct field profile_freeze_fields[] = {
	{ FIELD(TEXT, "from", freeze_window, from), .check = check_point },
	{ FIELD(TEXT, "to", freeze_window, to), .check = check_point },
	{ FIELD(TEXT, "cron", freeze_window, cron), .check = check_cron },
	{ FIELD(TEXT, "lasts", freeze_window, lasts), .check = check_span },
	{ FIELD(TEXT, "zone", freeze_window, zone), .check = check_zone },
	{ FIELD(TEXT, "reason", freeze_window, reason) },
	FIELD_END
};

/* Dates to compare, as 20261218 and so on. */
static long long date_order(const struct freeze_point *p)
{
	return ((p->year * 100LL + p->month) * 100 + p->day) * 10000 +
	       p->minutes;
}

static int check_points(struct reader *r, const struct value *v,
			const struct freeze_window *w)
{
	const struct value *end = value_get(v, "to");
	struct freeze_point from, to;

	if (freeze_point_parse(&from, w->from, 0) < 0 ||
	    freeze_point_parse(&to, w->to, 1) < 0)
		return schema_fail(r, v, "expected a day, or a day and a "
				   "time");
	if ((from.weekday < 0) != (to.weekday < 0))
		return schema_fail(r, end, "from '%s' and to '%s' need to be "
				   "two dates, or two days of the week",
				   w->from, w->to);
	if (from.weekday < 0 && date_order(&to) <= date_order(&from))
		return schema_fail(r, end, "'%s' does not come after '%s'",
				   w->to, w->from);
	/* From a Monday to the Sunday before it is all of the week. */
	if (from.weekday >= 0 &&
	    freeze_week_minute(&from) == freeze_week_minute(&to) &&
	    (from.minutes || to.minutes != DAY_MINUTES))
		return schema_fail(r, end, "a week's freeze from '%s' to the "
				   "same time never begins or never ends",
				   w->from);
	return 0;
}

/* When it is, in one of two ways. */
int profile_check_freeze(struct reader *r, const struct value *v,
			 const void *record)
{
	const struct freeze_window *w = record;
	const char *missing = w->cron ? (w->lasts ? NULL : "lasts") :
			      !w->from ? "from" : !w->to ? "to" : NULL;

	if (!w->from && !w->to && !w->cron)
		return schema_fail(r, v, "expected 'from' and 'to', or 'cron' "
				   "and 'lasts'");
	if (w->cron && (w->from || w->to))
		return schema_fail_key(r, value_get(v, "cron"), "expected "
				       "'from' and 'to', or 'cron' and "
				       "'lasts', not both");
	if (w->lasts && !w->cron)
		return schema_fail_key(r, value_get(v, "lasts"), "how long it "
				       "lasts is about 'cron', which is not "
				       "there");
	if (missing)
		return schema_fail(r, v, "the key '%s' is missing", missing);
	return w->cron ? 0 : check_points(r, v, w);
}
