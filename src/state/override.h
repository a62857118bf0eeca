/*
 * Overriding a gate: who pushes says which, and why; the environment's
 * configuration says which may be (`overrides`); and what was overridden stands
 * in the ledger.
 *
 * A push says so by push options: upgrade-override=GATE, any number, then
 * upgrade-override-reason=TEXT and upgrade-override-who=NAME.
 */
#ifndef STATE_OVERRIDE_H
#define STATE_OVERRIDE_H

#include "base/vec.h"
#include "state/ledger.h"

#define OVERRIDE_OPTION "upgrade-override="
#define OVERRIDE_REASON_OPTION "upgrade-override-reason="
#define OVERRIDE_WHO_OPTION "upgrade-override-who="
/* Bytes of a reason. */
#define OVERRIDE_REASON 200

/* What is asked for. */
struct overrides {
	struct strvec gates;
	char *reason;			/* a line without secrets; NULL */
	char *who;			/* as he says; NULL */
};

#define OVERRIDES_INIT { STRVEC_INIT, NULL, NULL }

/* Of the options of a push; what is none of these is passed over. */
void overrides_take(struct overrides *o, const struct strvec *options);
/* The options that say so. */
void overrides_give(const struct overrides *o, struct strvec *options);
/* Is that gate asked for, with a reason?  `o` may be NULL. */
int overrides_have(const struct overrides *o, const char *gate);
void overrides_release(struct overrides *o);

/*
 * The event: `gates` were overridden, which said `said`.  Whoever records it
 * fills in the rest.
 */
void override_event(struct event *e, const char *env, const char *commit,
		    const struct strvec *gates, const char *said,
		    const char *reason);
/* 1: the newest event of the ledger is the same one; 0: not; -1. */
int override_is_newest(struct repo *r, const struct event *e,
		       struct error *err);

#endif
