/*
 * A question to an engine over HTTP: what a driver says of it, filled in, with
 * the token that belongs to it.  Only the files of engines include it.
 */
#ifndef DEPLOY_ENGINE_ASK_H
#define DEPLOY_ENGINE_ASK_H

#include "deploy/engine.h"
#include "deploy/http.h"

struct question {
	char *url;
	struct strvec headers;
	struct buf body;
	int has_body;
	size_t max_body;		/* 0: as for HTTP */
	struct http_answer answer;
	/* After an error: it was not taken, that is for sure. */
	int is_certain;
};

#define QUESTION_INIT { .headers = STRVEC_INIT, .body = BUF_INIT, \
			.answer = HTTP_ANSWER_INIT }

/* Get the token from where it is; refused where it is not there. */
int engine_find_token(struct engine *e, struct error *err);
/* Refused where a variable is not there that it needs. */
int question_check(struct engine *e, const struct deployer_request *how,
		   struct error *err);
/*
 * Ask once: 0 when it was answered by 2xx.  `is_passing` of the engine says
 * whether it may be asked again, and `not_before` when.
 */
int question_ask(struct question *q, struct engine *e,
		 const struct deployer_request *how, struct error *err);
/* Ask again a few times, as long as nobody does anything twice by that. */
int question_insist(struct question *q, struct engine *e,
		    const struct deployer_request *how, struct error *err);
/* 1: an interrupt that is held has come; it stays. */
int engine_pause(double until);
void question_release(struct question *q);
enum log_part { LOG_BEGINNING, LOG_BY_NOW, LOG_ALL };

/*
 * Of an answer of the log's the lines that are new, as engine_log() gives
 * them.  1: there will be no more.  `part` is what came: not all of the
 * answer; all, of a log that may go on, so that its last line counts when it
 * has an end; or all there will ever be.
 */
int engine_take_log(struct engine *e, const struct buf *body,
		    enum log_part part, struct buf *lines);

#endif
