#include "doc/resolve.h"

#include "base/mem.h"
#include "doc/form.h"
#include "doc/node_lines.h"
#include "doc/node_names.h"
#include "doc/node_yaml.h"
#include "doc/resolve_comments.h"

#include <stdlib.h>
#include <string.h>

int resolve_read(struct node_text *t, struct pool *pool,
		 enum resolve_kind kind, const char *name, const char *text,
		 size_t len, struct error *err)
{
	switch (kind) {
	case RESOLVE_YAML:
		return node_read_yaml(t, pool, name, text, len, err);
	case RESOLVE_JSON:
		return node_read_json(t, pool, name, text, len, err);
	case RESOLVE_DOTENV:
		return node_read_dotenv(t, pool, name, text, len, err);
	case RESOLVE_IGNORE:
		return node_read_lines(t, pool, name, text, len, err);
	case RESOLVE_NONE:
		break;
	}
	return error_set(err, ERROR_FATAL, "%s: no kind of file whose "
			 "structure is known", name);
}

/* Each conflict about a name may take away another name. */
#define MAX_MERGES 8

struct resolving {
	const struct resolve_request *q;
	struct pool pool;
	/* Normalised, and read; base, ours, theirs. */
	struct buf texts[3];
	struct text_form forms[3];
	struct node_text trees[3];
	struct node_merge merge;
	struct node *result;		/* the documents */
};

static int read_all(struct resolving *r, struct error *err)
{
	const struct buf *in[] = { r->q->base, r->q->ours, r->q->theirs };

	for (int i = 0; i < 3; i++) {
		if (!in[i])
			continue;
		r->forms[i] = form_take(&r->texts[i], in[i]);
		if (resolve_read(&r->trees[i], &r->pool, r->q->kind,
				 r->q->name, r->texts[i].s, r->texts[i].len,
				 err) < 0)
			return -1;
	}
	if (!r->q->base)
		r->forms[0] = r->forms[2];
	return 0;
}

/* What is meant, with one side's entries instead of a conflict. */
static struct node *chosen(struct pool *pool, const struct node *n,
			   enum node_side side)
{
	struct node *copy = node_new(pool, n->type);

	*copy = *n;
	copy->entries = NULL;
	copy->nr = copy->alloc = 0;
	for (size_t i = 0; i < n->nr; i++) {
		const struct entry *e = &n->entries[i];
		struct node_run one = { (struct entry *)e, 1 };
		const struct node_run *run = !e->clash ? &one :
			side == NODE_OURS ? &e->clash->ours :
			&e->clash->theirs;

		for (size_t j = 0; j < run->nr; j++) {
			struct entry *to = node_add(pool, copy);

			*to = run->v[j];
			to->value = chosen(pool, to->value, side);
		}
	}
	return copy;
}

static int document_holds(const struct node *read, const struct node *meant)
{
	struct strmap broken = STRMAP_INIT;
	int holds = node_same_data(read, meant) &&
		    !names_find_broken(read, &broken);

	strmap_release(&broken);
	return holds;
}

/* Does the text mean what was meant, where that side is chosen? */
static int side_holds(struct resolving *r, enum node_side side,
		      struct error *err)
{
	struct buf text = BUF_INIT;
	struct pool pool = POOL_INIT;
	struct node_text read;
	const struct node *meant = r->merge.nr ?
		chosen(&pool, r->result, side) : r->result;
	struct error ignored = ERROR_INIT;
	int holds;

	node_write_one(&text, r->result, side, NULL);
	holds = !resolve_read(&read, &pool, r->q->kind, r->q->name, text.s,
			      text.len, &ignored) &&
		read.nr == meant->nr;
	for (size_t i = 0; holds && i < read.nr; i++)
		holds = document_holds(read.docs[i].root,
				       meant->entries[i].value);
	error_release(&ignored);
	pool_release(&pool);
	buf_release(&text);
	if (!holds)
		error_set(err, ERROR_FATAL, "%s: what was put together does "
			  "not mean what it should", r->q->name);
	return holds;
}

/* None that a side added, or that both kept, is lost; and none there twice. */
static int settle_comments(struct resolving *r, struct error *err)
{
	struct comments c = COMMENTS_INIT;
	const char *lost;

	for (int i = 0; i < 3; i++)
		comments_note(&c, (enum comments_of)i, &r->trees[i]);
	comments_note_result(&c, r->result);
	r->result = comments_once(&c, &r->pool, r->result, r->texts);
	comments_note_result(&c, r->result);
	lost = comments_lost(&c);
	if (lost)
		error_set(err, ERROR_FATAL, "%s: the comment '%s' has no "
			  "place any more", r->q->name, lost);
	comments_release(&c);
	return !lost;
}

/* What was noted goes to the result. */
static void hand_over(struct resolution *res, struct node_merge *m)
{
	res->ours = m->ours;
	res->theirs = m->theirs;
	res->conflicts = m->conflicts;
	res->nr = m->nr;
	strvec_init(&m->ours);
	strvec_init(&m->theirs);
	m->conflicts = NULL;
	m->nr = m->alloc = 0;
}

