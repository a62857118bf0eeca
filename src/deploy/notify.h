/*
 * Telling somebody what was recorded: the program of `notify` gets each event
 * it wants as JSON on its standard input, the ledger's own.
 *
 * It runs in a process that nobody waits for, with a time limit: whatever it
 * does delays no deploy and fails none.  What goes wrong with it is a line in
 * the log of the deploy, behind its end.
 *
 * upgrade/notify/ENV/told says up to which event of the ledger all is told:
 *
 *	OID			up to that one ("none": the ledger was empty)
 *	OID sending		that one is being told
 *
 * So an event that was recorded by who was killed is told by whoever comes
 * next, and one whose teller was killed is not told again, as it may have
 * been, but that is said.  What was recorded before there was a `notify` is
 * told to nobody.  Of a ledger that does not know that event, as it was put
 * back, only the newest is told, and that is said, too.
 */
#ifndef DEPLOY_NOTIFY_H
#define DEPLOY_NOTIFY_H

#include "deploy/platform.h"

/*
 * So each of its lines in a log begins, by which a verification knows that
 * what stands there, the program's own words among it, is not the deploy's.
 */
#define NOTIFY_LINE "warning: notify: "

/* Before something is recorded: everything up to now is no news. */
void notify_begin(struct platform *p, const struct environment *env);
/*
 * Tell what was recorded since.  `log` is the path of the log it is about;
 * NULL: the newest.
 */
void notify_tell(struct platform *p, const struct environment *env,
		 const char *log);
/* Has all been told that there is to tell?  So it is where nobody wants to
 * know. */
int notify_is_done(struct platform *p, const struct environment *env);

#endif
