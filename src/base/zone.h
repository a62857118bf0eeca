/*
 * Time zones by name, as the system's tzdata has them.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <time.h>

enum zone_state {
	ZONE_KNOWN,
	ZONE_UNKNOWN,
	ZONE_NO_DATA		/* there is no tzdata here at all */
};

/* "Europe/Berlin", "UTC" */
enum zone_state zone_find(const char *name);
/* Where its files are: $TZDIR, or /usr/share/zoneinfo. */
const char *zone_folder(void);
/*
 * Do `work` with the local time of that zone (NULL: ours).  It starts no
 * program: TZ is another one meanwhile.
 */
void zone_do(const char *name, void (*work)(void *data), void *data);

/*
 * The moments at which clocks show `wall`, whose fields are as localtime() has
 * them, of our zone: one; none, where they are put forward over it; or two,
 * where they are put back, the earlier one first.
 */
int zone_moments(const struct tm *wall, time_t moments[2]);
/* The first, or the last; where there is none, the end of that gap. */
time_t zone_moment(const struct tm *wall, int is_last);

#endif
