#include "upgrade/migrate_internal.h"

#include "base/mem.h"
#include "doc/edit.h"
#include "doc/form.h"
#include "doc/value.h"
#include "git/text.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* Keys */

static enum resolve_kind kind_of(const struct profile *p, const char *path)
{
	return p ? profile_kind_of(p, path) : resolve_kind_of(path);
}

static int begin(struct edit *e, const struct buf *text,
		 const struct profile *p, const char *path, struct error *err)
{
	enum resolve_kind kind = kind_of(p, path);

	if (kind == RESOLVE_NONE || kind == RESOLVE_IGNORE) {
		error_set(err, ERROR_REFUSED, "%s: only YAML, JSON and dotenv "
			  "have keys", path);
		return error_hint(err, "what a file is its name says, or "
				  "\"files\" in a profile");
	}
	return edit_begin(e, kind, path, text, err);
}

char *key_text(const struct buf *text, const struct profile *p,
	       const char *path, const char *key)
{
	struct edit e = EDIT_INIT;
	struct error ignored = ERROR_INIT;
	const struct node *n = NULL;
	char *data = NULL;

	if (!begin(&e, text, p, path, &ignored))
		n = edit_get(&e, key);
	if (n && n->type == NODE_SCALAR && *n->data)
		data = xstrdup(n->data);
	edit_release(&e);
	error_release(&ignored);
	return data;
}

int condition_holds(const struct migration_condition *c,
		    const struct buf *text, const char *path,
		    const struct filling *f, struct error *err)
{
	const char *key = c->exists ? c->exists : c->lacks ? c->lacks :
			  c->equals ? c->equals : c->differs;
	int wanted = c->exists || c->equals, is;
	const struct node *n;
	struct edit e = EDIT_INIT;

	if (!text)
		return !wanted;
	if (begin(&e, text, f->profile, path, err) < 0) {
		edit_release(&e);
		return -1;
	}
	n = edit_get(&e, key);
	is = n != NULL;
	if (n && c->value) {
		struct value *v = filling_value(f, c->value, e.kind);

		is = edit_is(n, v);
		value_free(v);
	}
	edit_release(&e);
	return is == wanted;
}

static int is_in_list(const struct edit *e, const char *path,
		      const struct value *v)
{
	const struct node *n = edit_get(e, path);

	for (size_t i = 0; n && n->type == NODE_LIST && i < n->nr; i++)
		if (edit_is(n->entries[i].value, v))
			return 1;
	return 0;
}

static int insert(struct edit *e, const struct migration_edit *m,
		  const struct value *v, struct error *err)
{
	long at = m->at ? strtol(m->at, NULL, 10) : 0;

	if (is_in_list(e, m->insert, v))
		return 0;
	return edit_get(e, m->insert) ? edit_insert(e, m->insert, at, v, err) :
	       edit_append(e, m->insert, v, err);
}

/* All entries of a list that say just that; 1 some were, 0, -1. */
static int remove_value(struct edit *e, const char *path,
			const struct value *v, struct error *err)
{
	const struct node *n = edit_get(e, path);
	int ret = 0, changed = 0;

	for (size_t i = 0; ret >= 0 && n && n->type == NODE_LIST &&
	     i < n->nr;) {
		char *entry = xstrfmt("%s[%zu]", path, i);

		if (edit_is(n->entries[i].value, v)) {
			ret = edit_remove(e, entry, err);
			changed |= ret > 0;
			n = edit_get(e, path);
		} else {
			i++;
		}
		free(entry);
	}
	return ret < 0 ? -1 : changed;
}

/* Of several that are meant, the first is the one a path leads to. */
static int remove_all(struct edit *e, const char *path, struct error *err)
{
	int ret, changed = 0;

	while ((ret = edit_remove(e, path, err)) > 0)
		changed = 1;
	return ret < 0 ? -1 : changed;
}

/* A dot, a bracket or a backslash in a key has a backslash before it. */
static void add_step(struct buf *path, const char *key)
{
	buf_adds(path, path->len ? "." : "");
	if (!*key)
		buf_adds(path, "\"\"");
	for (const char *s = key; *s; s++) {
		if (strchr(".[\\", *s) || (s == key && *s == '"'))
			buf_addc(path, '\\');
		buf_addc(path, *s);
	}
}

/* The path of another key beside that of `path`. */
static char *beside(const char *path, const char *key)
{
	struct buf b = BUF_INIT;
	size_t end = 0;

	for (size_t i = 0; path[i]; i++) {
		if (path[i] == '\\' && path[i + 1])
			i++;
		else if (path[i] == '.')
			end = i;
	}
	buf_add(&b, path, end);
	add_step(&b, key);
	return buf_detach(&b);
}

/* A key that is not there is called otherwise already, or was never set. */
static int rename_key(struct edit *e, const struct migration_edit *m,
		      struct error *err)
{
	const struct node *old = edit_get(e, m->rename);
	char *other = beside(m->rename, m->to);
	int ret = 0;

