#include "model/diagnosis.h"

#include "base/mem.h"
#include "base/redact.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* Of a line more is neither matched nor, by far, shown. */
#define LONGEST_LINE 8192
#define LONGEST_SHOWN 200
#define GROUPS 10
/* More than that nobody reads. */
#define MAX_ITEMS 100

struct known_failure {
	regex_t re;
	const struct failure *failure;	/* NULL: one of log_failures */
	const char *pattern;
	size_t finding;			/* 1 + its place in `v`; 0: none yet */
};

static void know(struct diagnosis *d, const struct failure *f,
		 const char *pattern)
{
	struct known_failure *k;

	d->known = xrealloc(d->known, (d->nr_known + 1) * sizeof(*d->known));
	k = &d->known[d->nr_known];
	*k = (struct known_failure){ .failure = f, .pattern = pattern };
	/* What does not compile was refused when it was read. */
	d->nr_known += !regcomp(&k->re, pattern, REG_EXTENDED |
				(f ? REG_ICASE : 0));
}

static int is_known(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->nr_failures; i++)
		if (!strcmp(p->failures[i].name, name))
			return 1;
	return 0;
}

/* As generic.yaml has it, which the profile may be built on. */
static int is_general(const struct profile *g, const struct failure *f)
{
	for (size_t i = 0; i < g->nr_failures; i++)
		if (!strcmp(g->failures[i].name, f->name))
			return !strcmp(g->failures[i].pattern, f->pattern);
	return 0;
}

/* What is particular is asked for first. */
int diagnosis_begin(struct diagnosis *d, const struct profile *p,
		    struct error *err)
{
	const struct profile *g = &d->generic;

	if (profile_load(&d->generic, "generic", err) < 0)
		return -1;
	for (size_t i = 0; i < p->nr_failures; i++)
		if (!is_general(g, &p->failures[i]))
			know(d, &p->failures[i], p->failures[i].pattern);
	for (size_t i = 0; i < p->nr_failures; i++)
		if (is_general(g, &p->failures[i]))
			know(d, &p->failures[i], p->failures[i].pattern);
	for (size_t i = 0; i < g->nr_failures; i++)
		if (!is_known(p, g->failures[i].name))
			know(d, &g->failures[i], g->failures[i].pattern);
	for (size_t i = 0; i < p->log_failures.nr; i++)
		know(d, NULL, p->log_failures.v[i]);
	return 0;
}

/* Without escape sequences, of colours mostly. */
static void add_plain(struct buf *out, const char *line, size_t len)
{
	const char *end = line + len;

	while (line < end) {
		if (line + 1 < end && line[0] == '\033' && line[1] == '[') {
			line += 2;
			while (line < end && (*line < '@' || *line > '~'))
				line++;
			line += line < end;
		} else {
			/* regexec() would end there. */
			buf_addc(out, *line ? *line : ' ');
			line++;
		}
	}
	buf_rtrim(out);
}

/* Cut where a character begins. */
static void cut(struct buf *b, size_t max)
{
	if (b->len <= max)
		return;
	while (max && ((unsigned char)b->s[max] & 0xc0) == 0x80)
		max--;
	buf_setlen(b, max);
	buf_adds(b, "...");
}

static void add_masked(struct buf *out, const char *text, size_t len)
{
	struct buf masked = BUF_INIT;

	redact_add(&masked, text, len);
	buf_add_masked(out, masked.s, masked.len);
	buf_release(&masked);
}

static char *fit_to_show(const char *text, size_t len)
{
	struct buf clean = BUF_INIT, shown = BUF_INIT;

	add_masked(&clean, text, len);
	buf_rtrim(&clean);
	buf_add_line(&shown, clean.s + strspn(clean.s, " \t"));
	cut(&shown, LONGEST_SHOWN);
	buf_release(&clean);
	return buf_detach(&shown);
}

/*
 * What tells a secret may stand before the group that holds it, so groups are
 * those of the line as it may be shown; none, where that is not the same
 * failure any more.
 */
static void mask_line(struct buf *line, const struct known_failure *k,
		      regmatch_t *m)
{
	struct buf masked = BUF_INIT;

	add_masked(&masked, line->s, line->len);
	if (strcmp(masked.s, line->s) &&
	    regexec(&k->re, masked.s, GROUPS, m, 0))
		for (size_t i = 0; i < GROUPS; i++)
			m[i].rm_so = m[i].rm_eo = -1;
	buf_release(line);
	*line = masked;
}

