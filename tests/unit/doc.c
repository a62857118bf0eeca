/* YAML and JSON in, JSON out: meaning, positions, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "doc/json.h"
#include "doc/yaml.h"

static struct value *yaml(const char *text)
{
	struct error err = ERROR_INIT;
	struct value *v = yaml_parse("f.yaml", text, strlen(text), &err);

	if (err.message)
		fail_msg("%s", err.message);
	return v;
}

static void yaml_refuses(const char *text, size_t len, const char *message)
{
	struct error err = ERROR_INIT;

	assert_null(yaml_parse("f.yaml", text, len, &err));
	assert_string_equal(err.message, message);
	error_release(&err);
}

#define REFUSES(text, message) yaml_refuses(text, sizeof(text) - 1, message)

static void yaml_values(void **state)
{
	struct value *v = yaml("# comment\n"
			       "a: 1\n"
			       "b: [x, 'y', ~, '~']\n"
			       "c:\n"
			       "  d: |\n"
			       "    two\n"
			       "    lines\n"
			       "  e:\n");
	struct value *b = value_get(v, "b");

	(void)state;
	assert_int_equal(v->type, VALUE_MAP);
	assert_string_equal(value_text(v, "a"), "1");
	assert_int_equal(b->nr, 4);
	assert_false(b->items[0]->quoted);
	assert_true(b->items[1]->quoted);
	assert_int_equal(b->items[2]->type, VALUE_NULL);
	assert_string_equal(b->items[3]->text, "~");
	assert_string_equal(value_at(v, "/c/d")->text, "two\nlines\n");
	assert_int_equal(value_at(v, "/c/e")->type, VALUE_NULL);
	assert_int_equal(b->items[1]->line, 3);
	assert_int_equal(b->items[1]->column, 8);
	assert_int_equal(value_at(v, "/c/d")->key_line, 5);
	assert_int_equal(value_at(v, "/c/d")->key_column, 3);
	value_free(v);
}

static void yaml_empty(void **state)
{
	struct value *v = yaml("");

	(void)state;
	assert_int_equal(v->type, VALUE_MAP);
	value_free(v);
	v = yaml("# nothing\n");
	assert_int_equal(v->type, VALUE_MAP);
	value_free(v);
}

static void yaml_refused(void **state)
{
	(void)state;
	REFUSES("a: &x 1\n",
		"f.yaml:1:4: anchors and aliases are not allowed");
	REFUSES("a: &a [l, l]\nb: [*a, *a]\n",
		"f.yaml:1:4: anchors and aliases are not allowed");
	REFUSES("b: *a\n", "f.yaml:1:4: anchors and aliases are not allowed");
	REFUSES("&k a: 1\n", "f.yaml:1:1: anchors and aliases are not allowed");
	REFUSES("a: !!binary x\n", "f.yaml:1:4: tags (!...) are not allowed");
	REFUSES("a: 1\nb: 2\na: 3\n",
		"f.yaml:3:1: the key 'a' is there twice");
	REFUSES("\"a\\nb\": 1\n\"a\\nb\": 2\n",
		"f.yaml:2:1: the key 'a?b' is there twice");
	REFUSES("a: 1\n---\nb: 2\n",
		"f.yaml:2:1: a second document is not allowed");
	REFUSES("a: 1\n? [x]\n: 2\n", "f.yaml:2:3: a key must be a plain text");
	REFUSES("a: \"x\\0y\"\n", "f.yaml:1:4: a NUL character is not allowed");
	REFUSES("a: x\0y\n", "f.yaml:1:5: control characters are not allowed");
	REFUSES("a: 1\nb: \xff\n", "f.yaml:2:4: invalid leading UTF-8 octet");
	REFUSES("a: [1\n", "f.yaml:2:1: did not find expected ',' or ']' "
		"while parsing a flow sequence");
}

static void yaml_garbage(void **state)
{
	static const char *const texts[] = {
		"{", "[", "}", ":", "- -\n -", "a: b: c", "\t", "%YAML 9.9\n",
		"%", "---\n...\n---", "? ? ?", "'", "\"\\", "|", "a\n b\nc: d",
		"!", "*", "&", "@", "`", "<<: x\n<<: y", "{a: 1, a: 2}",
		"\xfe\xff", "\xef\xbb\xbf\xef\xbb\xbf", "[[[[}", "--- >9\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct error err = ERROR_INIT;
		struct value *v = yaml_parse("x", texts[i], strlen(texts[i]),
					     &err);

		assert_true(!v == !!err.message);
		value_free(v);
		error_release(&err);
	}
}

static void yaml_depth(void **state)
{
	struct buf b = BUF_INIT;
	struct value *v;

	(void)state;
	for (int i = 0; i < 64; i++)
		buf_addc(&b, '[');
	for (int i = 0; i < 64; i++)
		buf_addc(&b, ']');
	v = yaml(b.s);
	value_free(v);
	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '[');
	yaml_refuses(b.s, b.len,
		     "f.yaml:1:65: nested too deeply (more than 64 levels)");
	buf_release(&b);
}

static void yaml_size(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	while (b.len <= 1024 * 1024)
		buf_adds(&b, "# long\n");
	yaml_refuses(b.s, b.len, "f.yaml: larger than 1 MiB, which no "
		     "configuration is");
	buf_release(&b);
}

/* A text of the size allowed, all keys: must not take quadratic time. */
static void yaml_many_keys(void **state)
{
	struct buf b = BUF_INIT;
	struct value *v;

	(void)state;
	for (int i = 0; b.len < 1024 * 1024 - 16; i++)
		buf_addf(&b, "%d:\n", i);
	v = yaml(b.s);
	assert_true(v->nr > 100000);
	value_free(v);
	buf_release(&b);
}

