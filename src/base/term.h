/*
 * What is known of the terminal: whether there is one, whether colour is
 * wanted.  Knows nothing of git; the caller says what `color.ui` holds.
 */
#ifndef BASE_TERM_H
#define BASE_TERM_H

#include "base/buf.h"

enum term_color {
	TERM_PLAIN,
	TERM_RED,
	TERM_GREEN,
	TERM_YELLOW,
	TERM_CYAN,
	TERM_BOLD
};

struct term {
	int in_tty;
	int out_tty;
	int err_tty;
	int out_color;
	int err_color;
	int width;
	int utf8;			/* the locale's encoding */
};

/* `color` is "always", "never", or anything else for "auto". */
void term_init(struct term *t, const char *color);
/* `text` in colour when `on`. */
void term_add(struct buf *out, int on, enum term_color color,
	      const char *text);
/* Columns `text` takes, UTF-8 counted by code points. */
int term_width(const char *text);
/* Add `text`, its end left out ("...") where it takes more than `width`. */
void term_add_cut(struct buf *out, const char *text, int width);
/* Add `text`, filled with blanks up to `width` columns. */
void term_add_padded(struct buf *out, const char *text, int width);

#endif
