#include "base/zone.h"

#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *zone_folder(void)
{
	const char *given = getenv("TZDIR");

	return given && *given ? given : "/usr/share/zoneinfo";
}

/* Of a name that is a path below the folder, and stays there. */
static int is_name(const char *name)
{
	return *name && *name != '/' && *name != '.' && !strstr(name, "/.") &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789+-_/.")];
}

/* All files of zones begin so. */
static int is_zone_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[4];
	int is = fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
		 !memcmp(magic, "TZif", sizeof(magic));

	if (fd >= 0)
		close(fd);
	return is;
}

enum zone_state zone_find(const char *name)
{
	struct stat st;
	char *path;
	int is;

	if (!is_name(name))
		return ZONE_UNKNOWN;
	path = path_join(zone_folder(), name);
	is = is_zone_file(path);
	free(path);
	if (is)
		return ZONE_KNOWN;
	return stat(zone_folder(), &st) < 0 ? ZONE_NO_DATA : ZONE_UNKNOWN;
}

void zone_do(const char *name, void (*work)(void *data), void *data)
{
	char *was = xstrdup_or_null(getenv("TZ"));

	if (name) {
		setenv("TZ", name, 1);
		tzset();
	}
	work(data);
	if (name && was)
		setenv("TZ", was, 1);
	else if (name)
		unsetenv("TZ");
	if (name)
		tzset();
	free(was);
}

/* What a clock shows then, as seconds, to compare. */
static long long shown(time_t when)
{
	struct tm tm;

	return localtime_r(&when, &tm) ? (long long)timegm(&tm) : 0;
}

/* The first moment behind a gap in which clocks never show `wall`. */
static time_t behind_gap(const struct tm *wall)
{
	struct tm from = *wall, to = *wall, copy = *wall;
	long long wanted = (long long)timegm(&copy);
	time_t low, high;

	from.tm_hour -= 3;
	to.tm_hour += 3;
	from.tm_isdst = to.tm_isdst = -1;
	low = mktime(&from);
	high = mktime(&to);
	while (high - low > 1) {
		time_t middle = low + (high - low) / 2;

		if (shown(middle) < wanted)
			low = middle;
		else
			high = middle;
	}
	return high;
}

int zone_moments(const struct tm *wall, time_t moments[2])
{
	int nr = 0;

	moments[0] = moments[1] = 0;
	for (int dst = 1; dst >= 0; dst--) {
		struct tm tm = *wall;
		time_t when;

		tm.tm_isdst = dst;
		when = mktime(&tm);
		if (when == (time_t)-1 || tm.tm_hour != wall->tm_hour ||
		    tm.tm_min != wall->tm_min || (nr && *moments == when))
			continue;
		moments[nr++] = when;
	}
	if (nr == 2 && moments[1] < moments[0]) {
		time_t later = moments[0];

		moments[0] = moments[1];
		moments[1] = later;
	}
	return nr;
}

time_t zone_moment(const struct tm *wall, int is_last)
{
	time_t moments[2];
	int nr = zone_moments(wall, moments);

	return nr ? moments[is_last ? nr - 1 : 0] : behind_gap(wall);
}
