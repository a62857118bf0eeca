/* What the files behind flow/client.h share; only they include it. */
#ifndef FLOW_CLIENT_INTERNAL_H
#define FLOW_CLIENT_INTERNAL_H

#include "flow/client.h"

/*
 * An event about our commit, with what was verified, and the refs that go with
 * it; then it is published.
 */
int client_record(struct client *c, const char *event, const char *outcome,
		  struct error *err);
/*
 * Of a beginning that we just recorded: has somebody else recorded the same
 * right before us?  `who`, then; free().
 */
int client_came_second(struct client *c, char **who, struct error *err);
/*
 * The same of the end of a deploy, unless a process has done so that was
 * killed right behind that.
 */
int client_record_end(struct client *c, const char *event,
		      const char *outcome, struct error *err);
void client_set_commit(struct client *c, const char *commit);
/* Look at it as it runs, by the checks; `log` may be NULL. */
int client_check(struct client *c, const char *log, struct error *err);
int client_has_unread_log(const struct client *c);
/* Read the log again that could not be read when its deploy ended. */
int client_read_rest(struct client *c, const struct reporter *say,
		     struct error *err);
/* Write down how far it has come. */
int client_set_stage(struct client *c, enum run_stage stage,
		     struct error *err);

#endif
