/*
 * git's own three-way merge, in memory, with a base of our choosing.
 *
 * `git merge-tree --write-tree` computes its base from history; what we want
 * is the adopted release, which is usually no ancestor of both sides.  A
 * graft file that is seen by this one process makes it the parent of both,
 * so that the merge is git's - renames, directory renames, attributes,
 * drivers - and labels, markers and messages are the usual ones.  From git
 * 2.40 on the option --merge-base does the same; the graft works everywhere.
 *
 * merge-tree takes attributes from the folder it runs in.  It is therefore
 * run in a scratch folder that holds just our side's .gitattributes, and
 * says where our submodules are.  That also keeps what merge drivers leave
 * behind out of the checkout.  Our own driver is hidden from it
 * (git/driver.h).
 */
#ifndef GIT_MERGETREE_H
#define GIT_MERGETREE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "git/tree.h"

/* An index entry of a conflict. */
struct merge_stage {
	unsigned mode;
	char *oid;
	int stage;		/* 1 base, 2 ours, 3 theirs */
	char *path;
};

/* "CONFLICT (contents)" and the like, as git says it. */
struct merge_message {
	struct strvec paths;
	char *type;
	char *text;
};

struct merge_result {
	char *tree;		/* holds conflict markers when not clean */
	int clean;
	struct merge_stage *stages;
	size_t nr_stages, alloc_stages;
	struct merge_message *messages;
	size_t nr_messages, alloc_messages;
};

#define MERGE_RESULT_INIT { NULL, 0, NULL, 0, 0, NULL, 0, 0 }

/*
 * One version: a commit or a tree, and what markers and messages call it.  Of
 * a commit git does so only where the label is a name of it; of a tree it is
 * always done.
 */
struct merge_version {
	const char *treeish, *label;
};

/*
 * Git itself calls a base that is a commit by its OID.  -1 only when the merge
 * could not be computed.
 */
int mergetree_run(struct merge_result *m, struct repo *r,
		  const struct merge_version *base,
		  const struct merge_version *ours,
		  const struct merge_version *theirs, struct error *err);
/*
 * What `merge-tree --write-tree -z --messages` has printed; of object names
 * only the tree's is checked.  After -1, too, `m` is released as always.
 */
int mergetree_parse(struct merge_result *m, const struct buf *out,
		    size_t hexsz, struct error *err);
void merge_result_release(struct merge_result *m);
/*
 * Paths in conflict, each once, sorted: those with stages, and what a
 * conflict without any is about (a folder that was split up).
 */
void merge_result_paths(const struct merge_result *m, struct strvec *paths);
/* The versions of one path, borrowed; NULL: it has none. */
struct merge_sides {
	const struct merge_stage *base, *ours, *theirs;
};

struct merge_sides merge_result_sides(const struct merge_result *m,
				      const char *path);
/* Rewrite the tree of the result, as tree_edit() does. */
int merge_result_edit(struct merge_result *m, struct repo *r,
		      const struct tree_edit *edits, size_t nr,
		      struct error *err);
/* Add a conflict of our own; a NULL OID adds no stage. */
void merge_result_add_stage(struct merge_result *m, unsigned mode,
			    const char *oid, int stage, const char *path);
void merge_result_add_message(struct merge_result *m, const char *path,
			      const char *type, const char *text);
/* Take away the stages and messages of a path: it has been resolved. */
void merge_result_resolve(struct merge_result *m, const char *path);

/*
 * Objects written from here on go to a temporary folder, which
 * quarantine_end() removes: for predictions, which must leave nothing
 * behind.  Nests not.
 */
struct quarantine {
	char *dir;
};

#define QUARANTINE_INIT { NULL }

int quarantine_begin(struct quarantine *q, struct repo *r,
		     struct error *err);
void quarantine_end(struct quarantine *q, struct repo *r);

#endif
