#include "doc/json.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

/* Reading */

static int bad_at(struct error *err, const char *name, const char *text,
		  const char *where, const char *what)
{
	int line = 1, column = 1;

	for (; text < where; text++) {
		column++;
		if (*text == '\n') {
			line++;
			column = 1;
		}
	}
	return error_set(err, ERROR_FATAL, "%s:%d:%d: %s", name, line, column,
			 what);
}

/*
 * cJSON would end a string at a NUL, escaped or not, without a word.
 * Returns where the first one is, or NULL.
 */
static const char *find_nul(const char *text, size_t len)
{
	const char *raw = memchr(text, '\0', len);

	if (raw)
		return raw;
	for (size_t i = 0; i + 6 <= len; i++) {
		if (text[i] != '\\')
			continue;
		if (!memcmp(text + i + 1, "u0000", 5))
			return text + i;
		i++;
	}
	return NULL;
}

static int there_twice(struct error *err, const char *name, const char *key)
{
	struct buf shown = BUF_INIT;

	buf_add_line(&shown, key);
	error_set(err, ERROR_FATAL, "%s: the key '%s' is there twice", name,
		  shown.s);
	buf_release(&shown);
	return -1;
}

static struct value *convert(const char *name, const cJSON *node,
			     struct error *err);

static int convert_items(struct value *v, const char *name,
			 const cJSON *node, struct error *err)
{
	struct strmap seen = STRMAP_INIT;
	int ret = -1;

	for (const cJSON *child = node->child; child; child = child->next) {
		struct value *item;

		if (v->type == VALUE_MAP &&
		    !strmap_put(&seen, child->string, NULL)) {
			there_twice(err, name, child->string);
			goto out;
		}
		item = convert(name, child, err);
		if (!item)
			goto out;
		if (v->type == VALUE_MAP)
			value_add(v, child->string, item);
		else
			value_append(v, item);
	}
	ret = 0;
out:
	strmap_release(&seen);
	return ret;
}

static struct value *convert(const char *name, const cJSON *node,
			     struct error *err)
{
	struct value *v;
	char *number;

	if (cJSON_IsNull(node))
		return value_new(VALUE_NULL);
	if (cJSON_IsString(node)) {
		v = value_scalar(node->valuestring);
		v->quoted = 1;
		return v;
	}
	if (cJSON_IsBool(node))
		return value_scalar(cJSON_IsTrue(node) ? "true" : "false");
	if (cJSON_IsNumber(node)) {
		number = cJSON_PrintUnformatted(node);
		v = value_scalar(number ? number : "null");
		cJSON_free(number);
		return v;
	}
	v = value_new(cJSON_IsArray(node) ? VALUE_LIST : VALUE_MAP);
	if (convert_items(v, name, node, err) < 0) {
		value_free(v);
		return NULL;
	}
	return v;
}

struct value *json_parse(const char *name, const char *text, size_t len,
			 struct error *err)
{
	const char *end = NULL, *nul = find_nul(text, len);
	struct value *v = NULL;
	cJSON *root;

	if (nul) {
		bad_at(err, name, text, nul, "a NUL character is not allowed");
		return NULL;
	}
	root = cJSON_ParseWithLengthOpts(text, len, &end, 0);
	while (root && end < text + len && *end && strchr(" \t\r\n", *end))
		end++;
	if (!root)
		bad_at(err, name, text, end && end >= text &&
		       end <= text + len ? end : text, "this is no JSON");
	else if (end < text + len)
		bad_at(err, name, text, end, "something follows the JSON");
	else
		v = convert(name, root, err);
	cJSON_Delete(root);
	return v;
}

/* Writing */

struct json {
	cJSON *root;
	cJSON **open;		/* objects and lists not ended yet */
	size_t nr, alloc;
};

struct json *json_new(void)
{
	return xcalloc(1, sizeof(struct json));
}

void json_free(struct json *j)
{
	if (!j)
		return;
	cJSON_Delete(j->root);
	free(j->open);
	free(j);
}

/* What JSON can hold of `s`; free(). */
static char *clean(const char *s)
{
	struct buf b = BUF_INIT;
	const char *end = s + strlen(s);

	while (s < end) {
		uint32_t c;
		size_t n = utf8_decode(s, (size_t)(end - s), &c);

		if (n)
			buf_add(&b, s, n);
		else
			buf_addc(&b, '?');
		s += n ? n : 1;
	}
	return buf_detach(&b);
}

static cJSON *new_string(const char *s)
{
	char *text = clean(s);
	cJSON *item = cJSON_CreateString(text);

	free(text);
	return item;
}

static void add(struct json *j, const char *key, cJSON *item)
{
	cJSON *parent = j->nr ? j->open[j->nr - 1] : NULL;
	char *name;

	if (!item)
		abort_for("out of memory");
	if (!parent) {
		cJSON_Delete(j->root);
		j->root = item;
	} else if (cJSON_IsObject(parent)) {
		name = clean(key ? key : "");
		cJSON_AddItemToObject(parent, name, item);
		free(name);
	} else {
		cJSON_AddItemToArray(parent, item);
	}
}

static void open_item(struct json *j, const char *key, cJSON *item)
{
	add(j, key, item);
	ALLOC_GROW(j->open, j->nr + 1, j->alloc);
	j->open[j->nr++] = item;
}

void json_object(struct json *j, const char *key)
{
	open_item(j, key, cJSON_CreateObject());
}

void json_list(struct json *j, const char *key)
{
	open_item(j, key, cJSON_CreateArray());
}

void json_end(struct json *j)
{
	if (j->nr)
		j->nr--;
}

void json_string(struct json *j, const char *key, const char *s)
{
	add(j, key, s ? new_string(s) : cJSON_CreateNull());
}

void json_number(struct json *j, const char *key, double n)
{
	add(j, key, cJSON_CreateNumber(n));
}

void json_bool(struct json *j, const char *key, int b)
{
	add(j, key, cJSON_CreateBool(b != 0));
}

static void write_plain(const cJSON *item, struct buf *out)
{
	char *text = cJSON_PrintUnformatted(item);

	if (!text)
		abort();
	buf_adds(out, text);
	cJSON_free(text);
}

static void write_key(const char *key, struct buf *out)
{
	cJSON *item = cJSON_CreateStringReference(key);

	write_plain(item, out);
	cJSON_Delete(item);
	buf_adds(out, ": ");
}

static void indent(struct buf *out, int level)
{
	buf_addf(out, "\n%*s", level * 2, "");
}

/* cJSON's own layout puts tabs behind the colons. */
static void write_indented(const cJSON *item, struct buf *out, int level)
{
	int object = cJSON_IsObject(item);

	if (!item->child) {
		write_plain(item, out);
		return;
	}
	buf_addc(out, object ? '{' : '[');
	for (const cJSON *child = item->child; child; child = child->next) {
		indent(out, level + 1);
		if (object)
			write_key(child->string, out);
		write_indented(child, out, level + 1);
		if (child->next)
			buf_addc(out, ',');
	}
	indent(out, level);
	buf_addc(out, object ? '}' : ']');
}

void json_strings(struct json *j, const char *key, const struct strvec *v)
{
	json_list(j, key);
	for (size_t i = 0; i < v->nr; i++)
		json_string(j, NULL, v->v[i]);
	json_end(j);
}

void json_write(const struct json *j, struct buf *out, enum json_style style)
{
	if (!j->root)
		return;
	if (style == JSON_ONE_LINE) {
		write_plain(j->root, out);
		return;
	}
	write_indented(j->root, out, 0);
	buf_addc(out, '\n');
}
