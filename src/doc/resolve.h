/*
 * Three versions of a text, merged by its structure: text in, text out.
 *
 * What is not changed by this stays as it was written, byte for byte; a byte
 * order mark, the kind of line ends and the line end of the last line are
 * merged like anything else.  Nothing is believed that was not looked at
 * again: what was written is read anew and has to mean what was meant, names
 * (&name) have to stand before what uses them, and each comment that a side
 * kept or added has to be there.
 *
 * Structure is no help where a version does not read, or reads as something a
 * tree of keys cannot hold (doc/node_yaml.h): then lines are merged, elsewhere.
 */
#ifndef DOC_RESOLVE_H
#define DOC_RESOLVE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "doc/node_merge.h"
#include "doc/resolve_kind.h"

/* Read a text of that kind; as node_read_yaml() does. */
int resolve_read(struct node_text *t, struct pool *pool,
		 enum resolve_kind kind, const char *name, const char *text,
		 size_t len, struct error *err);

struct resolve_request {
	enum resolve_kind kind;
	const char *name;		/* of the file, for messages */
	/* `base` NULL: both sides added it. */
	const struct buf *base, *ours, *theirs;
	const struct strvec *sets;	/* as of struct node_merge; or NULL */
	const struct node_markers *markers;	/* never NULL */
};

struct resolution {
	struct buf text;
	/* Paths of what was taken from one side, as the other left it be. */
	struct strvec ours, theirs;
	struct node_conflict *conflicts;
	size_t nr;
};

#define RESOLUTION_INIT { BUF_INIT, STRVEC_INIT, STRVEC_INIT, NULL, 0 }

/*
 * 0 when all is resolved; 1 when there are conflicts, each between markers; -1
 * when structure is no help, with the reason.
 */
int resolve(struct resolution *res, const struct resolve_request *q,
	    struct error *err);
void resolution_release(struct resolution *res);

#endif
