#include "base/time.h"

#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Has the program that runs us been built for tests? */
static int can_be_set(void)
{
	char path[4096], *mark;
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path));
	int can;

	while (len > 0 && path[len - 1] != '/')
		len--;
	if (len <= 0)
		return 0;
	mark = xstrfmt("%.*s" CLOCK_MARK, (int)len, path);
	can = !access(mark, F_OK);
	free(mark);
	return can;
}

/* time() may be some milliseconds behind: a second has to be this clock's. */
time_t time_now_ms(int *ms)
{
	const char *said = getenv(CLOCK_ENV);
	struct timespec ts;
	long span;

	clock_gettime(CLOCK_REALTIME, &ts);
	*ms = (int)(ts.tv_nsec / 1000000);
	if (!said || !*said || !can_be_set())
		return ts.tv_sec;
	if (*said != '+' && *said != '-')
		return (time_t)strtoll(said, NULL, 10);
	span = time_parse_span(said + 1);
	if (span < 0)
		return ts.tv_sec;
	return ts.tv_sec + (*said == '+' ? span : -span);
}

time_t time_now(void)
{
	int ms;

	return time_now_ms(&ms);
}

double time_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void time_pause(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

double time_jitter(double span)
{
	double now = time_monotonic() * 1000;

	return span * (0.75 + 0.5 * (now - (double)(long)now));
}

static void add_time(struct buf *out, time_t when, const char *format)
{
	char text[64];
	struct tm tm;

	if (gmtime_r(&when, &tm) && strftime(text, sizeof(text), format, &tm))
		buf_adds(out, text);
}

void time_add_date(struct buf *out, time_t when)
{
	add_time(out, when, "%Y-%m-%d");
}

void time_add_minute(struct buf *out, time_t when)
{
	add_time(out, when, "%Y-%m-%d %H:%M");
}

void time_add_rfc3339(struct buf *out, time_t when)
{
	add_time(out, when, "%Y-%m-%dT%H:%M:%SZ");
}

void time_add_local(struct buf *out, time_t when)
{
	char text[64];
	struct tm tm;

	if (localtime_r(&when, &tm) &&
	    strftime(text, sizeof(text), "%a %Y-%m-%d %H:%M %Z", &tm))
		buf_adds(out, text);
}

void time_add_span(struct buf *out, time_t span)
{
	if (span < 0)
		span = 0;
	if (span < 120)
		buf_addf(out, "%lds", (long)span);
	else if (span < 120 * 60)
		buf_addf(out, "%ldm", (long)(span / 60));
	else if (span < 48 * 3600)
		buf_addf(out, "%ldh", (long)(span / 3600));
	else
		buf_addf(out, "%ldd", (long)(span / 86400));
}

void time_add_exact_span(struct buf *out, time_t span)
{
	if (span < 120 || span % 60)
		buf_addf(out, "%lds", (long)span);
	else if (span < 120 * 60 || span % 3600)
		buf_addf(out, "%ldm", (long)(span / 60));
	else if (span < 48 * 3600 || span % 86400)
		buf_addf(out, "%ldh", (long)(span / 3600));
	else
		buf_addf(out, "%ldd", (long)(span / 86400));
}

void time_add_long_span(struct buf *out, time_t span)
{
	/* Up to so many seconds it is counted in that unit. */
	static const struct {
		time_t below, unit;
		const char *name;
	} steps[] = {
		{ 90, 1, "second" },
		{ 90 * 60, 60, "minute" },
		{ 36 * 3600, 3600, "hour" },
		{ 14 * 86400, 86400, "day" },
		{ 70 * 86400, 7 * 86400, "week" },
		{ 730 * 86400, 2629800, "month" },
		{ 0, 31557600, "year" },
	};
	size_t i = 0;
	long n;

	if (span < 0)
		span = 0;
	while (steps[i].below && span >= steps[i].below)
		i++;
	n = (long)((span + steps[i].unit / 2) / steps[i].unit);
	buf_addf(out, "%ld %s%s", n, steps[i].name, n == 1 ? "" : "s");
}

void time_add_clock(struct buf *out, time_t span)
{
	if (span < 0)
		span = 0;
	if (span >= 3600)
		buf_addf(out, "%ld:%02ld:%02ld", (long)(span / 3600),
			 (long)(span / 60 % 60), (long)(span % 60));
	else
		buf_addf(out, "%ld:%02ld", (long)(span / 60),
			 (long)(span % 60));
}

long time_parse_span(const char *text)
{
	static const char units[] = "smhd";
	static const long seconds[] = { 1, 60, 3600, 86400 };
	const char *unit;
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || n < 0)
		return -1;
	if (!*end)
		return n;
	unit = strchr(units, *end);
	if (!unit || end[1] || n > LONG_MAX / 86400)
		return -1;
	return n * seconds[unit - units];
}
