/*
 * Editing by path: what comes out to the byte, and that going back gives the
 * text that was there before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "doc/edit.h"
#include "doc/yaml.h"

enum action { SET, APPEND, INSERT, RENAME, REMOVE };

/* `argument` is a value in YAML; of RENAME a key. */
struct step {
	enum action action;
	const char *path, *argument;
	long at;
};

static int act(struct edit *e, const struct step *s, struct error *err)
{
	struct value *map = NULL, *v = NULL;
	char *text;
	int ret = -1;

	if (s->action == RENAME)
		return edit_rename(e, s->path, s->argument, err);
	if (s->action == REMOVE)
		return edit_remove(e, s->path, err);
	text = xstrfmt("v: %s\n", s->argument);
	map = yaml_parse("argument", text, strlen(text), err);
	assert_non_null(map);
	v = value_get(map, "v");
	if (s->action == SET)
		ret = edit_set(e, s->path, v, err);
	else if (s->action == APPEND)
		ret = edit_append(e, s->path, v, err);
	else
		ret = edit_insert(e, s->path, s->at, v, err);
	value_free(map);
	free(text);
	return ret;
}

static char *edited(enum resolve_kind kind, const char *before,
		    const struct step *steps, size_t nr, int *ret,
		    struct error *err)
{
	struct edit e = EDIT_INIT;
	struct buf in = BUF_INIT, out = BUF_INIT;

	buf_adds(&in, before);
	*ret = edit_begin(&e, kind, "file", &in, err);
	for (size_t i = 0; i < nr && *ret >= 0; i++)
		*ret = act(&e, &steps[i], err);
	/* What could not be read has no end either. */
	if (e.tree.nr)
		edit_end(&e, &out);
	else
		buf_adds(&out, before);
	edit_release(&e);
	buf_release(&in);
	return buf_detach(&out);
}

static void becomes(enum resolve_kind kind, const char *before,
		    enum action action, const char *path,
		    const char *argument, const char *after)
{
	struct step s = { action, path, argument, 0 };
	struct error err = ERROR_INIT;
	int ret;
	char *out = edited(kind, before, &s, 1, &ret, &err);

	if (ret < 0)
		fail_msg("%s: %s", path, err.message);
	assert_string_equal(after, out);
	assert_int_equal(strcmp(before, after) != 0, ret);
	free(out);
	/* Once more changes nothing, but for what is added. */
	if (action == SET || (action == REMOVE && !strchr(path, '['))) {
		out = edited(kind, after, &s, 1, &ret, &err);
		assert_int_equal(0, ret);
		assert_string_equal(after, out);
		free(out);
	}
}

static void refused(enum resolve_kind kind, const char *before,
		    enum action action, const char *path,
		    const char *argument, const char *why)
{
	struct step s = { action, path, argument, 0 };
	struct error err = ERROR_INIT;
	int ret;
	char *out = edited(kind, before, &s, 1, &ret, &err);

	assert_int_equal(-1, ret);
	assert_string_equal(before, out);
	if (!strstr(err.message, why))
		fail_msg("'%s' is not in '%s'", why, err.message);
	error_release(&err);
	free(out);
}

#define YAML RESOLVE_YAML
#define JSON RESOLVE_JSON
#define DOTENV RESOLVE_DOTENV

