#include "model/cron.h"

#include "base/mem.h"
#include "base/vec.h"
#include "base/zone.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HOUR 3600
#define DAY (24 * HOUR)

/* One of the five */
struct place {
	const char *name;
	int min, max;
	const char *const *words;	/* for `min` and so on; NULL: none */
};

static const char *const months[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct",
	"nov", "dec", NULL
};

static const char *const weekdays[] = {
	"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL
};

static const struct place places[] = {
	{ "minute", 0, 59, NULL },
	{ "hour", 0, 23, NULL },
	{ "day of the month", 1, 31, NULL },
	{ "month", 1, 12, months },
	{ "day of the week", 0, 7, weekdays },
};

/* Reading */

static int bad(const struct place *p, const char *text, struct buf *why)
{
	buf_addf(why, "'%s' is no %s, which is %d to %d", text, p->name,
		 p->min, p->max);
	if (p->words)
		buf_addf(why, ", or %s to %s", p->words[0],
			 p->words[p->max - p->min -
				  (p->words == weekdays)]);
	return -1;
}

/* A number or a name, which `text` is led behind; -1: neither. */
static int parse_one(const struct place *p, const char **text)
{
	size_t len = strspn(*text, "0123456789");
	const char *at = *text;
	int n = 0;

	if (len) {
		*text += len;
		for (; len && n < 1000; len--)
			n = n * 10 + (*at++ - '0');
		return n >= p->min && n <= p->max ? n : -1;
	}
	while (isalpha((unsigned char)at[len]))
		len++;
	*text += len;
	for (int i = 0; p->words && len == 3 && p->words[i]; i++)
		if (!strncasecmp(p->words[i], at, len))
			return p->min + i;
	return -1;
}

/* "/2" at the end of a range; 0: that is none. */
static int parse_step(const char *text)
{
	int n = 0;

	if (!*text)
		return 1;
	if (*text != '/' || !text[1] || text[1 + strspn(text + 1,
							"0123456789")])
		return 0;
	for (text++; *text && n < 1000; text++)
		n = n * 10 + (*text - '0');
	return n;
}

/* Of a list one part: "*", "3", "mon-fri", "0-30/10". */
static int parse_part(const struct place *p, const char *part,
		      unsigned long long *bits, struct buf *why)
{
	const char *at = part;
	int first = p->min, last = p->max, step, is_range = *at == '*';

	if (is_range) {
		at++;
	} else {
		first = last = parse_one(p, &at);
		if (first >= 0 && *at == '-') {
			is_range = 1;
			at++;
			last = parse_one(p, &at);
		}
	}
	/* A week may begin on a Monday. */
	if (p->words == weekdays && is_range && !last && first > 0)
		last = 7;
	step = parse_step(at);
	if (first < 0 || last < 0 || !step || (*at && !is_range))
		return bad(p, part, why);
	if (last < first) {
		buf_addf(why, "'%s' ends before it begins", part);
		return -1;
	}
	for (int i = first; i <= last; i += step)
		*bits |= 1ULL << i;
	return 0;
}

static int parse_place(const struct place *p, const char *text,
		       unsigned long long *bits, struct buf *why)
{
	int ret = 0;

	*bits = 0;
	for (size_t at = 0, len; !ret; at += len + 1) {
		char *part;

		len = strcspn(text + at, ",");
		part = xstrndup(text + at, len);
		ret = *part ? parse_part(p, part, bits, why) :
			      bad(p, text, why);
		free(part);
		if (!text[at + len])
			break;
	}
	return ret;
}

/* There is no 31st of June. */
static int has_days(const struct cron *c)
{
	static const int longest[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31,
				       30, 31 };

	for (int i = 0; i < 12; i++)
		if ((c->months >> (i + 1) & 1) &&
		    (c->days & ((1ULL << (longest[i] + 1)) - 1)))
			return 1;
	return !c->any_weekday;
}

int cron_parse(struct cron *c, const char *text, struct buf *why)
{
	unsigned long long *const bits[] = {
		&c->minutes, &c->hours, &c->days, &c->months, &c->weekdays
	};
	struct strvec words = STRVEC_INIT;
	int ret = 0;

	for (const char *at = text + strspn(text, " "); *at;
	     at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		strvec_push_nodup(&words, xstrndup(at, len));
		at += len;
	}
	if (words.nr != ARRAY_SIZE(places)) {
		buf_addf(why, "it has %zu field%s, not five", words.nr,
			 words.nr == 1 ? "" : "s");
		ret = -1;
	}
	for (size_t i = 0; !ret && i < words.nr; i++)
		ret = parse_place(&places[i], words.v[i], bits[i], why);
	if (!ret) {
		c->each_hour = *words.v[1] == '*';
		c->any_day = *words.v[2] == '*';
		c->any_weekday = *words.v[4] == '*';
		/* Both 0 and 7 are Sunday. */
		c->weekdays |= c->weekdays >> 7 & 1;
		if (!has_days(c)) {
			buf_adds(why, "such a day never comes");
			ret = -1;
		}
	}
	strvec_release(&words);
	return ret;
}

/* When it comes */

static int is_day(const struct cron *c, const struct tm *day)
{
	int by_month = c->days >> day->tm_mday & 1;
	int by_week = c->weekdays >> day->tm_wday & 1;

	if (!(c->months >> (day->tm_mon + 1) & 1))
		return 0;
	return c->any_day || c->any_weekday ? by_month && by_week :
					      by_month || by_week;
}

/* It comes when clocks show `wall`: note the last such time up to `now`. */
static void look_at(const struct cron *c, const struct tm *wall, time_t now,
		    time_t *at)
{
	time_t moments[2];
	int nr = zone_moments(wall, moments);

	if (!c->each_hour) {
		moments[0] = zone_moment(wall, 0);
		nr = 1;
	}
	for (int i = 0; i < nr; i++)
		if (moments[i] <= now && moments[i] > *at)
			*at = moments[i];
}

static void look_at_day(const struct cron *c, const struct tm *day,
			time_t now, time_t *at)
{
	for (int i = 0; i < 24 * 60; i++) {
		struct tm wall = *day;

		wall.tm_hour = i / 60;
		wall.tm_min = i % 60;
		wall.tm_sec = 0;
		if ((c->hours >> wall.tm_hour & 1) &&
		    (c->minutes >> wall.tm_min & 1))
			look_at(c, &wall, now, at);
	}
}

int cron_last(const struct cron *c, time_t since, time_t now, time_t *at)
{
	time_t before = since - 1;
	struct tm today;

	*at = before;
	if (!localtime_r(&now, &today))
		return 0;
	for (int i = 0;; i++) {
		/* Noon is there on every day. */
		struct tm day = { .tm_year = today.tm_year,
				  .tm_mon = today.tm_mon,
				  .tm_mday = today.tm_mday - i,
				  .tm_hour = 12, .tm_isdst = -1 };

		if (mktime(&day) < since - 2 * DAY)
			return 0;
		if (!is_day(c, &day))
			continue;
		look_at_day(c, &day, now, at);
		if (*at > before)
			return 1;
	}
}
