/*
 * What holds whenever a text is edited by path: tried on documents made up at
 * random, of which is known where each entry begins and ends, and compared
 * with the same edit of their values, as the plain readers give them.
 *
 * What surrounds an edit is the same, byte for byte.  An edit is undone by its
 * inverse, byte for byte, where nothing has to be spelled that could be
 * spelled otherwise:
 *
 *	set, set back		the value kept its quotes, or its lack of them
 *	append, insert, and remove	of a list that is there
 *	set a new key, remove	in a map that is there
 *	rename, rename back	the key kept its quotes, or is a plain word
 *	remove, put back	the last of its map, or any of a list, where it
 *				is written as an edit writes it and had no
 *				comment
 *
 * EDIT_ROUNDS in the environment asks for more rounds, EDIT_SEED for that one
 * alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"
#include "doc/edit.h"
#include "doc/json.h"
#include "doc/yaml.h"

#define ROUNDS 2000
#define MAX_DEPTH 3
#define BOM "\xef\xbb\xbf"

/* An entry, and where it stands in the text, in bytes. */
struct place {
	char *path;
	char *key;			/* NULL: in a list */
	long parent;			/* among the places; -1: the root */
	size_t index;			/* among its neighbours */
	enum value_type type;
	size_t nr;			/* of a map or list: entries */
	int is_flow;			/* it is in brackets itself */
	int in_flow, is_inline;		/* its neighbours are; behind a dash */
	int is_bare;			/* as an edit would write it */
	int is_empty;			/* nothing behind the key */
	int is_alias, has_anchor;
	size_t from, to;		/* with comments, its lines */
	size_t key_from, key_to;
	size_t value, value_end;
	size_t behind;			/* of a flow: where the next begins */
};

struct round {
	enum resolve_kind kind;
	unsigned seed, state;
	unsigned numbers;		/* that were given away */
	unsigned step, dash;		/* indentation */
	int has_tabs;
	int is_crlf, has_bom, is_ended;
	int ends_in_lines;		/* what was written last is a block */
	struct buf text;		/* with line feeds, ended */
	size_t end;			/* of the first document */
	unsigned anchors;		/* that are there */
	struct place *places;		/* the root is the first one */
	size_t nr, alloc;
};

static unsigned pick(struct round *r, unsigned below)
{
	r->state = r->state * 1103515245u + 12345u;
	return (r->state >> 16) % below;
}

static int one_in(struct round *r, unsigned n)
{
	return !pick(r, n);
}

static void add_indent(struct round *r, unsigned indent)
{
	while (indent--)
		buf_addc(&r->text, r->has_tabs ? '\t' : ' ');
}

static void add_comment(struct round *r, unsigned indent)
{
	add_indent(r, indent);
	buf_addf(&r->text, "# c%u.%s\n", ++r->numbers,
		 one_in(r, 4) ? " \xc3\xa4: [x" : "");
}

/* Paths. */

static void add_step(struct buf *path, const char *key)
{
	if (path->len)
		buf_addc(path, '.');
	for (; *key; key++) {
		if (strchr(".[\\", *key))
			buf_addc(path, '\\');
		buf_addc(path, *key);
	}
}

static long new_place(struct round *r, long parent, size_t index,
		      const char *key)
{
	struct buf path = BUF_INIT;
	struct place *p;

	ALLOC_GROW(r->places, r->nr + 1, r->alloc);
	p = &r->places[r->nr];
	*p = (struct place){ .parent = parent, .index = index,
			     .key = xstrdup_or_null(key) };
	if (parent >= 0)
		buf_adds(&path, r->places[parent].path);
	if (key)
		add_step(&path, key);
	else if (parent >= 0)
		buf_addf(&path, "[%zu]", index);
	p->path = buf_detach(&path);
	return (long)r->nr++;
}

/* Documents. */

static char *new_key(struct round *r)
{
	static const char *const formats[] = {
		"k%u", "k%u.x", "k\xc3\xa4%u", "k %u", "k%u-z", "K_%u"
	};
	unsigned most = r->kind == RESOLVE_DOTENV ? 1 :
			one_in(r, 4) ? ARRAY_SIZE(formats) : 1;
	const char *format = r->kind == RESOLVE_DOTENV && one_in(r, 4) ?
			     "K_%u" : formats[pick(r, most)];
	char text[32];

	snprintf(text, sizeof(text), format, ++r->numbers);
	return xstrdup(text);
}

static void add_key(struct round *r, const char *key, int is_plain)
{
	unsigned quote = is_plain ? 0 : pick(r, 8);

	if (r->kind == RESOLVE_JSON || quote == 1)
		buf_addf(&r->text, "\"%s\"", key);
	else if (quote == 2)
		buf_addf(&r->text, "'%s'", key);
	else
		buf_adds(&r->text, key);
}

/* The ways to write a scalar that stands on a line. */
static void add_scalar(struct round *r)
{
	static const char *const yaml[] = {
		"w%u", "'w%u'", "\"w%u\"", "%u", "\"%u\"", "'%u'",
		"https://w%u.example/#x", "w%u and more", "'it''s %u'",
		"\"a\\tb %u\"", "\xc3\xbc%u", "true # c%u.", "\"# %u\"",
		"-%u", "1.%u", "'%u: x'", "w%u:80", "\"\\\"%u\\\"\"",
	};
	static const char *const flow[] = {
		"w%u", "'w%u'", "\"w%u\"", "%u", "\"%u\"", "\"a, %u]\"",
		"\xc3\xbc%u", "w%u and more",
	};
	static const char *const json[] = {
		"\"w%u\"", "%u", "-%u.5", "\"%u\"", "\"a\\tb\\u00e4%u\"",
		"\"\xc3\xbc %u\"", "\"]} %u\"",
	};
	unsigned nr = r->kind == RESOLVE_JSON ? ARRAY_SIZE(json) :
		      r->places[r->nr - 1].in_flow ? ARRAY_SIZE(flow) :
		      ARRAY_SIZE(yaml);
	const char *const *formats = r->kind == RESOLVE_JSON ? json :
				     nr == ARRAY_SIZE(flow) ? flow : yaml;

	buf_addf(&r->text, formats[one_in(r, 2) ? 0 : pick(r, nr)],
		 ++r->numbers);
}