	if (old && edit_get(e, other))
		ret = error_set(err, ERROR_REFUSED, "%s: there are '%s' and "
				"'%s', and one of them has to go", e->name,
				m->rename, other);
	else if (old)
		ret = edit_rename(e, m->rename, m->to, err);
	free(other);
	return ret;
}

/* Patterns */

/* What one match becomes. */
static void add_replacement(struct buf *out, const char *with,
			    const char *text, const regmatch_t *groups,
			    const struct filling *f)
{
	while (*with) {
		const char *end, *value;
		int digit = *with == '\\' ? with[1] - '0' : -1;

		if (digit >= 0 && digit <= 9) {
			const regmatch_t *g = &groups[digit];

			if (g->rm_so >= 0)
				buf_add(out, text + g->rm_so,
					(size_t)(g->rm_eo - g->rm_so));
			with += 2;
		} else if (*with == '\\' && with[1] == '\\') {
			buf_addc(out, '\\');
			with += 2;
		} else if ((value = filling_at(f, with, &end))) {
			buf_adds(out, value);
			with = end;
		} else {
			buf_addc(out, *with++);
		}
	}
}

/* All matches in a text, which has no NUL. */
static void substitute(struct buf *out, const char *text, const regex_t *re,
		       const char *with, const struct filling *f)
{
	const char *at = text;
	regmatch_t groups[10];

	while (!regexec(re, at, ARRAY_SIZE(groups), groups,
			at == text || at[-1] == '\n' ? 0 : REG_NOTBOL)) {
		buf_add(out, at, (size_t)groups[0].rm_so);
		add_replacement(out, with, at, groups, f);
		at += groups[0].rm_eo;
		/* Of nothing: go on behind the next character. */
		if (groups[0].rm_eo == groups[0].rm_so) {
			if (!*at)
				return;
			buf_addc(out, *at++);
		}
	}
	buf_adds(out, at);
}

/* What a text becomes; -1 where that would go on for ever. */
static int replaced(struct buf *out, const char *text, const regex_t *re,
		    const struct migration_edit *m, const struct filling *f,
		    struct error *err)
{
	struct buf again = BUF_INIT;
	int ret = 0;

	substitute(out, text, re, m->with->text, f);
	substitute(&again, out->s, re, m->with->text, f);
	if (strcmp(again.s, out->s))
		ret = error_set(err, ERROR_REFUSED, "'%s' matches what it was "
				"replaced by, and would change it again",
				m->replace);
	buf_release(&again);
	return ret;
}

struct regex_edit {
	regex_t re;
	const struct migration_edit *m;
	const struct filling *f;
};

/* Texts below a key, by their paths, and what they become. */
struct changes {
	const struct regex_edit *edit;
	struct strvec paths, texts;
	int *numbers;			/* were they some? */
	size_t nr, alloc;
};

static int collect(struct changes *c, struct buf *path, const struct node *n,
		   struct error *err);

static int is_number(const char *text)
{
	return !text[strspn(text, "0123456789.+-")];
}

static int collect_scalar(struct changes *c, const struct buf *path,
			  const struct node *n, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret = replaced(&b, n->data, &c->edit->re, c->edit->m, c->edit->f,
			   err);

	if (!ret && strcmp(b.s, n->data)) {
		strvec_push(&c->paths, path->s);
		strvec_push(&c->texts, b.s);
		ALLOC_GROW(c->numbers, c->nr + 1, c->alloc);
		c->numbers[c->nr++] = n->is_plain && is_number(n->data);
	}
	buf_release(&b);
	return ret;
}

static int collect(struct changes *c, struct buf *path, const struct node *n,
		   struct error *err)
{
	size_t len = path->len;
	int ret = 0;

	if (n->type == NODE_SCALAR)
		return collect_scalar(c, path, n, err);
	for (size_t i = 0; !ret && n->type != NODE_ALIAS && i < n->nr; i++) {
		if (n->type == NODE_MAP)
			add_step(path, n->entries[i].id);
		else
			buf_addf(path, "[%zu]", i);
		ret = collect(c, path, n->entries[i].value, err);
		buf_setlen(path, len);
	}
	return ret;
}

/* A number stays one; a text does not become one. */
static struct value *new_scalar(const char *text, int was_number)
{
	struct value *v = value_scalar(text);

	v->quoted = !was_number || !is_number(text);
	return v;
}

static int replace_below(struct edit *e, const struct regex_edit *r,
			 struct error *err)
{
	const struct node *n = edit_get(e, r->m->below);
	struct changes c = { r, STRVEC_INIT, STRVEC_INIT, NULL, 0, 0 };
	struct buf path = BUF_INIT;
	int ret = 0, changed = 0;

