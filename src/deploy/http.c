#include "deploy/http.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/redact.h"

#include <ctype.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* All headers of an answer, in bytes. */
#define MAX_HEADERS 65536

struct exchange {
	const struct http_request *q;
	struct http_answer *a;
	CURL *curl;
	struct curl_slist *headers;
	size_t max_body, header_len;
	long timeout;
	int is_too_long;		/* the answer, or its headers */
	/* libcurl's own words; what is in them is not to be trusted. */
	char words[CURL_ERROR_SIZE];
};

void http_answer_release(struct http_answer *a)
{
	free(a->phrase);
	free(a->points_to);
	strvec_release(&a->headers);
	buf_release(&a->body);
	*a = (struct http_answer)HTTP_ANSWER_INIT;
}

const char *http_header_value(const char *header, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(header, name, len) || header[len] != ':')
		return NULL;
	header += len + 1;
	return header + strspn(header, " \t");
}

void http_add_url(struct buf *out, const char *url)
{
	struct buf shown = BUF_INIT;

	buf_add_url(&shown, url);
	buf_add_line(out, shown.s);
	buf_release(&shown);
}

/* What comes in */

/* "HTTP/1.1 503 Service Unavailable" */
static void begin_answer(struct http_answer *a, const char *line)
{
	const char *phrase = strchr(line, ' ');

	a->status = phrase ? atoi(phrase + 1) : 0;
	phrase = phrase ? strchr(phrase + 1, ' ') : NULL;
	free(a->phrase);
	a->phrase = phrase && phrase[1] ? xstrdup(phrase + 1) : NULL;
	/* Those before were of a "100 Continue". */
	strvec_release(&a->headers);
}

static size_t take_header(char *data, size_t size, size_t nr, void *to)
{
	struct exchange *x = to;
	struct buf line = BUF_INIT;

	x->header_len += size * nr;
	if (x->header_len > MAX_HEADERS) {
		x->is_too_long = 1;
		return 0;
	}
	buf_add(&line, data, size * nr);
	buf_rtrim(&line);
	if (starts_with(line.s, "HTTP/"))
		begin_answer(x->a, line.s);
	else if (line.len)
		strvec_push(&x->a->headers, line.s);
	buf_release(&line);
	return size * nr;
}

static size_t take_body(char *data, size_t size, size_t nr, void *to)
{
	struct exchange *x = to;

	if (size * nr > x->max_body - x->a->body.len) {
		x->is_too_long = 1;
		return 0;
	}
	buf_add(&x->a->body, data, size * nr);
	return size * nr;
}

/* What went wrong */

static void add_size(struct buf *out, size_t bytes)
{
	if (bytes >= 1 << 20 && !(bytes % (1 << 20)))
		buf_addf(out, "%zu MiB", bytes >> 20);
	else if (bytes >= 1 << 10 && !(bytes % (1 << 10)))
		buf_addf(out, "%zu KiB", bytes >> 10);
	else
		buf_addf(out, "%zu bytes", bytes);
}

/* The system's words for a connection, within a sentence. */
static void add_system(const struct exchange *x, const char *otherwise,
		       struct buf *out)
{
	size_t at = out->len;
	long code = 0;

	curl_easy_getinfo(x->curl, CURLINFO_OS_ERRNO, &code);
	buf_adds(out, code ? strerror((int)code) : otherwise);
	out->s[at] = (char)tolower((unsigned char)out->s[at]);
}

/* Of certificates libcurl's words say most. */
static void add_own_words(const struct exchange *x, CURLcode code,
			  struct buf *out)
{
	struct buf shown = BUF_INIT, line = BUF_INIT;
	int is_tls = code == CURLE_PEER_FAILED_VERIFICATION ||
		     code == CURLE_SSL_CONNECT_ERROR ||
		     code == CURLE_SSL_CACERT_BADFILE;

	buf_adds(&line, is_tls && *x->words ? x->words :
					      curl_easy_strerror(code));
	buf_add_masked(&shown, line.s, line.len);
	buf_reset(&line);
	redact_add(&line, shown.s, shown.len);
	buf_add_line(out, line.s);
	buf_release(&line);
	buf_release(&shown);
}

static void describe(struct exchange *x, CURLcode code, struct buf *out)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		buf_adds(out, "there is no host of that name");
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		buf_adds(out, "there is no host of the proxy's name");
		break;
	case CURLE_COULDNT_CONNECT:
		add_system(x, "no connection", out);
		break;
	case CURLE_ABORTED_BY_CALLBACK:
		buf_adds(out, "interrupted");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		buf_addf(out, "%s within %ld s", x->a->status ?
			 "no end of the answer" : "no answer", x->timeout);
		break;
	case CURLE_GOT_NOTHING:
		buf_adds(out, "the connection was closed without an answer");
		break;
	case CURLE_PARTIAL_FILE:
		buf_adds(out, "the connection was closed half-way");
		break;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		add_system(x, "the connection broke off", out);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		buf_adds(out, "what answers there does not speak HTTP");
		break;
	case CURLE_WRITE_ERROR:
		buf_adds(out, "the answer is longer than ");
		add_size(out, x->header_len > MAX_HEADERS ? MAX_HEADERS :
							    x->max_body);
		break;
	default:
		add_own_words(x, code, out);
	}
}

