/*
 * A text as a tree that has lost nothing: put together again it is the same
 * text, byte for byte.  Merging by structure and editing work on such trees,
 * so what they do not touch stays as somebody wrote it.
 *
 * A map or list is written as a block, by indentation, or as a flow, in
 * brackets.  Its text is its head, its entries one after the other, and its
 * tail.
 *
 *	# lead				comments and empty lines above it
 *	  key:  value   # trail		head "key:  ", value, trail
 *
 * Of a block, lead and trail end with a line, and the lines of an entry are
 * its own alone; only the first one may begin where the collection does,
 * behind a dash (`- key: value`).  Of a flow, lead is what stands between a
 * comma and the entry, and trail what stands between the entry and the next
 * comma; commas belong to nobody and are written between entries.
 *
 * Comments between two entries are the second one's, unless they are
 * indented further: then they belong to the end of what the first one holds.
 * What stands above the first entry of a text with an empty line between is
 * the head of the whole.
 *
 * All memory is the pool's of whoever read it; pieces point into the text
 * that was read, or into the pool.
 */
#ifndef DOC_NODE_H
#define DOC_NODE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"

struct piece {
	const char *s;
	size_t len;
};

enum node_type {
	NODE_SCALAR,
	NODE_ALIAS,			/* *name */
	NODE_LIST,
	NODE_MAP
};

struct node {
	enum node_type type;
	/* Of a list or map. */
	int is_block;
	int is_inline;			/* a block, begun behind a dash */
	int indent;			/* the column of a block's entries */
	struct piece head, tail;
	struct entry *entries;
	size_t nr, alloc;
	/* Of a scalar as it is written, with what is before it (!tag &name). */
	struct piece text;
	/* What it means; the name of an alias.  Holds no NUL. */
	const char *data;
	int is_plain;			/* without quotes, no block of lines */
	int is_untyped;			/* it is a text, quotes or not */
	const char *anchor, *tag;	/* of all but aliases, or NULL */
	/* While it is taken apart: where it is in the text. */
	size_t start, end;
};

/* What stands between conflict markers, of each side. */
struct clash {
	struct node_run {
		struct entry *v;
		size_t nr;
	} base, ours, theirs;
};

struct entry {
	const char *key;		/* of a map, unquoted; else NULL */
	/*
	 * What tells it from all others of its map: the key; of one that is
	 * there again, as parsers let pass, something else.
	 */
	const char *id;
	struct piece lead, head, trail;
	struct node *value;
	/* It is no entry, but a conflict; nothing above is set but lead. */
	struct clash *clash;
	size_t key_start, key_end;
};

/*
 * A whole text: what documents it has, each with what precedes it (the head of
 * the whole, "---") and what follows (a flow's last line end).
 */
struct node_text {
	struct node_document {
		struct piece head, tail;
		struct node *root;
	} *docs;
	size_t nr, alloc;
};

struct node *node_new(struct pool *pool, enum node_type type);
/* A list or a map? */
int node_is_collection(const struct node *n);
/* And by indentation? */
int node_is_block(const struct node *n);
struct entry *node_add(struct pool *pool, struct node *n);
/* A copy that stands that many columns further to the right. */
struct node *node_shift(struct pool *pool, const struct node *n, int shift);
struct entry entry_shift(struct pool *pool, const struct entry *e,
			 int is_block, int shift);
/*
 * The id of one more entry of that key; `seen` is the map's, for its ids and
 * how often each was asked for.
 */
const char *node_new_id(struct pool *pool, struct strmap *seen,
			const char *key);
/* The entry of that id, or NULL.  Looks at one after the other. */
struct entry *node_find(const struct node *n, const char *id);

/*
 * Do both mean the same?  Maps compare by key, whatever the order; of a
 * scalar counts what every reader would take it for, so `"1"` is not `1`.
 */
int node_same_data(const struct node *a, const struct node *b);
/* Are they the same text, but for how far both are indented? */
int node_same_text(const struct node *a, const struct node *b);
int entry_same_text(const struct entry *a, int a_indent,
		    const struct entry *b, int b_indent);
/* But for blanks, indentation and empty lines? */
int entry_same_but_blanks(const struct entry *a, const struct entry *b);
int piece_same(struct piece a, struct piece b);
/* The same where the first is indented by `shift` more. */
int piece_same_shifted(struct piece a, struct piece b, int shift);

/* What conflict markers are written with, and which side is written. */
enum node_side {
	NODE_MARKED,			/* both, in markers */
	NODE_OURS,
	NODE_THEIRS
};

struct node_markers {
	const char *base, *ours, *theirs;	/* what they are called */
	size_t size;
	int with_base;				/* as of style diff3 */
};

/* The conflict that a text begins with, before all else in it; or NULL. */
const struct clash *node_first_clash(const struct node_text *t);
/* `markers` may be NULL where no conflict is, or with a side. */
void node_write_one(struct buf *out, const struct node *n,
		    enum node_side side, const struct node_markers *markers);
void node_write(struct buf *out, const struct node_text *t,
		enum node_side side, const struct node_markers *markers);
/*
 * Both sides, with `before` in front: of what stands between the markers,
 * where it begins with a conflict, as these must begin their lines.
 */
void node_write_marked(struct buf *out, const struct node_text *t,
		       const struct node_markers *markers,
		       const char *before);

#endif