/* `at` is where the last line's comment, if it has one, was written. */
static void end_scalar(struct round *r, struct place *p)
{
	const char *s = r->text.s + p->value;
	const char *hash = strstr(s, " # c");

	p->type = VALUE_SCALAR;
	p->value_end = hash ? (size_t)(hash - r->text.s) : r->text.len;
	p->is_bare = *s == 'w' && !strpbrk(s, " #:");
}

static int picks_collection(struct round *r, unsigned depth)
{
	return depth < MAX_DEPTH && !one_in(r, 3);
}

static void add_flow(struct round *r, long at, unsigned indent,
		     unsigned depth);

static void add_break(struct round *r, int is_wide, unsigned indent)
{
	if (!is_wide)
		return;
	buf_addc(&r->text, '\n');
	add_indent(r, indent);
}

static void add_flow_entry(struct round *r, long parent, size_t i,
			   int is_map, unsigned indent, unsigned depth)
{
	char *key = is_map ? new_key(r) : NULL;
	long at = new_place(r, parent, i, key);

	r->places[at].in_flow = 1;
	r->places[at].key_from = r->text.len;
	if (key)
		add_key(r, key, 0);
	r->places[at].key_to = r->text.len;
	if (key)
		buf_adds(&r->text, r->kind == RESOLVE_JSON && one_in(r, 4) ?
			 " :" : ": ");
	r->places[at].value = r->text.len;
	if (picks_collection(r, depth)) {
		add_flow(r, at, indent, depth + 1);
	} else {
		add_scalar(r);
		end_scalar(r, &r->places[at]);
		if (r->kind == RESOLVE_JSON)
			r->places[at].is_bare = 0;
	}
	r->places[at].value_end = r->places[at].to = r->text.len;
	free(key);
}

/* From bracket to bracket. */
static void add_flow(struct round *r, long at, unsigned indent,
		     unsigned depth)
{
	int is_map = one_in(r, 2), is_wide = one_in(r, 2);
	size_t nr = one_in(r, 8) ? 0 : 1 + pick(r, 4), end;
	int has_blank = nr && !is_wide && one_in(r, 4);
	long last = -1;

	r->places[at].type = is_map ? VALUE_MAP : VALUE_LIST;
	r->places[at].is_flow = 1;
	r->places[at].nr = nr;
	buf_addc(&r->text, is_map ? '{' : '[');
	for (size_t i = 0; i < nr; i++) {
		end = r->text.len;
		if (i)
			buf_addc(&r->text, ',');
		if (r->kind == RESOLVE_YAML && is_wide && one_in(r, 8))
			buf_addf(&r->text, " # c%u.", ++r->numbers);
		add_break(r, is_wide, indent + r->step);
		if (!is_wide && (i ? !one_in(r, 6) : has_blank))
			buf_addc(&r->text, ' ');
		if (last >= 0)
			r->places[last].behind = r->text.len;
		last = (long)r->nr;
		add_flow_entry(r, at, i, is_map, indent + r->step, depth);
		r->places[last].from = end;
	}
	if (nr)
		add_break(r, is_wide, indent);
	if (has_blank)
		buf_addc(&r->text, ' ');
	if (last >= 0)
		r->places[last].behind = r->text.len;
	buf_addc(&r->text, is_map ? '}' : ']');
	r->places[at].value_end = r->text.len;
}

static void add_behind(struct round *r)
{
	if (one_in(r, 6))
		buf_addf(&r->text, "%s# c%u.", one_in(r, 3) ? "\t" : "  ",
			 ++r->numbers);
	buf_addc(&r->text, '\n');
}

/* Several lines that are one text. */
static void add_lines(struct round *r, long at, unsigned indent)
{
	static const char *const marks[] = { "|", ">-", "|+", ">" };
	unsigned mark = pick(r, ARRAY_SIZE(marks));

	buf_adds(&r->text, marks[mark]);
	if (one_in(r, 4))
		buf_addf(&r->text, " # c%u.", ++r->numbers);
	buf_addc(&r->text, '\n');
	for (unsigned nr = 1 + pick(r, 2); nr; nr--) {
		add_indent(r, indent);
		buf_addf(&r->text, "v%u # no comment\n", ++r->numbers);
	}
	if (mark == 2)
		buf_addc(&r->text, '\n');
	r->places[at].type = VALUE_SCALAR;
	r->places[at].value_end = r->text.len;
	r->ends_in_lines = 1;
}

static void add_block(struct round *r, long at, unsigned indent,
		      unsigned depth, int is_map, int is_inline);

static void add_block_value(struct round *r, long at, unsigned indent,
			    unsigned depth)
{
	int is_map = one_in(r, 2), is_item = !r->places[at].key;
	unsigned inner = indent + (is_item ? 2 : is_map ? r->step : r->dash);

	if (!is_item && one_in(r, 6)) {
		buf_addf(&r->text, " &anchor%u", ++r->anchors);
		r->places[at].has_anchor = 1;
	}
	r->places[at].value = r->text.len;
	r->places[at].type = is_map ? VALUE_MAP : VALUE_LIST;
	if (is_item)
		buf_addc(&r->text, ' ');
	else
		add_behind(r);
	add_block(r, at, inner, depth + 1, is_map, is_item);
}

