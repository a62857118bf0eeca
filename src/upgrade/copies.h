/*
 * Copies: files the operator made from upstream's templates.  git does not
 * know that they belong together, so nothing updates them; this does.
 *
 * Pairs come from the profile's rules that hold for the release (a template
 * in A, a file of ours at the place the rule gives), from the record, and
 * from --confirm-copy.  A pair that is only found by likeness is reported
 * and never written to.  A path that upstream has in A is upstream's file,
 * never a copy: the merge itself looks after it.
 *
 * The merge's base is the template the copy was last synchronised with: the
 * record says which; at first the one nearest to the copy among the
 * releases up to A, because operators forget copies for years.
 *
 * Templates move.  Between A and B a template is followed by its path, then
 * by git's rename detection; a copy follows its template to where the rules
 * of B expect it.  Where B has a file of upstream on the copy's own path
 * (`landed`), that file is what the copy is merged with, and the copy is an
 * ordinary file of upstream's afterwards.
 *
 * Where the template changes, replacements (upgrade/replace.h) that are for the
 * copy's path are made in what is merged: both templates, and the copy.
 */
#ifndef UPGRADE_COPIES_H
#define UPGRADE_COPIES_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"
#include "doc/resolve.h"
#include "git/repo.h"
#include "model/profile.h"
#include "model/record.h"
#include "model/release.h"
#include "upgrade/replace.h"

enum copy_outcome {
	/* Nothing to do: its template did not change, or it has it all. */
	COPY_CURRENT,
	COPY_UPDATED,		/* merged without conflict, or only moved */
	COPY_CONFLICT,		/* `result` holds markers */
	/*
	 * Left alone, reported: no template in B; or, where `new_template`
	 * is set, its template moved and another file stands at `new_path`.
	 */
	COPY_ORPHAN,
	COPY_UNCONFIRMED,	/* found by likeness: left alone, reported */
	COPY_BINARY		/* cannot be merged: left alone, reported */
};

/* "updated": the word JSON has for it. */
const char *copy_outcome_name(enum copy_outcome outcome);

struct copy {
	enum copy_outcome outcome;
	char *path;		/* in our tree */
	char *new_path;		/* where B expects it; mostly `path` */
	char *old_template;	/* in A; NULL: only in the record */
	char *new_template;	/* in B; NULL: gone */
	int landed;		/* new_template == path */
	unsigned mode;		/* of the result */
	/*
	 * Blobs, for index stages and diffs: base and theirs with the rule's
	 * substitution done, all with their replacements; NULL where there is
	 * none.
	 */
	char *base, *ours, *theirs;
	/* B's template as it is: for the record.  NULL for an orphan. */
	char *template_blob;
	/* Where the base was taken from; NULL: a record nobody can place. */
	char *base_release, *base_template;
	char *result;		/* blob; NULL unless UPDATED or CONFLICT */
	int conflicts;		/* hunks, or keys */
	/* Where lines conflicted: what structure made of it, no text. */
	struct resolution resolution;
	/* What the new template has and neither the old nor ours had. */
	struct strvec new_keys;		/* "services.gui.image" */
	struct strvec placeholders;	/* "LINE TEXT" in the result, left */
	struct strvec pins;		/* the same: still naming A */
};

struct copy_list {
	struct copy *v;			/* sorted by path */
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
	const struct record *record;	/* NULL or empty: none */
	/* "TEMPLATE:COPY", or just COPY; NULL: none */
	const struct strvec *confirmed;
	/* Gets what is made in copies; NULL: nobody wants to know. */
	struct replaced_list *replaced;
	const char *our_label, *their_label;
	int lines_only;			/* leave conflicts as lines give them */
};

/* Writes blobs, touches nothing else. */
int copies_compute(struct copy_list *list, const struct copy_request *req,
		   struct error *err);
void copy_list_release(struct copy_list *list);
/* Somebody edited the copy afterwards: its placeholders and pins anew. */
int copy_look_again(struct copy *c, struct repo *r, const struct profile *p,
		    const char *from, const char *blob, struct error *err);
/*
 * Give `rec`, the record of B, its copy lines: what was merged is on B's
 * template now, what was left alone keeps the line it had in `old` (may be
 * NULL), and what landed is no copy any more.
 */
void copies_record(const struct copy_list *list, const struct record *old,
		   struct record *rec);

#endif
