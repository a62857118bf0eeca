/*
 * What the files behind upgrade/migrate.h share; only they include it, and
 * their unit tests.
 *
 *	migrate.c		which ones, in which order, on which files
 *	migrate_text.c		one edit of one text, and conditions
 *	migrate_values.c	what is given, and "{NAME}"
 */
#ifndef UPGRADE_MIGRATE_INTERNAL_H
#define UPGRADE_MIGRATE_INTERNAL_H

#include "base/buf.h"
#include "doc/resolve.h"
#include "upgrade/migrate.h"

/* What "{NAME}" stands for, and where; borrows all. */
struct filling {
	const char *from, *to;
	struct migrated_value *v;
	size_t nr;
	const struct profile *profile;	/* knows what files are; NULL: names */
};

/* Notes which values are asked for.  free() */
char *filling_text(const struct filling *f, const char *text);
/*
 * The same of all texts in a value, for a file of that kind; value_free().
 * What a profile has without quotes stands as it is in YAML, where it is what
 * every reader takes it for; JSON has few such words.
 */
struct value *filling_value(const struct filling *f, const struct value *v,
			    enum resolve_kind kind);
/* What "{NAME}" at `text` stands for, and its end; or NULL. */
const char *filling_at(const struct filling *f, const char *text,
		       const char **end);

/* Given, or `fallback`; fills in a value whose names are set. */
void value_give(struct migrated_value *v, const struct profile *p,
		const char *migration, const struct strvec *given);

/*
 * One edit, but for a move: 1 changed, 0 so already, -1.  `path` says what
 * the text is.
 */
int migrate_text(struct buf *text, const char *path,
		 const struct migration_edit *e, const struct filling *f,
		 struct error *err);
/* About a key: 1 it holds, 0, -1.  `text` NULL: there is no such file. */
int condition_holds(const struct migration_condition *c,
		    const struct buf *text, const char *path,
		    const struct filling *f, struct error *err);
/* The text of a key, where it is a scalar; NULL.  free() */
char *key_text(const struct buf *text, const struct profile *p,
	       const char *path, const char *key);

#endif
