/*
 * One question over HTTP and its answer, on libcurl.  The only file that
 * includes curl.h.
 *
 * What is asked is http or https, and nothing is followed: a 3xx is an answer,
 * which says where it points.  There is always a time limit for all of it,
 * and a limit of the answer's size; more than that is an error.  No signal is
 * sent or waited for; one that is held (base/interrupt.h) ends the question.
 * There is no state between two questions.
 *
 *	struct http_request q = { .url = "https://shop.example/health" };
 *	struct http_answer a = HTTP_ANSWER_INIT;
 *
 *	if (http_ask(&q, &a, err) < 0) ...
 *	if (a.status == 200) ...
 *	http_answer_release(&a);
 *
 * Errors name the URL without its secrets.  An answer is as it came: whoever
 * shows any of it sees to what it may hold.
 */
#ifndef DEPLOY_HTTP_H
#define DEPLOY_HTTP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"

/* The limits of who names none: seconds, bytes. */
#define HTTP_TIMEOUT 30
#define HTTP_MAX_BODY ((size_t)1 << 20)

struct http_request {
	const char *method;		/* NULL: GET, or POST of a body */
	const char *url;
	const struct strvec *headers;	/* "Name: value"; NULL: none */
	const void *body;		/* NULL: none */
	size_t body_len;
	long timeout;			/* seconds; 0: HTTP_TIMEOUT */
	size_t max_body;		/* bytes; 0: HTTP_MAX_BODY */
	/*
	 * Proxies and certificates are those our environment names, as for
	 * curl(1).  Else there is no proxy, and libcurl knows whom to trust.
	 */
	int heed_environment;
};

struct http_answer {
	int status;			/* 200; 0: no answer has begun */
	char *phrase;			/* "OK"; NULL: HTTP/2 has none */
	struct strvec headers;		/* "Name: value", in their order */
	struct buf body;
	char *points_to;		/* of a 3xx: absolute; NULL */
	/* After an error: the same question may be answered later. */
	int is_passing;
	/* Nobody has got any of it. */
	int has_not_arrived;
	/* What has come until then is there, and may be all there is by now. */
	int ran_out_of_time;
};

#define HTTP_ANSWER_INIT { .headers = STRVEC_INIT, .body = BUF_INIT }

/* 0 whatever the status is; -1: there is no answer, or not all of it. */
int http_ask(const struct http_request *q, struct http_answer *a,
	     struct error *err);
/* The value when that is a header of that name, or NULL. */
const char *http_header_value(const char *header, const char *name);
/* Add a URL for people to read, on one line and without its secrets. */
void http_add_url(struct buf *out, const char *url);
void http_answer_release(struct http_answer *a);

#endif
