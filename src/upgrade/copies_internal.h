/*
 * What the files behind upgrade/copies.h share; only they include it.
 *
 *	copies.c	the order of it, where templates went, the record
 *	copies_pairs.c	which files belong together, or might
 *	copies_base.c	one copy: the template it was made from
 *	copies_merge.c	one copy: the merge of the texts
 *
 * copies_compute() has the one `struct work` there is, and releases what is
 * in it; request and list are borrowed from its caller.
 */
#ifndef UPGRADE_COPIES_INTERNAL_H
#define UPGRADE_COPIES_INTERNAL_H

#include <stddef.h>

#include "base/buf.h"
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
	const char *new_path;	/* where it belongs then; borrowed, or NULL */
};

struct work {
	const struct copy_request *req;
	struct copy_list *list;
	/*
	 * A in full is a long list in a large product: it is read when there
	 * is something to look for in it.  B and ours are A with changes.
	 */
	struct tree_list from;
	struct tree_diff to, ours;	/* from A, without renames */
	/* Read when first asked for. */
	struct tree_diff upstream;	/* A..B with renames */
	struct tree_diff likeness;	/* A..ours with copies */
	int have_from, have_upstream, have_likeness;
	struct pair *pairs;
	size_t nr, alloc;
};

/* A file of some tree; borrowed.  Mode 0: there is none. */
struct file {
	unsigned mode;
	const char *oid, *path;
};

/* Where a template is in B, and where its copy belongs then. */
struct target {
	struct file file;		/* absent: gone */
	const struct copy_rule *rule;
	char *path;
};

#define TARGET_INIT { { 0, NULL, NULL }, NULL, NULL }

/* Before A, B or ours are asked for a file. */
int work_read_from(struct work *w, struct error *err);
struct file work_in_from(const struct work *w, const char *path);
struct file work_in_to(const struct work *w, const char *path);
struct file work_in_ours(const struct work *w, const char *path);

/* From the record, the rules and what was confirmed. */
int work_find_pairs(struct work *w, struct error *err);
/* Nothing where `path` is in a pair already.  The list may move. */
void work_add_pair(struct work *w, const char *template, const char *path,
		   const struct record_copy *recorded);
/* Ours alone, so that it can be a copy; a submodule cannot. */
int work_is_own(const struct work *w, const char *path);
/* A file of ours that might be a copy and is not known as one. */
int work_is_unknown(const struct work *w, const struct tree_change *c);
/* Which of our unknown files are copies of files that upstream changes? */
int work_find_likeness(struct tree_diff *d, struct work *w,
		       const struct tree_diff *upstream, struct error *err);

/* A text a copy is merged with, and where it comes from. */
struct source {
	/* After the rule's substitution, and the copy's replacements. */
	struct buf text;
	char *blob;			/* before them; NULL: there is none */
	const char *release;		/* borrowed; NULL: unknown */
	char *template;
	int substituted;
	size_t *replaced;		/* how often; NULL: there are none */
};

#define SOURCE_INIT { .text = BUF_INIT }

/* `rule` may be NULL.  1, or 0 where that blob is not here, or -1. */
int source_read(struct source *s, struct work *w, const struct pair *pair,
		const char *blob, const char *template, const char *release,
		const struct copy_rule *rule, struct error *err);
/* The replacements for a copy of that pair: 1 there were some, 0. */
int source_replace(struct buf *text, size_t **made, const struct work *w,
		   const struct pair *pair);
void source_release(struct source *s);
/* The template that `ours` was made from; nothing where none is known. */
int copy_find_base(struct source *base, struct work *w,
		   const struct pair *pair, const struct buf *ours,
		   struct error *err);

/* Fill in what only the texts tell: outcome, blobs and result. */
int copy_merge(struct copy *c, struct work *w, const struct pair *pair,
	       const struct target *t, struct error *err);

#endif
