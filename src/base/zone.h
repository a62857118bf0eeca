/*
 * Time zones by name, as the system's tzdata has them.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

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

#endif