static void set_scalars(void **state)
{
	(void)state;
	/* The key that is empty, and one of two quotes. */
	becomes(JSON, "{\"p\": {\"\": \"a\"}}\n", SET, "p.\"\"", "\"b\"",
		"{\"p\": {\"\": \"b\"}}\n");
	becomes(JSON, "{\"p\": {\"x\": 1}}\n", SET, "p.\"\"", "\"b\"",
		"{\"p\": {\"x\": 1, \"\": \"b\"}}\n");
	becomes(YAML, "p:\n  x: 1\n", SET, "p.\\\"\\\"", "b",
		"p:\n  x: 1\n  \"\\\"\\\"\": b\n");
	becomes(YAML, "a: 1\nb:   two  # why\nc: 3\n", SET, "b", "three",
		"a: 1\nb:   three  # why\nc: 3\n");
	becomes(YAML, "a: 'x'\n", SET, "a", "z", "a: 'z'\n");
	becomes(YAML, "a: \"x\"\n", SET, "a", "y z", "a: \"y z\"\n");
	becomes(YAML, "a: 'x'\n", SET, "a", "\"it's\"", "a: 'it''s'\n");
	becomes(YAML, "a: x\n", SET, "a", "https://acme.example/a#b",
		"a: https://acme.example/a#b\n");
	becomes(YAML, "a: x\n", SET, "a", "\"8080\"", "a: \"8080\"\n");
	becomes(YAML, "a: x\n", SET, "a", "8080", "a: 8080\n");
	becomes(YAML, "a: x\n", SET, "a", "\"a: b\"", "a: \"a: b\"\n");
	becomes(YAML, "a:\nb: 1\n", SET, "a", "x", "a: x\nb: 1\n");
	becomes(YAML, "a: x # c\n", SET, "a", "~", "a: null # c\n");
	becomes(YAML, "a: |\n  one\n  two\nb: 1\n", SET, "a", "x",
		"a: x\nb: 1\n");
	becomes(YAML, "\xc3\xa4: 1\nb: 2 # \xc3\xb6\nc: 3\n", SET, "b", "4",
		"\xc3\xa4: 1\nb: 4 # \xc3\xb6\nc: 3\n");
	becomes(YAML, "a:\n- b: 1\n- c: 2 # x\n", SET, "a[1].c", "3",
		"a:\n- b: 1\n- c: 3 # x\n");
	becomes(YAML, "a:\n- name: x\n  v: 1\n- name: y\n  v: 2\n", SET,
		"a[name=y].v", "3",
		"a:\n- name: x\n  v: 1\n- name: y\n  v: 3\n");
	becomes(YAML, "a: {b: 1, c: 2}\n", SET, "a.c", "3",
		"a: {b: 1, c: 3}\n");
	becomes(YAML, "a.b: 1\n", SET, "a\\.b", "2", "a.b: 2\n");
	becomes(JSON, "{\n\t\"a\": 1,\n\t\"b\": \"x\"\n}\n", SET, "b",
		"\"y\\tz\"", "{\n\t\"a\": 1,\n\t\"b\": \"y\\tz\"\n}\n");
	becomes(JSON, "{\"a\": 1}", SET, "a", "2", "{\"a\": 2}");
	becomes(DOTENV, "# c\nexport A=1 # one\nB='x'\n", SET, "A", "2",
		"# c\nexport A=2 # one\nB='x'\n");
	becomes(DOTENV, "A=1\nB='x'\n", SET, "B", "a b", "A=1\nB='a b'\n");
}

static void set_new(void **state)
{
	(void)state;
	becomes(YAML, "a:\n    b: 1\nc: 2\n", SET, "a.d", "3",
		"a:\n    b: 1\n    d: 3\nc: 2\n");
	becomes(YAML, "a:\n  b: 1\n  # d: 4\nc: 2\n", SET, "a.d", "3",
		"a:\n  b: 1\n  d: 3\n  # d: 4\nc: 2\n");
	becomes(YAML, "a: 1\n", SET, "b.c.d", "x",
		"a: 1\nb:\n  c:\n    d: x\n");
	becomes(YAML, "a:\nb: 1\n", SET, "a.c", "2", "a:\n  c: 2\nb: 1\n");
	becomes(YAML, "a:\n- b: 1\n  c: 2\n", SET, "a[0].d", "3",
		"a:\n- b: 1\n  c: 2\n  d: 3\n");
	becomes(YAML, "a: {}\n", SET, "a.b", "1", "a: {\"b\": 1}\n");
	becomes(YAML, "a:\n    b: 1\n", SET, "c", "{d: {e: 1}, f: [2]}",
		"a:\n    b: 1\nc:\n    d:\n        e: 1\n    f:\n"
		"        - 2\n");
	becomes(YAML, "a:\n- b: 1\n", SET, "c", "{d: {e: 1}, f: [2]}",
		"a:\n- b: 1\nc:\n  d:\n    e: 1\n  f:\n  - 2\n");
	becomes(YAML, "a: 1\n", SET, "b", "{x: 1, z: [1, two]}",
		"a: 1\nb:\n  x: 1\n  z:\n    - 1\n    - two\n");
	becomes(JSON, "{\n    \"a\": 1\n}\n", SET, "b", "2",
		"{\n    \"a\": 1,\n    \"b\": 2\n}\n");
	becomes(JSON, "{\n  \"a\": {\n    \"x\": 1\n  }\n}\n", SET, "a.y",
		"[1, \"z\"]",
		"{\n  \"a\": {\n    \"x\": 1,\n    \"y\": [\n      1,\n"
		"      \"z\"\n    ]\n  }\n}\n");
	becomes(DOTENV, "A=1\n# end\n", SET, "B", "\"x y\"",
		"A=1\nB=\"x y\"\n# end\n");
	becomes(DOTENV, "A=1", SET, "B", "2", "A=1\nB=2");
	becomes(DOTENV, "", SET, "B", "2", "B=2\n");
}

