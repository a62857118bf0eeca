/*
 * Reading and writing single objects, through one long-lived `cat-file`.
 *
 * Names may be anything git resolves without a line feed; for odd paths look
 * the OID up with tree_list_read() first.  OIDs are lower-case hex strings.
 */
#ifndef GIT_OBJECT_H
#define GIT_OBJECT_H

#include "base/buf.h"
#include "base/error.h"
#include "git/repo.h"

/*
 * 1: there is such an object, `*type` ("blob", "tree", "commit", "tag") and
 * `*oid` are set (both free(), either may be NULL); 0: there is none;
 * -1: error.
 */
int object_find(struct repo *r, const char *name, char **type, char **oid,
		struct error *err);
/* The same, of how large it is, before somebody else's is read. */
int object_size(struct repo *r, const char *name, char **type, size_t *size,
		struct error *err);
/* Add the content to `out`; a missing object is an error. */
int object_read(struct repo *r, const char *name, struct buf *out,
		struct error *err);
/* 1 read, 0 none of that name, -1 error. */
int object_read_if(struct repo *r, const char *name, struct buf *out,
		   struct error *err);
/*
 * What a ref is on: its OID, and, where that is a blob, its text.  1, 0 there
 * is no such ref, -1.
 */
int object_read_ref(struct repo *r, const char *ref, char **oid,
		    struct buf *text, struct error *err);
/* Peel to a commit; NULL (no error set) when it is none.  free(). */
char *object_commit(struct repo *r, const char *name);
/* The tree of anything that has one; NULL when it has none.  free(). */
char *object_tree(struct repo *r, const char *name);

/*
 * A commit that no ref will ever hold, by nobody: `parents` ends with NULL.
 * `date` as git writes it ("@0 +0000": the same again is the same object), or
 * NULL: now.  free().
 */
char *object_write_commit(struct repo *r, const char *tree,
			  const char *const *parents, const char *date,
			  struct error *err);
/*
 * A commit that a ref will hold, by nobody in particular, dated now and safe
 * on the disk; free().
 */
char *object_write_message(struct repo *r, const char *tree,
			   const char *parent, const struct buf *message,
			   struct error *err);
/*
 * Run a git that is prepared to write one object and prints its OID: that,
 * free(); NULL on error.  Releases `p`.
 */
char *object_written(struct proc *p, struct error *err);
/* The new blob's OID; free(). */
char *object_write_blob(struct repo *r, const void *data, size_t len,
			struct error *err);

#endif
