#include "doc/resolve_comments.h"

#include "doc/sequence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is merged; the result is none of them. */
#define SIDES COMMENTS_RESULT

/* One comment. */
struct tally {
	size_t nr[COMMENTS_VERSIONS];	/* how often it is there */
	/* The key it is above in the base; and how often, in any version. */
	const char *key;
	size_t own[COMMENTS_VERSIONS];
	int is_disputed;		/* stands in a conflict */
	/* Of the text: lines that are it, and what lines are above the last. */
	size_t lines[SIDES], above[SIDES];
	/*
	 * Is it between the same keys, there as in the base?  And for the base:
	 * on one side as on the other?
	 */
	int stays[SIDES];
	size_t kept;
};

/* Whose comments are noted. */
struct noting {
	struct comments *c;
	enum comments_of version;
	int is_disputed;
};

static struct tally *tally_of(struct comments *c, const char *text)
{
	struct tally *t = strmap_get(&c->tallies, text);

	if (!t) {
		t = pool_alloc(&c->pool, sizeof(*t));
		strmap_put(&c->tallies, text, t);
	}
	return t;
}

static int is_own(const struct tally *t, const char *key)
{
	return t->key && key && !strcmp(t->key, key);
}

static void note(const struct noting *n, struct tally *t, const char *key)
{
	if (n->version == COMMENTS_BASE)
		t->key = key;
	t->nr[n->version]++;
	t->own[n->version] += (size_t)is_own(t, key);
	t->is_disputed |= n->is_disputed;
}

/* The comments in a piece, a line each; `key` is what it is above, or NULL. */
static void note_piece(const struct noting *n, struct piece p, const char *key)
{
	const char *at = p.s, *end = p.s + p.len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = lf ? lf : end;
		const char *hash = memchr(at, '#', (size_t)(line_end - at));

		if (hash) {
			char *text = xmemdupz(hash,
					      (size_t)(line_end - hash));

			note(n, tally_of(n->c, text), key);
			free(text);
		}
		at = lf ? lf + 1 : end;
	}
}

static void note_node(const struct noting *n, const struct node *node);

static void note_run(const struct noting *n, const struct node_run *run)
{
	struct noting disputed = *n;

	disputed.is_disputed = 1;
	for (size_t i = 0; i < run->nr; i++) {
		const struct entry *e = &run->v[i];

		note_piece(n, e->lead, e->key);
		if (e->clash) {
			note_run(&disputed, &e->clash->ours);
			note_run(&disputed, &e->clash->theirs);
			continue;
		}
		note_piece(n, e->head, NULL);
		note_node(n, e->value);
		note_piece(n, e->trail, NULL);
	}
}

static void note_node(const struct noting *n, const struct node *node)
{
	struct node_run all = { node->entries, node->nr };

	if (!node_is_collection(node))
		return;
	note_piece(n, node->head, NULL);
	note_run(n, &all);
	note_piece(n, node->tail, NULL);
}

void comments_note(struct comments *c, enum comments_of version,
		   const struct node_text *t)
{
	struct noting n = { c, version, 0 };

	for (size_t i = 0; i < t->nr; i++) {
		note_piece(&n, t->docs[i].head, NULL);
		note_node(&n, t->docs[i].root);
		note_piece(&n, t->docs[i].tail, NULL);
	}
}

void comments_note_result(struct comments *c, const struct node *documents)
{
	struct noting n = { c, COMMENTS_RESULT, 0 };

	for (size_t i = 0; i < c->tallies.nr; i++) {
		struct tally *t = c->tallies.values[i];

		t->nr[COMMENTS_RESULT] = t->own[COMMENTS_RESULT] = 0;
	}
	note_node(&n, documents);
}

/* How often it is to be there, at most. */
static size_t most(const struct tally *t)
{
	size_t base = t->nr[COMMENTS_BASE], ours = t->nr[COMMENTS_OURS];
	size_t theirs = t->nr[COMMENTS_THEIRS];

	if (!base || t->is_disputed)
		return SIZE_MAX;
	return ours == base || (theirs != base && theirs > ours) ? theirs :
	       ours;
}

static int is_too_often(const struct tally *t)
{
	return t->nr[COMMENTS_RESULT] > most(t);
}

