/*
 * Going back at a platform, from the question to the truth about what runs:
 *
 *	back_prepare()	what is there, and what it would go back to; reads,
 *			changes nothing but the state refs here
 *	back_send()	the request; the platform makes the commit, and deploys
 *	push_wait()	(flow/push.h) until the evidence speaks about it
 *
 * No branch here is touched; `push.to` says where the new commit is.
 */
#ifndef FLOW_ROLLBACK_H
#define FLOW_ROLLBACK_H

#include "base/error.h"
#include "base/report.h"
#include "flow/push.h"
#include "state/former.h"

struct back {
	struct push push;	/* `commit`: the new one, after back_send() */
	char *tip;		/* of the branch there, before */
	char *release;		/* that is on, for people, or NULL */
	struct former former;
};

#define BACK_INIT { .push = PUSH_INIT, .former = FORMER_INIT }

/* `env` may be NULL; `wanted` as of former_find(). */
int back_prepare(struct back *b, struct repo *r, const char *env,
		 const char *wanted, const char *command, struct error *err);
/* `wanted` as above; `reason` may be NULL. */
int back_send(struct back *b, struct repo *r, const char *wanted,
	      const char *reason, const struct reporter *say,
	      struct error *err);
void back_release(struct back *b);

#endif