static void add_line_value(struct round *r, long at, unsigned indent,
			   unsigned depth)
{
	int can_be_empty = r->places[at].key != NULL;

	if (can_be_empty && one_in(r, 12)) {
		r->places[at].value = r->places[at].value_end = r->text.len;
		r->places[at].type = VALUE_NULL;
		r->places[at].is_empty = 1;
		add_behind(r);
		return;
	}
	buf_addc(&r->text, ' ');
	if (one_in(r, 24))
		buf_addc(&r->text, ' ');
	r->places[at].value = r->text.len;
	if (r->anchors && one_in(r, 8)) {
		buf_addf(&r->text, "*anchor%u", 1 + pick(r, r->anchors));
		end_scalar(r, &r->places[at]);
		r->places[at].is_alias = 1;
	} else if (one_in(r, 5)) {
		add_flow(r, at, indent, depth);
	} else if (one_in(r, 8)) {
		add_lines(r, at, indent + r->step + 1);
		return;
	} else {
		if (can_be_empty && one_in(r, 12)) {
			buf_addf(&r->text, "&anchor%u ", ++r->anchors);
			r->places[at].has_anchor = 1;
		}
		add_scalar(r);
		end_scalar(r, &r->places[at]);
	}
	if (memchr(r->text.s + r->places[at].value, '#',
		   r->text.len - r->places[at].value))
		buf_addc(&r->text, '\n');
	else
		add_behind(r);
}

static void add_entry(struct round *r, long parent, size_t i, unsigned indent,
		      unsigned depth, int is_map, int is_inline)
{
	int is_merge = is_map && !i && r->anchors && one_in(r, 8);
	int is_plain = one_in(r, 2);
	char *key = is_merge ? xstrdup("<<") : is_map ? new_key(r) : NULL;
	size_t from = r->text.len, begin;
	long at;

	/* Blank lines behind lines are theirs. */
	if (!is_inline && !is_plain && i + depth) {
		if (!r->ends_in_lines && one_in(r, 6))
			buf_addc(&r->text, '\n');
		if (one_in(r, 5))
			add_comment(r, indent);
	}
	at = new_place(r, parent, i, key);
	r->places[at].from = from;
	r->places[at].is_inline = is_inline;
	begin = r->text.len;
	if (!is_inline)
		add_indent(r, indent);
	r->ends_in_lines = 0;
	r->places[at].key_from = r->text.len;
	if (key)
		add_key(r, key, is_plain || is_merge);
	r->places[at].key_to = r->text.len;
	buf_adds(&r->text, key ? ":" : "-");
	if (is_merge) {
		buf_addc(&r->text, ' ');
		r->places[at].value = r->text.len;
		buf_addf(&r->text, "*anchor%u", 1 + pick(r, r->anchors));
		end_scalar(r, &r->places[at]);
		r->places[at].is_alias = 1;
		buf_addc(&r->text, '\n');
	} else if (picks_collection(r, depth)) {
		add_block_value(r, at, indent, depth);
	} else {
		add_line_value(r, at, indent, depth);
	}
	r->places[at].to = r->text.len;
	if (r->places[at].is_bare)
		r->places[at].is_bare = begin == from && is_plain &&
			(!key || !strpbrk(key, " \xc3")) &&
			r->places[at].value_end + 1 == r->text.len &&
			r->places[at].value ==
			r->places[at].key_to + 2;
	free(key);
}

/* Lines that begin in that column. */
static void add_block(struct round *r, long at, unsigned indent,
		      unsigned depth, int is_map, int is_inline)
{
	size_t nr = 1 + pick(r, depth ? 3 : 5);

	r->places[at].type = is_map ? VALUE_MAP : VALUE_LIST;
	r->places[at].nr = nr;
	for (size_t i = 0; i < nr; i++)
		add_entry(r, at, i, indent, depth, is_map, is_inline && !i);
	/* Of a list that is not indented nobody could tell whose it is. */
	if (depth && (is_map || r->dash) && one_in(r, 6))
		add_comment(r, indent);
	r->places[at].value_end = r->text.len;
}

static void add_yaml(struct round *r, long at)
{
	if (one_in(r, 4)) {
		add_comment(r, 0);
		buf_addc(&r->text, '\n');
	}
	if (one_in(r, 8))
		buf_adds(&r->text, "---\n");
	r->places[at].value = r->text.len;
	if (one_in(r, 12)) {
		add_flow(r, at, 0, 0);
		buf_addc(&r->text, '\n');
	} else {
		add_block(r, at, 0, 0, !one_in(r, 5), 0);
	}
	if (!r->ends_in_lines && one_in(r, 6)) {
		buf_addc(&r->text, '\n');
		add_comment(r, 0);
	}
	r->end = r->text.len;
	if (one_in(r, 8))
		buf_addf(&r->text, "---\n# c%u.\nk0: 'other'\n", ++r->numbers);
}

