/*
 * What the files of the schema share; only they include it.
 *
 *	profile.c		texts and their bases, and most tables
 *	profile_migrations.c	migrations
 *	profile_replacements.c	replacements
 *	profile_checks.c	checks of what is deployed
 *	profile_freeze.c	when nothing is deployed
 */
#ifndef MODEL_PROFILE_INTERNAL_H
#define MODEL_PROFILE_INTERNAL_H

#include "model/profile.h"
#include "model/schema.h"

/* As `check` of a field; the context of a reader is the scheme. */
int check_inside(struct reader *r, const struct value *v, const char *text);
int check_regex(struct reader *r, const struct value *v, const char *text);
int check_version(struct reader *r, const struct value *v, const char *text);

/* RFC 6901 */
int is_json_pointer(const char *text);
#define NO_POINTER "expected a JSON pointer (\"/extra/map\"), not '%s'"

extern const struct field profile_migration_fields[];
int profile_check_migration(struct reader *r, const struct value *v,
			    const void *record);

/* A pattern of files that neither git nor we read ourselves. */
int check_migrated(struct reader *r, const struct value *v, const char *text);

extern const struct field profile_replacement_fields[];
int profile_check_replacement(struct reader *r, const struct value *v,
			      const void *record);
/* What they are to each other; `root` is the text that was read. */
int profile_check_replacements(struct reader *r, const struct value *root,
			       const struct profile *p);

extern const struct field profile_check_fields[];
int profile_check_check(struct reader *r, const struct value *v,
			const void *record);

extern const struct field profile_freeze_fields[];
int profile_check_freeze(struct reader *r, const struct value *v,
			 const void *record);

#endif
