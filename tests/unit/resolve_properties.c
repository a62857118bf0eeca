/*
 * What holds whenever three versions of a text are merged by structure: tried
 * on documents made up at random, and compared with a merge of their values
 * that knows nothing of texts.
 *
 * RESOLVE_ROUNDS in the environment asks for more rounds, RESOLVE_SEED for
 * that one alone.
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
#include "base/pool.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node_lines.h"
#include "doc/node_yaml.h"
#include "doc/resolve.h"
#include "doc/yaml.h"

#define ROUNDS 2000
#define MAX_ITEMS 9
#define MAX_DEPTH 3

/* A document, before it is written down. */

enum type {
	SCALAR,
	MAP,
	LIST,			/* of scalars */
	NAMED,			/* of maps that have a name */
	VARIABLES		/* of KEY=VALUE */
};

enum spelling {
	PLAIN, SINGLE, DOUBLE,	/* these mean the same */
	NUMBER, NUMBER_QUOTED, LINES, FOLDED, LINES_KEPT, SEVERAL, EMPTY,
	SPELLINGS
};

/* Keys, values and comments are numbers, each there once. */
struct item {
	enum type type;
	unsigned key, value;
	enum spelling spelling;
	unsigned above, behind;		/* comments; 0: none */
	unsigned blank;			/* lines above */
	int is_flow, is_wide;		/* in brackets, a line each */
	struct item *v[MAX_ITEMS];
	size_t nr;
};

struct document {
	struct item *root;
	unsigned header, footer;	/* comments */
	unsigned step, dash;		/* indentation */
	int is_crlf, has_bom, is_ended, has_marker;
};

struct round {
	enum resolve_kind kind;
	unsigned seed, state;
	unsigned numbers;		/* that were given away */
	struct document docs[3];
	struct buf texts[3];
	struct strvec paths;		/* of conflicts */
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

static enum spelling pick_spelling(struct round *r, int is_flow)
{
	if (r->kind == RESOLVE_JSON)
		return one_in(r, 3) ? NUMBER : DOUBLE;
	if (r->kind == RESOLVE_DOTENV)
		return (enum spelling)pick(r, NUMBER + 1);
	if (r->kind == RESOLVE_IGNORE || one_in(r, 2))
		return PLAIN;
	if (is_flow)
		return (enum spelling)pick(r, NUMBER_QUOTED + 1);
	return (enum spelling)pick(r, SPELLINGS);
}

static struct item *new_item(struct round *r, unsigned depth, int is_flow);

static void fill(struct round *r, struct item *it, unsigned depth)
{
	unsigned nr = one_in(r, 12) ? 0 : 1 + pick(r, depth ? 3 : 6);

	if (it->type == NAMED && !nr)
		nr = 1;
	for (unsigned i = 0; i < nr; i++)
		it->v[it->nr++] = new_item(r, it->type == MAP ||
					   it->type == NAMED ? depth + 1 :
					   MAX_DEPTH, it->is_flow);
	if (it->type == NAMED)
		for (size_t i = 0; i < it->nr; i++) {
			it->v[i]->type = MAP;
			it->v[i]->is_flow = it->is_flow;
		}
}

/* Lists have no children but scalars, or maps of them. */
static struct item *new_item(struct round *r, unsigned depth, int is_flow)
{
	struct item *it = xcalloc(1, sizeof(*it));

	it->key = ++r->numbers;
	it->value = ++r->numbers;
	it->blank = one_in(r, 8) ? 1 + pick(r, 2) : 0;
	it->is_flow = is_flow || r->kind == RESOLVE_JSON || one_in(r, 6);
	it->is_wide = r->kind == RESOLVE_JSON ? !one_in(r, 4) :
		      one_in(r, r->kind == RESOLVE_IGNORE ? 6 : 2);
	if (depth < MAX_DEPTH && (r->kind == RESOLVE_YAML ||
				  r->kind == RESOLVE_JSON))
		it->type = (enum type)(one_in(r, 2) ? SCALAR : pick(r, 5));
	if (r->kind != RESOLVE_JSON && !is_flow) {
		it->above = one_in(r, 4) ? ++r->numbers : 0;
		it->behind = one_in(r, 6) ? ++r->numbers : 0;
	}
	it->spelling = pick_spelling(r, is_flow);
	if (it->type != SCALAR)
		fill(r, it, depth);
	return it;
}

static struct item *copy_item(const struct item *it)
{
	struct item *copy = xmalloc(sizeof(*copy));

