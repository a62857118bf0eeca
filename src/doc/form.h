/*
 * How a text is stored, whatever it says: with a byte order mark, with carriage
 * returns at the ends of its lines, with an end of its last line.  Who works
 * on what it says takes it off before, and gives it back afterwards.
 */
#ifndef DOC_FORM_H
#define DOC_FORM_H

#include "base/buf.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct text_form {
	int has_bom;
	/* -1 where one cannot tell: there is no line end, or nothing at all. */
	int has_crlf;			/* at each line's end; else: as it is */
	int is_ended;
};

/* `out` gets the text without a mark, with line feeds, its last line ended. */
struct text_form form_take(struct buf *out, const struct buf *text);
/* The same three ways: a side that changed something about it has its way. */
struct text_form form_merge(const struct text_form *base,
			    const struct text_form *ours,
			    const struct text_form *theirs);
/* But for the end of the last line, which is the caller's. */
void form_give(struct buf *out, const struct buf *text, struct text_form f);

#endif
