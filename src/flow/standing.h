/*
 * Where one stands: the release the checked-out branch is on, since when,
 * and what lies ahead.  Reads only.
 */
#ifndef FLOW_STANDING_H
#define FLOW_STANDING_H

#include <time.h>

#include "base/error.h"
#include "git/repo.h"
#include "model/adopted.h"
#include "model/outlook.h"
#include "model/product.h"

struct standing {
	const struct product *product;	/* borrowed */
	char *head;			/* commit */
	char *branch;			/* NULL: detached */
	struct adopted adopted;
	/*
	 * What the files are on as far as is known: what the record says or
	 * history tells.  NULL: unknown.
	 */
	const struct release *release;
	/*
	 * When: the date of the commit the record began with or of the merge
	 * that brought the release, else that of the release.  0: unknown.
	 */
	time_t since;
};

#define STANDING_INIT { .adopted = ADOPTED_INIT }

/* The command that begins a branch on the newest release; free(). */
char *standing_begin(const struct product *product);
/* -1: there is no commit yet, and how to begin. */
int standing_refuse_unborn(const struct product *product, struct error *err);
/* Refuses an unborn branch. */
int standing_read(struct standing *s, struct repo *r,
		  const struct product *product, struct error *err);
/* As if the branch were at `commit`. */
int standing_read_at(struct standing *s, struct repo *r,
		     const struct product *product, const char *commit,
		     struct error *err);
void standing_release(struct standing *s);
/*
 * The tree A's files are compared with: the record's commit while it is
 * here, should the tag have moved, else the release's.  free(); NULL when
 * nothing is known.
 */
char *standing_base(const struct standing *s, struct repo *r);
/*
 * Has the adopted release itself newer commits than the tree has?  Where
 * releases are branches they go on; a tag that moved and was accepted is of
 * this kind, too.  1, 0, -1.
 */
int standing_is_behind(const struct standing *s, struct repo *r,
		       struct error *err);
/* Is the branch one that upstream publishes, not one of the operator's? */
int standing_is_upstreams(const struct standing *s, const struct repo *r);
/* The release's name: also one the list lacks; NULL: unknown. */
const char *standing_name(const struct standing *s);
/*
 * Refuse, with what to type, where it is not known what is adopted; `to` is
 * what the user wanted, for the hints.
 */
int standing_demand(const struct standing *s, struct repo *r, const char *to,
		    struct error *err);

/*
 * Refuse where a release was merged by hand and that merge reverted: then
 * only --from can tell what the files are on.
 */
int standing_demand_unreverted(const struct standing *s, struct repo *r,
			       const char *to, struct error *err);

/*
 * What the repository knows of the rows: dates, and of the releases one hop
 * away how many commits would come in, of many only with `next`.
 */
int outlook_complete(struct outlook *o, struct repo *r, const char *head,
		     struct error *err);

#endif