	*copy = *it;
	for (size_t i = 0; i < it->nr; i++)
		copy->v[i] = copy_item(it->v[i]);
	return copy;
}

static void free_item(struct item *it)
{
	for (size_t i = 0; i < it->nr; i++)
		free_item(it->v[i]);
	free(it);
}

static void make_base(struct round *r)
{
	struct document *d = &r->docs[0];

	d->root = xcalloc(1, sizeof(*d->root));
	d->root->type = r->kind == RESOLVE_IGNORE ? LIST : MAP;
	d->root->is_flow = r->kind == RESOLVE_JSON;
	d->root->is_wide = 1;
	for (unsigned nr = 4 + pick(r, 3); nr; nr--)
		d->root->v[d->root->nr++] = new_item(r, 0,
						     r->kind == RESOLVE_JSON);
	d->step = one_in(r, 2) ? 2 : 4;
	d->dash = one_in(r, 2) ? d->step : 0;
	d->is_crlf = one_in(r, 10);
	d->has_bom = one_in(r, 20);
	d->is_ended = !one_in(r, 10);
	if (r->kind == RESOLVE_JSON)
		return;
	d->has_marker = r->kind == RESOLVE_YAML && one_in(r, 8);
	d->header = one_in(r, 4) ? ++r->numbers : 0;
	d->footer = one_in(r, 6) ? ++r->numbers : 0;
}

/* Changes of it. */

static void collect(struct item *it, struct item **all, size_t *nr)
{
	all[(*nr)++] = it;
	for (size_t i = 0; i < it->nr; i++)
		collect(it->v[i], all, nr);
}

static void insert_item(struct item *it, size_t at, struct item *new)
{
	if (it->nr == MAX_ITEMS) {
		free_item(new);
		return;
	}
	memmove(it->v + at + 1, it->v + at, (it->nr - at) * sizeof(*it->v));
	it->v[at] = new;
	it->nr++;
}

static void remove_item(struct item *it, size_t at)
{
	free_item(it->v[at]);
	it->nr--;
	memmove(it->v + at, it->v + at + 1, (it->nr - at) * sizeof(*it->v));
}

static struct item *new_child(struct round *r, const struct item *it)
{
	struct item *new = new_item(r, it->type == MAP ? 2 : MAX_DEPTH,
				    it->is_flow);

	if (it->type == NAMED) {
		new->type = MAP;
		new->is_flow = it->is_flow;
	}
	return new;
}

/* With one, one that changes it, or without one. */
static void change_comment(struct round *r, unsigned *comment)
{
	*comment = *comment && one_in(r, 3) ? 0 : ++r->numbers;
}

/* A new one; now and then between another and the comment above that. */
static void insert_child(struct round *r, struct item *it, size_t at)
{
	struct item *new = new_child(r, it);

	if (at < it->nr && it->nr < MAX_ITEMS && one_in(r, 3)) {
		new->above = it->v[at]->above;
		it->v[at]->above = 0;
	}
	insert_item(it, at, new);
}

static void change_children(struct round *r, struct item *it)
{
	size_t at = it->nr ? pick(r, (unsigned)it->nr) : 0;
	struct item *moved;

	switch (pick(r, 6)) {
	case 0:
	case 1:
		insert_child(r, it, pick(r, (unsigned)it->nr + 1));
		break;
	case 2:
		insert_item(it, it->nr, new_child(r, it));
		break;
	case 3:
	case 4:
		if (it->nr > 1)
			remove_item(it, at);
		break;
	default:
		if (it->type != MAP || at + 1 >= it->nr)
			break;
		moved = it->v[at];
		it->v[at] = it->v[at + 1];
		it->v[at + 1] = moved;
	}
}

static void change_scalar(struct round *r, struct item *it)
{
	if (it->type != SCALAR)
		return;
	if (r->kind != RESOLVE_JSON && one_in(r, 4) &&
	    it->spelling <= DOUBLE && r->kind != RESOLVE_IGNORE)
		it->spelling = (enum spelling)pick(r, NUMBER);
	else if (one_in(r, 8))
		it->spelling = pick_spelling(r, it->is_flow);
	else
		it->value = ++r->numbers;
}

static void change_item(struct round *r, struct item *it, int is_root)
{
	if (it->type != SCALAR && one_in(r, 2)) {
		change_children(r, it);
		return;
	}
	if (is_root)
		return;
	switch (pick(r, 12)) {
	case 0:
		it->key = ++r->numbers;
		break;
	case 1:
		if (it->above || !it->is_flow)
			change_comment(r, &it->above);
		break;
	case 2:
		if (it->behind || !it->is_flow)
			change_comment(r, &it->behind);
		break;
	case 3:
		it->blank = pick(r, 3);
		break;
	default:
		change_scalar(r, it);
	}
}

static void change_document(struct round *r, struct document *d)
{
	switch (pick(r, 6)) {
	case 0:
		d->is_ended ^= 1;
		break;
	case 1:
		d->is_crlf ^= 1;
		break;
	case 2:
		d->step = d->step == 2 ? 4 : 2;
		break;
	case 3:
		d->has_bom ^= 1;
		break;
	default:
		if (r->kind != RESOLVE_JSON)
			change_comment(r, one_in(r, 2) ? &d->header :
				       &d->footer);
	}
}

static void change(struct round *r, struct document *d, unsigned times)
{
	struct item *all[1024];

	while (times--) {
		size_t nr = 0, at;

		if (one_in(r, 12)) {
			change_document(r, d);
			continue;
		}
		collect(d->root, all, &nr);
		at = pick(r, (unsigned)nr);
		change_item(r, all[at], !at);
	}
}

static void make_sides(struct round *r)
{
	struct document both = r->docs[0];

	both.root = copy_item(both.root);
	if (one_in(r, 3))
		change(r, &both, 1 + pick(r, 2));
	for (int i = 1; i < 3; i++) {
		r->docs[i] = both;
		r->docs[i].root = copy_item(both.root);
		change(r, &r->docs[i], pick(r, 16) ? 1 + pick(r, 4) : 0);
	}
	free_item(both.root);
}

/* Written down. */

struct writer {
	struct buf *out;
	const struct document *doc;
	enum resolve_kind kind;
};

static void add_indent(struct writer *w, unsigned indent)
{
	while (indent--)
		buf_addc(w->out, ' ');
}

static void add_comment(struct writer *w, unsigned comment, unsigned indent)
{
	if (!comment)
		return;
	add_indent(w, indent);
	buf_addf(w->out, "# c%u.\n", comment);
}

static void add_behind(struct writer *w, const struct item *it)
{
	if (it->behind)
		buf_addf(w->out, "  # c%u.", it->behind);
	buf_addc(w->out, '\n');
}

/* Lines that are its own, below what it belongs to. */
static void add_lines(struct writer *w, const struct item *it,
		      unsigned indent)
{
	static const char *const marks[] = { "|", ">-", "|+" };

	buf_addf(w->out, "%s\n", marks[it->spelling - LINES]);
	add_indent(w, indent);
	buf_addf(w->out, "v%u # no comment\n", it->value);
	add_indent(w, indent);
	buf_addf(w->out, "v: %u\n", it->value);
	if (it->spelling == LINES_KEPT)
		buf_addc(w->out, '\n');
}

/* With what is behind it, where it is on a line of its own. */
static void add_scalar(struct writer *w, const struct item *it,
		       unsigned indent, int is_line)
{
	switch (it->spelling) {
	case SINGLE:
		buf_addf(w->out, "'v%u'", it->value);
		break;
	case DOUBLE:
		buf_addf(w->out, "\"v%u\"", it->value);
		break;
	case NUMBER:
		buf_addf(w->out, "%u", it->value);
		break;
	case NUMBER_QUOTED:
		buf_addf(w->out, "\"%u\"", it->value);
		break;
	case LINES:
	case FOLDED:
	case LINES_KEPT:
		add_lines(w, it, indent);
		return;
	case SEVERAL:
		buf_addf(w->out, "v%u and\n", it->value);
		add_indent(w, indent);
		buf_adds(w->out, is_line ? "goes on\n" : "goes on");
		return;
	case EMPTY:
		break;
	default:
		buf_addf(w->out, "v%u", it->value);
	}
	if (is_line)
		add_behind(w, it);
}

static void add_flow(struct writer *w, const struct item *it, unsigned indent);

static void add_flow_entry(struct writer *w, const struct item *it,
			   enum type in, unsigned indent)
{
	const char *quote = w->kind == RESOLVE_JSON ? "\"" : "";

