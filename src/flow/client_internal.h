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
 * The same of the end of a deploy, unless a process has done so that was
 * killed right behind that.
 */
int client_record_end(struct client *c, const char *event,
		      const char *outcome, struct error *err);
/* Write down how far it has come. */
int client_set_stage(struct client *c, enum run_stage stage,
		     struct error *err);

#endif
