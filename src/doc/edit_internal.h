/*
 * What edit.c asks of its neighbours: edit_path.c follows paths, edit_make.c
 * writes new entries, edit_replace.c puts other values in place of what is
 * there, edit_flow.c knows what stands between commas.
 */
#ifndef DOC_EDIT_INTERNAL_H
#define DOC_EDIT_INTERNAL_H

#include "doc/edit.h"

/* A map or list in the tree, with what its surroundings look like. */
struct spot {
	struct node *node;		/* the collection */
	struct entry *entry;		/* that it is the value of; or NULL */
	/* Of a flow over several lines: what its own line begins with. */
	struct piece margin;
};

/* One step of a path. */
struct step {
	char *key;			/* of a map; or of [key=value] */
	char *value;
	long index;			/* where `key` is NULL */
};

struct steps {
	struct step *v;
	size_t nr, alloc;
};

/* How far a path leads. */
struct walk {
	/* Where its last step stands, or the first missing one would. */
	struct spot spot;
	size_t at;			/* entry, where it is there */
	size_t found;			/* steps that are there */
	struct node *node;		/* what the found ones lead to */
};

/* Read a path and follow it; steps_release() after -1, too. */
int walk(const struct edit *e, struct steps *s, const char *path,
	 struct walk *w, struct error *err);
void steps_release(struct steps *s);
/* The spot inside of what a path leads to. */
struct spot walk_inside(const struct walk *w);

/* Is it one of lines, of which none need be left? */
int edit_has_lines(const struct edit *e);
/*
 * A new text for the value of that entry, which keeps its comments and its
 * name; `key` NULL in a list.
 */
int replace_value(struct edit *e, const struct spot *spot, size_t at,
		  const char *key, const struct value *value,
		  struct error *err);
/* A block that has nothing left is written as {} or []. */
void replace_empty(struct edit *e, const struct spot *spot);

/* As struct entry, to stand in the spot; `key` NULL in a list. */
int make_entry(struct edit *e, struct entry *out, const struct spot *spot,
	       const char *key, const struct value *value, struct error *err);
/* A scalar in place of another, in its spelling if that is possible. */
struct node *make_scalar(struct edit *e, const struct node *old, int in_flow,
			 const struct value *value);
/* A key as it is to be written instead of the one in `head`. */
struct piece make_key(struct edit *e, const struct entry *old,
		      const char *key);

/* What begins the lines of a flow: the spot's margin, and one step more. */
struct layout {
	struct piece margin, step;
	int is_multiline;
};

struct layout flow_layout(const struct edit *e, const struct spot *spot);
/* A line of it, where it has several, so many steps further in. */
void flow_add_line(struct buf *out, const struct layout *l, size_t level);
/* Give the new entry, which is not in it yet, its place before `at`. */
void flow_open_gap(struct edit *e, const struct spot *spot, size_t at,
		   struct entry *made);
/* And take back what one had that stood there. */
void flow_close_gap(struct edit *e, struct node *n, size_t at,
		    const struct entry *gone);

struct piece piece_join(struct edit *e, struct piece a, struct piece b);
struct piece piece_join3(struct edit *e, struct piece a, struct piece b,
			 struct piece c);
struct piece piece_keep(struct edit *e, const struct buf *b);

#endif