	if (in == MAP)
		buf_addf(w->out, "%sk%u%s: ", quote, it->key, quote);
	if (in == VARIABLES)
		buf_addf(w->out, "%sK%u=%u%s", quote, it->key, it->value,
			 quote);
	else if (it->type == SCALAR)
		add_scalar(w, it, indent, 0);
	else
		add_flow(w, it, indent);
}

static void add_name(struct writer *w, const struct item *it)
{
	const char *quote = w->kind == RESOLVE_JSON ? "\"" : "";

	buf_addf(w->out, "%sname%s: %sn%u%s", quote, quote, quote, it->key,
		 quote);
}

static void add_flow_break(struct writer *w, const struct item *it,
			   unsigned indent)
{
	if (!it->is_wide)
		return;
	buf_addc(w->out, '\n');
	add_indent(w, indent);
}

/* What `named` is, has its name in front. */
static void add_flow_items(struct writer *w, const struct item *it,
			   unsigned indent, int named)
{
	unsigned inner = indent + w->doc->step;

	if (named) {
		add_flow_break(w, it, inner);
		add_name(w, it);
	}
	for (size_t i = 0; i < it->nr; i++) {
		if (i || named)
			buf_adds(w->out, it->is_wide ? "," : ", ");
		add_flow_break(w, it, inner);
		if (it->type == NAMED) {
			buf_addc(w->out, '{');
			add_flow_items(w, it->v[i], inner, 1);
			buf_addc(w->out, '}');
		} else {
			add_flow_entry(w, it->v[i], it->type, inner);
		}
	}
	if (it->nr || named)
		add_flow_break(w, it, indent);
}

static void add_flow(struct writer *w, const struct item *it, unsigned indent)
{
	buf_addc(w->out, it->type == MAP ? '{' : '[');
	add_flow_items(w, it, indent, 0);
	buf_addc(w->out, it->type == MAP ? '}' : ']');
}

static void add_block(struct writer *w, const struct item *it,
		      unsigned indent, int named);

/* Behind "key:"; the column of whose entry is `indent`. */
static void add_value(struct writer *w, const struct item *it,
		      unsigned indent)
{
	unsigned inner = indent + w->doc->step;

	if (it->type == SCALAR) {
		buf_addc(w->out, ' ');
		add_scalar(w, it, inner, 1);
	} else if (it->is_flow || !it->nr) {
		buf_addc(w->out, ' ');
		add_flow(w, it, indent);
		add_behind(w, it);
	} else {
		add_behind(w, it);
		add_block(w, it, it->type == MAP ? inner :
			  indent + w->doc->dash, 0);
	}
}

static void add_dashed(struct writer *w, const struct item *it, enum type in,
		       unsigned indent)
{
	buf_addc(w->out, '-');
	if (in == VARIABLES) {
		buf_addf(w->out, " K%u=%u", it->key, it->value);
		add_behind(w, it);
	} else if (in == NAMED) {
		buf_addc(w->out, ' ');
		add_name(w, it);
		add_behind(w, it);
		add_block(w, it, indent + 2, 1);
	} else {
		buf_addc(w->out, ' ');
		add_scalar(w, it, indent + 2, 1);
	}
}

static void add_block(struct writer *w, const struct item *it,
		      unsigned indent, int named)
{
	enum type type = named ? MAP : it->type;

	for (size_t i = 0; i < it->nr; i++) {
		const struct item *child = it->v[i];

		for (unsigned n = child->blank; n; n--)
			buf_addc(w->out, '\n');
		add_comment(w, child->above, indent);
		add_indent(w, indent);
		if (type == MAP) {
			buf_addf(w->out, "k%u:", child->key);
			add_value(w, child, indent);
		} else {
			add_dashed(w, child, type, indent);
		}
	}
}

static void add_setting(struct writer *w, const struct item *it)
{
	if (w->kind == RESOLVE_DOTENV) {
		buf_addf(w->out, "%sk%u=", it->is_wide ? "export " : "",
			 it->key);
		add_scalar(w, it, 0, 1);
	} else {
		buf_addf(w->out, "%s/v%u\n", it->is_wide ? "!" : "",
			 it->value);
	}
}

static void add_settings(struct writer *w, const struct item *it)
{
	for (size_t i = 0; i < it->nr; i++) {
		for (unsigned n = it->v[i]->blank; n; n--)
			buf_addc(w->out, '\n');
		add_comment(w, it->v[i]->above, 0);
		add_setting(w, it->v[i]);
	}
}

static void finish(struct buf *text, const struct document *d)
{
	struct buf out = BUF_INIT;

	if (!d->is_ended && text->len)
		buf_setlen(text, text->len - 1);
	if (d->has_bom)
		buf_adds(&out, "\xef\xbb\xbf");
	for (size_t i = 0; i < text->len; i++) {
		if (d->is_crlf && text->s[i] == '\n')
			buf_addc(&out, '\r');
		buf_addc(&out, text->s[i]);
	}
	buf_release(text);
	*text = out;
}

static void write_document(struct round *r, int i)
{
	const struct document *d = &r->docs[i];
	struct writer w = { &r->texts[i], d, r->kind };

	if (d->header) {
		add_comment(&w, d->header, 0);
		buf_addc(w.out, '\n');
	}
	if (d->has_marker)
		buf_adds(w.out, "---\n");
	if (r->kind == RESOLVE_JSON) {
		add_flow(&w, d->root, 0);
		buf_addc(w.out, '\n');
	} else if (r->kind == RESOLVE_YAML) {
		add_block(&w, d->root, 0, 0);
	} else {
		add_settings(&w, d->root);
	}
	add_comment(&w, d->footer, 0);
	finish(w.out, d);
}

/* What is checked. */

static void complain(const struct round *r, const struct buf *result,
		     const char *what)
{
	static const char *const names[] = { "base", "ours", "theirs" };

	for (int i = 0; i < 3; i++)
		print_error("--- %s\n%s\n", names[i], r->texts[i].s);
	if (result)
		print_error("--- result\n%s\n", result->s);
	fail_msg("RESOLVE_SEED=%u (%s): %s", r->seed,
		 resolve_kind_name(r->kind), what);
}

static int resolve_these(const struct round *r, struct resolution *res,
			 int base, int ours, int theirs)
{
	static const struct node_markers markers = { "B", "O", "T", 7, 0 };
	const struct resolve_request q = {
		.kind = r->kind, .name = "f", .base = &r->texts[base],
		.ours = &r->texts[ours], .theirs = &r->texts[theirs],
		.markers = &markers,
	};
	struct error err = ERROR_INIT;
	int ret = resolve(res, &q, &err);

	if ((ret < 0) != (err.message != NULL) || (ret == 1) != (res->nr > 0))
		complain(r, &res->text, "the answer contradicts itself");
	if (ret < 0 && getenv("RESOLVE_SEED"))
		print_error("%s\n", err.message);
	error_release(&err);
	return ret;
}

static void check_identity(const struct round *r, int i)
{
	struct pool pool = POOL_INIT;
	struct node_text t = { NULL, 0, 0 };
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT, in = BUF_INIT;
	int ret = 0;

	/* As it is read: with line feeds, and without a mark. */
	for (const char *s = r->texts[i].s; *s; s++)
		if (*s != '\r' && (unsigned char)*s < 0x80)
			buf_addc(&in, *s);
	if (r->kind == RESOLVE_YAML)
		ret = node_read_yaml(&t, &pool, "f", in.s, in.len, &err);
	else if (r->kind == RESOLVE_JSON)
		ret = node_read_json(&t, &pool, "f", in.s, in.len, &err);
	else if (r->kind == RESOLVE_DOTENV)
		ret = node_read_dotenv(&t, &pool, "f", in.s, in.len, &err);
	else
		ret = node_read_lines(&t, &pool, "f", in.s, in.len, &err);
	if (ret)
		complain(r, NULL, err.message);
	node_write(&out, &t, NODE_MARKED, NULL);
	if (out.len != in.len || memcmp(out.s, in.s, in.len))
		complain(r, &out, "is not written as it was read");
	buf_release(&in);
	buf_release(&out);
	pool_release(&pool);
}

/* It is one of the three, byte for byte. */
static void check_same(const struct round *r, int base, int ours, int theirs,
		       int expected)
{
	struct resolution res = RESOLUTION_INIT;
	const struct buf *e = &r->texts[expected];

	if (resolve_these(r, &res, base, ours, theirs) ||
	    res.text.len != e->len || memcmp(res.text.s, e->s, e->len))
		complain(r, &res.text, "one side alone is not taken");
	resolution_release(&res);
}

/* Without the places in lists, which each side has its own. */
static char *plain_path(const char *path)
{
	struct buf b = BUF_INIT;

	for (; *path; path++) {
		buf_addc(&b, *path);
		if (*path == '[')
			path += strspn(path + 1, "0123456789");
	}
	return buf_detach(&b);
}

static void take_paths(struct strvec *out, const struct resolution *res)
{
	strvec_release(out);
	for (size_t i = 0; i < res->nr; i++)
		strvec_push_nodup(out, plain_path(res->conflicts[i].path));
	strvec_sort(out, 0);
}

static int has_kept_lines(const struct round *r)
{
	int has = 0;

	for (int i = 0; i < 3; i++)
		has |= strstr(r->texts[i].s, "|+") != NULL;
	return has;
}

static void check_swapped(const struct round *r, int ret,
			  const struct buf *result)
{
	struct resolution res = RESOLUTION_INIT;
	struct strvec paths = STRVEC_INIT;
	int other = resolve_these(r, &res, 0, 2, 1);

	/* Empty lines that come below such a block are part of it. */
	if (other != ret && (other < 0 || ret < 0) && has_kept_lines(r))
		goto out;
	if (other != ret)
		complain(r, result, "swapped, the verdict is another");
	take_paths(&paths, &res);
	if (paths.nr != r->paths.nr)
		complain(r, result, "swapped, there are other conflicts");
	for (size_t i = 0; i < paths.nr; i++)
		if (strcmp(paths.v[i], r->paths.v[i]))
			complain(r, result, "swapped, conflicts are elsewhere");
out:
	strvec_release(&paths);
	resolution_release(&res);
}

/* The values, merged: what the result must mean. */

struct checking {
	const struct round *r;
	const struct buf *text;		/* of the result */
	int side;			/* taken where there is a conflict */
	struct buf path;
};

static int looks_typed(const struct value *v)
{
	return strspn(v->text, "0123456789") == strlen(v->text);
}

/* Whether the last line of a file is ended is part of what it says. */
static int same_text(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	while (a_len && a[a_len - 1] == '\n')
		a_len--;
	while (b_len && b[b_len - 1] == '\n')
		b_len--;
	return a_len == b_len && !memcmp(a, b, a_len);
}

static int same(const struct value *a, const struct value *b)
{
	if (!a || !b || a->type != b->type || a->nr != b->nr)
		return a == b;
	if (a->type == VALUE_SCALAR)
		return same_text(a->text, b->text) &&
		       (!looks_typed(a) || a->quoted == b->quoted);
	for (size_t i = 0; i < a->nr; i++)
		if (!same(a->items[i], a->type == VALUE_MAP ?
			  value_get(b, a->keys[i]) : b->items[i]))
			return 0;
	return 1;
}

static int is_type(const struct value *v, enum value_type type)
{
	return v && v->type == type;
}

static void wrong(const struct checking *c, const char *what)
{
	char *text = xstrfmt("%s: %s (side %d)", c->path.s, what, c->side);

	complain(c->r, c->text, text);
	free(text);
}

/* Is that a conflict, or is one somewhere in it? */
static int is_conflict(const struct checking *c, int within)
{
	char *path = plain_path(c->path.s);
	size_t len = strlen(path);
	int is = 0;

	for (size_t i = 0; i < c->r->paths.nr; i++) {
		const char *s = c->r->paths.v[i];

		is |= within ? !strncmp(s, path, len) &&
			       (!len || (s[len] && strchr("[.", s[len]))) :
		      !strcmp(s, path);
	}
	free(path);
	return is;
}

static void check_value(struct checking *c, const struct value *b,
			const struct value *o, const struct value *t,
			const struct value *r);

static int is_collection(const struct value *v)
{
	return is_type(v, VALUE_MAP) || is_type(v, VALUE_LIST);
}

/*
 * What both gave the same new name may be what it was before; where each gave
 * it its own, that is a conflict.
 */
static int may_be_renamed(struct checking *c, const char *key,
			  const struct value *v[4])
{
	const struct value *ours = value_get(v[1], key);
	const struct value *theirs = value_get(v[2], key);
	int is_gone = 0, is_disputed = 0;

	for (size_t i = 0; v[0] && i < v[0]->nr; i++) {
		const char *was = v[0]->keys[i];
		size_t len = c->path.len;

		if (value_get(v[1], was) || value_get(v[2], was) ||
		    !is_collection(v[0]->items[i]))
			continue;
		is_gone = 1;
		buf_addf(&c->path, "%s%s", len ? "." : "", was);
		is_disputed |= is_conflict(c, 0);
		buf_setlen(&c->path, len);
	}
	return is_gone && !value_get(v[0], key) &&
	       (is_collection(ours) || (!ours && is_disputed)) &&
	       (is_collection(theirs) || (!theirs && is_disputed));
}

static void check_key(struct checking *c, const char *key,
		      const struct value *v[4])
{
	size_t len = c->path.len;

	if (may_be_renamed(c, key, v))
		return;
	buf_addf(&c->path, "%s%s", len ? "." : "", key);
	check_value(c, value_get(v[0], key), value_get(v[1], key),
		    value_get(v[2], key), value_get(v[3], key));
	buf_setlen(&c->path, len);
}

static void check_map(struct checking *c, const struct value *v[4])
{
	for (int i = 0; i < 4; i++)
		for (size_t j = 0; v[i] && j < v[i]->nr; j++)
			check_key(c, v[i]->keys[j], v);
	/* Neither twice nor made up. */
	for (size_t j = 0; v[3] && j < v[3]->nr; j++)
		if (value_get(v[3], v[3]->keys[j]) != v[3]->items[j])
			wrong(c, "a key is there twice");
}

/* What an entry of a list is known by: its name, its KEY, or itself. */
static void identity(struct buf *out, const struct value *v)
{
	const char *name = value_text(v, "name"), *equal;

	buf_reset(out);
	if (v->type == VALUE_NULL)
		return;
	if (v->type == VALUE_MAP)
		buf_adds(out, name ? name : "?");
	else if (v->type == VALUE_SCALAR && *v->text == 'K' &&
		 (equal = strchr(v->text, '=')))
		buf_add(out, v->text, (size_t)(equal - v->text));
	else if (v->type == VALUE_SCALAR)
		buf_addf(out, "%s%s", v->quoted && looks_typed(v) ? "\"" : "",
			 v->text);
	/* As of same_text(). */
	while (out->len && out->s[out->len - 1] == '\n')
		buf_setlen(out, out->len - 1);
}

static const struct value *entry_of(const struct value *list, const char *id,
				    size_t *times)
{
	const struct value *found = NULL;
	struct buf b = BUF_INIT;

	*times = 0;
	for (size_t i = 0; list && i < list->nr; i++) {
		identity(&b, list->items[i]);
		if (strcmp(b.s, id))
			continue;
		(*times)++;
		if (!found)
			found = list->items[i];
	}
	buf_release(&b);
	return found;
}

static size_t count_missing(const struct value *from, const struct value *in)
{
	struct buf id = BUF_INIT;
	size_t missing = 0, times;

	for (size_t i = 0; from && i < from->nr; i++) {
		identity(&id, from->items[i]);
		missing += !entry_of(in, id.s, &times);
	}
	buf_release(&id);
	return missing;
}

/* Did a side lose and get entries? */
static int is_renamed(const struct value *base, const struct value *side)
{
	return count_missing(base, side) && count_missing(side, base);
}

static void check_entry(struct checking *c, const char *id,
			const struct value *v[4])
{
	const struct value *e[4];
	size_t times[4], len = c->path.len;
	int is_there;

	for (int i = 0; i < 4; i++)
		e[i] = entry_of(v[i], id, &times[i]);
	for (int i = 0; i < 3; i++)
		if (times[i] > 1)
			return;
	/* Those that got another name may still be they. */
	if (is_type(e[0] ? e[0] : e[1] ? e[1] : e[2], VALUE_MAP) &&
	    (is_renamed(v[0], v[1]) || is_renamed(v[0], v[2])) &&
	    !(times[0] && times[1] && times[2]))
		return;
	is_there = times[0] ? times[1] && times[2] : times[1] || times[2];
	if (is_there != (int)times[3])
		wrong(c, "an entry of a list is lost, or comes back");
	if (!is_there)
		return;
	buf_addf(&c->path, "[%s]", *id == 'K' ? id : "");
	check_value(c, e[0], e[1] ? e[1] : e[0], e[2] ? e[2] : e[0], e[3]);
	buf_setlen(&c->path, len);
}

static void check_list(struct checking *c, const struct value *v[4])
{
	struct buf id = BUF_INIT;

	for (int i = 0; i < 4; i++)
		for (size_t j = 0; v[i] && j < v[i]->nr; j++) {
			identity(&id, v[i]->items[j]);
			check_entry(c, id.s, v);
		}
	buf_release(&id);
}

/* Only what stands in it can be told to be right. */
static int are_all(const struct value *v[4], enum value_type type)
{
	return (!v[0] || v[0]->type == type) && is_type(v[1], type) &&
	       is_type(v[2], type) && is_type(v[3], type);
}

static void check_value(struct checking *c, const struct value *b,
			const struct value *o, const struct value *t,
			const struct value *r)
{
	const struct value *all[4] = { b, o, t, r };
	int within = is_conflict(c, 1);

	if (is_conflict(c, 0)) {
		if (!same(r, c->side == 1 ? o : t))
			wrong(c, "in conflict, and no side's");
	} else if (within && are_all(all, VALUE_LIST)) {
		return;
	} else if (!within && (same(o, t) || same(t, b))) {
		if (!same(r, o))
			wrong(c, "our change is lost");
	} else if (!within && same(o, b)) {
		if (!same(r, t))
			wrong(c, "their change is lost");
	} else if (are_all(all, VALUE_MAP)) {
		check_map(c, all);
	} else if (are_all(all, VALUE_LIST)) {
		check_list(c, all);
	} else {
		wrong(c, "both changed it, and there is no conflict");
	}
}

/* The text with one side's lines instead of a conflict. */
static void choose(struct buf *out, const char *text, int side)
{
	int in = 0;

	if (starts_with(text, "\xef\xbb\xbf"))
		text += 3;
	for (const char *next; *text; text = next) {
		const char *lf = strchr(text, '\n');

		next = lf ? lf + 1 : text + strlen(text);
		if (starts_with(text, "<<<<<<< "))
			in = 1;
		else if (starts_with(text, "=======") && in)
			in = 2;
		else if (starts_with(text, ">>>>>>> "))
			in = 0;
		else if (!in || in == side)
			buf_add(out, text, (size_t)(next - text));
	}
}

/* Lines of settings as a map of texts, of patterns as a list. */
static struct value *parse_lines(const struct round *r, const char *text)
{
	struct value *v = value_new(r->kind == RESOLVE_DOTENV ? VALUE_MAP :
				    VALUE_LIST);
	struct strvec lines = STRVEC_INIT;

