/*
 * Writing YAML for people to go on with: maps and lists in blocks, texts as
 * they are where that is safe.  Without libyaml, whose emitter folds long
 * lines and has no say in how a list looks.
 */
#include "doc/yaml.h"

#include <ctype.h>
#include <string.h>

/* "- " */
#define DASH 2

static const char *const reserved[] = {
	"true", "false", "yes", "no", "on", "off", "null", "y", "n",
};

static int is_reserved(const char *text)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		const char *word = reserved[i];
		const char *s = text;

		while (*s && tolower((unsigned char)*s) == *word) {
			s++;
			word++;
		}
		if (!*s && !*word)
			return 1;
	}
	return 0;
}

/* A word that no reader of YAML takes for anything else. */
static int is_plain(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-";

	return isalpha((unsigned char)*text) &&
	       !text[strspn(text, allowed)] && !is_reserved(text);
}

/* What would end a line, or is not to be seen, is written as its number. */
static size_t add_escaped(struct buf *out, const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (*u == '"' || *u == '\\')
		buf_addf(out, "\\%c", *u);
	else if (*u == '\n' || *u == '\t')
		buf_adds(out, *u == '\n' ? "\\n" : "\\t");
	else if (*u < ' ' || *u == 0x7f)
		buf_addf(out, "\\x%02x", *u);
	else if (*u == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f)
		buf_addf(out, "\\x%02x", u[1]);
	else if (*u == 0xe2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9))
		buf_addf(out, "\\u20%02x", u[2] - 0x80);
	else
		buf_addc(out, *u);
	return *u == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f ? 2 :
	       *u == 0xe2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9) ?
	       3 : 1;
}

void yaml_add_quoted(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	while (*text)
		text += add_escaped(out, text);
	buf_addc(out, '"');
}

void yaml_add_text(struct buf *out, const char *text)
{
	if (is_plain(text))
		buf_adds(out, text);
	else
		yaml_add_quoted(out, text);
}

/* A script: lines that a block keeps as they are. */
static int is_block(const char *text)
{
	size_t len = strlen(text);

	if (!len || text[len - 1] != '\n' || isspace((unsigned char)*text) ||
	    (len > 1 && text[len - 2] == '\n'))
		return 0;
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		int begins = s > (const unsigned char *)text && s[-1] == '\n';

		if ((*s < ' ' && *s != '\n' && *s != '\t') || *s >= 0x7f)
			return 0;
		/* A line of blanks alone, or with blanks at its end. */
		if (begins && *s == ' ' && !s[strspn((const char *)s, " ")])
			return 0;
		if ((*s == ' ' || *s == '\t') && s[1] == '\n')
			return 0;
	}
	return 1;
}

static void add_indent(struct buf *out, int indent)
{
	buf_addf(out, "%*s", indent, "");
}

static void add_block(struct buf *out, const char *text, int indent)
{
	buf_adds(out, "|\n");
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len)
			add_indent(out, indent);
		buf_add(out, text, len);
		buf_addc(out, '\n');
		text += len + (text[len] == '\n');
	}
}

struct writer {
	struct buf *out;
	struct yaml_style style;
};

/*
 * To the end of its line, or of its last one; `indent` is that of what it
 * belongs to.
 */
static void add_scalar(const struct writer *w, const struct value *v,
		       int indent)
{
	if (v->quoted && is_block(v->text)) {
		add_block(w->out, v->text, indent + w->style.step);
		return;
	}
	if (v->quoted)
		yaml_add_text(w->out, v->text);
	else
		buf_adds(w->out, v->text);
	buf_addc(w->out, '\n');
}

static void add_map(const struct writer *w, const struct value *v, int indent,
		    int begun);

/* `begun`: the first dash stands behind another one. */
static void add_list(const struct writer *w, const struct value *v,
		     int indent, int begun)
{
	for (size_t i = 0; i < v->nr; i++) {
		const struct value *item = v->items[i];

		if (i || !begun)
			add_indent(w->out, indent);
		buf_adds(w->out, "- ");
		if (item->type == VALUE_MAP && item->nr)
			add_map(w, item, indent + DASH, 1);
		else if (item->type == VALUE_LIST && item->nr)
			add_list(w, item, indent + DASH, 1);
		else if (item->type == VALUE_SCALAR)
			add_scalar(w, item, indent);
		else
			buf_adds(w->out, item->type == VALUE_NULL ? "~\n" :
				 item->type == VALUE_LIST ? "[]\n" : "{}\n");
	}
}

/* Behind "KEY:". */
static void add_value(const struct writer *w, const struct value *v,
		      int indent)
{
	if (v->type == VALUE_SCALAR) {
		buf_addc(w->out, ' ');
		add_scalar(w, v, indent);
	} else if (v->type == VALUE_NULL) {
		buf_adds(w->out, " ~\n");
	} else if (!v->nr) {
		buf_adds(w->out, v->type == VALUE_LIST ? " []\n" : " {}\n");
	} else if (v->type == VALUE_MAP) {
		buf_addc(w->out, '\n');
		add_map(w, v, indent + w->style.step, 0);
	} else {
		buf_addc(w->out, '\n');
		add_list(w, v, indent + w->style.dash, 0);
	}
}

/* `begun`: the first key stands behind a "- ". */
static void add_map(const struct writer *w, const struct value *v, int indent,
		    int begun)
{
	for (size_t i = 0; i < v->nr; i++) {
		if (i || !begun)
			add_indent(w->out, indent);
		yaml_add_text(w->out, v->keys[i]);
		buf_addc(w->out, ':');
		add_value(w, v->items[i], indent);
	}
}

void yaml_write_like(struct buf *out, const struct value *map,
		     struct yaml_style style)
{
	struct writer w = { out, style };

	add_map(&w, map, 0, 0);
}

void yaml_write(struct buf *out, const struct value *map)
{
	yaml_write_like(out, map, (struct yaml_style){ 2, 2 });
}
