/*
 * Recognising known failures in a text: the log of a deploy, mostly.
 *
 * What is known are the `failures` of a profile, and of the embedded profile
 * generic those that it does not name itself; then `verify.log_failures`,
 * which have no meaning but that.  A line is what the first of them says that
 * fits it; colours are taken out of it before.
 *
 * A diagnosis borrows the profile, and owns its findings.
 */
#ifndef MODEL_DIAGNOSIS_H
#define MODEL_DIAGNOSIS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/profile.h"

/* One failure, however often it was found. */
struct finding {
	const char *name;		/* borrowed */
	char *means;
	struct strvec hints;
	struct strvec items;		/* what the failure lists */
	size_t line;			/* of the first, from 1 */
	size_t count;			/* of lines */
	/* The first line, fit to be shown: no secret, no escape, not long. */
	char *text;
};

struct known_failure;

struct diagnosis {
	struct finding *v;		/* by their lines */
	size_t nr, alloc;
	size_t lines;			/* that were looked at */
	struct profile generic;
	struct known_failure *known;
	size_t nr_known;
	struct buf pending;		/* the beginning of a line */
};

#define DIAGNOSIS_INIT { .generic = PROFILE_INIT, .pending = BUF_INIT }

int diagnosis_begin(struct diagnosis *d, const struct profile *p,
		    struct error *err);
/* Some more of the text, which may end within a line. */
void diagnosis_add(struct diagnosis *d, const char *text, size_t len);
/* That was all. */
void diagnosis_end(struct diagnosis *d);
void diagnosis_release(struct diagnosis *d);

#endif