static void json_refuses(const char *text, size_t len, const char *message)
{
	struct error err = ERROR_INIT;

	assert_null(json_parse("f.json", text, len, &err));
	assert_string_equal(err.message, message);
	error_release(&err);
}

#define JSON_REFUSES(text, message) \
	json_refuses(text, sizeof(text) - 1, message)

static void json_values(void **state)
{
	const char *text = "{\"a\": [1, -2.5, true, null, \"s\\\\u0000\"],"
			   " \"b/c~d\": {\"\": 1700000000}}\n";
	struct error err = ERROR_INIT;
	struct value *v = json_parse("f.json", text, strlen(text), &err);

	(void)state;
	assert_non_null(v);
	assert_string_equal(value_at(v, "/a/0")->text, "1");
	assert_string_equal(value_at(v, "/a/1")->text, "-2.5");
	assert_string_equal(value_at(v, "/a/2")->text, "true");
	assert_int_equal(value_at(v, "/a/3")->type, VALUE_NULL);
	assert_string_equal(value_at(v, "/a/4")->text, "s\\u0000");
	assert_true(value_at(v, "/a/4")->quoted);
	assert_string_equal(value_at(v, "/b~1c~0d/")->text, "1700000000");
	assert_null(value_at(v, "/a/5"));
	assert_null(value_at(v, "/a/00"));
	assert_null(value_at(v, "/a/-1"));
	assert_null(value_at(v, "a"));
	assert_ptr_equal(value_at(v, ""), v);
	value_free(v);
}

static void json_refused(void **state)
{
	(void)state;
	JSON_REFUSES("", "f.json:1:1: this is no JSON");
	JSON_REFUSES("{\n \"a\": x}", "f.json:2:7: this is no JSON");
	JSON_REFUSES("{} {}", "f.json:1:4: something follows the JSON");
	JSON_REFUSES("{}\0", "f.json:1:3: a NUL character is not allowed");
	JSON_REFUSES("{\"a\0b\": 1}",
		     "f.json:1:4: a NUL character is not allowed");
	JSON_REFUSES("{\"a\": 1, \"a\": 2}",
		     "f.json: the key 'a' is there twice");
	JSON_REFUSES("{\"a\\nb\": 1, \"a\\nb\": 2}",
		     "f.json: the key 'a?b' is there twice");
	JSON_REFUSES("[\"a\\u0000b\"]",
		     "f.json:1:4: a NUL character is not allowed");
}

