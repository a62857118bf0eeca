#include "base/replace.h"

#include <string.h>

struct pair {
	const char *from, *to;
	size_t from_len, to_len;
};

/* Is what is found there part of the other text, or does it reach into it? */
static int is_taken(const struct pair *p, const struct buf *text, size_t at)
{
	size_t end = at + p->from_len;
	size_t i = at >= p->to_len - 1 ? at - (p->to_len - 1) : 0;

	for (; i < end && i + p->to_len <= text->len; i++)
		if ((i < at || i + p->to_len > end) &&
		    !memcmp(text->s + i, p->to, p->to_len))
			return 1;
	return 0;
}

/* Where the next one is that is to be replaced; or the end. */
static size_t find(const struct pair *p, const struct buf *text, size_t at)
{
	const char *hit;

	while (at < text->len &&
	       (hit = memmem(text->s + at, text->len - at, p->from,
			     p->from_len))) {
		at = (size_t)(hit - text->s);
		if (!is_taken(p, text, at))
			return at;
		at++;
	}
	return text->len;
}

static size_t replace_once(struct buf *text, const struct pair *p)
{
	size_t at = find(p, text, 0), done = 0, nr = 0;
	struct buf out = BUF_INIT;

	if (at == text->len)
		return 0;
	for (; at < text->len; at = find(p, text, done)) {
		buf_add(&out, text->s + done, at - done);
		buf_add(&out, p->to, p->to_len);
		done = at + p->from_len;
		nr++;
	}
	buf_add(&out, text->s + done, text->len - done);
	buf_release(text);
	*text = out;
	return nr;
}

size_t replace_all(struct buf *text, const char *from, const char *to)
{
	const struct pair p = { from, to, strlen(from), strlen(to) };
	size_t nr = replace_once(text, &p), more = nr;

	/* Each time the text is shorter. */
	while (more && memmem(from, p.from_len, to, p.to_len)) {
		more = replace_once(text, &p);
		nr += more;
	}
	return nr;
}
