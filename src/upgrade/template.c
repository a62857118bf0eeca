#include "upgrade/template.h"

#include "base/mem.h"
#include "doc/value.h"
#include "doc/yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* `path` matched against `from`, what the `*` stood for put into `to`. */
static char *map_path(const char *from, const char *to, const char *path)
{
	const char *star = strchr(from, '*');
	size_t head, tail, len = strlen(path);

	if (!star)
		return strcmp(from, path) ? NULL : xstrdup(to);
	head = (size_t)(star - from);
	tail = strlen(star + 1);
	if (len <= head + tail || strncmp(from, path, head) ||
	    strcmp(star + 1, path + len - tail) ||
	    memchr(path + head, '/', len - head - tail))
		return NULL;
	star = strchr(to, '*');
	if (!star)
		return xstrdup(to);
	return xstrfmt("%.*s%.*s%s", (int)(star - to), to,
		       (int)(len - head - tail), path + head, star + 1);
}

char *template_copy_path(const struct copy_rule *rule, const char *template)
{
	return map_path(rule->template, rule->copy, template);
}

char *template_of_copy(const struct copy_rule *rule, const char *copy)
{
	return map_path(rule->copy, rule->template, copy);
}

int template_rule_holds(const struct profile *p, const struct copy_rule *rule,
			const char *release)
{
	return profile_in_range(p, release, rule->since, rule->until);
}

const struct copy_rule *template_rule(const struct profile *p,
				      const char *release,
				      const char *template, const char *copy)
{
	const struct copy_rule *first = NULL;

	for (size_t i = 0; i < p->nr_copies; i++) {
		const struct copy_rule *rule = &p->copies[i];
		char *path = NULL;
		int same;

		if (template_rule_holds(p, rule, release))
			path = template_copy_path(rule, template);
		if (!path)
			continue;
		same = copy && !strcmp(copy, path);
		free(path);
		if (same)
			return rule;
		if (!first)
			first = rule;
	}
	return first;
}

void template_substitute(const struct copy_rule *rule, struct buf *text)
{
	size_t from, to, at = 0;
	const char *hit;

	if (!rule || !rule->replace_from || !*rule->replace_from)
		return;
	from = strlen(rule->replace_from);
	to = strlen(rule->replace_to);
	while (at < text->len &&
	       (hit = memmem(text->s + at, text->len - at,
			     rule->replace_from, from))) {
		at = (size_t)(hit - text->s);
		buf_splice(text, at, from, rule->replace_to, to);
		at += to;
	}
}

static struct value *parse(const struct buf *text)
{
	struct error ignored = ERROR_INIT;
	struct value *v = yaml_parse("template", text->s, text->len,
				     &ignored);

	error_release(&ignored);
	return v;
}

/* `path` is the dotted way here; keys get what `new` alone has. */
static void compare_keys(struct strvec *keys, struct buf *path,
			 const struct value *old, const struct value *new,
			 const struct value *ours)
{
	size_t len = path->len;

	if (!new || new->type != VALUE_MAP)
		return;
	for (size_t i = 0; i < new->nr; i++) {
		const char *key = new->keys[i];
		const struct value *in_old = value_get(old, key);
		const struct value *in_ours = value_get(ours, key);

		buf_addf(path, "%s%s", len ? "." : "", key);
		if (in_old || in_ours)
			compare_keys(keys, path, in_old, new->items[i],
				     in_ours);
		else
			strvec_push(keys, path->s);
		buf_setlen(path, len);
	}
}

void template_new_keys(struct strvec *keys, const struct buf *old,
		       const struct buf *new, const struct buf *ours)
{
	struct value *was = parse(old), *is = parse(new), *own = parse(ours);
	struct buf path = BUF_INIT;

	if (was && is)
		compare_keys(keys, &path, was, is, own);
	buf_release(&path);
	value_free(was);
	value_free(is);
	value_free(own);
}

/* What each line of a text is asked; it has no blanks at its ends. */
struct finding {
	const struct profile *profile;
	const char *from;
	struct strmap known;		/* lines of the new template */
};

static int holds_placeholder(const struct finding *f, const char *line)
{
	for (size_t i = 0; i < f->profile->placeholders.nr; i++)
		if (strstr(line, f->profile->placeholders.v[i]))
			return 1;
	return 0;
}

/* As a version of its own: 3.6.5 is not in 13.6.5 nor in 3.6.50. */
static int names_release(const struct finding *f, const char *line)
{
	size_t len = strlen(f->from);

	for (const char *at = line; (at = strstr(at, f->from)); at++) {
		char before = at > line ? at[-1] : ' ', behind = at[len];

		if (!isdigit((unsigned char)before) && before != '.' &&
		    !isdigit((unsigned char)behind) &&
		    !(behind == '.' && isdigit((unsigned char)at[len + 1])))
			return !strmap_has(&f->known, line);
	}
	return 0;
}

/* "LINE TEXT" each; what is a comment only does not count. */
static void find_lines(struct strvec *lines, const struct finding *f,
		       int (*holds)(const struct finding *, const char *),
		       const struct buf *text)
{
	const char *at = text->s, *end = text->s + text->len;

	for (int nr = 1; at < end; nr++) {
		size_t len = strcspn(at, "\n");
		struct buf line = BUF_INIT;

		buf_add(&line, at, len);
		buf_rtrim(&line);
		buf_splice(&line, 0, strspn(line.s, " \t"), "", 0);
		if (*line.s != '#' && holds(f, line.s))
			strvec_pushf(lines, "%d %s", nr, line.s);
		buf_release(&line);
		at += len + 1;
	}
}

void template_placeholders(struct strvec *lines, const struct profile *p,
			   const struct buf *text)
{
	struct finding f = { .profile = p };

	find_lines(lines, &f, holds_placeholder, text);
}

static void note_lines(struct strmap *known, const struct buf *text)
{
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, text->s, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		struct buf line = BUF_INIT;

		buf_adds(&line, lines.v[i]);
		buf_rtrim(&line);
		strmap_put(known, line.s + strspn(line.s, " \t"), NULL);
		buf_release(&line);
	}
	strvec_release(&lines);
}

void template_pins(struct strvec *lines, const char *from,
		   const struct buf *text, const struct buf *new)
{
	struct finding f = { .from = from, .known = STRMAP_INIT };

	/* "3" is in everything. */
	if (!strchr(from, '.'))
		return;
	note_lines(&f.known, new);
	find_lines(lines, &f, names_release, text);
	strmap_release(&f.known);
}