static int ends_in_marker(const struct buf *text,
			  const struct node_markers *markers)
{
	size_t size = markers->size ? markers->size : 7, at = text->len;

	while (at && (at == text->len || text->s[at - 1] != '\n'))
		at--;
	return strspn(text->s + at, ">") >= size;
}

/*
 * Behind the markers a byte order mark stands with the first line of either
 * side; a side that has none there would lose it.
 */
static int mark_holds(const struct resolving *r, int has_mark,
		      struct error *err)
{
	const struct clash *c = has_mark ? node_first_clash(r->result) : NULL;

	if (!c || (c->ours.nr && c->theirs.nr))
		return 1;
	error_set(err, ERROR_FATAL, "%s: its byte order mark would be lost in "
		  "a conflict at its top", r->q->name);
	return 0;
}

/* The result, as it is stored; a marker is a line, whatever the last one is. */
static void give_text(struct buf *out, const struct resolving *r,
		      struct text_form form)
{
	struct buf text = BUF_INIT;
	const struct node_markers *markers = r->q->markers;

	node_write_marked(&text, r->result, markers,
			  form.has_bom ? BYTE_ORDER_MARK : "");
	form.has_bom = 0;
	if (!form.is_ended && text.len && text.s[text.len - 1] == '\n' &&
	    !(r->merge.nr && ends_in_marker(&text, markers)))
		buf_setlen(&text, text.len - 1);
	form_give(out, &text, form);
	buf_release(&text);
}

static int merge_once(struct resolving *r, const struct strmap *disputed)
{
	node_merge_release(&r->merge);
	r->merge.pool = &r->pool;
	r->merge.sets = r->q->sets;
	r->merge.is_lines = r->q->kind == RESOLVE_DOTENV ||
			    r->q->kind == RESOLVE_IGNORE;
	r->merge.are_patterns = r->q->kind == RESOLVE_IGNORE;
	r->merge.disputed = disputed->nr ? disputed : NULL;
	return node_merge(&r->merge, &r->result,
			  r->q->base ? &r->trees[0] : NULL, &r->trees[1],
			  &r->trees[2]);
}

/* Names that do not hold where that side is chosen; true when new ones. */
static int note_broken(struct resolving *r, enum node_side side,
		       struct strmap *broken)
{
	const struct node *n = r->merge.nr ?
		chosen(&r->pool, r->result, side) : r->result;
	int is_new = 0;

	for (size_t i = 0; i < n->nr; i++)
		is_new |= names_find_broken(n->entries[i].value, broken);
	return is_new;
}

/*
 * One side may have taken away a name that the other began to use.  Then once
 * more, with what gives it and what uses it in conflict.
 */
static int merge_names(struct resolving *r)
{
	struct strmap disputed = STRMAP_INIT;
	int is_new = 1, ret = 0;

	for (int i = 0; i < MAX_MERGES && is_new; i++) {
		ret = merge_once(r, &disputed);
		if (ret)
			break;
		is_new = note_broken(r, NODE_OURS, &disputed);
		if (r->merge.nr)
			is_new |= note_broken(r, NODE_THEIRS, &disputed);
	}
	r->merge.disputed = NULL;
	strmap_release(&disputed);
	return ret;
}

static int merge_trees(struct resolving *r, struct resolution *res,
		       struct error *err)
{
	struct text_form form = form_merge(&r->forms[0], &r->forms[1],
					   &r->forms[2]);

	if (merge_names(r))
		return error_set(err, ERROR_FATAL, "%s: the sides differ in "
				 "more than keys tell", r->q->name);
	if (!settle_comments(r, err) || !side_holds(r, NODE_OURS, err) ||
	    (r->merge.nr && !side_holds(r, NODE_THEIRS, err)) ||
	    !mark_holds(r, form.has_bom, err))
		return -1;
	give_text(&res->text, r, form);
	hand_over(res, &r->merge);
	return res->nr > 0;
}

static int same_bytes(const struct buf *a, const struct buf *b)
{
	return a && b && a->len == b->len && !memcmp(a->s, b->s, a->len);
}

int resolve(struct resolution *res, const struct resolve_request *q,
	    struct error *err)
{
	struct resolving r = { .q = q, .pool = POOL_INIT,
			       .texts = { BUF_INIT, BUF_INIT, BUF_INIT },
			       .merge = NODE_MERGE_INIT };
	const struct buf *all = same_bytes(q->ours, q->theirs) ||
				same_bytes(q->theirs, q->base) ? q->ours :
				same_bytes(q->ours, q->base) ? q->theirs :
				NULL;
	int ret = -1;

	if (all) {
		buf_add(&res->text, all->s, all->len);
		return 0;
	}
	if (!read_all(&r, err))
		ret = merge_trees(&r, res, err);
	for (int i = 0; i < 3; i++)
		buf_release(&r.texts[i]);
	node_merge_release(&r.merge);
	pool_release(&r.pool);
	return ret;
}

void resolution_release(struct resolution *res)
{
	buf_release(&res->text);
	strvec_release(&res->ours);
	strvec_release(&res->theirs);
	for (size_t i = 0; i < res->nr; i++) {
		free(res->conflicts[i].path);
		free(res->conflicts[i].ours);
		free(res->conflicts[i].theirs);
	}
	free(res->conflicts);
	*res = (struct resolution)RESOLUTION_INIT;
}
