/*
 * Texts, merged and compared in process with libgit2.  The only file that
 * includes git2.h.
 */
#ifndef GIT_TEXT_H
#define GIT_TEXT_H

#include "base/buf.h"
#include "base/error.h"

/* git's merge.conflictStyle. */
enum text_style {
	TEXT_STYLE_MERGE,
	TEXT_STYLE_DIFF3,		/* the base between the sides */
	TEXT_STYLE_ZDIFF3,		/* the same, without common lines */
	TEXT_STYLE_OURS			/* no conflict at all: our lines */
};

/* What markers call the sides; and their length, 0: the usual. */
struct text_labels {
	const char *base, *ours, *theirs;
	size_t size;
};

/* NULL and what git does not know are its default. */
enum text_style text_style_named(const char *name);
/*
 * Three-way merge by lines.  `out` gets the result, with conflict markers
 * named after the labels where both sides changed the same lines; the number
 * of conflicts is returned, -1 on error.
 */
int text_merge(struct buf *out, const struct buf *base,
	       const struct buf *ours, const struct buf *theirs,
	       const struct text_labels *labels, enum text_style style,
	       struct error *err);
/* Lines of `a`, counted from 0, and what stands there in `b`. */
struct text_change {
	size_t a, a_nr, b, b_nr;
};

struct text_changes {
	struct text_change *v;
	size_t nr, alloc;
};

#define TEXT_CHANGES_INIT { NULL, 0, 0 }

/* All that differs; -1 where they cannot be compared. */
int text_changes(struct text_changes *c, const struct buf *a,
		 const struct buf *b, struct error *err);
void text_changes_release(struct text_changes *c);
/* True when git would call it binary. */
int text_is_binary(const struct buf *b);

#endif