/* KEY=VALUE, or a pattern. */
static void add_setting(struct round *r, long parent, size_t i)
{
	static const char *const values[] = {
		"w%u", "'w%u'", "\"w%u\"", "%u", "", "\"a b %u\"",
		"'two %u\nlines'", "https://w%u.example/#x", "a=%u",
	};
	static const char *const patterns[] = {
		"/w%u", "!/w%u", "*.w%u", "w%u/", "/w %u", "/\xc3\xbc%u",
	};
	char *key = r->kind == RESOLVE_DOTENV ? new_key(r) : NULL;
	long at = new_place(r, parent, i, key);
	struct place *p = &r->places[at];

	p->from = r->text.len;
	if (i && one_in(r, 6))
		buf_addc(&r->text, '\n');
	if (i && one_in(r, 5))
		add_comment(r, 0);
	p->is_bare = p->from == r->text.len;
	if (key && one_in(r, 4)) {
		buf_adds(&r->text, "export ");
		p->is_bare = 0;
	}
	p->key_from = r->text.len;
	buf_adds(&r->text, key ? key : "");
	p->key_to = r->text.len;
	buf_adds(&r->text, key ? "=" : "");
	p->value = r->text.len;
	if (key)
		buf_addf(&r->text, values[one_in(r, 2) ? 0 : pick(r,
			 ARRAY_SIZE(values))], ++r->numbers);
	else
		buf_addf(&r->text, patterns[pick(r, ARRAY_SIZE(patterns))],
			 ++r->numbers);
	p->value_end = r->text.len;
	p->type = VALUE_SCALAR;
	p->is_bare &= !key || r->text.s[p->value] == 'w';
	if (key && one_in(r, 6)) {
		buf_addf(&r->text, " # c%u.", ++r->numbers);
		p->is_bare = 0;
	}
	buf_addc(&r->text, '\n');
	p->to = r->text.len;
	free(key);
}

static void add_settings(struct round *r, long at)
{
	size_t nr = pick(r, 6);

	if (one_in(r, 4)) {
		add_comment(r, 0);
		buf_addc(&r->text, '\n');
	}
	r->places[at].value = r->text.len;
	r->places[at].type = r->kind == RESOLVE_DOTENV ? VALUE_MAP :
			     VALUE_LIST;
	r->places[at].nr = nr;
	for (size_t i = 0; i < nr; i++)
		add_setting(r, at, i);
	r->places[at].value_end = r->text.len;
	if (nr && one_in(r, 6))
		add_comment(r, 0);
}

static void make(struct round *r)
{
	long at = new_place(r, -1, 0, NULL);

	r->step = one_in(r, 2) ? 2 : 4;
	r->dash = one_in(r, 2) ? r->step : 0;
	r->is_crlf = one_in(r, 8);
	r->has_bom = one_in(r, 12);
	r->is_ended = !one_in(r, 8);
	if (r->kind == RESOLVE_YAML) {
		add_yaml(r, at);
	} else if (r->kind == RESOLVE_JSON) {
		r->has_tabs = one_in(r, 3);
		r->step = r->has_tabs ? 1 : r->step;
		add_flow(r, at, 0, 0);
		buf_addc(&r->text, '\n');
	} else {
		add_settings(r, at);
	}
	r->places[at].to = r->text.len;
	if (!r->end)
		r->end = r->text.len;
	/* Only a last line can lack its end, and of one nobody knows. */
	if (!r->text.len)
		r->is_ended = 1;
	if (!r->text.len || (!r->is_ended &&
			     strchr(r->text.s, '\n')[1] == '\0'))
		r->is_crlf = 0;
	if (r->text.len > 1 && r->text.s[r->text.len - 2] == '\n')
		r->is_ended = 1;
}

/* As it is stored. */
static void store(const struct round *r, const struct buf *text,
		  struct buf *out)
{
	size_t len = text->len - (!r->is_ended && text->len);

	buf_reset(out);
	if (r->has_bom)
		buf_adds(out, BOM);
	for (size_t i = 0; i < len; i++) {
		if (r->is_crlf && text->s[i] == '\n')
			buf_addc(out, '\r');
		buf_addc(out, text->s[i]);
	}
}

static void complain(const struct round *r, const struct buf *result,
		     const char *what)
{
	fprintf(stderr, "--- before\n%s\n", r->text.s);
	if (result)
		fprintf(stderr, "--- after\n%s\n", result->s);
	fail_msg("EDIT_SEED=%u (%s): %s", r->seed, resolve_kind_name(r->kind),
		 what);
}

/* And back; that what is stored is so still. */
static void unstore(const struct round *r, const struct buf *stored,
		    struct buf *out)
{
	struct buf again = BUF_INIT;
	const char *at = stored->s;

	buf_reset(out);
	at += r->has_bom && starts_with(at, BOM) ? strlen(BOM) : 0;
	for (; *at; at++)
		if (!r->is_crlf || *at != '\r')
			buf_addc(out, *at);
	if (!r->is_ended)
		buf_addc(out, '\n');
	store(r, out, &again);
	if (strcmp(again.s, stored->s))
		complain(r, stored, "it is stored otherwise");
	buf_release(&again);
}

/* What it means, by readers that know nothing of trees. */

/* Names are none of theirs. */
static void hide_names(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strncmp(text + i, "&anchor", 7)) {
			i += 6 + strspn(text + i + 7, "0123456789");
			continue;
		}
		buf_addc(out, !strncmp(text + i, "*anchor", 7) ? 'A' :
			 text[i]);
	}
}

static struct value *parse_yaml(const struct buf *text, struct error *err)
{
	const char *second = strstr(text->s, "---\n# c");
	struct buf plain = BUF_INIT;
	struct value *v;

	/* The first marker may have a comment below it, too. */
	if (second && !strstr(second, "k0: 'other'"))
		second = NULL;
	while (second && strstr(second + 1, "---\n# c"))
		second = strstr(second + 1, "---\n# c");
	hide_names(&plain, text->s, second ? (size_t)(second - text->s) :
		   text->len);
	v = yaml_parse("text", plain.s, plain.len, err);
	buf_release(&plain);
	return v;
}

