/*
 * Editing a text by path, and nothing in it but what is asked for: comments,
 * order, spelling and spacing of everything else stay, byte for byte.
 *
 * A path is keys with dots between them, `services.gui.image`; a dot, a
 * bracket or a backslash of a key itself has a backslash before it, and the
 * key that is empty is `""`.  `[2]` is the third entry of a list, `[-1]` the
 * last, `[name=web]` the one whose key `name` is `web`.  The empty path is the
 * whole.  Paths are about the first document.
 *
 * Comments go with an entry that is removed, and with what was in a value that
 * is replaced, and with nothing else.  A value that has a name (`&name`) keeps
 * it; what would leave an alias without one is refused.
 *
 * What an edit leaves is read again, and has to mean what was asked for; else
 * it fails, and all is as it was before.
 *
 *	struct edit e = EDIT_INIT;
 *
 *	if (edit_begin(&e, RESOLVE_YAML, "prod.yml", &text, err) < 0 ||
 *	    edit_set(&e, "services.gui.image", value, err) < 0 ||
 *	    edit_end(&e, &out, err) < 0) ...
 *	edit_release(&e);
 *
 * The operations return 1 when they changed something, 0 when it was so
 * already, and -1 when it cannot be.  Appending and inserting is never so
 * already.
 */
#ifndef DOC_EDIT_H
#define DOC_EDIT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/pool.h"
#include "doc/form.h"
#include "doc/node.h"
#include "doc/resolve_kind.h"
#include "doc/value.h"

struct edit {
	enum resolve_kind kind;
	char *name;			/* of the file, for messages */
	struct pool pool;
	struct buf text;		/* what was read, normalised */
	struct text_form form;
	struct node_text tree;
};

#define EDIT_INIT { .pool = POOL_INIT, .text = BUF_INIT }

/* `text` is copied. */
int edit_begin(struct edit *e, enum resolve_kind kind, const char *name,
	       const struct buf *text, struct error *err);
/* The text as it is now. */
void edit_end(const struct edit *e, struct buf *out);
void edit_release(struct edit *e);

/* Is that a path? */
int edit_is_path(const char *path);
/* What is there: the edit's, until the next operation; NULL: nothing. */
const struct node *edit_get(const struct edit *e, const char *path);
/*
 * Keys on the way that are missing are made.  A scalar that is not `quoted`
 * is written as it is: `8080` is a number; one that is goes without quotes
 * only where every reader takes it for a text.
 */
int edit_set(struct edit *e, const char *path, const struct value *value,
	     struct error *err);
/* To the end of a list, or before its entry `at`; -1: the last. */
int edit_append(struct edit *e, const char *path, const struct value *value,
		struct error *err);
int edit_insert(struct edit *e, const char *path, long at,
		const struct value *value, struct error *err);
/*
 * Another key for the same value, at the same place.  Where that key is there
 * and the old one is not, it was so already.
 */
int edit_rename(struct edit *e, const char *path, const char *key,
		struct error *err);
/* With the comments that belong to it. */
int edit_remove(struct edit *e, const char *path, struct error *err);

/* Do both mean the same? */
int edit_is(const struct node *n, const struct value *value);

#endif
