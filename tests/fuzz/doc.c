/* Documents: what they mean, that what we write reads, and merges of them. */
#include "fuzz.h"

#include <string.h>

#include "base/pool.h"
#include "doc/changelog.h"
#include "doc/json.h"
#include "doc/node_lines.h"
#include "doc/node_yaml.h"
#include "doc/edit.h"
#include "doc/resolve.h"
#include "doc/value.h"
#include "doc/yaml.h"

#define MAX_LEVELS 65

static void walk(const struct value *v, int level, int placed)
{
	MUST(level <= MAX_LEVELS || !placed);
	MUST(!placed || (v->line > 0 && v->column > 0));
	MUST((v->type == VALUE_SCALAR) == (v->text != NULL));
	for (size_t i = 0; i < v->nr; i++) {
		MUST(v->items[i]);
		if (v->type == VALUE_MAP)
			MUST(v->keys[i] &&
			     value_get(v, v->keys[i]) == v->items[i]);
		walk(v->items[i], level + 1, placed);
	}
}

void fuzz_yaml(const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	struct value *v = yaml_parse("f.yaml", text, len, &err);

	if (v)
		walk(v, 1, 1);
	else
		MUST(starts_with(err.message, "f.yaml:"));
	must_match(&err, !v);
	value_free(v);
}

/* Any text can be written, and reads as what is UTF-8 of it. */
static void check_writing(const char *text)
{
	struct error err = ERROR_INIT;
	struct buf first = BUF_INIT, second = BUF_INIT;
	const char *now = text;

	for (int i = 0; i < 2; i++) {
		struct buf *out = i ? &second : &first;
		struct json *j = json_new();
		struct value *v;

		json_object(j, NULL);
		json_string(j, now, now);
		json_end(j);
		json_write(j, out, i ? JSON_ONE_LINE : JSON_INDENT);
		json_free(j);
		v = json_parse("w", out->s, out->len, &err);
		MUST(v && v->nr == 1 && !strcmp(v->keys[0], v->items[0]->text));
		MUST(i || strlen(v->keys[0]) == strlen(text));
		if (!i) {
			buf_reset(&second);
			buf_adds(&first, v->keys[0]);
			now = first.s + first.len - strlen(v->keys[0]);
		} else {
			MUST(!strcmp(v->keys[0], now));
		}
		value_free(v);
	}
	buf_release(&first);
	buf_release(&second);
}

void fuzz_json(const char *text, size_t len)
{
	struct error err = ERROR_INIT;
	struct value *v = json_parse("f.json", text, len, &err);

	if (v)
		walk(v, 1, 0);
	else
		MUST(starts_with(err.message, "f.json:"));
	if (v)
		value_at(v, "/a/0/b~1c");
	must_match(&err, !v);
	check_writing(text);
	value_free(v);
}

/* The first line is the version, the rest the text. */
void fuzz_changelog(const char *text, size_t len)
{
	size_t first = strcspn(text, "\n");
	char *version = strndup(text, first);
	size_t skip = first < len ? first + 1 : len;

	for (int markup = MARKUP_ANY; markup <= MARKUP_RST; markup++) {
		struct section found = { NULL, 0 };
		const char *body = text + skip;

		if (!changelog_find(&found, (enum markup)markup, body,
				    len - skip, version))
			continue;
		/* There was a heading before it, and what stands is text. */
		MUST(found.len && found.text > body &&
		     found.text + found.len <= text + len);
		MUST(!strchr(" \t\r\n", found.text[found.len - 1]) ||
		     !found.text[found.len - 1]);
	}
	free(version);
}

/* Merging by structure. */

#define SEPARATOR "%%%%\n"

static int read_nodes(struct node_text *t, struct pool *pool,
		      enum resolve_kind kind, const struct buf *text,
		      struct error *err)
{
	switch (kind) {
	case RESOLVE_YAML:
		return node_read_yaml(t, pool, "f", text->s, text->len, err);
	case RESOLVE_JSON:
		return node_read_json(t, pool, "f", text->s, text->len, err);
	case RESOLVE_DOTENV:
		return node_read_dotenv(t, pool, "f", text->s, text->len,
					err);
	default:
		return node_read_lines(t, pool, "f", text->s, text->len, err);
	}
}