static const char *parse_setting(struct value *map, const char *at)
{
	size_t key = strcspn(at, "="), len;
	char *name = xmemdupz(at, key), *text;
	const char *value = at + key + 1, *end;
	char quote = *value;

	if (quote == '"' || quote == '\'') {
		end = strchr(value + 1, quote);
		text = xmemdupz(value + 1, (size_t)(end - value) - 1);
		end++;
	} else {
		len = strcspn(value, "\n");
		end = strstr(value, " #");
		end = end && (size_t)(end - value) < len ? end : value + len;
		text = xmemdupz(value, (size_t)(end - value));
	}
	value_add(map, name, value_scalar(text));
	free(name);
	free(text);
	return end + strcspn(end, "\n") + 1;
}

static struct value *parse_settings(const struct buf *text, int are_keys)
{
	struct value *v = value_new(are_keys ? VALUE_MAP : VALUE_LIST);
	const char *at = text->s;

	while (*at) {
		size_t len = strcspn(at, "\n");
		char *line = xmemdupz(at, len);

		if (!len || *at == '#') {
			at += len + 1;
		} else if (are_keys) {
			at += starts_with(at, "export ") ? 7 : 0;
			at = parse_setting(v, at);
		} else {
			value_append(v, value_scalar(line));
			at += len + 1;
		}
		free(line);
	}
	return v;
}

static struct value *parse(const struct round *r, const struct buf *text)
{
	struct error err = ERROR_INIT;
	struct value *v;

	if (r->kind == RESOLVE_YAML)
		v = parse_yaml(text, &err);
	else if (r->kind == RESOLVE_JSON)
		v = json_parse("text", text->s, text->len, &err);
	else
		v = parse_settings(text, r->kind == RESOLVE_DOTENV);
	if (!v)
		complain(r, text, err.message);
	error_release(&err);
	return v;
}

/* Numbers and such are what they are by their lack of quotes. */
static int is_word(const char *text)
{
	static const char *const words[] = { "true", "false", "null", "yes",
					     "no", "on", "off", "y", "n" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(text, words[i]))
			return 0;
	return *text && !strchr("0123456789+-.~=<", *text);
}

static int is_same(const struct round *r, const struct value *a,
		   const struct value *b)
{
	if (a->type != b->type || a->nr != b->nr)
		return 0;
	if (a->type == VALUE_SCALAR &&
	    (strcmp(a->text, b->text) ||
	     ((r->kind == RESOLVE_JSON ||
	       (r->kind == RESOLVE_YAML && !is_word(a->text))) &&
	      a->quoted != b->quoted)))
		return 0;
	for (size_t i = 0; i < a->nr; i++)
		if ((a->type == VALUE_MAP && strcmp(a->keys[i], b->keys[i])) ||
		    !is_same(r, a->items[i], b->items[i]))
			return 0;
	return 1;
}

/* Changes. */

enum action { SET, ADD, APPEND, INSERT, RENAME, REMOVE, ACTIONS };

static const char *const action_names[] = {
	"set", "add", "append", "insert", "rename", "remove"
};

struct change {
	enum action action;
	long at;			/* the entry, or what it is put in */
	char *path;
	char *key;			/* of ADD and RENAME */
	size_t index;			/* of APPEND and INSERT */
	struct value *value;
};

/* A pattern, which nothing can be put around. */
static int can_be_line(const char *text)
{
	return *text && *text != '#' && *text != ' ' && !strchr(text, '\n');
}

static struct value *new_text(struct round *r)
{
	static const char *const texts[] = {
		"word", "https://x.example/a#b", "a: b", "- x", "it's",
		"say \"hi\"", "tab\there", "two\nlines\n", "two\n\nlines",
		" lead", "trail ", "", "\xc3\xa4 \xe2\x82\xac", "#hash",
		"a #b", "*star", "&amp", "!bang", "%p", "@at", "`t", "8080",
		"true", "null", "~", "{x}", "[y]", "a,b", "key:", "\\n",
		"$HOME", "\xe2\x80\xa8", "\x07", "---", "? q", "<<", "|",
		"\n", "a\n", "x\n  y\n",
	};
	const char *text = texts[one_in(r, 2) ? 0 :
				 pick(r, ARRAY_SIZE(texts))];
	struct value *v = value_scalar(r->kind == RESOLVE_IGNORE &&
				       !can_be_line(text) ? "/w" : text);

	v->quoted = 1;
	return v;
}

static struct value *new_value(struct round *r, unsigned depth)
{
	static const char *const plain[] = { "8080", "true", "1.5", "-3" };
	struct value *v;
	unsigned nr;

	if (r->kind == RESOLVE_DOTENV || r->kind == RESOLVE_IGNORE ||
	    depth > 1 || one_in(r, 2))
		return new_text(r);
	if (one_in(r, 3))
		return value_scalar(plain[pick(r, ARRAY_SIZE(plain))]);
	if (one_in(r, 4))
		return value_new(VALUE_NULL);
	v = value_new(one_in(r, 2) ? VALUE_MAP : VALUE_LIST);
	for (nr = pick(r, 4); nr; nr--) {
		char *key = new_key(r);

		if (v->type == VALUE_MAP)
			value_add(v, key, new_value(r, depth + 1));
		else
			value_append(v, new_value(r, depth + 1));
		free(key);
	}
	return v;
}

static int can_hold(const struct round *r, const struct place *p,
		    enum action a)
{
	(void)r;
	switch (a) {
	case ADD:
		return p->type == VALUE_MAP || p->type == VALUE_NULL;
	case APPEND:
		return p->type == VALUE_LIST || p->type == VALUE_NULL;
	case INSERT:
		return p->type == VALUE_LIST;
	case RENAME:
		return p->key && strcmp(p->key, "<<");
	default:
		return p->parent >= 0;
	}
}

