/*
 * A profile as a text of its own: what is known about a product in one
 * place, to be known in another where the places it came from cannot be read
 * (a platform).
 */
#ifndef MODEL_PROFILE_WRITE_H
#define MODEL_PROFILE_WRITE_H

#include "base/buf.h"
#include "model/profile.h"

/*
 * True when it is the embedded profile of that name and nothing else, but for
 * environments and the remote of upstream, which are everybody's own.
 */
int profile_is_embedded(const struct profile *p);
/*
 * All that it says about the product, without a base, so that it stays what
 * it is; `upstream` (NULL: none) as its remote.
 */
void profile_write(struct buf *out, const struct profile *p,
		   const char *upstream);
/*
 * The section `environments` of a platform: those, at least with branch and
 * `deploy_to`, and with what `p` says of one of that name; where that is NULL,
 * from where they are promoted.
 * Left out is who else deploys it, as the platform does.
 */
void profile_write_environments(struct buf *out, const struct profile *p,
				const struct environment *environments,
				size_t nr);
/* Does it say more of that environment than where and what it is? */
int profile_says_of_environment(const struct profile *p, const char *name);

#endif
