#include "model/freeze.h"

#include "base/time.h"
#include "base/zone.h"
#include "model/cron.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int parse_digits(int *n, const char **text, int digits)
{
	*n = 0;
	for (int i = 0; i < digits; i++, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return -1;
		*n = *n * 10 + (**text - '0');
	}
	return 0;
}

/* "HH:MM", up to the end */
static int parse_clock(int *minutes, const char *text)
{
	int hours, rest;

	if (parse_digits(&hours, &text, 2) < 0 || *text++ != ':' ||
	    parse_digits(&rest, &text, 2) < 0 || *text || rest > 59)
		return -1;
	*minutes = hours * 60 + rest;
	return *minutes <= DAY_MINUTES ? 0 : -1;
}

/* There is no 31st of June. */
static int is_day(const struct freeze_point *p)
{
	struct tm tm = { .tm_year = p->year - 1900, .tm_mon = p->month - 1,
			 .tm_mday = p->day, .tm_hour = 12 };

	return p->year >= 1970 && timegm(&tm) != (time_t)-1 &&
	       tm.tm_mon == p->month - 1 && tm.tm_mday == p->day;
}

/* "2026-12-18"; leads `text` behind it. */
static int parse_date(struct freeze_point *p, const char **text)
{
	if (parse_digits(&p->year, text, 4) < 0 || *(*text)++ != '-' ||
	    parse_digits(&p->month, text, 2) < 0 || *(*text)++ != '-' ||
	    parse_digits(&p->day, text, 2) < 0 || !is_day(p))
		return -1;
	return 0;
}

static int parse_weekday(struct freeze_point *p, const char **text)
{
	static const char *const names[] = {
		"monday", "tuesday", "wednesday", "thursday", "friday",
		"saturday", "sunday"
	};
	size_t len = strcspn(*text, " ");

	for (int i = 0; i < 7; i++) {
		if ((len != 3 && len != strlen(names[i])) ||
		    strncasecmp(*text, names[i], len))
			continue;
		p->weekday = i;
		*text += len;
		return 0;
	}
	return -1;
}

int freeze_point_parse(struct freeze_point *p, const char *text, int is_end)
{
	int is_date = isdigit((unsigned char)*text);

	*p = (struct freeze_point){ .weekday = -1,
				    .minutes = is_end ? DAY_MINUTES : 0 };
	if ((is_date ? parse_date(p, &text) : parse_weekday(p, &text)) < 0)
		return -1;
	if (!*text)
		return 0;
	if (*text != ' ' && !(is_date && *text == 'T'))
		return -1;
	return parse_clock(&p->minutes, text + 1);
}

/*
 * Clocks may be put forward or back that day.  What is there twice begins the
 * first time, and ends the last time.
 */
static time_t local_time(int year, int month, int day, int minutes,
			 int is_end)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1,
			 .tm_mday = day, .tm_min = minutes };
	time_t wall = timegm(&tm);

	return gmtime_r(&wall, &tm) ? zone_moment(&tm, is_end) : -1;
}

int freeze_week_minute(const struct freeze_point *p)
{
	return (p->weekday * DAY_MINUTES + p->minutes) % WEEK_MINUTES;
}

/* A minute of the week that `today` is in, or of one so many weeks later. */
static time_t week_time(const struct tm *today, int minute, int weeks,
			int is_end)
{
	int monday = today->tm_mday - (today->tm_wday + 6) % 7;

	return local_time(today->tm_year + 1900, today->tm_mon + 1,
			  monday + 7 * weeks + minute / DAY_MINUTES,
			  minute % DAY_MINUTES, is_end);
}

static int is_on_weekly(const struct freeze_point *from,
			const struct freeze_point *to, time_t now,
			time_t *end)
{
	int first = freeze_week_minute(from), last = freeze_week_minute(to);
	struct tm tm;
	int week = 0;

	if (!localtime_r(&now, &tm))
		return 0;
	/* The one that began last */
	if (week_time(&tm, first, week, 0) > now)
		week--;
	/* Where it ends before it begins, it goes on over Sunday night. */
	*end = week_time(&tm, last, week + (last <= first), 1);
	return now < *end;
}

static int is_on_again(const struct freeze_window *w, time_t now,
		       time_t *end)
{
	struct buf ignored = BUF_INIT;
	long lasts = w->lasts ? time_parse_span(w->lasts) : 0;
	struct cron c;
	time_t begin = 0;
	int is = lasts > 0 && !cron_parse(&c, w->cron, &ignored) &&
		 cron_last(&c, now - lasts + 1, now, &begin);

	*end = begin + lasts;
	buf_release(&ignored);
	return is;
}

static int is_on(const struct freeze_window *w, time_t now, time_t *end)
{
	struct freeze_point from, to;

	if (w->cron)
		return is_on_again(w, now, end);

	if (freeze_point_parse(&from, w->from, 0) < 0 ||
	    freeze_point_parse(&to, w->to, 1) < 0)
		return 0;
	if (from.weekday >= 0)
		return is_on_weekly(&from, &to, now, end);
	*end = local_time(to.year, to.month, to.day, to.minutes, 1);
	return now < *end &&
	       now >= local_time(from.year, from.month, from.day,
				 from.minutes, 0);
}

/* A question about a window, and its answer. */
struct question {
	const struct freeze_window *w;
	time_t when, *end;
	struct buf *out;
	int is_on;
};

static void ask(void *data)
{
	struct question *q = data;

	q->is_on = is_on(q->w, q->when, q->end);
}

int freeze_is_on(const struct freeze_window *w, time_t now, time_t *end)
{
	struct question q = { w, now, end, NULL, 0 };

	zone_do(w->zone, ask, &q);
	return q.is_on;
}

static void show(void *data)
{
	struct question *q = data;

	time_add_local(q->out, q->when);
}

void freeze_add_time(struct buf *out, const struct freeze_window *w,
		     time_t when)
{
	struct question q = { w, when, NULL, out, 0 };

	zone_do(w->zone, show, &q);
}

void freeze_add_window(struct buf *out, const struct freeze_window *w)
{
	if (w->cron) {
		buf_addf(out, "'%s', for %s", w->cron, w->lasts);
	} else {
		buf_addf(out, "from %s to %s", w->from, w->to);
	}
	if (w->zone)
		buf_addf(out, ", %s", w->zone);
}

void freeze_add(struct buf *out, const struct freeze_window *w, time_t end)
{
	buf_adds(out, "frozen until ");
	freeze_add_time(out, w, end);
	buf_adds(out, " (");
	freeze_add_window(out, w);
	buf_addc(out, ')');
	if (w->reason) {
		buf_adds(out, ": ");
		buf_add_line(out, w->reason);
	}
}

const struct freeze_window *freeze_now(const struct environment *env,
				       time_t now, time_t *end)
{
	const struct freeze_window *found = NULL;

	for (size_t i = 0; i < env->nr_freeze; i++) {
		time_t this = 0;

		if (!freeze_is_on(&env->freeze[i], now, &this) ||
		    (found && this <= *end))
			continue;
		found = &env->freeze[i];
		*end = this;
	}
	return found;
}