static void lists(void **state)
{
	(void)state;
	becomes(YAML, "a:\n  - x\n  - y # c\nb: 1\n", APPEND, "a", "z",
		"a:\n  - x\n  - y # c\n  - z\nb: 1\n");
	becomes(YAML, "a:\n- x\nb: 1\n", APPEND, "a", "{k: 1, m: 2}",
		"a:\n- x\n- k: 1\n  m: 2\nb: 1\n");
	becomes(YAML, "a: [x, y]\n", APPEND, "a", "z", "a: [x, y, z]\n");
	becomes(YAML, "a: [x]\n", APPEND, "a", "z", "a: [x, z]\n");
	becomes(YAML, "a: []\n", APPEND, "a", "z", "a: [z]\n");
	becomes(YAML, "a:\n", APPEND, "a", "z", "a:\n  - z\n");
	becomes(YAML, "b: 1\n", APPEND, "a", "z", "b: 1\na:\n  - z\n");
	becomes(YAML, "a:\n  # x\n  - x\n  - y\n", INSERT, "a", "z",
		"a:\n  - z\n  # x\n  - x\n  - y\n");
	becomes(YAML, "a: [x, y]\n", INSERT, "a", "z", "a: [z, x, y]\n");
	becomes(JSON, "[\n  1\n]\n", APPEND, "", "2", "[\n  1,\n  2\n]\n");
	becomes(RESOLVE_IGNORE, "/a\n", APPEND, "", "/b", "/a\n/b\n");
}

static void renames(void **state)
{
	(void)state;
	becomes(YAML, "a:\n  # c\n  b : 1 # d\n", RENAME, "a.b", "x",
		"a:\n  # c\n  x : 1 # d\n");
	becomes(YAML, "a:\n  'b': 1\n", RENAME, "a.b", "x", "a:\n  'x': 1\n");
	becomes(YAML, "a:\n  b: 1\n", RENAME, "a.b", "x: y",
		"a:\n  \"x: y\": 1\n");
	becomes(YAML, "- a: 1\n  b: 2\n", RENAME, "[0].a", "x",
		"- x: 1\n  b: 2\n");
	becomes(JSON, "{\"a\": 1}\n", RENAME, "a", "x\"y",
		"{\"x\\\"y\": 1}\n");
	becomes(DOTENV, "export A = 1\n", RENAME, "A", "B",
		"export B = 1\n");
	becomes(YAML, "b: 1\n", RENAME, "a", "b", "b: 1\n");
	becomes(YAML, "'a': 1\n", RENAME, "a", "it's", "'it''s': 1\n");
	refused(YAML, "a: 1\nb: 2\n", RENAME, "a", "b", "neighbour");
	refused(YAML, "a: 1\n", RENAME, "x", "b", "no key");
}

