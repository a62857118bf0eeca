/*
 * Promotion: what one environment has verified comes to the next.
 *
 * Nothing is merged, so nothing conflicts.  The promoted tree is the source's,
 * with every path that is the target's own (`own` in the configuration) as
 * the target has it: its file where it has one, none where it has none.  The
 * record comes with the source's tree; only its lines about copies that are
 * the target's own are the target's.
 *
 * It is always a commit of its own, on the target's first-parent line:
 *
 *	parents		the target's tip, and the commit of the source
 *	subject		Promote RELEASE from SOURCE to TARGET
 *	trailers	Promoted-From: SOURCE COMMIT
 *			Dropped: COMMIT, of what the target had and the source
 *			lacks, any number
 *
 * A target that has no commit yet has nothing of its own either: the commit's
 * one parent is the source's, and its tree is that one's.
 */
#ifndef MODEL_PROMOTION_H
#define MODEL_PROMOTION_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "git/repo.h"
#include "model/profile.h"

#define PROMOTED_TRAILER "Promoted-From"
#define DROPPED_TRAILER "Dropped"

/* A commit of an environment's first-parent line. */
struct step_of_line {
	char *commit, *tree;
	char *subject;
	struct strvec parents;
	/* Of a promotion, as its message has it: "" where it does not read. */
	char *source, *source_commit;	/* NULL: it says that it is none */
	/* Of a rollback: what it took back, and what for; else NULL. */
	char *undoes, *restores;
};

struct line {
	struct step_of_line *v;		/* newest first */
	size_t nr, alloc;
};

#define LINE_INIT { NULL, 0, 0 }

/*
 * From `tip` on, down to what `without` (NULL: nothing) has, at most `max` (0:
 * all).
 */
int line_read(struct line *line, const struct repo *r, const char *tip,
	      const char *without, size_t max, struct error *err);
/*
 * Is it one, as its parents have it, too?  A message may have come from
 * another commit.  At the edge of a shallow clone it is believed.
 */
int step_is_promotion(const struct step_of_line *s);
/*
 * Is it a rollback, as its files have it, too?  Those are the files of what it
 * went back to, but for the record.  What is not here is believed.  1, 0, -1.
 */
int step_is_way_back(const struct step_of_line *s, struct repo *r,
		     struct error *err);
/* What git log has printed for it; `out` is taken to pieces. */
void line_parse(struct line *line, struct buf *out);
void line_release(struct line *line);

/*
 * The promoted tree, free(); `target` (a commit) may be NULL.  ERROR_REFUSED
 * where an own path is a folder on one side, and a file on the other.
 */
char *promotion_tree(struct repo *r, const struct environment *env,
		     const char *target, const char *source,
		     struct error *err);
/*
 * Is `tree` that of `source` but for paths that are the environment's own?
 * 1, 0 with the first `*path` that is not (free()), -1.
 */
int promotion_is_true(struct repo *r, const struct environment *env,
		      const char *tree, const char *source, char **path,
		      struct error *err);

/*
 * The same in full: the paths that differ, those that are the environment's
 * own, and the others.  The record is one of these where it says something else
 * but for own copies.
 */
int promotion_compare(struct repo *r, const struct environment *env,
		      const char *tree, const char *source,
		      struct strvec *own, struct strvec *others,
		      struct error *err);

#endif
