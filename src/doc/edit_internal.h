/* What edit.c asks of edit_make.c, where new entries are written. */
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

/* As struct entry, to stand at `at` of the spot; `key` NULL in a list. */
int make_entry(struct edit *e, struct entry *out, const struct spot *spot,
	       size_t at, const char *key, const struct value *value,
	       struct error *err);
/* A scalar in place of another, in its spelling if that is possible. */
struct node *make_scalar(struct edit *e, const struct node *old,
			 const struct value *value);
/* A key as it is to be written instead of the one in `head`. */
struct piece make_key(struct edit *e, const struct entry *old,
		      const char *key);

#endif
