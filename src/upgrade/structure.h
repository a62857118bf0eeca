/*
 * Conflicts that a merge of lines has left, resolved by what the files are
 * (doc/resolve.h).
 *
 * Looked at are paths whose contents alone conflict, with files on both sides,
 * and of a kind whose structure is known, by the profile or by their names.
 * Who has given a path a merge driver of his own, or none, by an attribute,
 * gets what that made of it.
 */
#ifndef UPGRADE_STRUCTURE_H
#define UPGRADE_STRUCTURE_H

#include "base/error.h"
#include "base/vec.h"
#include "doc/node_merge.h"
#include "doc/resolve.h"
#include "git/mergetree.h"
#include "git/repo.h"
#include "git/text.h"
#include "model/profile.h"

enum structured_outcome {
	STRUCTURED_RESOLVED,
	/* What is left is marked around the entries it is about. */
	STRUCTURED_SMALLER,
	STRUCTURED_NO_HELP		/* `reason` says why */
};

/* "resolved", "smaller", "lines": the word JSON has for it. */
const char *structured_outcome_name(enum structured_outcome outcome);

struct structured {
	enum structured_outcome outcome;
	char *path;
	enum resolve_kind kind;
	struct resolution resolution;	/* without its text */
	char *reason;
};

struct structured_list {
	struct structured *v;		/* sorted by path */
	size_t nr, alloc;
};

#define STRUCTURED_LIST_INIT { NULL, 0, 0 }

struct structure_request {
	struct repo *repo;
	const struct profile *profile;	/* says what files are */
	const char *our_tree;		/* whose attributes count */
	/* What markers call the sides. */
	const char *base_label, *our_label, *their_label;
};

/*
 * `m` gets a new tree, and loses the conflicts that are none.  Writes blobs
 * and trees, touches nothing else.
 */
int structure_resolve(struct structured_list *list, struct merge_result *m,
		      const struct structure_request *req,
		      struct error *err);
/*
 * One text: by lines, as git would; where that conflicts, by structure; where
 * that is no help, the lines it is.  `style` is how conflicts in lines are
 * written.  The number of conflicts left, between markers, or -1; `res` is
 * what structure had to say, if it was asked, and to be released.
 */
struct structure_texts {
	enum resolve_kind kind;
	const char *name;
	/* `base` NULL: both sides added it. */
	const struct buf *base, *ours, *theirs;
	const struct node_markers *markers;
	const struct strvec *sets;	/* as of struct node_merge; or NULL */
	enum text_style style;
};

int structure_merge(struct buf *out, struct resolution *res,
		    const struct structure_texts *t, struct error *err);
/* NULL: nothing was to be done by structure there. */
const struct structured *structured_find(const struct structured_list *list,
					 const char *path);
void structured_list_release(struct structured_list *list);

#endif
