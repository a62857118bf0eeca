#include "doc/edit_internal.h"

#include "base/mem.h"
#include "doc/json.h"
#include "doc/node_lines.h"
#include "doc/node_yaml.h"
#include "doc/yaml.h"

#include <stdlib.h>
#include <string.h>

/* A text of our own, read like any other; NULL: it does not read. */
static struct node *read_made(struct edit *e, const struct buf *b)
{
	struct error ignored = ERROR_INIT;
	struct piece text = piece_keep(e, b);
	struct node_text t = { NULL, 0, 0 };
	int ret = e->kind == RESOLVE_DOTENV ?
		node_read_dotenv(&t, &e->pool, "", text.s, text.len,
				 &ignored) :
		e->kind == RESOLVE_IGNORE ?
		node_read_lines(&t, &e->pool, "", text.s, text.len,
				&ignored) :
		node_read_yaml(&t, &e->pool, "", text.s, text.len, &ignored);

	error_release(&ignored);
	return ret < 0 ? NULL : t.docs[0].root;
}

static void add_json_text(struct buf *out, const char *text)
{
	struct json *j = json_new();

	json_string(j, NULL, text);
	json_write(j, out, JSON_ONE_LINE);
	json_free(j);
}

/* JSON, which is the safest way to write into brackets of YAML as well. */
static void add_json(struct buf *out, const struct layout *l, size_t level,
		     const struct value *v)
{
	if (v->type == VALUE_NULL) {
		buf_adds(out, "null");
		return;
	}
	if (v->type == VALUE_SCALAR && v->quoted) {
		add_json_text(out, v->text);
		return;
	}
	if (v->type == VALUE_SCALAR) {
		buf_adds(out, v->text);
		return;
	}
	buf_addc(out, v->type == VALUE_MAP ? '{' : '[');
	for (size_t i = 0; i < v->nr; i++) {
		buf_adds(out, i ? l->is_multiline ? "," : ", " : "");
		flow_add_line(out, l, level + 1);
		if (v->type == VALUE_MAP) {
			add_json_text(out, v->keys[i]);
			buf_adds(out, ": ");
		}
		add_json(out, l, level + 1, v->items[i]);
	}
	if (v->nr)
		flow_add_line(out, l, level);
	buf_addc(out, v->type == VALUE_MAP ? '}' : ']');
}

static int make_flow(struct edit *e, struct entry *out,
		     const struct spot *spot, const char *key,
		     const struct value *value)
{
	struct layout l = flow_layout(e, spot);
	struct node *made;
	struct buf b = BUF_INIT;

	buf_addc(&b, key ? '{' : '[');
	if (key) {
		add_json_text(&b, key);
		buf_adds(&b, ": ");
	}
	add_json(&b, &l, 1, value);
	buf_addc(&b, key ? '}' : ']');
	made = read_made(e, &b);
	buf_release(&b);
	if (!made || made->nr != 1)
		return -1;
	*out = made->entries[0];
	return 0;
}

/* As far as the first block below a key shows: -1 where there is none. */
static void find_style(const struct node *n, struct yaml_style *style)
{
	for (size_t i = 0; i < n->nr; i++) {
		const struct node *v = n->entries[i].value;

		if (!node_is_block(v))
			continue;
		if (n->type == NODE_MAP && v->type == NODE_MAP &&
		    style->step < 0)
			style->step = v->indent - n->indent;
		if (n->type == NODE_MAP && v->type == NODE_LIST &&
		    style->dash < 0)
			style->dash = v->indent - n->indent;
		if (style->step < 0 || style->dash < 0)
			find_style(v, style);
	}
}

/* Of what is there already. */
static struct yaml_style style_of(const struct edit *e)
{
	struct yaml_style style = { -1, -1 };
	const struct node *root = e->tree.docs[0].root;

	if (node_is_block(root))
		find_style(root, &style);
	if (style.step <= 0)
		style.step = style.dash > 0 ? style.dash : 2;
	if (style.dash < 0)
		style.dash = style.step;
	return style;
}

/* "key: value" or "- value", as a block of its own. */
static struct node *make_block_text(struct edit *e, const char *key,
				    const struct value *value)
{
	struct yaml_style style = style_of(e);
	struct value *map = value_new(VALUE_MAP), *list = NULL;
	struct buf b = BUF_INIT;
	struct node *n;

	/* Borrowed for as long as it is written. */
	if (!key) {
		list = value_new(VALUE_LIST);
		value_append(list, (struct value *)value);
	}
	value_add(map, key ? key : "list",
		  list ? list : (struct value *)value);
	yaml_write_like(&b, map, style);
	if (list)
		list->nr = 0;
	else
		map->items[0] = NULL;
	value_free(map);
	n = read_made(e, &b);
	buf_release(&b);
	return key || !n ? n : n->entries[0].value;
}

static int make_block(struct edit *e, struct entry *out,
		      const struct spot *spot, const char *key,
		      const struct value *value)
{
	struct node *n = make_block_text(e, key, value);

	if (!n || !n->is_block || n->nr != 1)
		return -1;
	*out = entry_shift(&e->pool, &n->entries[0], 1,
			   spot->node->indent - n->indent);
	return 0;
}

