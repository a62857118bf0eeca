/*
 * Does upstream still have a release where it was when it was fetched?  Asked
 * while other work goes on: the answer is needed when that is done.
 *
 *	struct inquiry q = INQUIRY_INIT;
 *
 *	inquiry_begin(&q, r, product, err);
 *	...
 *	if (inquiry_answer(&q, list, release, err) == INQUIRY_DIFFERENT)
 *		...
 *	inquiry_release(&q);
 */
#ifndef MODEL_INQUIRY_H
#define MODEL_INQUIRY_H

#include "base/error.h"
#include "git/fetch.h"
#include "git/repo.h"
#include "model/product.h"

enum inquiry_answer {
	INQUIRY_SAME,
	/* It was moved, went on, is gone, or is back where it was. */
	INQUIRY_DIFFERENT,
	/* Upstream cannot be asked; the error says why, once. */
	INQUIRY_FAILED,
	/* Nobody was asked, or failed before. */
	INQUIRY_NONE
};

struct inquiry {
	struct remote_asking asking;
	struct remote_refs refs;
	struct strmap oids;		/* of the names of releases there */
	const char *theirs;		/* their prefix */
	enum inquiry_answer state;	/* SAME: `refs` are there */
	int is_open;
};

#define INQUIRY_INIT { .asking = REMOTE_ASKING_INIT, \
		       .refs = REMOTE_REFS_INIT, .oids = STRMAP_INIT, \
		       .state = INQUIRY_NONE }

/* Where no upstream is known nobody is asked. */
int inquiry_begin(struct inquiry *q, const struct repo *r,
		  const struct product *pr, struct error *err);
/* Upstream has not answered after so many more milliseconds. */
int inquiry_is_slow(const struct inquiry *q, int timeout);
/*
 * Waits for upstream, the first time.  Without `release` the answer is about
 * all in the list: different where one of them is.
 */
enum inquiry_answer inquiry_answer(struct inquiry *q,
				   const struct release_list *list,
				   const struct release *release,
				   struct error *err);
/* Does not wait. */
void inquiry_release(struct inquiry *q);

#endif
