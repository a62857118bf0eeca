/*
 * Trees: listing, comparing and rewriting them without a work tree.
 *
 * Modes are git's octal numbers (0100644, 0100755, 0120000, 0160000,
 * 040000); 0 means absent.  OIDs of absent sides are all zeroes.  Lists are
 * sorted by path, bytewise, and own their strings.
 */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"

struct tree_entry {
	unsigned mode;
	char *oid;
	char *path;
};

/* A regular file, executable or not? */
int mode_is_file(unsigned mode);

struct tree_list {
	struct tree_entry *v;
	size_t nr, alloc;
};

#define TREE_LIST_INIT { NULL, 0, 0 }

/* All files of a tree, recursively. */
int tree_list_read(struct tree_list *list, const struct repo *r,
		   const char *treeish, struct error *err);
/*
 * The entries at these paths, folders too; a path without one is left out.
 * Reads the folders above them through `r`, each once: for some paths, not
 * for most of a large tree.
 */
int tree_list_pick(struct tree_list *list, struct repo *r,
		   const char *treeish, const struct strvec *paths,
		   struct error *err);
/* What `ls-tree -r -z` has printed; after -1, too, release it. */
int tree_list_parse(struct tree_list *list, const struct buf *out,
		    struct error *err);
void tree_list_release(struct tree_list *list);
const struct tree_entry *tree_list_find(const struct tree_list *list,
					const char *path);

/* What is in one tree object, in its order; modes as above. */
struct tree_item {
	unsigned mode;
	char *oid;
	char *name;
};

struct tree_items {
	struct tree_item *v;
	size_t nr, alloc;
};

#define TREE_ITEMS_INIT { NULL, 0, 0 }

/*
 * "MODE NAME\0" and a raw OID of `oid_size` bytes, again and again; -1 when
 * it does not read.  Release it then, too.
 */
int tree_items_parse(struct tree_items *items, const struct buf *raw,
		     size_t oid_size);
void tree_items_release(struct tree_items *items);

struct tree_change {
	char status;			/* A D M T, R and C when asked for */
	unsigned old_mode, new_mode;
	char *old_oid, *new_oid;
	char *old_path;			/* differs from path for R and C */
	char *path;
};

struct tree_diff {
	struct tree_change *v;
	size_t nr, alloc;
};

#define TREE_DIFF_INIT { NULL, 0, 0 }

enum {
	TREE_DIFF_RENAMES = 1 << 0,
	/* Also what was copied from any file of `a`: slow, see git. */
	TREE_DIFF_COPIES = 1 << 1
};

/* What was asked lately is remembered in `r`: trees do not change. */
int tree_diff_read(struct tree_diff *d, struct repo *r, const char *a,
		   const char *b, unsigned flags, struct error *err);
void tree_answers_release(struct tree_answers *answers);
/* What `diff-tree -r -z --raw` has printed; after -1, too, release it. */
int tree_diff_parse(struct tree_diff *d, const struct buf *out,
		    struct error *err);
void tree_diff_release(struct tree_diff *d);
/* Something came and something went, which may be one and the same. */
int tree_diff_may_rename(const struct tree_diff *d);
/* Only what `keeps` says 1 of stays. */
void tree_diff_filter(struct tree_diff *d,
		      int (*keeps)(const struct tree_change *c, void *data),
		      void *data);
/* By new path; NULL when it did not change. */
const struct tree_change *tree_diff_find(const struct tree_diff *d,
					 const char *path);

/*
 * A rewritten tree: each edit puts `oid` with `mode` at `path`, mode 0
 * removes it.  An entry that stands where a folder is needed, or the other
 * way round, is replaced; a folder that becomes empty goes.  Of edits of the
 * same path the last wins.  What is not edited is not looked at, so the cost
 * does not depend on the size of the tree.  A NULL tree is the empty one.
 * Returns the tree's OID; free().
 */
struct tree_edit {
	const char *path;
	unsigned mode;
	const char *oid;
};

char *tree_edit(struct repo *r, const char *treeish,
		const struct tree_edit *edits, size_t nr, struct error *err);

#endif