static int needs_quotes(const char *text)
{
	return text[strcspn(text, " \t\n\"'#$\\`;&|<>()*?!{}[]~")] != '\0';
}

/* KEY=VALUE, or a line as it is. */
static int make_line(struct edit *e, struct entry *out, const char *key,
		     const struct value *value)
{
	struct buf b = BUF_INIT;
	struct node *n;
	const char *text = value->text ? value->text : "";

	if (key)
		buf_addf(&b, "%s=", key);
	if (key && needs_quotes(text) && !strpbrk(text, "\\\"$`"))
		buf_addf(&b, "\"%s\"", text);
	else if (key && needs_quotes(text))
		buf_addf(&b, "'%s'", text);
	else
		buf_adds(&b, text);
	buf_addc(&b, '\n');
	n = read_made(e, &b);
	buf_release(&b);
	if (!n || n->nr != 1 ||
	    strcmp(n->entries[0].value->data, text))
		return -1;
	*out = n->entries[0];
	return 0;
}

int make_entry(struct edit *e, struct entry *out, const struct spot *spot,
	       const char *key, const struct value *value, struct error *err)
{
	int is_lines = e->kind == RESOLVE_DOTENV || e->kind == RESOLVE_IGNORE;
	int ret;

	if (is_lines && value->type != VALUE_SCALAR)
		ret = -1;
	else if (is_lines)
		ret = make_line(e, out, key, value);
	else if (spot->node->is_block)
		ret = make_block(e, out, spot, key, value);
	else
		ret = make_flow(e, out, spot, key, value);
	/* Not all that is asked for can be written: bytes that are no text. */
	if (!ret && ((key && strcmp(out->key, key)) ||
		     !edit_is(out->value, value)))
		ret = -1;
	return ret ? error_set(err, ERROR_FATAL, "%s: there is no way to "
			       "write that here", e->name) : 0;
}

static void add_quoted(const struct edit *e, struct buf *out, const char *s)
{
	if (e->kind == RESOLVE_JSON)
		add_json_text(out, s);
	else
		yaml_add_quoted(out, s);
}

/* YAML writes a quote in such quotes twice; dotenv has no way. */
static void add_single(const struct edit *e, struct buf *out, const char *s)
{
	buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'' && e->kind == RESOLVE_YAML)
			buf_addc(out, '\'');
		buf_addc(out, *s);
	}
	buf_addc(out, '\'');
}

/* "text", 'text' or text, as the old one is written. */
static void add_like(const struct edit *e, struct buf *out,
		     const struct node *old, const struct value *v)
{
	const char *s = v->text ? v->text : "null";
	char quote = old->text.len ? *old->text.s : '\0';

	if (e->kind == RESOLVE_JSON)
		quote = v->type == VALUE_SCALAR && v->quoted ? '"' : '\0';
	if (quote == '\'' && !strchr(s, '\n'))
		add_single(e, out, s);
	else if (quote == '\'' || quote == '"')
		add_quoted(e, out, s);
	else
		buf_adds(out, s);
}

/* Does that text, as a value of its own, mean what was asked for? */
static struct node *read_scalar(struct edit *e, const struct buf *text,
				int in_flow, const struct value *v)
{
	struct buf b = BUF_INIT;
	struct node *n;

	/* A comma is a text's or not, depending on where it stands. */
	buf_adds(&b, e->kind == RESOLVE_DOTENV ? "k=" :
		     e->kind == RESOLVE_IGNORE ? "" :
		     in_flow ? "[" : "- ");
	buf_add(&b, text->s, text->len);
	buf_adds(&b, in_flow ? "]" : "\n");
	n = read_made(e, &b);
	buf_release(&b);
	if (!n || n->nr != 1)
		return NULL;
	n = n->entries[0].value;
	return n->type == NODE_SCALAR && edit_is(n, v) &&
	       !memchr(n->text.s, '\n', n->text.len) ? n : NULL;
}

struct node *make_scalar(struct edit *e, const struct node *old, int in_flow,
			 const struct value *v)
{
	struct buf b = BUF_INIT;
	struct node *n;

	/* Names are put before it elsewhere. */
	if (old->anchor || old->tag || v->type == VALUE_LIST ||
	    v->type == VALUE_MAP)
		return NULL;
	add_like(e, &b, old, v);
	n = read_scalar(e, &b, in_flow, v);
	if (!n && v->type == VALUE_SCALAR) {
		buf_reset(&b);
		add_quoted(e, &b, v->text);
		n = read_scalar(e, &b, in_flow, v);
	}
	buf_release(&b);
	return n;
}

struct piece make_key(struct edit *e, const struct entry *old,
		      const char *key)
{
	struct buf b = BUF_INIT;
	struct piece p;

	if (*old->head.s == '"')
		add_quoted(e, &b, key);
	else if (*old->head.s == '\'' && !strchr(key, '\n'))
		add_single(e, &b, key);
	else if (e->kind == RESOLVE_DOTENV)
		buf_adds(&b, key);
	else
		yaml_add_text(&b, key);
	p = piece_keep(e, &b);
	buf_release(&b);
	return p;
}
