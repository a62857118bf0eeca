/*
 * Partial clones, whose contents come when they are asked for.
 *
 * git fetches what a command lacks in one go where it knows what that will
 * be, else object by object, a connection each. promisor_prefetch() tells it.
 */
#ifndef GIT_PROMISOR_H
#define GIT_PROMISOR_H

#include "base/vec.h"
#include "git/repo.h"

/*
 * Have these objects here, in one fetch. Nothing is done where the clone is
 * whole, and a failure is left to whoever needs one of them.
 */
void promisor_prefetch(const struct repo *r, const struct strvec *oids);

#endif
