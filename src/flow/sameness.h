/*
 * Is what is deployed to an environment what the one before it has verified?
 *
 * By their trees: that of what is deployed is compared with that of the commit
 * that was promoted last, on the way of a rollback as well, and whether that
 * was verified is what the source's ledger says of it (state/proof.h).  Paths
 * that are the environment's own may differ.
 */
#ifndef FLOW_SAMENESS_H
#define FLOW_SAMENESS_H

#include "base/error.h"
#include "base/vec.h"
#include "flow/status.h"
#include "model/product.h"
#include "state/proof.h"

struct sameness {
	char *source;			/* the environment; NULL: unknown */
	char *commit, *release;		/* of it; the release may be NULL */
	struct proof proof;
	struct strvec own, differs;	/* paths that are not the same */
};

#define SAMENESS_INIT { .proof = PROOF_INIT, .own = STRVEC_INIT, \
			.differs = STRVEC_INIT }

/*
 * By what is known here.  `source` stays NULL where nothing is promoted to the
 * environment, or nothing that is deployed was; what cannot be read leaves it
 * so, too.
 */
void sameness_read(struct sameness *s, struct repo *r,
		   const struct product *pr, const struct env_status *e);
void sameness_release(struct sameness *s);

#endif
