/* What engines say, and what is kept of them. */
#include "fuzz.h"

#include <string.h>

#include "deploy/engine_ask.h"

#define SECRET "hunter2-hunter2"

static void check_lines(const struct buf *lines)
{
	MUST(!lines->len || lines->s[lines->len - 1] == '\n');
	MUST(!memchr(lines->s, '\033', lines->len));
	MUST(!memchr(lines->s, '\r', lines->len));
	MUST(!memmem(lines->s, lines->len, SECRET, strlen(SECRET)));
}

/* As NDJSON and as a text; the second time nothing is new. */
static void take(const struct buf *body, enum deployer_lines kind)
{
	struct deployer how = { .http.log = {
		.url = (char *)"https://deploy.example/log",
		.id = (char *)"/_id", .message = (char *)"/data/message",
		.seal = (char *)"/seal", .lines = (int)kind } };
	struct engine_run run = ENGINE_RUN_INIT;
	struct engine e = ENGINE_INIT;
	struct buf lines = BUF_INIT;

	e.how = &how;
	e.run = &run;
	engine_add_secret(&e, SECRET);
	engine_take_log(&e, body, LOG_BEGINNING, &lines);
	check_lines(&lines);
	engine_take_log(&e, body, LOG_ALL, &lines);
	check_lines(&lines);
	buf_reset(&lines);
	engine_take_log(&e, body, LOG_ALL, &lines);
	MUST(kind == LOG_IS_NDJSON || !lines.len);
	check_lines(&lines);
	buf_release(&lines);
	engine_run_release(&run);
	engine_release(&e);
}

void fuzz_engine_log(const char *text, size_t len)
{
	struct buf body = { (char *)text, len, 0 };

	take(&body, LOG_IS_NDJSON);
	take(&body, LOG_IS_TEXT);
}

void fuzz_engine_run(const char *text, size_t len)
{
	struct engine_run run = ENGINE_RUN_INIT;

	(void)len;
	engine_run_parse(&run, text);
	MUST(run.stage == RUN_NONE || (oid_is_valid(run.commit) && run.log));
	engine_run_release(&run);
}
