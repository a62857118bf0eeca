/*
 * Which steps from release to release are legal.
 *
 * `connected-minor`: any later patch of the same minor; any patch of the
 * next minor; from the last minor of a major (of those in the list) any
 * patch of the next major's first minor.  `any`: every later release.
 * `edges` of the profile are legal besides.  A release in `avoid` is never
 * a stop or a target.  Pre-releases count as what they precede.
 */
#ifndef MODEL_PATH_H
#define MODEL_PATH_H

#include "base/error.h"
#include "model/release.h"

/* True when one hop may go from `from` to `to` (never backwards). */
int path_is_legal(const struct release_list *list, const struct profile *p,
		  const struct release *from, const struct release *to);

struct path {
	const struct release **v;	/* the stops, the target last */
	size_t nr, alloc;
};

#define PATH_INIT { NULL, 0, 0 }

/*
 * The shortest legal path; at each stop the newest patch.  1 found, 0 there
 * is none.  Release with path_release().
 */
int path_find(struct path *path, const struct release_list *list,
	      const struct profile *p, const struct release *from,
	      const struct release *to);
void path_release(struct path *path);
/* The rule as it is called in profiles: "connected-minor". */
const char *path_rule_name(enum path_rule rule);
/*
 * -1 with a refusal that names the rule, the legal path and what to type,
 * when from -> to is no legal hop; also for a downgrade and for a release
 * that is adopted already.
 */
int path_check(const struct release_list *list, const struct profile *p,
	       const struct release *from, const struct release *to,
	       struct error *err);

#endif
