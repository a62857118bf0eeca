/*
 * Probes: a check that asks over HTTP (deploy/http.h) instead of running a
 * program.
 *
 * A bad answer is told in one line, with what it says there: the value of a
 * header or of a JSON pointer, but not where their names say that they are
 * secrets; nothing else of an answer is ever shown, as the line goes into the
 * ledger.
 */
#ifndef DEPLOY_PROBE_H
#define DEPLOY_PROBE_H

#include "base/buf.h"
#include "deploy/http.h"
#include "deploy/steps.h"

/* 1 good, 0 not, with the reason. */
int probe_ask(const struct http_check *check, const struct step_context *c,
	      long timeout, struct buf *reason);
/* The same of an answer that is there already. */
int probe_judge(const struct http_check *check, const struct step_context *c,
		const struct http_answer *a, struct buf *reason);

#endif
