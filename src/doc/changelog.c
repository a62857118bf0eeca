#include "doc/changelog.h"

#include <ctype.h>
#include <string.h>

#define MAX_STYLES 32

/* A line, without its end and the blanks before that. */
struct line {
	const char *s;
	size_t len;
	const char *next;	/* where the one after it begins */
};

struct heading {
	struct line title;
	const char *start;	/* of its first line, a rule perhaps */
	const char *body;	/* what follows */
	int level;		/* the smaller, the higher */
};

struct reader {
	const char *at, *end;
	enum markup markup;
	char fence;		/* within a block of code: what ends it */
	/* The styles of headings in the order they were met. */
	int styles[MAX_STYLES];
	int nr_styles;
};

static struct line line_at(const struct reader *r, const char *at)
{
	const char *nl = memchr(at, '\n', (size_t)(r->end - at));
	const char *end = nl ? nl : r->end;
	struct line line = { at, 0, nl ? nl + 1 : r->end };

	while (end > at && isspace((unsigned char)end[-1]))
		end--;
	line.len = (size_t)(end - at);
	return line;
}

/* The character a line is made of alone, one of those that underline; or 0. */
static char rule_of(const struct line *line, enum markup markup)
{
	const char *chars = markup == MARKUP_MARKDOWN ? "=-" :
			    "=-`:.'\"~^_*+#<>";
	size_t i = 0;

	if (line->len < 2 || !strchr(chars, line->s[0]))
		return 0;
	while (i < line->len && line->s[i] == line->s[0])
		i++;
	return i == line->len ? line->s[0] : 0;
}

static size_t columns(const struct line *line)
{
	size_t n = 0;

	for (size_t i = 0; i < line->len; i++)
		n += ((unsigned char)line->s[i] & 0xc0) != 0x80;
	return n;
}

/* How high a style is: Markdown says it, elsewhere it is who came first. */
static int level_of(struct reader *r, int style)
{
	int i = 0;

	if (r->markup == MARKUP_MARKDOWN)
		return style == '=' ? 1 : style == '-' ? 2 : style;
	while (i < r->nr_styles && r->styles[i] != style)
		i++;
	if (i == r->nr_styles && i < MAX_STYLES)
		r->styles[r->nr_styles++] = style;
	return i;
}

static void set(struct heading *h, struct reader *r, const char *start,
		struct line title, const char *body, int style)
{
	while (title.len && isspace((unsigned char)*title.s)) {
		title.s++;
		title.len--;
	}
	h->start = start;
	h->title = title;
	h->body = r->at = body;
	h->level = level_of(r, style);
}

/* "## Title" */
static int is_atx(struct heading *h, struct reader *r,
		  const struct line *line)
{
	size_t n = 0;

	if (r->markup == MARKUP_RST)
		return 0;
	while (n < line->len && line->s[n] == '#')
		n++;
	if (!n || n > 6 || (n < line->len && !isspace((unsigned char)
						      line->s[n])))
		return 0;
	set(h, r, line->s, (struct line){ line->s + n, line->len - n,
					  line->next }, line->next, (int)n);
	return 1;
}

/* A title with a rule below it, as long where that is asked for. */
static int is_underlined(struct heading *h, struct reader *r,
			 const struct line *line, const char *start, int over)
{
	struct line below = line_at(r, line->next);
	char rule = rule_of(&below, r->markup);

	if (!line->len || rule_of(line, r->markup) || !rule ||
	    (over && rule != over) ||
	    (r->markup != MARKUP_MARKDOWN && below.len < columns(line)))
		return 0;
	set(h, r, start, *line, below.next, over ? 256 + rule : rule);
	return 1;
}

/* The same with another rule above it. */
static int is_overlined(struct heading *h, struct reader *r,
			const struct line *line)
{
	char rule = r->markup == MARKUP_MARKDOWN ? 0 :
		    rule_of(line, r->markup);
	struct line title = line_at(r, line->next);

	return rule && is_underlined(h, r, &title, line->s, rule);
}

/* Code may hold what looks like a heading, in Markdown. */
static int is_code(struct reader *r, const struct line *line)
{
	const char *s = line->s;
	size_t n = 0;
	char c;

	while (n < line->len && s[n] == ' ')
		n++;
	c = line->len - n >= 3 && (s[n] == '`' || s[n] == '~') &&
	    s[n + 1] == s[n] && s[n + 2] == s[n] ? s[n] : 0;
	if (!c || r->markup != MARKUP_MARKDOWN ||
	    (r->fence && r->fence != c))
		return r->fence != 0;
	r->fence = r->fence ? 0 : c;
	return 1;
}

static int next_heading(struct heading *h, struct reader *r)
{
	while (r->at < r->end) {
		struct line line = line_at(r, r->at);

		if (!is_code(r, &line) &&
		    (is_atx(h, r, &line) || is_overlined(h, r, &line) ||
		     is_underlined(h, r, &line, line.s, 0)))
			return 1;
		r->at = line.next;
	}
	return 0;
}

/* What a version may be written with. */
static int is_part(char c)
{
	return isalnum((unsigned char)c) || (c && strchr(".+-_", c));
}

/* The length of the version that begins at `s`; 0: none does. */
static size_t version_length(const char *s, const char *end)
{
	size_t n = 0;

	if (!isdigit((unsigned char)*s))
		return 0;
	while (s + n < end && is_part(s[n]))
		n++;
	while (n && !isalnum((unsigned char)s[n - 1]))
		n--;
	return n;
}

/* Is it the first version of the title?  A number alone is none but itself. */
static int names(const struct heading *h, const char *version)
{
	const char *s = h->title.s, *end = s + h->title.len;
	size_t want = strlen(version);

	while (s < end) {
		size_t n;

		if (*s == 'v' || *s == 'V')
			s++;
		n = s < end ? version_length(s, end) : 0;
		if (n == want && !memcmp(s, version, n))
			return 1;
		if (n && memchr(s, '.', n))
			return 0;
		/* Not from the middle of a word. */
		s += n;
		while (s < end && (isalnum((unsigned char)*s) || *s == '.'))
			s++;
		while (s < end && !isalnum((unsigned char)*s))
			s++;
	}
	return 0;
}

/* Without blank lines around it. */
static void trim(struct section *found)
{
	const char *s = found->text, *end = s + found->len;

	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	for (const char *at = s; at < end && isspace((unsigned char)*at); at++)
		if (*at == '\n')
			s = at + 1;
	found->text = s;
	found->len = (size_t)(end - s);
}

int changelog_find(struct section *found, enum markup markup,
		   const char *text, size_t len, const char *version)
{
	struct reader r = { .at = text, .end = text + len, .markup = markup };
	struct heading h, next;
	int more;

	if (*version == 'v')
		version++;
	do {
		more = next_heading(&h, &r);
	} while (more && !names(&h, version));
	if (!more)
		return 0;
	do {
		more = next_heading(&next, &r);
	} while (more && next.level > h.level);
	found->text = h.body;
	found->len = (size_t)((more ? next.start : r.end) - h.body);
	trim(found);
	return found->len > 0;
}