/* 0: nothing there can be changed so. */
static int make_change(struct round *r, struct change *c)
{
	struct buf path = BUF_INIT;
	const struct place *p;

	c->action = (enum action)pick(r, ACTIONS);
	c->at = (long)pick(r, (unsigned)r->nr);
	p = &r->places[c->at];
	if (!can_hold(r, p, c->action))
		return 0;
	c->key = c->action == ADD || c->action == RENAME ? new_key(r) : NULL;
	c->value = c->action == RENAME || c->action == REMOVE ? NULL :
		   new_value(r, 0);
	c->index = c->action == APPEND ? p->nr :
		   c->action == INSERT ? pick(r, (unsigned)p->nr + 1) : 0;
	buf_adds(&path, p->path);
	if (c->action == ADD)
		add_step(&path, c->key);
	c->path = buf_detach(&path);
	return 1;
}

static void change_release(struct change *c)
{
	free(c->path);
	free(c->key);
	value_free(c->value);
}

static int act(struct edit *e, const struct change *c, struct error *err)
{
	switch (c->action) {
	case SET:
	case ADD:
		return edit_set(e, c->path, c->value, err);
	case APPEND:
		return edit_append(e, c->path, c->value, err);
	case INSERT:
		return edit_insert(e, c->path, (long)c->index, c->value, err);
	case RENAME:
		return edit_rename(e, c->path, c->key, err);
	default:
		return edit_remove(e, c->path, err);
	}
}

/* The same, to values. */

static struct value *copy_value(const struct value *v)
{
	struct value *copy = value_new(v->type);

	copy->text = xstrdup_or_null(v->text);
	copy->quoted = v->quoted;
	for (size_t i = 0; i < v->nr; i++) {
		struct value *item = copy_value(v->items[i]);

		if (v->type == VALUE_MAP)
			value_add(copy, v->keys[i], item);
		else
			value_append(copy, item);
	}
	return copy;
}

static struct value **find_value(const struct round *r, struct value **root,
				 long at)
{
	const struct place *p = &r->places[at];

	if (p->parent < 0)
		return root;
	return &(*find_value(r, root, p->parent))->items[p->index];
}

static void put_in(struct value *v, const char *key, size_t at,
		   struct value *item)
{
	if (key)
		value_add(v, key, item);
	else
		value_append(v, item);
	memmove(&v->items[at + 1], &v->items[at],
		(v->nr - 1 - at) * sizeof(*v->items));
	v->items[at] = item;
}

static void take_out(struct value *v, size_t at)
{
	value_free(v->items[at]);
	v->nr--;
	memmove(&v->items[at], &v->items[at + 1],
		(v->nr - at) * sizeof(*v->items));
	if (!v->keys)
		return;
	free(v->keys[at]);
	memmove(&v->keys[at], &v->keys[at + 1],
		(v->nr - at) * sizeof(*v->keys));
}

static void act_on_values(const struct round *r, struct value **root,
			  const struct change *c)
{
	const struct place *p = &r->places[c->at];
	struct value **v = find_value(r, root, c->at), *in;

	if ((c->action == ADD || c->action == APPEND) &&
	    (*v)->type == VALUE_NULL) {
		value_free(*v);
		*v = value_new(c->action == ADD ? VALUE_MAP : VALUE_LIST);
	}
	if (c->action == SET) {
		value_free(*v);
		*v = copy_value(c->value);
	} else if (c->action == ADD) {
		put_in(*v, c->key, (*v)->nr, copy_value(c->value));
	} else if (c->action == APPEND || c->action == INSERT) {
		put_in(*v, NULL, c->index, copy_value(c->value));
	} else {
		in = *find_value(r, root, p->parent);
		if (c->action == REMOVE) {
			take_out(in, p->index);
		} else {
			free(in->keys[p->index]);
			in->keys[p->index] = xstrdup(c->key);
		}
	}
}

static void check_values(const struct round *r, const struct change *c,
			 const struct buf *after)
{
	struct value *meant = parse(r, &r->text), *read = parse(r, after);

	act_on_values(r, &meant, c);
	if (!is_same(r, meant, read))
		complain(r, after, "it means something else");
	value_free(meant);
	value_free(read);
}

/* What surrounds it. */

struct span {
	size_t from, to;
};

static const struct place *child(const struct round *r, long parent,
				 size_t index)
{
	for (size_t i = 0; i < r->nr; i++)
		if (r->places[i].parent == parent &&
		    r->places[i].index == index)
			return &r->places[i];
	return NULL;
}

/* Where an entry comes to stand in a collection. */
static struct span span_within(const struct round *r, long at, size_t index)
{
	const struct place *p = &r->places[at];
	const struct place *next = child(r, at, index);
	const struct place *last = index ? child(r, at, index - 1) : NULL;

	if (!p->nr && (r->kind == RESOLVE_DOTENV ||
		       r->kind == RESOLVE_IGNORE))
		return (struct span){ p->value, p->to };
	if (!p->nr)
		return (struct span){ p->value, p->value_end };
	if (p->is_flow)
		return (struct span){
			last ? last->value_end : next->from,
			last ? last->behind : next->key_from };
	if (next && next->is_inline)
		return (struct span){ next->key_from, next->key_from };
	return last ? (struct span){ last->to, last->to } :
		      (struct span){ next->from, next->from };
}

/* What goes with an entry. */
static struct span span_of(const struct round *r, const struct place *p)
{
	const struct place *in = &r->places[p->parent];

	/* What is left is written as {} or []. */
	if (in->nr == 1)
		return (struct span){ in->is_flow ? in->value :
				      in->key ? in->key_to : in->value,
				      in->is_flow ? in->value_end :
				      in->parent < 0 ? r->end : in->to };
	if (p->in_flow)
		return (struct span){ p->from, p->behind };
	if (p->is_inline)
		return (struct span){ p->key_from, child(r, p->parent,
							 1)->key_from };
	return (struct span){ p->from, p->to };
}

