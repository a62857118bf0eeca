/*
 * The rows of a table (model/schema.h) in memory: where their values are, and
 * which are there. Only for the files of the schema.
 */
#ifndef MODEL_SCHEMA_ROW_H
#define MODEL_SCHEMA_ROW_H

#include <stddef.h>

#include "base/buf.h"
#include "model/schema.h"

/* Where a row's value is in the struct `base`. */
void *row_at(const struct field *f, void *base);
/* Of FIELD_RECORDS and FIELD_NAMED: the array, and how many. */
char *row_array(const struct field *f, void *base);
size_t *row_nr(const struct field *f, void *base);
/* Another array, of none so far. */
void row_set_array(const struct field *f, void *base, void *array);
/* Back to its default. */
void row_reset(const struct field *f, void *base);

/* Of FIELD_NAMED; NULL: there is none of that name. */
char *row_find_record(const struct field *f, const char *name, void *base);
/* The record of that name; a new one has its defaults. */
void *row_add_record(const struct field *f, const char *name, void *base);
void row_release_record(const struct field *f, char *record);

/* One that needs something to be there is not made by saying nothing. */
int rows_need_keys(const struct field *fields);
/* What a record lacks; NULL: nothing.  free(). */
char *rows_missing(const struct field *fields, const void *base);
/* A needed key may have come from a text below. */
int row_is_set(const struct field *f, const void *base);
/* A group that lacks what it needs is not there. */
int rows_are_there(const struct field *fields, const void *base);
/* "'run' or 'http'", of those of which there is one; `word` is " or ". */
void rows_add_choice(const struct field *fields, const char *word,
		     struct buf *out);

#endif
