/*
 * Migrations: edits of files that a hop needs, as the profile has them
 * (struct migration in model/profile.h, gitupgrade-profile(5) for users).
 *
 * Files are read from a tree, edited in memory and written to another tree:
 * no checkout, no program, and nothing moves.  So whoever has a tree can ask,
 * a plan as well as a promotion.
 *
 * A hop crosses a migration that begins before its `since` and ends at it or
 * later, up to `until`.  The one with the earliest `since` is first; of equals
 * the one the profile has first.  Each sees what those before it left.
 *
 * What is so already is left as it is, so the result, asked again, is itself.
 */
#ifndef UPGRADE_MIGRATE_H
#define UPGRADE_MIGRATE_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"

enum migrated_state {
	MIGRATION_CHANGED,
	MIGRATION_SO_ALREADY,
	MIGRATION_NOT_HERE,		/* it does not apply: `reason` */
	MIGRATION_WAITING		/* for files that are in conflict */
};

/* "changed", "already so", "not applicable", "waiting" */
const char *migrated_state_name(enum migrated_state state);

enum value_source {
	VALUE_IS_MISSING,
	VALUE_IS_GIVEN,			/* by --set, or by an answer */
	VALUE_IS_FOUND,			/* in `where`, before the upgrade */
	VALUE_IS_DEFAULT
};

/* "missing", "given", "found", "default" */
const char *value_source_name(enum value_source source);

struct migrated_value {
	char *name, *description;	/* the latter may be NULL */
	enum migration_value_type type;	/* `text` fits it */
	enum value_source source;
	char *text;			/* NULL: missing */
	char *where;			/* a path, of what was found */
	/* Something that is written has it, or may come to have it. */
	int is_used;
	int is_asked;			/* by the edit at hand */
};

struct migrated_file {
	char *path, *new_path;		/* differ where it moved */
	unsigned mode;
	char *old_blob, *new_blob;
};

struct migrated {
	enum migrated_state state;
	char *name;
	char *description, *note;	/* may be NULL */
	char *reason;			/* of what is not here */
	struct migrated_file *files;	/* that changed, sorted */
	size_t nr_files, alloc_files;
	struct migrated_value *values;
	size_t nr_values;
};

struct migration_list {
	struct migrated *v;		/* in their order */
	size_t nr, alloc;
	char *tree;			/* the result; NULL: as it was */
};

#define MIGRATION_LIST_INIT { NULL, 0, 0, NULL }

struct migrate_request {
	struct repo *repo;
	const struct profile *profile;
	const char *tree;		/* merged, with copies */
	const char *before;		/* commit or tree before the hop */
	const char *from, *to;		/* versions */
	/* "MIGRATION.VALUE=TEXT" or "VALUE=TEXT", the last counts; or NULL */
	const struct strvec *given;
	/* Paths in conflict, which nobody can edit yet; sorted, or NULL. */
	const struct strvec *waiting;
};

/*
 * Writes blobs and trees, touches nothing else.  A value that is missing is
 * written as "{NAME}".  ERROR_REFUSED where an edit cannot be.
 */
int migrate_compute(struct migration_list *list,
		    const struct migrate_request *req, struct error *err);
void migration_list_release(struct migration_list *list);
/*
 * Of the values that are used, the first one that nobody gave: and which
 * migration's.  NULL: there is none.
 */
const struct migrated_value *
migration_missing(const struct migration_list *list, const struct migrated **m);
/* "MIGRATION.VALUE=TEXT" of all that is used, as `given` has it. */
void migration_keep_values(const struct migration_list *list,
			   struct strvec *given);
/* May that hop use a value that was not given? */
int migrate_may_ask(const struct profile *p, const char *from, const char *to,
		    const struct strvec *given);
/* -1 for what is not NAME=TEXT, or whose name no migration has. */
int migrate_check_given(const struct profile *p, const struct strvec *given,
			struct error *err);

#endif
