#include "upgrade/template.h"

#include "base/mem.h"
#include "git/text.h"

#include <stdlib.h>
#include <string.h>

#define FAR ((size_t)-1)

/* Lines without the blanks at their ends. */
struct lines {
	struct line {
		const char *s;
		size_t len;
	} *v;
	size_t nr, alloc;
};

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct line trim(const char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	while (end > s && is_blank(end[-1]))
		end--;
	return (struct line){ s, (size_t)(end - s) };
}

static void split(struct lines *l, const struct buf *text)
{
	const char *at = text->s, *end = text->s + text->len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		ALLOC_GROW(l->v, l->nr + 1, l->alloc);
		l->v[l->nr++] = trim(at, lf ? lf : end);
		at = lf ? lf + 1 : end;
	}
}

/* What stands before `:` or `=`, with that; 0: there is none. */
static size_t key_length(struct line l)
{
	for (size_t i = 0; i < l.len; i++)
		if (l.s[i] == ':' || l.s[i] == '=')
			return i + 1;
	return 0;
}

/* May the second be what somebody made of the first? */
static int are_alike(struct line a, struct line b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	size_t key = key_length(a), same = 0;

	if (key && key == key_length(b) && !memcmp(a.s, b.s, key))
		return 1;
	while (same < shorter && a.s[same] == b.s[same])
		same++;
	for (size_t i = 0; same < shorter; i++) {
		if (a.s[a.len - i - 1] != b.s[b.len - i - 1])
			break;
		same++;
	}
	return shorter && 2 * same >= shorter;
}

/* Lines of the template that became others of the copy, in their order. */
static size_t count_edited(const struct lines *a, const struct lines *b,
			   const struct text_change *c)
{
	size_t next = c->b, to = c->b + c->b_nr, nr = 0;

	for (size_t i = c->a; i < c->a + c->a_nr && next < to; i++) {
		size_t j = next;

		while (j < to && !are_alike(a->v[i], b->v[j]))
			j++;
		if (j == to)
			continue;
		next = j + 1;
		nr++;
	}
	return nr;
}

size_t template_distance(const struct buf *template, const struct buf *copy)
{
	struct text_changes changes = TEXT_CHANGES_INIT;
	struct error ignored = ERROR_INIT;
	struct lines a = { NULL, 0, 0 }, b = { NULL, 0, 0 };
	size_t distance = 0;

	if (text_changes(&changes, template, copy, &ignored) < 0)
		distance = FAR;
	if (!distance && changes.nr) {
		split(&a, template);
		split(&b, copy);
	}
	for (size_t i = 0; distance != FAR && i < changes.nr; i++) {
		const struct text_change *c = &changes.v[i];

		distance += 2 * c->b_nr + c->a_nr - count_edited(&a, &b, c);
	}
	text_changes_release(&changes);
	error_release(&ignored);
	free(a.v);
	free(b.v);
	return distance;
}
