/*
 * Templates against copies: what upstream changed in a template from A to B,
 * what production changed in its copy; besides that the files both sides
 * changed; and what a merge would make of all of it, which is the merge's own
 * plan.  Writes objects at most: run it in a quarantine.
 */
#ifndef FLOW_COMPARE_H
#define FLOW_COMPARE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "flow/plan.h"
#include "git/repo.h"

/* Lines added and removed; -1: binary. */
struct line_count {
	long added, removed;
};

/* A file of upstream's that production changed and B changes, too. */
struct overlap {
	char *path;
	struct line_count upstream, ours;
};

/* A template nobody copied here, and what happens to it. */
struct bare_template {
	char status;			/* A D M T R */
	char *old_path, *path;
	char *copy;			/* where a copy would be in B; NULL */
};

struct comparison {
	struct plan plan;	/* of everything, wanted or not */
	const struct strvec *paths;	/* borrowed */
	struct overlap *overlaps;
	size_t nr_overlaps, alloc_overlaps;
	struct bare_template *bare;
	size_t nr_bare, alloc_bare;
};

#define COMPARISON_INIT { .plan = PLAN_INIT }

/*
 * `req` and `s` as for plan_foresee().  `paths` limits it: paths, folders or
 * patterns; empty or NULL: all.  They have to outlive `c`.
 */
int compare_with_release(struct comparison *c, const struct plan_request *req,
			 struct standing *s, const struct release *to,
			 const struct strvec *paths, struct error *err);
/* Is a path, or a copy, one of those it is limited to? */
int compare_wants(const void *comparison, const char *path);
int compare_wants_copy(const struct comparison *c, const struct copy *copy);
void comparison_release(struct comparison *c);

/*
 * The hunks git shows between two blobs, without its header, uncoloured,
 * secrets masked and clean of escapes.  NULL is an empty blob.
 */
int compare_blobs(struct buf *out, struct repo *r, const char *a,
		  const char *b, struct error *err);
/* The same for a path in two trees. */
int compare_path(struct buf *out, struct repo *r, const char *a,
		 const char *b, const char *path, struct error *err);

#endif