	buf_adds(&path, r->m->below);
	if (n)
		ret = collect(&c, &path, n, err);
	for (size_t i = 0; ret >= 0 && i < c.paths.nr; i++) {
		struct value *v = new_scalar(c.texts.v[i],
					     c.numbers[i]);

		ret = edit_set(e, c.paths.v[i], v, err);
		changed |= ret > 0;
		value_free(v);
	}
	strvec_release(&c.paths);
	strvec_release(&c.texts);
	free(c.numbers);
	buf_release(&path);
	return ret < 0 ? -1 : changed;
}

static int reads(const struct buf *text, enum resolve_kind kind,
		 const char *path, struct error *err)
{
	struct edit e = EDIT_INIT;
	int ret = edit_begin(&e, kind, path, text, err);

	edit_release(&e);
	return !ret;
}

/* What could be read before can be read afterwards. */
static int check_reads(const struct buf *before, const struct buf *after,
		       enum resolve_kind kind, const char *path,
		       struct error *err)
{
	struct error ignored = ERROR_INIT;
	int ret = 0;

	if (kind != RESOLVE_NONE && reads(before, kind, path, &ignored) &&
	    !reads(after, kind, path, err))
		ret = error_wrap(err, "the file would not read any more");
	error_release(&ignored);
	return ret;
}

static int check_lines(const struct filling *f, struct error *err)
{
	for (size_t i = 0; i < f->nr; i++)
		if (f->v[i].is_asked && f->v[i].text &&
		    strpbrk(f->v[i].text, "\r\n"))
			return error_set(err, ERROR_REFUSED, "the value %s has "
					 "several lines, and cannot be put "
					 "into a text by a pattern",
					 f->v[i].name);
	return 0;
}

/* Lines are matched without what ends them, whatever that is. */
static int replace_text(struct buf *text, const char *path,
			const struct regex_edit *r, struct error *err)
{
	struct buf plain = BUF_INIT, out = BUF_INIT, after = BUF_INIT;
	struct text_form form;
	int ret = -1;

	if (text_is_binary(text)) {
		error_set(err, ERROR_REFUSED, "%s is no text", path);
		goto out;
	}
	form = form_take(&plain, text);
	/* The line end that it has not got matches nothing. */
	if (!form.is_ended && plain.len)
		buf_setlen(&plain, plain.len - 1);
	if (replaced(&out, plain.s, &r->re, r->m, r->f, err) < 0 ||
	    check_lines(r->f, err) < 0)
		goto out;
	form_give(&after, &out, form);
	ret = after.len != text->len || memcmp(after.s, text->s, text->len);
	if (ret && check_reads(text, &after, kind_of(r->f->profile, path),
			       path, err) < 0)
		ret = -1;
	if (ret > 0) {
		buf_reset(text);
		buf_add(text, after.s, after.len);
	}
out:
	buf_release(&plain);
	buf_release(&out);
	buf_release(&after);
	return ret;
}

/* One edit */

static int apply_value(struct edit *e, const struct migration_edit *m,
		       const struct filling *f, struct error *err)
{
	struct value *v = filling_value(f, m->value, e->kind);
	int ret;

	if (m->set)
		ret = edit_set(e, m->set, v, err);
	else if (m->insert)
		ret = insert(e, m, v, err);
	else if (m->remove)
		ret = remove_value(e, m->remove, v, err);
	else
		ret = is_in_list(e, m->append, v) ? 0 :
		      edit_append(e, m->append, v, err);
	value_free(v);
	return ret;
}

/* `r` is NULL for all that is no replacement. */
static int apply(struct edit *e, const struct migration_edit *m,
		 const struct filling *f, const struct regex_edit *r,
		 struct error *err)
{
	if (m->rename)
		return rename_key(e, m, err);
	if (m->remove && !m->value)
		return remove_all(e, m->remove, err);
	if (r)
		return replace_below(e, r, err);
	return apply_value(e, m, f, err);
}

static int edit_keys(struct buf *text, const char *path,
		     const struct migration_edit *m, const struct filling *f,
		     const struct regex_edit *r, struct error *err)
{
	struct edit e = EDIT_INIT;
	int ret = begin(&e, text, f->profile, path, err);

	if (!ret)
		ret = apply(&e, m, f, r, err);
	if (ret > 0) {
		buf_reset(text);
		edit_end(&e, text);
	}
	edit_release(&e);
	return ret;
}

int migrate_text(struct buf *text, const char *path,
		 const struct migration_edit *m, const struct filling *f,
		 struct error *err)
{
	struct regex_edit r = { .m = m, .f = f };
	int ret;

	if (!m->replace)
		return edit_keys(text, path, m, f, NULL, err);
	if (regcomp(&r.re, m->replace, REG_EXTENDED | REG_NEWLINE))
		return error_set(err, ERROR_FATAL, "'%s' is no regular "
				 "expression", m->replace);
	ret = m->below ? edit_keys(text, path, m, f, &r, err) :
			 replace_text(text, path, &r, err);
	regfree(&r.re);
	return ret;
}