/* `text` with "{1}" and so on filled in from the line; free(). */
static char *fill(const char *text, const char *line, const regmatch_t *m)
{
	struct buf b = BUF_INIT;

	for (; *text; text++) {
		const regmatch_t *group = text[0] == '{' && text[1] > '0' &&
			text[1] <= '9' && text[2] == '}' ?
			&m[text[1] - '0'] : NULL;

		if (group && group->rm_so >= 0) {
			char *shown = fit_to_show(line + group->rm_so,
						  (size_t)(group->rm_eo -
							   group->rm_so));

			buf_adds(&b, shown);
			free(shown);
		} else if (!group) {
			buf_addc(&b, *text);
		}
		text += group ? 2 : 0;
	}
	return buf_detach(&b);
}

/* Of a line in which the pattern's groups are. */
static void list_item(struct finding *f, const struct failure *failure,
		      const char *line, const regmatch_t *m)
{
	int has_group = 0;
	char *item;

	for (size_t i = 1; i < GROUPS; i++)
		has_group |= m[i].rm_so >= 0;
	if (!failure || !failure->lists || !has_group ||
	    f->items.nr >= MAX_ITEMS)
		return;
	item = fill(failure->lists, line, m);
	if (!strvec_has(&f->items, item))
		strvec_push(&f->items, item);
	free(item);
}

static struct finding *add_finding(struct diagnosis *d, struct known_failure *k,
			const struct buf *line, const regmatch_t *m)
{
	const struct failure *f = k->failure;
	struct finding *new;

	ALLOC_GROW(d->v, d->nr + 1, d->alloc);
	new = &d->v[d->nr++];
	*new = (struct finding){
		.name = f ? f->name : "log-failure",
		.means = f ? fill(f->means, line->s, m) :
			 xstrfmt("the profile calls it a failure (%s)",
				 k->pattern),
		.hints = STRVEC_INIT, .items = STRVEC_INIT,
		.line = d->lines, .count = 1,
		.text = fit_to_show(line->s, line->len),
	};
	for (size_t i = 0; f && i < f->hints.nr; i++)
		strvec_push_nodup(&new->hints, fill(f->hints.v[i], line->s,
						    m));
	k->finding = d->nr;
	return new;
}

static void look_at_line(struct diagnosis *d, const char *text, size_t len)
{
	struct buf line = BUF_INIT;
	regmatch_t m[GROUPS];

	d->lines++;
	add_plain(&line, text, len < LONGEST_LINE ? len : LONGEST_LINE);
	for (size_t i = 0; line.len && i < d->nr_known; i++) {
		struct known_failure *k = &d->known[i];
		struct finding *f = k->finding ? &d->v[k->finding - 1] : NULL;

		if (regexec(&k->re, line.s, GROUPS, m, 0))
			continue;
		if (!f || (k->failure && k->failure->lists))
			mask_line(&line, k, m);
		if (f)
			f->count++;
		else
			f = add_finding(d, k, &line, m);
		list_item(f, k->failure, line.s, m);
		break;
	}
	buf_release(&line);
}

void diagnosis_add(struct diagnosis *d, const char *text, size_t len)
{
	const char *end;

	while (len && (end = memchr(text, '\n', len))) {
		size_t n = (size_t)(end - text);

		if (d->pending.len) {
			buf_add(&d->pending, text, n);
			look_at_line(d, d->pending.s, d->pending.len);
			buf_reset(&d->pending);
		} else {
			look_at_line(d, text, n);
		}
		text += n + 1;
		len -= n + 1;
	}
	/* Of a line that is too long the rest is not kept. */
	if (d->pending.len <= LONGEST_LINE)
		buf_add(&d->pending, text, len < LONGEST_LINE ? len :
						  LONGEST_LINE);
}

void diagnosis_end(struct diagnosis *d)
{
	if (d->pending.len)
		look_at_line(d, d->pending.s, d->pending.len);
	buf_reset(&d->pending);
}

void diagnosis_release(struct diagnosis *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		free(d->v[i].means);
		strvec_release(&d->v[i].hints);
		strvec_release(&d->v[i].items);
		free(d->v[i].text);
	}
	free(d->v);
	for (size_t i = 0; i < d->nr_known; i++)
		regfree(&d->known[i].re);
	free(d->known);
	profile_release(&d->generic);
	buf_release(&d->pending);
	*d = (struct diagnosis)DIAGNOSIS_INIT;
}
