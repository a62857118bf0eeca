/*
 * The record: the file `.gitupgrade.adopted` in the tree of a production
 * branch, which says what release that tree is on.  Format 1, one fact a
 * line, LF, UTF-8:
 *
 *	format 1
 *	profile mender
 *	release 3.6.4
 *	commit OID			(absent for package releases)
 *	tree OID
 *	copy BLOB TEMPLATE COPY		(sorted by COPY, paths quoted as git
 *					 quotes them, and where they hold a
 *					 blank; any number)
 *
 * BLOB is the template's blob the copy was last synchronised with, TEMPLATE
 * the template's path in that release.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "git/repo.h"

#define RECORD_PATH ".gitupgrade.adopted"

struct record_copy {
	char *blob;
	char *template;
	char *path;
};

struct record {
	char *profile;
	char *release;
	char *commit;		/* NULL: none */
	char *tree;
	struct record_copy *copies;
	size_t nr_copies, alloc_copies;
};

#define RECORD_INIT { NULL, NULL, NULL, NULL, NULL, 0, 0 }

void record_release(struct record *rec);
/* `origin` is for messages.  A newer format is an error that says so. */
int record_parse(struct record *rec, const char *origin, const char *text,
		 size_t len, struct error *err);
void record_write(const struct record *rec, struct buf *out);
/* 1 read, 0 the commit or tree has none, -1 error. */
int record_read(struct record *rec, struct repo *r, const char *treeish,
		struct error *err);
const struct record_copy *record_copy_of(const struct record *rec,
					 const char *path);
/* The line of a copy goes; those behind it come up. */
void record_remove_copy(struct record *rec, size_t i);
/* Replaces the line of the same copy. */
void record_set_copy(struct record *rec, const char *blob,
		     const char *template, const char *path);

#endif