static void json_deep(void **state)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '[');
	assert_null(json_parse("x", b.s, b.len, &err));
	assert_non_null(err.message);
	error_release(&err);
	buf_release(&b);
}

static void json_written(void **state)
{
	struct json *j = json_new();
	struct buf b = BUF_INIT;

	(void)state;
	json_object(j, NULL);
	json_string(j, "text", "a\"b\n\xc3\xa9\xff\xed\xa0\x80");
	json_string(j, "none", NULL);
	json_number(j, "n", 1700000000);
	json_bool(j, "ok", 2);
	json_list(j, "empty");
	json_end(j);
	json_list(j, "list");
	json_string(j, NULL, "x");
	json_object(j, NULL);
	json_end(j);
	json_end(j);
	json_end(j);
	json_write(j, &b, JSON_ONE_LINE);
	assert_string_equal(b.s, "{\"text\":\"a\\\"b\\n\xc3\xa9????\","
			    "\"none\":null,\"n\":1700000000,\"ok\":true,"
			    "\"empty\":[],\"list\":[\"x\",{}]}");
	buf_reset(&b);
	json_write(j, &b, JSON_INDENT);
	assert_string_equal(b.s, "{\n"
			    "  \"text\": \"a\\\"b\\n\xc3\xa9????\",\n"
			    "  \"none\": null,\n"
			    "  \"n\": 1700000000,\n"
			    "  \"ok\": true,\n"
			    "  \"empty\": [],\n"
			    "  \"list\": [\n"
			    "    \"x\",\n"
			    "    {}\n"
			    "  ]\n"
			    "}\n");
	buf_release(&b);
	json_free(j);
}

/* Whatever stands in a text, it comes back as it was. */
static void yaml_writes_what_it_reads(void **state)
{
	static const char *const texts[] = {
		"plain", "a b", "", "~", "null", "No", "12", "- x", "a: b",
		"# c", "\"q\"", "back\\slash", "tab\t", "line\n", "two\nlines",
		"script\n\n  indented\n\tone\nend\n", "\nlead", " lead\nx\n",
		"trail \nx\n", "blank\n  \nx\n", "much\n\n", "cr\r\n", "\x7f",
		"\x1b[31m", "\xc3\xa4\xc3\xb6", "\xc2\x85",
		"\xe2\x80\xa8\xe2\x80\xa9",
		"%TAG", "@at", "`tick", "{a}", "[b]", "!tag", "&a", "*a",
		"|", ">", "---", "...", "a#b", "?",
	};
	struct value *map = value_new(VALUE_MAP), *list, *back;
	struct buf out = BUF_INIT;

	(void)state;
	list = value_new(VALUE_LIST);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct value *inner = value_new(VALUE_MAP);
		struct value *text = value_scalar(texts[i]);

		text->quoted = 1;
		value_add(inner, "deep", text);
		value_add(inner, "empty", value_new(VALUE_LIST));
		value_append(list, inner);
		text = value_scalar(texts[i]);
		text->quoted = 1;
		value_append(list, text);
	}
	value_add(map, "list", list);
	value_add(map, "odd key: \"x\"", value_scalar("7"));
	yaml_write(&out, map);
	back = yaml(out.s);
	list = value_get(back, "list");
	assert_int_equal(list->nr, 2 * ARRAY_SIZE(texts));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_string_equal(value_text(list->items[2 * i], "deep"),
				    texts[i]);
		assert_string_equal(list->items[2 * i + 1]->text, texts[i]);
	}
	assert_string_equal(value_text(back, "odd key: \"x\""), "7");
	buf_release(&out);
	value_free(map);
	value_free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_values),
		cmocka_unit_test(yaml_empty),
		cmocka_unit_test(yaml_refused),
		cmocka_unit_test(yaml_garbage),
		cmocka_unit_test(yaml_depth),
		cmocka_unit_test(yaml_size),
		cmocka_unit_test(yaml_many_keys),
		cmocka_unit_test(yaml_writes_what_it_reads),
		cmocka_unit_test(json_values),
		cmocka_unit_test(json_refused),
		cmocka_unit_test(json_deep),
		cmocka_unit_test(json_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
