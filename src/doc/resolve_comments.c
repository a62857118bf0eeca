#include "doc/resolve_comments.h"

#include <stdlib.h>
#include <string.h>

/* One comment, and how often it is there. */
struct tally {
	size_t nr[COMMENTS_VERSIONS];
};

/* Whose comments are noted. */
struct noting {
	struct comments *c;
	enum comments_of version;
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

/* The comments in a piece, a line each. */
static void note_piece(const struct noting *n, struct piece p)
{
	const char *at = p.s, *end = p.s + p.len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = lf ? lf : end;
		const char *hash = memchr(at, '#', (size_t)(line_end - at));

		if (hash) {
			char *text = xmemdupz(hash,
					      (size_t)(line_end - hash));

			tally_of(n->c, text)->nr[n->version]++;
			free(text);
		}
		at = lf ? lf + 1 : end;
	}
}

static void note_node(const struct noting *n, const struct node *node);

static void note_run(const struct noting *n, const struct node_run *run)
{
	for (size_t i = 0; i < run->nr; i++) {
		const struct entry *e = &run->v[i];

		note_piece(n, e->lead);
		if (e->clash) {
			note_run(n, &e->clash->ours);
			note_run(n, &e->clash->theirs);
			continue;
		}
		note_piece(n, e->head);
		note_node(n, e->value);
		note_piece(n, e->trail);
	}
}

static void note_node(const struct noting *n, const struct node *node)
{
	struct node_run all = { node->entries, node->nr };

	if (!node_is_collection(node))
		return;
	note_piece(n, node->head);
	note_run(n, &all);
	note_piece(n, node->tail);
}

void comments_note(struct comments *c, enum comments_of version,
		   const struct node_text *t)
{
	struct noting n = { c, version };

	for (size_t i = 0; i < t->nr; i++) {
		note_piece(&n, t->docs[i].head);
		note_node(&n, t->docs[i].root);
		note_piece(&n, t->docs[i].tail);
	}
}

void comments_note_result(struct comments *c, const struct node *documents)
{
	struct noting n = { c, COMMENTS_RESULT };

	note_node(&n, documents);
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