/* What reads is written as it was; -1 where it does not read. */
static int check_node_text(enum resolve_kind kind, const struct buf *text)
{
	struct pool pool = POOL_INIT;
	struct node_text t = { NULL, 0, 0 };
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT;
	int ret = read_nodes(&t, &pool, kind, text, &err);

	if (!ret) {
		node_write(&out, &t, NODE_MARKED, NULL);
		MUST(out.len == text->len &&
		     !memcmp(out.s, text->s, out.len));
	} else {
		MUST(starts_with(err.message, "f:"));
	}
	must_match(&err, ret < 0);
	buf_release(&out);
	pool_release(&pool);
	return ret;
}

/* Base, ours and theirs; what is missing is empty. */
static void split_sides(struct buf sides[3], const char *text, size_t len)
{
	const char *end = text + len;

	for (int i = 0; i < 3; i++) {
		const char *at = i < 2 ? memmem(text, (size_t)(end - text),
						SEPARATOR, strlen(SEPARATOR)) :
				 NULL;

		buf_init(&sides[i]);
		buf_add(&sides[i], text, (size_t)((at ? at : end) - text));
		text = at ? at + strlen(SEPARATOR) : end;
	}
}

static int resolve_sides(struct resolution *res, enum resolve_kind kind,
			 const struct buf *base, const struct buf *ours,
			 const struct buf *theirs)
{
	static const struct node_markers markers = { "B", "O", "T", 7, 1 };
	const struct resolve_request q = {
		.kind = kind, .name = "f", .base = base, .ours = ours,
		.theirs = theirs, .markers = &markers,
	};
	struct error err = ERROR_INIT;
	int ret = resolve(res, &q, &err);

	must_match(&err, ret < 0);
	MUST((ret == 1) == (res->nr > 0));
	MUST(ret >= 0 || (!res->text.len && !res->ours.nr && !res->theirs.nr));
	for (size_t i = 0; i < res->nr; i++)
		MUST(res->conflicts[i].path && (res->conflicts[i].ours ||
						res->conflicts[i].theirs));
	return ret;
}

static void check_one_side(enum resolve_kind kind, const struct buf *base,
			   const struct buf *side)
{
	struct resolution res = RESOLUTION_INIT;

	MUST(!resolve_sides(&res, kind, base, side, base));
	MUST(res.text.len == side->len &&
	     !memcmp(res.text.s, side->s, side->len));
	resolution_release(&res);
	MUST(!resolve_sides(&res, kind, base, base, side));
	MUST(res.text.len == side->len &&
	     !memcmp(res.text.s, side->s, side->len));
	resolution_release(&res);
}

