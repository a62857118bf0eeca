/*
 * The journal of a deploy in a mode: which steps have begun, so that what ran
 * is undone, or finished, whoever is killed when.
 *
 * TOP/.steps, lines of text:
 *
 *	mode MODE
 *	new ID COMMIT		the folder that is deployed
 *	old ID COMMIT		what served before, if anything; "-": no folder
 *	ran PHASE NAME		a step, written and synced before it begins
 *
 * A last line without its end was being written when the power went: its step
 * had not begun.  The file goes when nothing is left to undo or to finish.
 */
#ifndef DEPLOY_JOURNAL_H
#define DEPLOY_JOURNAL_H

#include "base/error.h"
#include "base/vec.h"
#include "model/profile.h"

struct journal {
	enum deploy_mode mode;		/* MODE_NONE: there is no journal */
	char *new_id, *new_commit;
	char *old_id, *old_commit;	/* NULL: nothing served */
	struct strvec ran[NR_PHASES];	/* names of steps */
};

#define JOURNAL_INIT { .mode = MODE_NONE }

void journal_release(struct journal *j);
/* A file that cannot be made sense of is an error that names it. */
int journal_read(struct journal *j, const char *top, struct error *err);
/* Write what `j` holds, in place of what is there. */
int journal_begin(const struct journal *j, const char *top,
		  struct error *err);
/* That step is about to run. */
int journal_add(struct journal *j, const char *top, enum deploy_phase phase,
		const char *name, struct error *err);
int journal_end(struct journal *j, const char *top, struct error *err);
/* Has that step run, whatever it is? */
int journal_has(const struct journal *j, const char *name);

#endif
