/*
 * Windows in which an environment is frozen: nobody changes it.
 *
 * Two dates, once, or two times of the week, every week.  A day without a time
 * is all of it: from its beginning, to its end.  Or a time that comes again
 * (model/cron.h), and how long it lasts from then on.  They are of the zone
 * that is named, else of the local time of whoever looks.
 */
#ifndef MODEL_FREEZE_H
#define MODEL_FREEZE_H

#include <time.h>

#include "base/buf.h"
#include "model/profile.h"

#define DAY_MINUTES 1440
#define WEEK_MINUTES (7 * DAY_MINUTES)

/* "2026-12-18", "2026-12-18 16:00", "fri", "fri 16:00" */
struct freeze_point {
	int weekday;		/* 0 is Monday; -1: it is a date */
	int year, month, day;	/* of a date; months from 1 */
	int minutes;		/* of the day; 1440 is its end */
};

/* -1: that is none.  `is_end` makes a day mean its end. */
int freeze_point_parse(struct freeze_point *p, const char *text, int is_end);
/* Which minute of the week, from 0, the first of Monday. */
int freeze_week_minute(const struct freeze_point *p);
/* 1: `now` is in it, and `*end` is when it ends; 0: it is not. */
int freeze_is_on(const struct freeze_window *w, time_t now, time_t *end);
/* Of those that are on, the one that ends last; NULL: none is. */
const struct freeze_window *freeze_now(const struct environment *env,
				       time_t now, time_t *end);
/* "Mon 2026-12-21 08:00 CET", as its zone has it */
void freeze_add_time(struct buf *out, const struct freeze_window *w,
		     time_t when);
/* "from fri 16:00 to mon 08:00, Europe/Berlin" */
void freeze_add_window(struct buf *out, const struct freeze_window *w);
/* "frozen until Mon 2026-12-21 08:00 CET (from fri 16:00 ...): reason" */
void freeze_add(struct buf *out, const struct freeze_window *w, time_t end);

#endif
