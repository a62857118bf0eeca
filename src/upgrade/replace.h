/*
 * Replacements: texts of upstream's that are other texts here (struct
 * replacement in model/profile.h, gitupgrade-profile(5) for users).
 *
 * They are read so in all three versions before anything is merged, as
 * merge.renormalize of git does it with line ends: then what upstream changes
 * beside them is no conflict, and what is new arrives in the operator's
 * spelling.  So what is merged are three trees that nobody has; parents, record
 * and base stay the real commits.
 *
 * Only files that upstream changes are looked at, and the copies that come
 * along (upgrade/copies.h).
 */
#ifndef UPGRADE_REPLACE_H
#define UPGRADE_REPLACE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "git/tree.h"
#include "model/profile.h"

/* What one of them did. */
struct replaced {
	char *from, *to;
	/* Where it was made, in the release's text or in ours; sorted. */
	struct strvec files;
	/*
	 * Of those which say `to` here: it was in the text of A, and is not in
	 * that of B.
	 */
	struct strvec gone;
	int is_in_release;		/* `from` was seen in some text of B */
};

struct replaced_list {
	struct replaced *v;		/* as the profile has them */
	size_t nr;
	/* The trees to merge; NULL where nothing was replaced. */
	char *base, *ours, *theirs;
};

#define REPLACED_LIST_INIT { NULL, 0, NULL, NULL, NULL }

struct replace_request {
	struct repo *repo;
	const struct profile *profile;
	const char *from, *to;		/* A and B, commits or trees */
	const char *base, *ours, *theirs;	/* what is to be merged */
	/*
	 * From A to either side, without renames: they become those between
	 * the new trees.  `our_changes` may be NULL.
	 */
	struct tree_diff *their_changes, *our_changes;
};

/*
 * Without replacements nothing is read or run.  Writes blobs and trees,
 * touches nothing else.
 */
int replace_trees(struct replaced_list *list,
		  const struct replace_request *req, struct error *err);
void replaced_list_release(struct replaced_list *list);

/* Whose text it is. */
enum { REPLACED_BASE, REPLACED_OURS, REPLACED_THEIRS, REPLACED_SIDES };

struct replace_text {
	const struct profile *profile;
	const char *path, *other;	/* `other`: another name, or NULL */
	/* Of each replacement how often it was made; NULL: never mind. */
	size_t *made;
};

/* 1: it is another text now, 0.  What is binary, or a pointer, stays. */
int replace_in_text(struct buf *text, const struct replace_text *how);
/*
 * They were made so often in the versions of a file, NULL: there is none;
 * `ours` is the text that is ours then.
 */
void replaced_note(struct replaced_list *list, const char *path,
		   const size_t *const made[REPLACED_SIDES],
		   const struct buf *ours);
/* And so often in some other file of B. */
void replaced_see(struct replaced_list *list, const size_t *made);

/*
 * What is to be said of those that do nothing, or do no longer; `copies` are
 * files that were looked at besides those of B, which is called `release`.  B
 * is searched only for what was not seen in it yet.
 */
int replaced_warn(struct strvec *warnings, struct replaced_list *list,
		  const struct replace_request *req, const char *release,
		  const struct strvec *copies, struct error *err);

#endif
