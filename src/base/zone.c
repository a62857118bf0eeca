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
