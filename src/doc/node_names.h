/*
 * Names of values (&name) and what uses them (*name), of a document: each is
 * there before it is used, and there once.
 */
#ifndef DOC_NODE_NAMES_H
#define DOC_NODE_NAMES_H

#include "base/vec.h"
#include "doc/node.h"

/* Names of which that is not so are added to `broken`; true when new ones. */
int names_find_broken(const struct node *document, struct strmap *broken);
/*
 * Does one tree give or use any of these names where the other does not?
 * `b` may be NULL: there is no other.
 */
int names_differ(const struct node *a, const struct node *b,
		 const struct strmap *names);

#endif
