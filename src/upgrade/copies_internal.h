/*
 * What the files behind upgrade/copies.h share; only they include it.
 *
 *	copies.c	the order of it, where templates went, the record
 *	copies_pairs.c	which files belong together, or might
 *	copies_merge.c	one copy: its base, and the merge of the texts
 *
 * copies_compute() has the one `struct work` there is, and releases what is
 * in it; request and list are borrowed from its caller.
 */
#ifndef UPGRADE_COPIES_INTERNAL_H
#define UPGRADE_COPIES_INTERNAL_H

#include <stddef.h>

#include "base/error.h"
#include "git/tree.h"
#include "model/profile.h"
#include "model/record.h"
#include "upgrade/copies.h"

/* What belongs together, before anything is computed. */
struct pair {
	char *template;		/* in A, or what the record says */
	char *path;
	const struct record_copy *recorded;
};

struct work {
	const struct copy_request *req;
	struct copy_list *list;
	struct tree_list from, to, ours;
	/* Both read when first asked for. */
	struct tree_diff upstream;	/* A..B with renames */
	struct tree_diff likeness;	/* A..ours with copies */
	int have_upstream, have_likeness;
	struct pair *pairs;
	size_t nr, alloc;
};

/* Where a template is in B, and where its copy belongs then. */
struct target {
	const struct tree_entry *entry;	/* NULL: gone */
	const struct copy_rule *rule;
	char *path;
};

/* From the record, the rules and what was confirmed. */
int work_find_pairs(struct work *w, struct error *err);
/* Nothing where `path` is in a pair already.  The list may move. */
void work_add_pair(struct work *w, const char *template, const char *path,
		   const struct record_copy *recorded);
/* Ours alone, so that it can be a copy; a submodule cannot. */
int work_is_own(const struct work *w, const char *path);
/* A file of ours that might be a copy and is not known as one. */
int work_is_unknown(const struct work *w, const struct tree_entry *e);
/* Which of our unknown files are copies of files that upstream changes? */
int work_find_likeness(struct tree_diff *d, struct work *w,
		       const struct tree_diff *upstream, struct error *err);

/* Fill in what only the texts tell: outcome, blobs and result. */
int copy_merge(struct copy *c, struct work *w, const struct pair *pair,
	       const struct target *t, struct error *err);

#endif