static struct span span_changed(const struct round *r, const struct change *c)
{
	const struct place *p = &r->places[c->at];

	switch (c->action) {
	case SET:
		if (c->value->type != VALUE_LIST &&
		    c->value->type != VALUE_MAP &&
		    p->type != VALUE_MAP && p->type != VALUE_LIST &&
		    !memchr(r->text.s + p->value, '\n',
			    p->value_end - p->value) &&
		    (c->value->type == VALUE_NULL || r->kind ==
		     RESOLVE_JSON || !strchr(c->value->text, '\n')))
			return (struct span){ p->value, p->value_end };
		if (p->in_flow)
			return (struct span){ p->value, p->value_end };
		return (struct span){ p->key_to, p->to };
	case ADD:
	case APPEND:
	case INSERT:
		if (p->type == VALUE_NULL)
			return (struct span){ p->value, p->to };
		return span_within(r, c->at, c->action == ADD ? p->nr :
				   c->index);
	case RENAME:
		return (struct span){ p->key_from, p->key_to };
	default:
		return span_of(r, p);
	}
}

static void check_surroundings(const struct round *r, const struct change *c,
			       const struct buf *after)
{
	struct span s = span_changed(r, c);
	size_t rest = r->text.len - s.to;

	if (after->len < s.from + rest ||
	    memcmp(after->s, r->text.s, s.from) ||
	    memcmp(after->s + after->len - rest, r->text.s + s.to, rest))
		complain(r, after, "something beside it is changed");
}

/* Those that may go: of what is removed, and within what is replaced. */
static struct span span_lost(const struct round *r, const struct change *c)
{
	const struct place *p = &r->places[c->at];

	if (c->action == REMOVE && !p->in_flow)
		return (struct span){ p->from, p->to };
	if (c->action == REMOVE)
		return (struct span){ p->from, p->behind };
	if (c->action == SET && p->nr && (p->is_flow || !p->key))
		return (struct span){ p->value, p->value_end };
	/* Behind its key one is the key's. */
	if (c->action == SET && p->nr)
		return (struct span){ p->value + strcspn(r->text.s + p->value,
							 "\n"), p->to };
	return (struct span){ 0, 0 };
}

/* "# c12.", and no name that nothing stands for. */
static void check_comments(const struct round *r, const struct change *c,
			   const struct buf *after)
{
	struct span lost = span_lost(r, c);
	const char *at = r->text.s;

	while ((at = strstr(at, "# c"))) {
		size_t from = (size_t)(at - r->text.s);
		char *text = xmemdupz(at, strcspn(at, ".") + 1);

		if ((from < lost.from || from >= lost.to) &&
		    !strstr(after->s, text))
			complain(r, after, text);
		free(text);
		at++;
	}
	for (at = after->s; (at = strstr(at, "*anchor")); at++) {
		char *name = xmemdupz(at, 7 + strspn(at + 7, "0123456789"));

		*name = '&';
		if (!strstr(after->s, name))
			complain(r, after, "a name is gone");
		free(name);
	}
}

/* Back again. */

static char quote_at(const struct buf *text, size_t at)
{
	char c = at < text->len ? text->s[at] : '\0';

	return c == '"' || c == '\'' ? c : '\0';
}

/* Written with backslashes: it may come back without. */
static int has_one_spelling(const struct round *r, const struct place *p)
{
	return !memchr(r->text.s + p->value, '\\', p->value_end - p->value);
}

static int is_on_line(const struct round *r, const struct place *p)
{
	return p->type == VALUE_SCALAR && !p->is_alias && !p->has_anchor &&
	       !memchr(r->text.s + p->value, '\n', p->value_end - p->value) &&
	       has_one_spelling(r, p);
}

/* The change that takes that one back; 0: there is none. */
static int invert(const struct round *r, const struct change *c,
		  const struct buf *after, const struct value *values,
		  struct change *back)
{
	const struct place *p = &r->places[c->at];
	struct value *root = (struct value *)values;
	int is_in_line = p->parent >= 0 && !p->in_flow;

	*back = (struct change){ .at = c->at, .path = xstrdup(c->path) };
	switch (c->action) {
	case SET:
		back->action = SET;
		back->value = copy_value(*find_value(r, &root, c->at));
		return is_on_line(r, p) &&
		       (c->value->type == VALUE_SCALAR ||
			c->value->type == VALUE_NULL) &&
		       !strchr("|>", after->s[p->value]) &&
		       quote_at(&r->text, p->value) ==
		       quote_at(after, p->value);
	case ADD:
		back->action = REMOVE;
		return p->type == VALUE_MAP;
	case APPEND:
	case INSERT:
		back->action = REMOVE;
		free(back->path);
		back->path = xstrfmt("%s[%zu]", p->path, c->index);
		return p->type == VALUE_LIST;
	case RENAME:
		back->action = RENAME;
		free(back->path);
		back->key = xstrdup(p->key);
		{
			struct buf path = BUF_INIT;

			buf_adds(&path, r->places[p->parent].path);
			add_step(&path, c->key);
			back->path = buf_detach(&path);
		}
		return quote_at(&r->text, p->key_from) ==
		       quote_at(after, p->key_from) &&
		       (quote_at(after, p->key_from) ||
			!strpbrk(p->key, " \xc3"));
	default:
		back->action = p->key ? ADD : INSERT;
		back->index = p->index;
		back->value = copy_value(*find_value(r, &root, c->at));
		back->value->quoted = 1;
		if (!p->key) {
			free(back->path);
			back->path = xstrdup(r->places[p->parent].path);
		}
		/* What is above the first of all becomes the head. */
		return is_in_line && p->is_bare && !p->is_inline &&
		       p->parent + p->index &&
		       r->places[p->parent].nr > 1 &&
		       (!p->key || p->index + 1 ==
			r->places[p->parent].nr);
	}
}

