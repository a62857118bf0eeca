/*
 * A deploy by an engine (deploy/engine.h), as a client sees to it: where
 * nothing of ours is where it is deployed, whoever pushes has the engine do
 * it, waits, verifies, and records what happened.
 *
 *	client_open()	the engine, and what was begun here and has not ended
 *	client_settle()	what was begun of another commit must have ended
 *	client_begin()	have the commit deployed, unless that was begun
 *	client_wait()	until it has ended; then verified and recorded
 *	client_verify()	look at what is deployed again
 *
 * Nobody here is needed for the deploy itself: who is killed, or leaves, finds
 * it later by what he had written down (deploy/engine_run.h).
 */
#ifndef FLOW_CLIENT_H
#define FLOW_CLIENT_H

#include "base/error.h"
#include "base/report.h"
#include "deploy/engine.h"
#include "deploy/log.h"
#include "deploy/platform.h"
#include "deploy/verify.h"
#include "flow/destination.h"
#include "git/repo.h"
#include "model/product.h"

enum client_outcome { CLIENT_PENDING, CLIENT_VERIFIED, CLIENT_UNVERIFIED,
		      CLIENT_FAILED };

struct client {
	struct repo *repo;
	const struct product *product;
	struct destination *to;
	const struct environment *env;	/* of the product */
	/* Its profile and releases are borrowed of the product. */
	struct platform platform;
	struct engine engine;
	struct engine_run run;
	struct deploy_log log;
	int lock;
	char *commit, *release;		/* that of `run` */
	struct verification verification;
	struct error told;		/* the last trouble that was reported */
	char *detail;			/* how it ended, or what it says */
	int interrupted;
	/* Somebody was killed right before he had `run` begun. */
	int was_not_begun;
	int is_denied;			/* not deployed, says the engine */
};

#define CLIENT_INIT { .platform = PLATFORM_INIT, .engine = ENGINE_INIT, \
		      .run = ENGINE_RUN_INIT, .log = DEPLOY_LOG_INIT, \
		      .lock = -1, .verification = VERIFICATION_INIT, \
		      .told = ERROR_INIT }

/*
 * `to` was found.  Refused where its commands are not trusted (`trust`: a
 * hash that is given, or NULL), where something is missing that the engine
 * needs, and while another process here is at work on it.
 */
int client_open(struct client *c, struct repo *r, const struct product *pr,
		struct destination *to, const char *trust, struct error *err);
int client_settle(struct client *c, const char *commit,
		  const struct reporter *say, struct error *err);
/*
 * `again`: although it has ended before, or nobody knows whether it has
 * begun.  ERROR_DEPLOY when it has not begun.
 */
int client_begin(struct client *c, const char *commit, int again,
		 struct error *err);
/*
 * At most `timeout` seconds; 0 asks once.  An interrupt that is held ends it
 * early.  -1 with CLIENT_PENDING: how it goes is not to be known, now.
 */
int client_wait(struct client *c, long timeout, enum client_outcome *outcome,
		const struct reporter *say, struct error *err);
/*
 * Of an error on the way: unless it says how the deploy went, nobody knows,
 * and it becomes ERROR_PENDING.  -1.
 */
int client_unknown(const struct client *c, struct error *err);
/* Was its end seen here?  All else that is recorded is somebody's word. */
int client_has_seen(const struct client *c, const char *commit, int verified);
/*
 * What the engine says of a commit that is recorded as deployed; nothing where
 * it cannot be asked that.
 */
int client_confirm(struct client *c, const char *commit,
		   enum engine_word *word, struct buf *why,
		   struct error *err);
/* Does it hold that it is verified?  Recorded where it does not. */
int client_check_again(struct client *c, int *ok, const struct reporter *say,
		       struct error *err);
/*
 * What is deployed, as the evidence has it, and the engine where that was not
 * seen here; recorded.
 */
int client_verify(struct client *c, const struct reporter *say,
		  struct error *err);
/* ERROR_DEPLOY where a restore from here has not ended well. */
int client_check_restored(const struct client *c, struct error *err);
/* Has something been begun here that has not ended? */
int client_is_under_way(const struct client *c);
void client_release(struct client *c);

#endif
