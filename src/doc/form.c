#include "doc/form.h"

#include <string.h>

struct text_form form_take(struct buf *out, const struct buf *text)
{
	struct text_form f = { 0, -1, -1 };
	const char *at = text->s, *end = text->s + text->len;
	size_t feeds = 0, pairs = 0;

	f.has_bom = starts_with(at, BYTE_ORDER_MARK);
	at += f.has_bom ? strlen(BYTE_ORDER_MARK) : 0;
	for (const char *s = at; s < end; s++) {
		feeds += *s == '\n';
		pairs += *s == '\n' && s > at && s[-1] == '\r';
	}
	/* Mixed ones stay as they are. */
	if (feeds)
		f.has_crlf = pairs == feeds;
	for (; at < end; at++)
		if (!(f.has_crlf > 0 && *at == '\r' && at + 1 < end &&
		      at[1] == '\n'))
			buf_addc(out, *at);
	if (out->len)
		f.is_ended = out->s[out->len - 1] == '\n';
	if (!f.is_ended)
		buf_addc(out, '\n');
	return f;
}

/* Who cannot tell goes with the base, or with the other. */
static int pick(int base, int ours, int theirs)
{
	int o = ours < 0 ? base : ours, t = theirs < 0 ? base : theirs;

	return o == base ? t : o;
}

struct text_form form_merge(const struct text_form *base,
			    const struct text_form *ours,
			    const struct text_form *theirs)
{
	return (struct text_form){
		pick(base->has_bom, ours->has_bom, theirs->has_bom),
		pick(base->has_crlf, ours->has_crlf, theirs->has_crlf),
		pick(base->is_ended, ours->is_ended, theirs->is_ended),
	};
}

void form_give(struct buf *out, const struct buf *text, struct text_form f)
{
	if (f.has_bom)
		buf_adds(out, BYTE_ORDER_MARK);
	for (size_t i = 0; i < text->len; i++) {
		if (f.has_crlf > 0 && text->s[i] == '\n')
			buf_addc(out, '\r');
		buf_addc(out, text->s[i]);
	}
}