static void check_back(const struct round *r, struct edit *e,
		       const struct change *c, const struct buf *after)
{
	struct value *values = parse(r, &r->text);
	struct change back;
	struct buf stored = BUF_INIT, meant = BUF_INIT;
	struct error err = ERROR_INIT;

	if (invert(r, c, after, values, &back)) {
		if (act(e, &back, &err) < 0)
			complain(r, after, err.message);
		edit_end(e, &stored);
		store(r, &r->text, &meant);
		if (strcmp(stored.s, meant.s)) {
			fprintf(stderr, "--- back\n%s\n", stored.s);
			complain(r, after, "no way back");
		}
	}
	error_release(&err);
	buf_release(&stored);
	buf_release(&meant);
	change_release(&back);
	value_free(values);
}

/* What is there already is not done again. */
static void check_again(const struct round *r, struct edit *e,
			const struct change *c, const struct buf *after)
{
	struct buf again = BUF_INIT;
	struct error err = ERROR_INIT;

	if (c->action == SET || c->action == ADD || c->action == RENAME ||
	    (c->action == REMOVE && r->places[c->at].key)) {
		if (act(e, c, &err))
			complain(r, after, "it is done twice");
		edit_end(e, &again);
		if (strcmp(again.s, after->s))
			complain(r, after, "it is not as it was");
	}
	error_release(&err);
	buf_release(&again);
}

static void show(const struct change *c, int ret, const struct error *err,
		 const struct buf *before, const struct buf *after)
{
	struct value *map = value_new(VALUE_MAP);
	struct buf text = BUF_INIT;

	value_add(map, "value", c->value ? copy_value(c->value) :
		  value_scalar(c->key ? c->key : "none"));
	yaml_write(&text, map);
	printf("%s '%s': %d %s\n%s--- before\n%s--- after\n%s",
	       action_names[c->action], c->path, ret,
	       ret < 0 ? err->message : "", text.s, before->s, after->s);
	buf_release(&text);
	value_free(map);
}

/* 1: changed; 0: it was so; -1: refused; -2: nothing to try. */
static int try_change(struct round *r)
{
	struct change c = { .path = NULL };
	struct edit e = EDIT_INIT;
	struct buf stored = BUF_INIT, now = BUF_INIT, after = BUF_INIT;
	struct error err = ERROR_INIT;
	int ret = -2;

	if (!make_change(r, &c))
		goto out;
	store(r, &r->text, &stored);
	if (edit_begin(&e, r->kind, "text", &stored, &err) < 0)
		complain(r, &stored, err.message);
	ret = act(&e, &c, &err);
	edit_end(&e, &now);
	if (getenv("EDIT_SEED"))
		show(&c, ret, &err, &stored, &now);
	if (ret <= 0) {
		if (now.len != stored.len || strcmp(now.s, stored.s))
			complain(r, &now, "it is changed all the same");
		if (ret < 0 && getenv("EDIT_REFUSALS"))
			printf("%u %s: %s\n", r->seed,
			       action_names[c.action], err.message);
		goto out;
	}
	unstore(r, &now, &after);
	check_values(r, &c, &after);
	check_surroundings(r, &c, &after);
	check_comments(r, &c, &after);
	check_again(r, &e, &c, &now);
	check_back(r, &e, &c, &after);
out:
	error_release(&err);
	edit_release(&e);
	change_release(&c);
	buf_release(&stored);
	buf_release(&now);
	buf_release(&after);
	return ret;
}

static int try_round(enum resolve_kind kind, unsigned seed)
{
	struct round r = { .kind = kind, .seed = seed, .state = seed * 7919u,
			   .text = BUF_INIT };
	int ret;

	make(&r);
	do {
		ret = try_change(&r);
	} while (ret == -2);
	for (size_t i = 0; i < r.nr; i++) {
		free(r.places[i].path);
		free(r.places[i].key);
	}
	free(r.places);
	buf_release(&r.text);
	return ret;
}

static unsigned number_of(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s ? (unsigned)strtoul(s, NULL, 10) : otherwise;
}

static void try_rounds(enum resolve_kind kind)
{
	unsigned rounds = number_of("EDIT_ROUNDS", ROUNDS);
	unsigned only = number_of("EDIT_SEED", 0);
	unsigned changed = 0, already = 0, refused = 0;

	if (only) {
		try_round(kind, only);
		return;
	}
	for (unsigned seed = 1; seed <= rounds; seed++) {
		int ret = try_round(kind, seed);

		changed += ret > 0;
		already += !ret;
		refused += ret < 0;
	}
	/* Nobody passes by refusing. */
	print_message("%s: %u changed, %u so already, %u refused\n",
		      resolve_kind_name(kind), changed, already, refused);
	assert_true(changed > rounds - rounds / 10);
	assert_true(refused < rounds / 20);
}

static void yaml_is_edited(void **state)
{
	(void)state;
	try_rounds(RESOLVE_YAML);
}

static void json_is_edited(void **state)
{
	(void)state;
	try_rounds(RESOLVE_JSON);
}

static void dotenv_is_edited(void **state)
{
	(void)state;
	try_rounds(RESOLVE_DOTENV);
}

static void ignore_files_are_edited(void **state)
{
	(void)state;
	try_rounds(RESOLVE_IGNORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_is_edited),
		cmocka_unit_test(json_is_edited),
		cmocka_unit_test(dotenv_is_edited),
		cmocka_unit_test(ignore_files_are_edited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
