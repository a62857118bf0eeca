/*
 * Reading YAML into structs by tables: one row a key, which says where its
 * value goes and what it must be.
 *
 * A table ends with a row without a key.  Every struct it describes is
 * first given its defaults by schema_init() and freed by schema_release().
 * Whatever does not fit is an error that names file, line, column and key,
 * and says what was expected.
 *
 * Several texts are read into one struct, one over the other.  Maps merge
 * key by key; a text, a number, a list is replaced as a whole.  A key with
 * nothing behind it says nothing; with `~` or `null` it takes back what the
 * texts below said, a name of FIELD_NAMED with all that is said of it.
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "doc/value.h"
#include "model/origins.h"

struct reader {
	const char *origin;		/* the file, in messages */
	struct buf where;		/* "deploy.steps" */
	const void *context;		/* what checks need to know besides */
	struct error *err;
	struct origins *origins;	/* noted there; may be NULL */
	int no_lines;			/* `origin` is enough for `origins` */
	int single;			/* one value, in maps that lead to it */
};

enum field_type {
	FIELD_KNOWN,		/* somebody else reads it */
	FIELD_TEXT,		/* char *, one line, not empty */
	FIELD_TEXTS,		/* struct strvec, of a list of texts */
	FIELD_FLAG,		/* int, true or false */
	FIELD_NUMBER,		/* long */
	FIELD_SPAN,		/* long, seconds */
	FIELD_CHOICE,		/* an enum, by the place among `choices` */
	FIELD_VALUE,		/* struct value *, whatever it is */
	FIELD_RECORD,		/* a map: `fields` of the struct there */
	FIELD_RECORDS,		/* a list of such maps: array and size_t */
	FIELD_NAMED		/* a map of them; the key is the first member */
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	int required;			/* the key; of a list: an item, too */
	/* What each text must be; schema_fail() says what it is not. */
	int (*check)(struct reader *r, const struct value *v,
		     const char *text);
	/* The same of a FIELD_VALUE. */
	int (*check_value)(struct reader *r, const struct value *v);
	long min, max, fallback;	/* numbers and spans */
	int zero_is_none;		/* of these: 0 is not shown */
	const char *fallback_text;
	const char *const *choices;	/* end with NULL */
	const struct field *fields;	/* of records */
	size_t size, nr_offset;		/* their size; where the number goes */
	/*
	 * Of the rows of a table that say so, exactly one is there.  Who says
	 * it begins the record anew: what a base said of another one does not
	 * fit it.  A single value only takes the place of the others.
	 */
	int one_of;
	/*
	 * Two rows in a row may have one key: of a text, and of a record.
	 * What stands there decides which of them it is.
	 */
	/* What must hold between the keys of a record. */
	int (*check_record)(struct reader *r, const struct value *v,
			    const void *record);
};

/* Rows: `{ FIELD(TEXT, "name", deploy_step, name), .required = 1 }`. */
#define FIELD(t, k, s, m) \
	.key = k, .type = FIELD_##t, .offset = offsetof(struct s, m)
/* A map whose keys are members of the same struct. */
#define FIELD_GROUP(k, table) \
	.key = k, .type = FIELD_RECORD, .fields = table
#define FIELD_ARRAY(t, k, s, m, nr, elem, table) \
	FIELD(t, k, s, m), .nr_offset = offsetof(struct s, nr), \
	.size = sizeof(struct elem), .fields = table
#define FIELD_END { .key = NULL }

void schema_init(const struct field *fields, void *base);
void schema_release(const struct field *fields, void *base);
/* What is not in the map `v` stays as it is. */
int schema_read(struct reader *r, const struct field *fields,
		const struct value *v, void *base);

/*
 * The row a key such as "verify.health.run" leads to, or NULL.  The names of
 * FIELD_NAMED stand in it: "environments.production.branch".  A name may
 * hold dots; what is the key behind it decides where it ends.
 */
const struct field *schema_find(const struct field *fields, const char *key);
/*
 * `v` at `key`, in the maps that lead there, for schema_read().  Takes `v`.
 * The key must be one that schema_find() finds.
 */
struct value *schema_place(const struct field *fields, const char *key,
			   struct value *v);
/*
 * Is the key about something of a FIELD_NAMED that is not in the struct, and
 * that no single value could make?
 */
int schema_lacks(const struct field *fields, void *base, const char *key);
/* All keys that can hold a value; names appear as "NAME". */
void schema_keys(const struct field *fields, struct strvec *keys);
/*
 * What a struct holds, each value under its whole key, in the order of the
 * table: a flat map of texts and lists.  What is not set is left out.
 */
void schema_values(const struct field *fields, const void *base,
		   struct value *map);

/* "ORIGIN:LINE:COLUMN: KEY: ..." of where `v` stands; -1. */
int schema_fail(struct reader *r, const struct value *v, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same of where its key stands. */
int schema_fail_key(struct reader *r, const struct value *v,
		    const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "expected WHAT, not ..." */
int schema_expected(struct reader *r, const struct value *v,
		    const char *what);

#endif
