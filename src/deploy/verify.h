/*
 * Verification: four points, all of which must hold.
 *
 *	platform	the steps succeeded and the release is in place
 *	log		no line of the deploy's log is a known failure
 *	version		the version probe answers with the release
 *	health		the health check succeeded N times in a row
 */
#ifndef DEPLOY_VERIFY_H
#define DEPLOY_VERIFY_H

#include "base/buf.h"
#include "base/error.h"
#include "deploy/steps.h"
#include "state/points.h"

struct verification {
	int ok;
	struct point_list points;
	struct buf summary;	/* "platform ok, log ok, ..." */
	struct buf reason;	/* what failed; "" when nothing did */
};

#define VERIFICATION_INIT { 0, POINT_LIST_INIT, BUF_INIT, BUF_INIT }

void verification_release(struct verification *v);
/* `log` is the path of the deploy's log; NULL: that point is left out. */
int verify_release(struct verification *v, const struct step_context *c,
		   const char *log, struct error *err);
/*
 * One check, a program or a probe: 1 good, 0 not, with the reason; `*passed`
 * counts the good polls in a row.  It is given up when its time is up, or
 * without a limit after as many bad polls as good ones are needed.
 */
int verify_check(const struct check *check, const struct step_context *c,
		 long *passed, struct buf *reason, struct error *err);
/*
 * The program of a check, once: 1 good, with the last line it printed; 0 not,
 * with the reason; -1.  `timeout` in seconds; 0: none.
 */
int verify_program(const struct check *check, const struct step_context *c,
		   long timeout, struct buf *said, struct error *err);

#endif
