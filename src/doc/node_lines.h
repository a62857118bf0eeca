/*
 * Files of one setting or pattern a line, read into trees that keep the text
 * (doc/node.h).
 */
#ifndef DOC_NODE_LINES_H
#define DOC_NODE_LINES_H

#include "base/error.h"
#include "base/pool.h"
#include "doc/node.h"

/*
 * Lines of `KEY=VALUE`, as docker compose and shells read them from .env: with
 * `export` or without, in quotes, which may go over lines, or not, with a
 * comment behind a blank and `#`.  A map; -1 where a line is anything else.
 * https://docs.docker.com/compose/how-tos/environment-variables/
 * variable-interpolation/#env-file-syntax
 */
int node_read_dotenv(struct node_text *t, struct pool *pool, const char *name,
		     const char *text, size_t len, struct error *err);
/* A list of lines that are neither empty nor comments: gitignore(5). */
int node_read_lines(struct node_text *t, struct pool *pool, const char *name,
		    const char *text, size_t len, struct error *err);

#endif
