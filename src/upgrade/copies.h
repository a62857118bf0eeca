/*
 * Copies: files the operator made from upstream's templates.  git does not
 * know that they belong together, so nothing updates them; this does.
 *
 * Pairs come from the profile's rules that hold for the release (a template
 * in A, a file of ours at the place the rule gives), from the record, and
 * from --confirm-copy.  A pair that is only found by likeness is reported
 * and never written to.
 *
 * The merge's base is the template the copy was last synchronised with: the
 * record says which; at first the one nearest to the copy among the
 * releases up to A, because operators forget copies for years.
 *
 * Templates move.  Between A and B a template is followed by the profile's
 * rules, then by git's rename detection; a copy follows its template to
 * where the rules of B expect it.  A template that lands on the copy's own
 * path (`landed`) makes the copy an ordinary file of upstream again.
 */
#ifndef UPGRADE_COPIES_H
#define UPGRADE_COPIES_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/record.h"
#include "model/release.h"

enum copy_outcome {
	COPY_CURRENT,		/* its template did not change */
	COPY_UPDATED,		/* merged without conflict */
	COPY_CONFLICT,		/* `result` holds markers */
	COPY_ORPHAN,		/* no template in B: left alone, reported */
	COPY_UNCONFIRMED,	/* found by likeness: left alone, reported */
	COPY_BINARY		/* cannot be merged: left alone, reported */
};

struct copy {
	enum copy_outcome outcome;
	char *path;		/* in our tree */
	char *new_path;		/* where B expects it; mostly `path` */
	char *old_template;	/* in A; NULL: only in the record */
	char *new_template;	/* in B; NULL: gone */
	int landed;		/* new_template == path */
	unsigned mode;		/* of the result */
	/* Blobs, for index stages and diffs: base and theirs with the rule's
	 * substitution done.  free()d with the list. */
	char *base, *ours, *theirs;
	char *template_blob;	/* B's template as it is: for the record */
	char *base_release;	/* release the base was taken from */
	char *result;		/* blob; NULL unless UPDATED or CONFLICT */
	int conflicts;		/* hunks */
	/* What the new template has and the old had not. */
	struct strvec new_keys;		/* "services.gui.image" */
	struct strvec placeholders;	/* "LINE TEXT" in the result, left */
};

struct copy_list {
	struct copy *v;
	size_t nr, alloc;
};

#define COPY_LIST_INIT { NULL, 0, 0 }

struct copy_request {
	struct repo *repo;
	const struct profile *profile;
	const struct release_list *releases;
	const struct release *from, *to;
	const char *from_tree;		/* A: commit or tree */
	const char *to_tree;		/* B */
	const char *our_tree;		/* HEAD */
	const struct record *record;	/* may be empty */
	const struct strvec *confirmed;	/* "TEMPLATE:COPY", or just COPY */
	const char *our_label, *their_label;
};

/* Writes blobs, touches nothing else. */
int copies_compute(struct copy_list *list, const struct copy_request *req,
		   struct error *err);
void copy_list_release(struct copy_list *list);

#endif