	text = starts_with(text, "\xef\xbb\xbf") ? text + 3 : text;
	strvec_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		char *line = lines.v[i], *equal = strchr(line, '=');

		if (*line == '#' || *line == '\r')
			continue;
		line[strcspn(line, "\r")] = '\0';
		if (r->kind == RESOLVE_IGNORE) {
			value_append(v, value_scalar(line));
			continue;
		}
		*equal = '\0';
		if (starts_with(line, "export "))
			line += strlen("export ");
		equal += 1 + (equal[1] == '\'' || equal[1] == '"');
		equal[strcspn(equal, "'\" ")] = '\0';
		value_add(v, line, value_scalar(equal));
	}
	strvec_release(&lines);
	return v;
}

static struct value *parse(const struct round *r, const char *text,
			   const struct buf *result)
{
	struct error err = ERROR_INIT;
	struct value *v;
	const char *body = starts_with(text, "\xef\xbb\xbf") ? text + 3 : text;

	if (r->kind == RESOLVE_YAML)
		v = yaml_parse("f", body, strlen(body), &err);
	else if (r->kind == RESOLVE_JSON)
		v = json_parse("f", body, strlen(body), &err);
	else
		v = parse_lines(r, text);
	if (!v)
		complain(r, result, err.message);
	return v;
}

