/*
 * Points in time and spans.  Times are seconds since the epoch, spans are
 * seconds.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#define CLOCK_ENV "UPGRADE_CLOCK"
#define CLOCK_MARK ".clock-can-be-set"

#include <time.h>

#include "base/buf.h"

/*
 * The time of day; or, for tests of what takes days, what UPGRADE_CLOCK in the
 * environment says: "1700000000", or "+49h" for so much later than it is, and
 * "-2d" for earlier.  Only a program that has a file `.clock-can-be-set` beside
 * it listens to that, which no installation has: on a server nobody's
 * environment makes backups expire.
 */
time_t time_now(void);
/* And the milliseconds that go with it. */
time_t time_now_ms(int *ms);
/* Seconds of a clock that never jumps, with fraction: for measuring. */
double time_monotonic(void);
/* Sleep so long, in milliseconds; a signal ends it. */
void time_pause(long ms);
/*
 * A span by up to a quarter more or less, so that those who wait for the same
 * do not ask all at once.
 */
double time_jitter(double span);
/* 2026-11-20 */
void time_add_date(struct buf *out, time_t when);
/* 2026-11-20 22:41, in UTC */
void time_add_minute(struct buf *out, time_t when);
/* 2026-11-20T22:41:15Z, RFC 3339 in UTC */
void time_add_rfc3339(struct buf *out, time_t when);
/* "Mon 2026-12-21 08:00 CET", local time */
void time_add_local(struct buf *out, time_t when);
/* "12s", "4m", "2h", "9d": how long `span` is, in its largest unit. */
void time_add_span(struct buf *out, time_t span);
/* As time_parse_span() reads it, so that nothing is lost: "64h", "90m". */
void time_add_exact_span(struct buf *out, time_t span);
/*
 * "3 weeks", in the units and steps of git's "3 weeks ago"; without the
 * months git adds to a few years.  Less than nothing is "0 seconds".
 */
void time_add_long_span(struct buf *out, time_t span);
/* "0:21", "1:02:03" */
void time_add_clock(struct buf *out, time_t span);
/* A span in a configuration: "90", "90s", "10m", "48h", "5d"; -1: none. */
long time_parse_span(const char *text);

#endif