static void removals(void **state)
{
	(void)state;
	becomes(YAML, "a: 1\n# b is\nb: 2 # two\nc: 3\n", REMOVE, "b", NULL,
		"a: 1\nc: 3\n");
	becomes(YAML, "a:\n  b: 1\nc: 3\n", REMOVE, "a.b", NULL,
		"a: {}\nc: 3\n");
	becomes(YAML, "a: # why\n  - b\n  # end\nc: 3\n", REMOVE, "a[0]", NULL,
		"a: [] # why\n  # end\nc: 3\n");
	becomes(YAML, "- a: 1\n  b: 2\n", REMOVE, "[0].a", NULL, "- b: 2\n");
	becomes(YAML, "- a: 1\n- b: 2\n", REMOVE, "[0]", NULL, "- b: 2\n");
	becomes(YAML, "a: [x, y, z]\n", REMOVE, "a[1]", NULL, "a: [x, z]\n");
	becomes(YAML, "a: [x, y]\n", REMOVE, "a[-1]", NULL, "a: [x]\n");
	becomes(YAML, "a: 1\n", REMOVE, "b.c", NULL, "a: 1\n");
	becomes(YAML, "# head\n\na: 1\n", REMOVE, "a", NULL, "# head\n\n{}\n");
	becomes(JSON, "{\n  \"a\": 1,\n  \"b\": 2\n}\n", REMOVE, "b", NULL,
		"{\n  \"a\": 1\n}\n");
	becomes(JSON, "{\n  \"a\": 1,\n  \"b\": 2\n}\n", REMOVE, "a", NULL,
		"{\n  \"b\": 2\n}\n");
	becomes(DOTENV, "A=1\n# b\nB=2\n", REMOVE, "B", NULL, "A=1\n");
	becomes(DOTENV, "A=1\n", REMOVE, "A", NULL, "");
	/* The first key behind a dash, and no byte more. */
	becomes(YAML, "- a: 1\n  # b\n  # is\n\n  b: 2\n- c: 3\n", REMOVE,
		"[0].a", NULL, "- # b\n  # is\n\n  b: 2\n- c: 3\n");
	becomes(YAML, "x:\n  -   a: 1 # a\n\n      b: 2\n", REMOVE, "x[0].a",
		NULL, "x:\n  -   b: 2\n");
	becomes(YAML, "- - a: 1\n\n    # b\n    b: 2\n    c: 3\n", REMOVE,
		"[0][0].a", NULL, "- - # b\n    b: 2\n    c: 3\n");
	becomes(YAML, "- # b\n  b: 2\n  # c\n  c: 3\n", REMOVE, "[0].b",
		NULL, "- # b\n  # c\n  c: 3\n");
}

static void stored_otherwise(void **state)
{
	(void)state;
	becomes(YAML, "\xef\xbb\xbf" "a: 1\r\nb: 2\r\n", SET, "c", "3",
		"\xef\xbb\xbf" "a: 1\r\nb: 2\r\nc: 3\r\n");
	becomes(YAML, "a: 1\nb: 2", SET, "b", "3", "a: 1\nb: 3");
	becomes(YAML, "---\na: 1\n---\na: 2\n", SET, "a", "3",
		"---\na: 3\n---\na: 2\n");
	becomes(YAML, "x: &n\n  a: 1\ny:\n  <<: *n\n  b: 2\n", SET, "x.a", "3",
		"x: &n\n  a: 3\ny:\n  <<: *n\n  b: 2\n");
}

