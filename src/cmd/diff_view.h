/* How diffs look: the user's colours of git diff, and headers. */
#ifndef CMD_DIFF_VIEW_H
#define CMD_DIFF_VIEW_H

#include "base/buf.h"
#include "cmd/cmd.h"

/* As escape sequences; "" without colour. */
struct diff_colors {
	char *meta, *frag, *old, *new;
	const char *reset;
};

/* For stdout. */
void diff_colors_read(struct cmd *cmd, struct diff_colors *c);
void diff_colors_release(struct diff_colors *c);
/* `color` is one of `c`. */
void diff_view_colored(struct buf *out, const struct diff_colors *c,
		       const char *color, const char *text, size_t len);
/* Hunks as compare_blobs() gives them. */
void diff_view_hunks(struct buf *out, const struct diff_colors *c,
		     const char *text);
/* "--- PATH (RELEASE)"; `release` may be NULL. */
void diff_view_side(struct buf *out, const struct diff_colors *c,
		    const char *mark, const char *path, const char *release);

#endif