static void check_meaning(const struct round *r, const struct buf *result,
			  int side)
{
	struct checking c = { r, result, side, BUF_INIT };
	struct buf chosen = BUF_INIT;
	struct value *v[4];

	choose(&chosen, result->s, side);
	for (int i = 0; i < 3; i++)
		v[i] = parse(r, r->texts[i].s, result);
	v[3] = parse(r, chosen.s, result);
	check_value(&c, v[0], v[1], v[2], v[3]);
	for (int i = 0; i < 4; i++)
		value_free(v[i]);
	buf_release(&chosen);
	buf_release(&c.path);
}

/* Comments and lines. */

static void find_comments(struct strmap *out, const char *text)
{
	while ((text = strstr(text, "# c"))) {
		size_t len = strcspn(text, ".");
		char *comment = xmemdupz(text, len);

		strmap_put(out, comment, NULL);
		free(comment);
		text += len;
	}
}

/* How often it has a line of its own. */
static unsigned count_lines(const struct buf *text, const char *comment)
{
	size_t len = strlen(comment);
	unsigned nr = 0;

	for (const char *s = text->s; (s = strstr(s, comment)); s += len) {
		const char *begin = s;

		while (begin > text->s && begin[-1] == ' ')
			begin--;
		nr += s[len] == '.' &&
		      (begin == text->s || begin[-1] == '\n');
	}
	return nr;
}

