/*
 * What the files of the schema share; only they include it.
 *
 *	profile.c		texts and their bases, and most tables
 *	profile_migrations.c	migrations
 *	profile_replacements.c	replacements
 *	profile_checks.c	checks of what is deployed, or is to be
 *	profile_failures.c	what went wrong with it, by its log
 *	profile_notify.c	who is told of it
 *	profile_drivers.c	who deploys where no platform of ours does
 *	profile_deploy.c	the steps of a deploy, and their modes
 *	profile_environments.c	where it is deployed
 *	profile_extensions.c	what comes to it when an upgrade is verified
 *	profile_freeze.c	when nothing is deployed
 *	profile_backup.c	what of it is kept elsewhere
 */
#ifndef MODEL_PROFILE_INTERNAL_H
#define MODEL_PROFILE_INTERNAL_H

#include "model/profile.h"
#include "model/schema.h"

/* As `check` of a field; the context of a reader is the scheme. */
int check_inside(struct reader *r, const struct value *v, const char *text);
int check_regex(struct reader *r, const struct value *v, const char *text);
int check_version(struct reader *r, const struct value *v, const char *text);
int check_name(struct reader *r, const struct value *v, const char *text);
int check_pointer(struct reader *r, const struct value *v, const char *text);

#define NOT_A_NAME "expected a name of a-z, 0-9, '.', '_' and '-', not '%s'"

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

extern const struct field profile_notify_fields[];

extern const struct field profile_failure_fields[];
int profile_check_failure(struct reader *r, const struct value *v,
			  const void *record);

extern const struct field profile_check_fields[];
int profile_check_check(struct reader *r, const struct value *v,
			const void *record);
/* Those of an environment; of each profile_check_check() holds, too. */
extern const struct field profile_gate_check_fields[];
int profile_check_override(struct reader *r, const struct value *v,
			   const char *text);
int profile_check_gate_names(struct reader *r, const struct value *v,
			     const struct environment *env);
/* As check_value: names of headers, each with an expression or a text. */
int check_header_names(struct reader *r, const struct value *v);

extern const struct field profile_deployer_fields[];
int profile_check_deployer(struct reader *r, const struct value *v,
			   const void *record);
int profile_check_variables(struct reader *r, const struct value *v);

extern const struct field profile_deploy_step_fields[];
extern const char *const profile_modes[];
int check_mode(struct reader *r, const struct value *v, const char *text);
int check_flag(struct reader *r, const struct value *v, const char *text);
/* Do the modes fit the steps, and each other? */
int profile_check_modes(struct reader *r, const struct value *root,
			const struct profile *p);

extern const struct field profile_environment_fields[];
int profile_check_environment(struct reader *r, const struct value *v,
			      const void *record);
/* A branch is called as its environment where nobody says else. */
void profile_name_branches(struct profile *p);
/* Does no environment promote from itself, over others or not? */
int profile_check_promotions(struct reader *r, const struct value *root,
			     const struct profile *p);

/* A pattern as for path_match(), or a folder: "config/prod/". */
int profile_path_matches(const char *pattern, const char *path);
/* As `check`: such a pattern, which does not have the record. */
int check_paths(struct reader *r, const struct value *v, const char *text);

extern const struct field profile_extensions_fields[];

extern const struct field profile_backup_fields[];
extern const struct field profile_backup_policy_fields[];
int profile_check_backup_policy(struct reader *r, const struct value *v,
				const void *record);
int check_absolute(struct reader *r, const struct value *v, const char *text);

extern const struct field profile_freeze_fields[];
int profile_check_freeze(struct reader *r, const struct value *v,
			 const void *record);

#endif
