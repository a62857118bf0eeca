/*
 * YAML and JSON, read into trees that keep the text (doc/node.h).
 *
 * What libyaml reads is taken, but for what no tree of keys can hold: keys
 * that are no texts, `? ` before a key, directives, `...`, a document that is
 * neither map nor list, more than 64 levels; and carriage returns.
 */
#ifndef DOC_NODE_YAML_H
#define DOC_NODE_YAML_H

#include "base/error.h"
#include "base/pool.h"
#include "doc/node.h"

/*
 * `text` is borrowed as long as the tree is used.  -1 with what was found and
 * where, "NAME:LINE: ..."; the tree is of no use then.
 */
int node_read_yaml(struct node_text *t, struct pool *pool, const char *name,
		   const char *text, size_t len, struct error *err);
/* Only what is JSON (RFC 8259) to cJSON, too. */
int node_read_json(struct node_text *t, struct pool *pool, const char *name,
		   const char *text, size_t len, struct error *err);

#endif
