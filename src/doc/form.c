#include "doc/form.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"

struct text_form form_take(struct buf *out, const struct buf *text)
{
	struct text_form f = { 0, 0, 1 };
	const char *at = text->s, *end = text->s + text->len;
	size_t feeds = 0, pairs = 0;

	f.has_bom = starts_with(at, BOM);
	at += f.has_bom ? strlen(BOM) : 0;
	for (const char *s = at; s < end; s++) {
		feeds += *s == '\n';
		pairs += *s == '\n' && s > at && s[-1] == '\r';
	}
	/* Mixed ones stay as they are. */
	f.has_crlf = pairs && pairs == feeds;
	for (; at < end; at++)
		if (!(f.has_crlf && *at == '\r' && at + 1 < end &&
		      at[1] == '\n'))
			buf_addc(out, *at);
	f.is_ended = !out->len || out->s[out->len - 1] == '\n';
	if (!f.is_ended)
		buf_addc(out, '\n');
	return f;
}

static int pick(int base, int ours, int theirs)
{
	return ours == base ? theirs : ours;
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
		buf_adds(out, BOM);
	for (size_t i = 0; i < text->len; i++) {
		if (f.has_crlf && text->s[i] == '\n')
			buf_addc(out, '\r');
		buf_addc(out, text->s[i]);
	}
}

