/*
 * Targets that are older than what one has.
 *
 * Upstream publishes patches of old lines late: 3.4.0 may have been made
 * before 3.3.2, and lack what that one fixed.  It is so where B does not
 * contain the commit A's files are on and is older by the committer's date.
 * Where A is in B, dates say nothing.
 */
#ifndef FLOW_OLDER_H
#define FLOW_OLDER_H

#include "base/error.h"
#include "git/repo.h"
#include "model/release.h"

/*
 * `base` is the commit of `from` one is on (NULL: unknown).  `*warning` gets
 * what to tell (free()), or stays NULL where there is nothing to warn of.
 */
int older_warning(char **warning, struct repo *r, const char *base,
		  const struct release *from, const struct release *to,
		  struct error *err);

#endif
