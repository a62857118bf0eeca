/*
 * Who judges a push on a client: the configuration of the commit that is at
 * the environment now, so that no push can weaken the gates that judge it.
 * What it changes about them holds from the next push on.
 *
 * Where there is no such commit yet, or it is not here, or nothing at all is
 * known about its product, it is the pushed one.
 * (A platform judges by its own file alone: deploy/platform.h.)
 *
 * A pushed commit whose configuration cannot be read is refused, as nothing
 * could be pushed after it.  Where the one that is there cannot be read all
 * the same, the pushed one judges, or nobody could push the correction.
 */
#ifndef GATE_JUDGE_H
#define GATE_JUDGE_H

#include "base/error.h"
#include "gate/gate.h"
#include "git/repo.h"
#include "model/config.h"
#include "model/release.h"

struct judge {
	struct config config;
	const struct release_list *releases;	/* `own`, or borrowed */
	struct release_list own;
	char *warning;			/* why it is not the one there; NULL */
};

#define JUDGE_INIT { .config = CONFIG_INIT, .own = RELEASE_LIST_INIT }

/*
 * `old` and `new` as in struct move, one of which may be NULL.  `known`
 * (NULL: none) is a list that the caller has read; it is taken where the
 * judge would read the same.
 */
int judge_open(struct judge *j, struct repo *r, const char *old,
	       const char *new, const struct release_list *known,
	       struct error *err);
/* gates_judge() with the profile and the releases of the judge. */
int judge_move(const struct judge *j, struct move *m,
	       struct verdict_list *list, struct error *err);
void judge_release(struct judge *j);

#endif
