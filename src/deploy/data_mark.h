/*
 * TOP/.updated: a step that updates data has begun, and no deploy has ended
 * well since, so the data may be those of a release that does not serve.
 * Nothing changes them back; it outlives a worker that is killed.
 */
#ifndef DEPLOY_DATA_MARK_H
#define DEPLOY_DATA_MARK_H

#include "base/error.h"
#include "model/profile.h"

int data_mark_begin(const char *top, struct error *err);
int data_mark_end(const char *top, struct error *err);
/*
 * For the ledger: "yes" or "no"; NULL: nobody can tell, as the steps, which
 * run without a mode, do not say which of them updates.
 */
const char *data_mark_word(const char *top, const struct profile *p,
			   enum deploy_mode mode);
/* Does it update data, as it says itself, or as a mode takes it? */
int data_mark_is_for(const struct deploy_step *step, enum deploy_mode mode);

#endif