/* Does a text have that key, first of all on some line? */
static int has_key(const struct buf *text, const char *key, size_t len)
{
	const char *s = text->s, *end = text->s + text->len;

	for (; (s = memmem(s, (size_t)(end - s), key, len)); s += len)
		if (strchr(":=\"", s[len]))
			return 1;
	return 0;
}

/* Was the key it is above in the base taken away, or renamed, by both? */
static int lost_its_key(const struct round *r, const char *comment)
{
	const char *at = strstr(r->texts[0].s, comment);
	size_t len;

	while (at && (at = strchr(at, '\n'))) {
		at += 1 + strspn(at + 1, " -\"");
		if (starts_with(at, "export "))
			at += strlen("export ");
		len = strcspn(at, ":=\"\n");
		if (*at == 'k' && len)
			return !has_key(&r->texts[1], at, len) &&
			       !has_key(&r->texts[2], at, len);
	}
	return 0;
}

/* Whoever added one, or both kept: it is there. */
static void check_comments(const struct round *r, const struct buf *result)
{
	struct strmap in[4] = { STRMAP_INIT, STRMAP_INIT, STRMAP_INIT,
				STRMAP_INIT };

	for (int i = 0; i < 3; i++)
		find_comments(&in[i], r->texts[i].s);
	find_comments(&in[3], result->s);
	for (int side = 1; side < 3; side++)
		for (size_t i = 0; i < in[side].nr; i++) {
			const char *s = in[side].keys[i];

			if ((!strmap_has(&in[0], s) ||
			     strmap_has(&in[3 - side], s)) &&
			    !strmap_has(&in[3], s))
				complain(r, result, s);
		}
	/* Once, but where a conflict shows both sides. */
	for (size_t i = 0; i < in[0].nr && !r->paths.nr; i++)
		if (count_lines(result, in[0].keys[i]) > 1 &&
		    !lost_its_key(r, in[0].keys[i]))
			complain(r, result, in[0].keys[i]);
	for (int i = 0; i < 4; i++)
		strmap_release(&in[i]);
}

