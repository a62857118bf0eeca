/*
 * The log of a deploy, wherever that ran: what its steps printed, and what was
 * said about them.  A platform is asked for it (state/remote.h), this clone
 * has it where it is the host; that of a host elsewhere only its host has.  Of
 * an engine's deploy the clone has it that had it deployed.
 */
#ifndef FLOW_OUTPUT_H
#define FLOW_OUTPUT_H

#include "base/error.h"
#include "base/report.h"
#include "flow/status.h"

struct output {
	/* After output_read(): which deploy it was of. */
	char *id, *commit;
	char *outcome;			/* NULL: it has no end yet */
};

#define OUTPUT_INIT { NULL, NULL, NULL }

/* The newest, or the newest that failed. */
enum output_which { OUTPUT_NEWEST, OUTPUT_FAILED };

/*
 * Its lines go to `say` as they come (REPORT_LOG), those of a deploy that is
 * under way too; of an engine's as far as they are here.
 */
int output_read(struct output *o, struct repo *r, const struct env_status *e,
		enum output_which which, const struct reporter *say,
		struct error *err);
void output_release(struct output *o);

#endif