/* Some comments are mere decoration, and there again and again. */
static int is_unique(const struct tally *t)
{
	return t->nr[COMMENTS_BASE] <= 1 && t->nr[COMMENTS_OURS] <= 1 &&
	       t->nr[COMMENTS_THEIRS] <= 1;
}

/* Where a line ends, with its line end. */
static const char *line_after(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));

	return lf ? lf + 1 : end;
}

/* A line without the blanks it begins with, and without its end. */
static struct piece words(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (at < end && end[-1] == '\n')
		end--;
	return (struct piece){ at, (size_t)(end - at) };
}

/* Of a line that is a comment; else NULL. */
static struct tally *tally_of_line(const struct comments *c, struct piece line)
{
	char *text;
	struct tally *t;

	if (!line.len || *line.s != '#')
		return NULL;
	text = xmemdupz(line.s, line.len);
	t = strmap_get(&c->tallies, text);
	free(text);
	return t;
}

/* Lines that are no comments, as numbers: the same ones begin alike. */
struct keys {
	size_t *v;
	size_t nr, alloc;
};

static void add_key(struct keys *keys, struct piece line, struct strmap *known)
{
	char *key = xmemdupz(line.s, line.len);

	key[strcspn(key, ":=")] = '\0';
	if (!strmap_has(known, key))
		strmap_put(known, key, (void *)(uintptr_t)(known->nr + 1));
	ALLOC_GROW(keys->v, keys->nr + 1, keys->alloc);
	keys->v[keys->nr++] = (size_t)(uintptr_t)strmap_get(known, key);
	free(key);
}

/* Those of a text, and how many are above each comment. */
static void read_keys(struct keys *keys, const struct comments *c,
		      int version, const struct buf *text,
		      struct strmap *known)
{
	const char *at = text->s, *end = text->s + text->len, *next;

	for (; at < end; at = next) {
		struct piece line = words(at, next = line_after(at, end));
		struct tally *t = tally_of_line(c, line);

		if (t) {
			t->lines[version]++;
			t->above[version] = keys->nr;
		} else if (line.len) {
			add_key(keys, line, known);
		}
	}
}

static void sum_up(size_t *count, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		count[i + 1] += count[i];
}

/* Which comments stand between the same keys in both versions? */
static void find_staying(const struct comments *c, const struct keys *keys,
			 int one, int other, int answer)
{
	struct sequence a = { keys[one].v, keys[one].nr };
	struct sequence b = { keys[other].v, keys[other].nr };
	size_t *match = sequence_match(a, b);
	/* Of so many first ones, how many have both? */
	size_t *in_a = xcalloc(a.nr + 1, sizeof(*in_a));
	size_t *in_b = xcalloc(b.nr + 1, sizeof(*in_b));

	for (size_t i = 0; i < a.nr; i++)
		if (match[i] != SEQUENCE_NOWHERE)
			in_a[i + 1] = in_b[match[i] + 1] = 1;
	sum_up(in_a, a.nr);
	sum_up(in_b, b.nr);
	for (size_t i = 0; i < c->tallies.nr; i++) {
		struct tally *t = c->tallies.values[i];

		t->stays[answer] =
			t->lines[one] == 1 && t->lines[other] == 1 &&
			in_a[t->above[one]] == in_b[t->above[other]];
	}
	free(match);
	free(in_a);
	free(in_b);
}

static void find_places(const struct comments *c, const struct buf *texts)
{
	struct strmap known = STRMAP_INIT;
	struct keys keys[SIDES] = { { NULL, 0, 0 } };

	for (int i = 0; i < SIDES; i++)
		read_keys(&keys[i], c, i, &texts[i], &known);
	find_staying(c, keys, COMMENTS_BASE, COMMENTS_OURS, COMMENTS_OURS);
	find_staying(c, keys, COMMENTS_BASE, COMMENTS_THEIRS, COMMENTS_THEIRS);
	find_staying(c, keys, COMMENTS_OURS, COMMENTS_THEIRS, COMMENTS_BASE);
	for (int i = 0; i < SIDES; i++)
		free(keys[i].v);
	strmap_release(&known);
}

