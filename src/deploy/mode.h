/*
 * Modes: in which order the named steps of a deploy run.
 *
 * A mode is a list of phases.  Those before PHASE_SWITCH, and its own steps,
 * run before anything is recorded; then the release is recorded as deployed
 * and switched to, in one move; what comes behind runs after that.  With
 * PHASE_HEALTH the new release is verified.  The rest is what the profile's
 * steps of that name do, in the order in which they are written.
 *
 * Some phases undo others: `start` after `stop`, `maintenance_off` after
 * `maintenance_on`.  They run only where what they undo ran.  When a deploy
 * fails what ran is undone by mode_undos(), row by row.
 */
#ifndef DEPLOY_MODE_H
#define DEPLOY_MODE_H

#include <stddef.h>

#include "model/profile.h"

struct mode_phase {
	enum deploy_phase phase;
	/* In the folder of the release before; where there is none, and else,
	 * in the new one's. */
	int in_old;
	/* From here on what served does so no longer, or not alone. */
	int interrupts;
};

/* When `ran` began, then on the way back `runs`. */
struct mode_undo {
	enum deploy_phase ran, runs;
	int in_old;
};

/* MODE_NONE has no phases. */
const struct mode_phase *mode_phases(enum deploy_mode mode, size_t *nr);
/* In the order in which they are made. */
const struct mode_undo *mode_undos(size_t *nr);
/* That phase in the mode; NULL: it has none. */
const struct mode_phase *mode_phase(enum deploy_mode mode,
				    enum deploy_phase phase);
/* What `phase` undoes on the way forward in that mode; -1: nothing. */
int mode_undone_by(enum deploy_mode mode, enum deploy_phase phase);

#endif
