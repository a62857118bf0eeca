/* Documents: what they mean, and that what we write reads. */
#include "fuzz.h"

#include <string.h>

#include "doc/changelog.h"
#include "doc/json.h"
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