/* Lines that begin with a key, by it, without what they are indented by. */
static void find_lines(struct strmap *out, struct strvec *lines,
		       const char *text)
{
	text = starts_with(text, "\xef\xbb\xbf") ? text + 3 : text;
	strvec_split(lines, text, '\n');
	for (size_t i = 0; i < lines->nr; i++) {
		char *line = lines->v[i] + strspn(lines->v[i], " -");
		char *key;

		line[strcspn(line, "\r")] = '\0';
		if (*line != 'k' && !starts_with(line, "\"k"))
			continue;
		if (ends_with(line, ","))
			line[strlen(line) - 1] = '\0';
		key = xmemdupz(line, strcspn(line, ":="));
		strmap_put(out, key, line);
		free(key);
	}
}

static int same_string(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* What begins there ends on another line. */
static int goes_on(const char *line)
{
	return ends_with(line, "{") || ends_with(line, "[") ||
	       ends_with(line, "|") || ends_with(line, "|+");
}

/* Did both give a key the same new name? */
static int is_new_in_both(const struct strmap in[3])
{
	for (size_t i = 0; i < in[1].nr; i++)
		if (!strmap_has(&in[0], in[1].keys[i]) &&
		    strmap_has(&in[2], in[1].keys[i]))
			return 1;
	return 0;
}

static char *without_quotes(const char *s)
{
	struct buf b = BUF_INIT;

	for (; *s; s++)
		if (!strchr("'\"", *s))
			buf_addc(&b, *s);
	return buf_detach(&b);
}

/*
 * What is below a key that both gave the same new name is merged without its
 * base, so that nothing says whose quotes are the newer.
 */
static int is_there_but_for_quotes(const struct strmap in[3],
				   const struct buf *result, const char *line)
{
	char *text, *plain;
	int is;

	if (!is_new_in_both(in))
		return 0;
	text = without_quotes(result->s);
	plain = without_quotes(line);
	is = strstr(text, plain) != NULL;
	free(text);
	free(plain);
	return is;
}

/* A line that only one side wrote anew or changed stands as it wrote it. */
static void check_lines(const struct round *r, const struct buf *result)
{
	struct strmap in[3] = { STRMAP_INIT, STRMAP_INIT, STRMAP_INIT };
	struct strvec lines[3] = { STRVEC_INIT, STRVEC_INIT, STRVEC_INIT };

	for (int i = 0; i < 3; i++)
		find_lines(&in[i], &lines[i], r->texts[i].s);
	for (int side = 1; side < 3; side++)
		for (size_t i = 0; i < in[side].nr; i++) {
			const char *key = in[side].keys[i];
			const char *line = in[side].values[i];
			const char *base = strmap_get(&in[0], key);

			if (goes_on(line) || (base && goes_on(base)))
				continue;
			if (!same_string(line, base) &&
			    same_string(base, strmap_get(&in[3 - side],
							 key)) &&
			    !strstr(result->s, line) &&
			    !is_there_but_for_quotes(in, result, line))
				complain(r, result, line);
		}
	for (int i = 0; i < 3; i++) {
		strmap_release(&in[i]);
		strvec_release(&lines[i]);
	}
}

/* Markers are where git and its tools look for them. */
static void check_markers(const struct round *r, const struct buf *result)
{
	static const char *const marks[] = { "<<<<<<<", "=======", ">>>>>>>" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		for (const char *at = result->s;
		     (at = strstr(at, marks[i])); at++)
			if (at > result->s && at[-1] != '\n')
				complain(r, result, "a marker within a line");
}

/* The verdict of one round: 0, 1, -1 as of resolve(). */
static int try_round(enum resolve_kind kind, unsigned seed)
{
	struct resolution res = RESOLUTION_INIT;
	struct round r = { .kind = kind, .seed = seed, .state = seed,
			   .paths = STRVEC_INIT };
	int ret;

	make_base(&r);
	make_sides(&r);
	for (int i = 0; i < 3; i++) {
		buf_init(&r.texts[i]);
		write_document(&r, i);
		check_identity(&r, i);
	}
	check_same(&r, 0, 0, 2, 2);
	check_same(&r, 0, 1, 0, 1);
	check_same(&r, 0, 2, 2, 2);
	ret = resolve_these(&r, &res, 0, 1, 2);
	take_paths(&r.paths, &res);
	check_swapped(&r, ret, &res.text);
	if (ret >= 0) {
		check_meaning(&r, &res.text, 1);
		check_meaning(&r, &res.text, 2);
		check_comments(&r, &res.text);
		check_lines(&r, &res.text);
		check_markers(&r, &res.text);
	}
	resolution_release(&res);
	strvec_release(&r.paths);
	for (int i = 0; i < 3; i++) {
		free_item(r.docs[i].root);
		buf_release(&r.texts[i]);
	}
	return ret;
}

static unsigned number_of(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s ? (unsigned)strtoul(s, NULL, 10) : otherwise;
}

static void try_rounds(enum resolve_kind kind)
{
	unsigned rounds = number_of("RESOLVE_ROUNDS", ROUNDS);
	unsigned only = number_of("RESOLVE_SEED", 0);
	unsigned resolved = 0, conflicts = 0, declined = 0;

	if (only) {
		try_round(kind, only);
		return;
	}
	for (unsigned seed = 1; seed <= rounds; seed++) {
		int ret = try_round(kind, seed);

		resolved += !ret;
		conflicts += ret > 0;
		declined += ret < 0;
	}
	/* Nobody passes by giving up, or by finding nothing to do. */
	print_message("%s: %u resolved, %u in conflict, %u declined\n",
		      resolve_kind_name(kind), resolved, conflicts, declined);
	assert_true(resolved > rounds / 2);
	assert_true(conflicts > rounds / 50);
	assert_true(declined < rounds / 50);
}

static void yaml_is_merged(void **state)
{
	(void)state;
	try_rounds(RESOLVE_YAML);
}

static void json_is_merged(void **state)
{
	(void)state;
	try_rounds(RESOLVE_JSON);
}

static void dotenv_is_merged(void **state)
{
	(void)state;
	try_rounds(RESOLVE_DOTENV);
}

static void ignore_files_are_merged(void **state)
{
	(void)state;
	try_rounds(RESOLVE_IGNORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_is_merged),
		cmocka_unit_test(json_is_merged),
		cmocka_unit_test(dotenv_is_merged),
		cmocka_unit_test(ignore_files_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
