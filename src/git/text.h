/*
 * Texts, merged and compared in process with libgit2.  The only file that
 * includes git2.h.
 */
#ifndef GIT_TEXT_H
#define GIT_TEXT_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Three-way merge by lines.  `out` gets the result, with conflict markers
 * named after the labels where both sides changed the same lines; the number
 * of conflicts is returned, -1 on error.
 */
int text_merge(struct buf *out, const struct buf *base,
	       const struct buf *ours, const char *ours_label,
	       const struct buf *theirs, const char *theirs_label,
	       struct error *err);
/* Lines removed plus lines added from `a` to `b`. */
size_t text_distance(const struct buf *a, const struct buf *b);
/* True when git would call it binary. */
int text_is_binary(const struct buf *b);

#endif
