/*
 * Times that come again, by the five fields of crontab(5): minute, hour, day
 * of the month, month, day of the week; of each a list of numbers, ranges,
 * steps and names ("0 16 * * fri", "30 6-18/2 1,15 jan-mar *").  Where both
 * days are restricted, one of them is enough.
 *
 * Where clocks are put forward, what is in the hour that is not there comes
 * at its end; where they are put back, what is in the hour that is there twice
 * comes the first time.  What comes each hour goes by the hours there are.
 */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

#include <time.h>

#include "base/buf.h"

struct cron {
	/* A bit for each; Sunday is 0. */
	unsigned long long minutes, hours, days, months, weekdays;
	int any_day, any_weekday;	/* begins with '*' */
	int each_hour;			/* so do its hours */
};

/* -1: it is none, and why not. */
int cron_parse(struct cron *c, const char *text, struct buf *why);
/*
 * The last time that it came, up to `now` and since `since`, of local time: 1;
 * 0: there is none.
 */
int cron_last(const struct cron *c, time_t since, time_t now, time_t *at);

#endif