static int went_along(const struct tally *t, enum comments_of side)
{
	return !t->nr[side] || t->own[side] || t->stays[side];
}

/* Is it one and the same comment in all that have it? */
static int is_known(const struct tally *t)
{
	return t->stays[COMMENTS_BASE] ||
	       (went_along(t, COMMENTS_OURS) && went_along(t, COMMENTS_THEIRS));
}

/* Is that one of the result there again, and to be left out? */
static int is_again(struct tally *t, const char *key)
{
	if (!is_too_often(t) || !is_unique(t) || is_own(t, key) ||
	    !is_known(t))
		return 0;
	return t->own[COMMENTS_RESULT] + t->kept++ >= most(t);
}

struct leaving_out {
	const struct comments *c;
	struct pool *pool;
	struct buf out;
};

/*
 * Lines down to an empty one.  Where nothing is left of them but decoration,
 * it goes as well, and so do the empty lines that kept it from the next.
 */
static const char *write_paragraph(struct leaving_out *l, const char *at,
				   const char *end, const char *key)
{
	size_t from = l->out.len;
	int is_less = 0, is_idle = 1;
	const char *next;

	for (; at < end && words(at, next = line_after(at, end)).len;
	     at = next) {
		struct tally *t = tally_of_line(l->c, words(at, next));

		if (t && is_again(t, key)) {
			is_less = 1;
			continue;
		}
		is_idle &= t && !is_unique(t) && is_too_often(t);
		buf_add(&l->out, at, (size_t)(next - at));
	}
	if (is_less && is_idle)
		buf_setlen(&l->out, from);
	for (; at < end && !words(at, next = line_after(at, end)).len;
	     at = next)
		if (!is_less || !is_idle || !from)
			buf_add(&l->out, at, (size_t)(next - at));
	return at;
}

static struct piece without_again(struct leaving_out *l, struct piece p,
				  const char *key)
{
	const char *at = p.s, *end = p.s + p.len;

	buf_setlen(&l->out, 0);
	while (at < end)
		at = write_paragraph(l, at, end, key);
	if (l->out.len == p.len)
		return p;
	return (struct piece){ pool_memdup(l->pool, l->out.s, l->out.len),
			       l->out.len };
}

static struct node *leave_out(struct leaving_out *l, const struct node *n)
{
	struct node *copy;

	if (!node_is_block(n))
		return (struct node *)n;
	copy = node_new(l->pool, n->type);
	*copy = *n;
	copy->entries = NULL;
	copy->nr = copy->alloc = 0;
	for (size_t i = 0; i < n->nr; i++) {
		struct entry *e = node_add(l->pool, copy);

		*e = n->entries[i];
		e->lead = without_again(l, e->lead, e->key);
		if (!e->clash)
			e->value = leave_out(l, e->value);
	}
	copy->tail = without_again(l, n->tail, NULL);
	return copy;
}

static int is_any_again(const struct comments *c)
{
	for (size_t i = 0; i < c->tallies.nr; i++)
		if (is_too_often(c->tallies.values[i]))
			return 1;
	return 0;
}

struct node *comments_once(struct comments *c, struct pool *pool,
			   struct node *documents, const struct buf *texts)
{
	struct leaving_out l = { c, pool, BUF_INIT };

	if (!is_any_again(c))
		return documents;
	find_places(c, texts);
	documents = leave_out(&l, documents);
	buf_release(&l.out);
	return documents;
}

const char *comments_lost(const struct comments *c)
{
	for (size_t i = 0; i < c->tallies.nr; i++) {
		const struct tally *t = c->tallies.values[i];
		int is_kept = t->nr[COMMENTS_OURS] && t->nr[COMMENTS_THEIRS];
		int is_new = !t->nr[COMMENTS_BASE] &&
			     (t->nr[COMMENTS_OURS] || t->nr[COMMENTS_THEIRS]);

		if ((is_kept || is_new) && !t->nr[COMMENTS_RESULT])
			return c->tallies.keys[i];
	}
	return NULL;
}

void comments_release(struct comments *c)
{
	strmap_release(&c->tallies);
	pool_release(&c->pool);
	*c = (struct comments)COMMENTS_INIT;
}