static void comments_stay(void **state)
{
	(void)state;
	becomes(YAML, "a: x # why\nb: 1\n", SET, "a", "{c: 1}",
		"a: # why\n  c: 1\nb: 1\n");
	becomes(YAML, "a: # why\n  c: 1\nb: 1\n", SET, "a", "x",
		"a: x # why\nb: 1\n");
	becomes(YAML, "a: | # why\n  x\nb: 1\n", SET, "a", "[1]",
		"a: # why\n  - 1\nb: 1\n");
	becomes(YAML, "a: x # why\n", SET, "a", "\"x\\ny\\n\"",
		"a: \"x\\ny\\n\" # why\n");
	becomes(YAML, "a:  # why\n  c: 1\n", SET, "a", "\"x\\ny\\n\"",
		"a: |  # why\n  x\n  y\n");
	becomes(YAML, "- x # why\n", SET, "[0]", "{c: 1, d: 2}",
		"- c: 1 # why\n  d: 2\n");
	/* Behind a comma it is that of what is before it. */
	becomes(YAML, "a: [\n  x, # x\n  y # y\n]\n", REMOVE, "a[1]", NULL,
		"a: [\n  x # x\n]\n");
	becomes(YAML, "a: [\n  x, # x\n  y # y\n]\n", REMOVE, "a[0]", NULL,
		"a: [\n  y # y\n]\n");
	becomes(YAML, "a: [\n  x, # x\n  y # y\n]\n", APPEND, "a", "z",
		"a: [\n  x, # x\n  y, # y\n  z\n]\n");
	becomes(YAML, "a: [ # a\n  x]\n", INSERT, "a", "z",
		"a: [ # a\n  z,\n  x]\n");
	/* Empty lines below lines are nobody's. */
	becomes(YAML, "z: 0\na: |\n  x\n\nb: 1\n", REMOVE, "a", NULL,
		"z: 0\n\nb: 1\n");
	becomes(YAML, "a: 1\nb: |\n  x\n\nc: 1\n", SET, "b", "2",
		"a: 1\nb: 2\n\nc: 1\n");
}

static void names_stay(void **state)
{
	(void)state;
	becomes(YAML, "a: &n x\nb: *n\n", SET, "a", "y",
		"a: &n y\nb: *n\n");
	becomes(YAML, "a: &n x\nb: *n\n", SET, "a", "{c: 1}",
		"a: &n\n  c: 1\nb: *n\n");
	becomes(YAML, "a: &n # c\n  c: 1\nb: *n\n", SET, "a", "x",
		"a: &n x # c\nb: *n\n");
	becomes(YAML, "a: &n\n  c: 1\nb: *n\n", REMOVE, "a.c", NULL,
		"a: &n {}\nb: *n\n");
	becomes(YAML, "a: &n # c\n- x\n- y\nb: *n\n", REMOVE, "a[0]", NULL,
		"a: &n # c\n- y\nb: *n\n");
	becomes(YAML, "a: &n x\nb: *n\n", SET, "b", "y",
		"a: &n x\nb: y\n");
	refused(YAML, "a: &n x\nb: *n\n", REMOVE, "a", NULL,
		"'*n' would have nothing");
	refused(YAML, "a:\n  b: &n x\nc: *n\n", SET, "a", "1",
		"'*n' would have nothing");
}

static void spelling_stays(void **state)
{
	(void)state;
	becomes(JSON, "{\"a\" :1}\n", SET, "a", "\"word\"",
		"{\"a\" :\"word\"}\n");
	becomes(JSON, "{\"a\" : \"x\"}\n", SET, "a", "[8]",
		"{\"a\" : [8]}\n");
	becomes(YAML, "'a' :  x\nb: 1\n", SET, "a", "[8]",
		"'a' :\n  - 8\nb: 1\n");
	becomes(YAML, "a: [x]\n", SET, "a[0]", "\"y,z\"",
		"a: [\"y,z\"]\n");
	becomes(YAML, "a: [x, y]\n", REMOVE, "a[0]", NULL, "a: [y]\n");
	becomes(YAML, "a: [\n  x\n]\n", REMOVE, "a[0]", NULL, "a: []\n");
	becomes(YAML, "a: 1\n", SET, "b", "[[x, [z]], ~, []]",
		"a: 1\nb:\n  - - x\n    - - z\n  - ~\n  - []\n");
	becomes(DOTENV, "A=x # c\n", SET, "A", "\"\"", "A= # c\n");
	becomes(DOTENV, "A= # c\n", SET, "A", "x", "A=x # c\n");
}

