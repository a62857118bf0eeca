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

#endif