static int is_passing(CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_COULDNT_CONNECT ||
	       code == CURLE_OPERATION_TIMEDOUT ||
	       code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
	       code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
	       code == CURLE_ABORTED_BY_CALLBACK;
}

/* Before anything of it was sent. */
static int has_not_arrived(CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_COULDNT_RESOLVE_PROXY ||
	       code == CURLE_COULDNT_CONNECT ||
	       code == CURLE_PEER_FAILED_VERIFICATION ||
	       code == CURLE_SSL_CONNECT_ERROR ||
	       code == CURLE_SSL_CACERT_BADFILE;
}

static int no_answer(struct exchange *x, CURLcode code, struct error *err)
{
	struct buf text = BUF_INIT;

	http_add_url(&text, x->q->url);
	buf_adds(&text, ": ");
	describe(x, code, &text);
	error_set(err, ERROR_FATAL, "%s", text.s);
	x->a->is_passing = is_passing(code);
	x->a->has_not_arrived = has_not_arrived(code);
	x->a->ran_out_of_time = code == CURLE_OPERATION_TIMEDOUT &&
				x->a->status;
	buf_release(&text);
	return -1;
}

/* What goes out */

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* curl(1) reads these three itself; libcurl reads those of proxies. */
static void set_surroundings(const struct exchange *x)
{
	const char *file = variable("CURL_CA_BUNDLE");
	const char *dir = file ? NULL : variable("SSL_CERT_DIR");

	if (!x->q->heed_environment) {
		curl_easy_setopt(x->curl, CURLOPT_PROXY, "");
		return;
	}
	if (!file)
		file = variable("SSL_CERT_FILE");
	if (dir)
		curl_easy_setopt(x->curl, CURLOPT_CAPATH, dir);
	if (file)
		curl_easy_setopt(x->curl, CURLOPT_CAINFO, file);
}

static int is_called_away(void *data, curl_off_t all_in, curl_off_t in,
			  curl_off_t all_out, curl_off_t out)
{
	(void)data;
	(void)all_in;
	(void)in;
	(void)all_out;
	(void)out;
	return interrupt_is_pending();
}

static void set_limits(struct exchange *x)
{
	x->timeout = x->q->timeout ? x->q->timeout : HTTP_TIMEOUT;
	x->max_body = x->q->max_body ? x->q->max_body : HTTP_MAX_BODY;
	curl_easy_setopt(x->curl, CURLOPT_TIMEOUT, x->timeout);
	curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(x->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(x->curl, CURLOPT_XFERINFOFUNCTION, is_called_away);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(x->curl, CURLOPT_PROTOCOLS,
			 (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Past the limit, do not wait for a name server either. */
	curl_easy_setopt(x->curl, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static void set_question(struct exchange *x)
{
	const struct http_request *q = x->q;

	curl_easy_setopt(x->curl, CURLOPT_URL, q->url);
	curl_easy_setopt(x->curl, CURLOPT_USERAGENT, "git-upgrade");
	for (size_t i = 0; q->headers && i < q->headers->nr; i++)
		x->headers = curl_slist_append(x->headers, q->headers->v[i]);
	curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->headers);
	if (q->body) {
		curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)q->body_len);
		curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, q->body);
	}
	if (q->method && !strcmp(q->method, "HEAD"))
		curl_easy_setopt(x->curl, CURLOPT_NOBODY, 1L);
	else if (q->method)
		curl_easy_setopt(x->curl, CURLOPT_CUSTOMREQUEST, q->method);
}

static void set_answer(struct exchange *x)
{
	curl_easy_setopt(x->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(x->curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(x->curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(x->curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(x->curl, CURLOPT_ERRORBUFFER, x->words);
}

/* A server that closes early is an error, and no reason to die. */
static CURLcode perform(CURL *curl)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	CURLcode code;

	sigaction(SIGPIPE, &ignore, &before);
	code = curl_easy_perform(curl);
	sigaction(SIGPIPE, &before, NULL);
	return code;
}

/* libcurl speaks much else, and would not say what is wrong. */
static int check_url(const char *url, struct error *err)
{
	struct buf shown = BUF_INIT;

	if (!strncasecmp(url, "http://", 7) ||
	    !strncasecmp(url, "https://", 8))
		return 0;
	http_add_url(&shown, url);
	error_set(err, ERROR_FATAL, "%s: only http and https are spoken",
		  shown.s);
	buf_release(&shown);
	return -1;
}

int http_ask(const struct http_request *q, struct http_answer *a,
	     struct error *err)
{
	struct exchange x = { .q = q, .a = a };
	char *points_to = NULL;
	CURLcode code;
	int ret = -1;

	http_answer_release(a);
	if (check_url(q->url, err) < 0)
		return -1;
	x.curl = curl_easy_init();
	if (!x.curl)
		return error_set(err, ERROR_FATAL, "libcurl does not start");
	set_limits(&x);
	set_surroundings(&x);
	set_question(&x);
	set_answer(&x);
	code = perform(x.curl);
	if (code != CURLE_OK) {
		no_answer(&x, code, err);
		goto out;
	}
	curl_easy_getinfo(x.curl, CURLINFO_REDIRECT_URL, &points_to);
	a->points_to = xstrdup_or_null(points_to);
	ret = 0;
out:
	curl_slist_free_all(x.headers);
	curl_easy_cleanup(x.curl);
	return ret;
}
