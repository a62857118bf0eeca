/*
 * The schema of freezes: when an environment is not to be changed.
 */
#include "model/freeze.h"
#include "model/profile_internal.h"

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

const struct field profile_freeze_fields[] = {
	{ FIELD(TEXT, "from", freeze_window, from), .required = 1,
	  .check = check_point },
	{ FIELD(TEXT, "to", freeze_window, to), .required = 1,
	  .check = check_point },
	{ FIELD(TEXT, "reason", freeze_window, reason) },
	FIELD_END
};

/* Dates to compare, as 20261218 and so on. */
static long long date_order(const struct freeze_point *p)
{
	return ((p->year * 100LL + p->month) * 100 + p->day) * 10000 +
	       p->minutes;
}

int profile_check_freeze(struct reader *r, const struct value *v,
			 const void *record)
{
	const struct freeze_window *w = record;
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