static int same_sides(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

/*
 * A conflict is one from both sides.  That structure is no help may depend on
 * which side is ours, as whose order it is decides where empty lines, names
 * and comments come to stand.
 */
static void check_sides(enum resolve_kind kind, const struct buf *base,
			const struct buf *ours, const struct buf *theirs)
{
	struct resolution one = RESOLUTION_INIT, other = RESOLUTION_INIT;
	int ret = resolve_sides(&one, kind, base, ours, theirs);
	int swapped = resolve_sides(&other, kind, base, theirs, ours);

	if (ret >= 0 && swapped >= 0)
		MUST(ret == swapped);
	/* With line feeds alone it is read as it stands. */
	if (!ret && one.text.len && !memchr(one.text.s, '\r', one.text.len) &&
	    !starts_with(one.text.s, "\xef\xbb\xbf") &&
	    !same_sides(&one.text, ours) && !same_sides(&one.text, theirs))
		MUST(!check_node_text(kind, &one.text));
	resolution_release(&one);
	resolution_release(&other);
}

static void fuzz_resolve(enum resolve_kind kind, const char *text, size_t len)
{
	struct buf sides[3];

	split_sides(sides, text, len);
	for (int i = 0; i < 3; i++)
		check_node_text(kind, &sides[i]);
	check_one_side(kind, &sides[0], &sides[1]);
	check_sides(kind, &sides[0], &sides[1], &sides[2]);
	check_sides(kind, NULL, &sides[1], &sides[2]);
	for (int i = 0; i < 3; i++)
		buf_release(&sides[i]);
}

void fuzz_resolve_yaml(const char *text, size_t len)
{
	fuzz_resolve(RESOLVE_YAML, text, len);
}

void fuzz_resolve_json(const char *text, size_t len)
{
	fuzz_resolve(RESOLVE_JSON, text, len);
}

void fuzz_resolve_dotenv(const char *text, size_t len)
{
	fuzz_resolve(RESOLVE_DOTENV, text, len);
}

void fuzz_resolve_ignore(const char *text, size_t len)
{
	fuzz_resolve(RESOLVE_IGNORE, text, len);
}

/* "KIND ACTION PATH", then a text, and behind a separator what to write. */
struct edit_input {
	char kind, action;
	char *path;
	struct buf sides[3];		/* text, value */
};

static int edit_input_read(struct edit_input *in, const char *text, size_t len)
{
	const char *lf = memchr(text, '\n', len);

	*in = (struct edit_input){ .path = NULL };
	if (!lf || lf - text < 2)
		return 0;
	in->kind = text[0];
	in->action = text[1];
	in->path = xmemdupz(text + 2, (size_t)(lf - text) - 2);
	split_sides(in->sides, lf + 1, len - (size_t)(lf - text) - 1);
	return 1;
}

static void edit_input_release(struct edit_input *in)
{
	for (int i = 0; in->path && i < 3; i++)
		buf_release(&in->sides[i]);
	free(in->path);
}

static int edit_act(struct edit *e, const struct edit_input *in,
		    const struct value *v, struct error *err)
{
	switch (in->action) {
	case 's':
		return edit_set(e, in->path, v, err);
	case 'a':
		return edit_append(e, in->path, v, err);
	case 'i':
		return edit_insert(e, in->path, 1, v, err);
	case 'r':
		return edit_rename(e, in->path, in->sides[1].s, err);
	default:
		return edit_remove(e, in->path, err);
	}
}

/* What was not done has left no trace; what was done is so. */
static void check_edit(struct edit *e, const struct edit_input *in,
		       const struct value *v)
{
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct error err = ERROR_INIT;
	const struct node *there;
	int ret;

	edit_end(e, &before);
	MUST(before.len == in->sides[0].len &&
	     !memcmp(before.s, in->sides[0].s, before.len));
	ret = edit_act(e, in, v, &err);
	must_match(&err, ret < 0);
	edit_end(e, &after);
	if (ret <= 0)
		MUST(after.len == before.len &&
		     !memcmp(after.s, before.s, after.len));
	there = edit_get(e, in->path);
	if (ret > 0 && in->action == 's')
		MUST(there && edit_is(there, v));
	if (ret > 0 && in->action == 's')
		MUST(!edit_set(e, in->path, v, &err));
	error_release(&err);
	buf_release(&before);
	buf_release(&after);
}

void fuzz_edit(const char *text, size_t len)
{
	static const enum resolve_kind kinds[] = {
		RESOLVE_YAML, RESOLVE_JSON, RESOLVE_DOTENV, RESOLVE_IGNORE
	};
	struct edit_input in;
	struct edit e = EDIT_INIT;
	struct error err = ERROR_INIT;
	struct value *v;

	if (len > 8192 || !edit_input_read(&in, text, len))
		return;
	v = yaml_parse("value", in.sides[1].s, in.sides[1].len, &err);
	error_release(&err);
	if (!v || !value_get(v, "v"))
		goto out;
	if (!edit_begin(&e, kinds[(unsigned char)in.kind % 4], "text",
			&in.sides[0], &err))
		check_edit(&e, &in, value_get(v, "v"));
	error_release(&err);
out:
	edit_release(&e);
	value_free(v);
	edit_input_release(&in);
}