static void not_possible(void **state)
{
	(void)state;
	refused(YAML, "a: 1\n", SET, "a.b", "2", "no keys");
	refused(YAML, "a: 1\n", SET, "", "2", "the whole");
	refused(YAML, "a: 1\n", SET, "a..b", "2", "no path");
	refused(YAML, "a: 1\n", SET, "a[x", "2", "no path");
	refused(YAML, "a:\n- 1\n", SET, "a[4]", "2", "no such entry");
	refused(YAML, "a: 1\n", APPEND, "a", "2", "no list");
	refused(DOTENV, "A=1\n", SET, "B", "[1]", "no way to write");
	refused(YAML, "a: [\n", SET, "a", "1", "file:");
}

/* Documents, and for each path what it is set to and back. */
static void back_again(void **state)
{
	static const struct {
		enum resolve_kind kind;
		const char *text;
		struct step steps[2];
	} cases[] = {
		{ YAML, "a: 'x' # c\nb: |\n  l\n",
		  { { SET, "a", "z", 0 }, { SET, "a", "x", 0 } } },
		{ YAML, "a: https://x:80/#f\n",
		  { { SET, "a", "y", 0 },
		    { SET, "a", "https://x:80/#f", 0 } } },
		{ YAML, "a: {b: 1, 'c': [2, 3]}\n",
		  { { APPEND, "a.c", "4", 0 }, { REMOVE, "a.c[-1]", "", 0 } } },
		{ YAML, "a: {b: 1}\n",
		  { { SET, "a.d", "4", 0 }, { REMOVE, "a.d", "", 0 } } },
		{ YAML, "a:\n    - b\n    # c\nd: 1\n",
		  { { INSERT, "a", "x", 1 }, { REMOVE, "a[1]", "", 0 } } },
		{ YAML, "a:\n    - b: 1\n      c: 2\n",
		  { { SET, "a[0].x.y", "1", 0 },
		    { REMOVE, "a[0].x", "", 0 } } },
		{ YAML, "? a\n: 1\n", { { SET, "a", "y", 0 },
					{ SET, "a", "1", 0 } } },
		{ YAML, "a:\n  \"b\" : 1\n",
		  { { RENAME, "a.b", "z", 0 }, { RENAME, "a.z", "b", 0 } } },
		{ JSON, "{ \"a\":1 ,\"b\" : [ ] }",
		  { { APPEND, "b", "1", 0 }, { REMOVE, "b[0]", "", 0 } } },
		{ JSON, "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n",
		  { { SET, "a.c", "[1]", 0 }, { REMOVE, "a.c", "", 0 } } },
		{ DOTENV, " export  A =  \"x\"   # c\n\n# d",
		  { { SET, "B", "1", 0 }, { REMOVE, "B", "", 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		int ret;
		char *out = edited(cases[i].kind, cases[i].text,
				   cases[i].steps, 2, &ret, &err);

		assert_string_equal(cases[i].text, out);
		/* What does not read is as it was, too. */
		assert_int_equal(strncmp(cases[i].text, "?", 1) ? 1 : -1, ret);
		error_release(&err);
		free(out);
	}
}

static void got(void **state)
{
	struct edit e = EDIT_INIT;
	struct buf in = BUF_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	buf_adds(&in, "a:\n  b: [x, 'y']\n");
	assert_int_equal(0, edit_begin(&e, YAML, "file", &in, &err));
	assert_string_equal("y", edit_get(&e, "a.b[1]")->data);
	assert_string_equal("y", edit_get(&e, "a.b[-1]")->data);
	assert_int_equal(NODE_MAP, edit_get(&e, "")->type);
	assert_null(edit_get(&e, "a.c"));
	assert_null(edit_get(&e, "a.b[2]"));
	assert_null(edit_get(&e, "a.b.x"));
	assert_null(edit_get(&e, "a["));
	edit_release(&e);
	buf_release(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_scalars),
		cmocka_unit_test(set_new),
		cmocka_unit_test(lists),
		cmocka_unit_test(renames),
		cmocka_unit_test(removals),
		cmocka_unit_test(stored_otherwise),
		cmocka_unit_test(comments_stay),
		cmocka_unit_test(names_stay),
		cmocka_unit_test(spelling_stays),
		cmocka_unit_test(not_possible),
		cmocka_unit_test(back_again),
		cmocka_unit_test(got),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
