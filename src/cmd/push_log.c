#include "cmd/push_log.h"

#include <string.h>

#include "base/mem.h"
#include "deploy/place.h"

/* So much of a deploy's log is kept, in case it fails. */
#define MAX_LOG (1 << 20)

/* "production: 3.6.4 -> 3.7.11 (5d1f0c2)" */
static int is_header(const char *env, const char *text)
{
	const char *rest = skip_prefix(text, env);

	return rest && starts_with(rest, ": ") &&
	       (strstr(rest, " -> ") || ends_with(rest, ")"));
}

/* Failures are mostly at the end. */
static void keep(struct buf *text, const char *line)
{
	if (text->len > MAX_LOG)
		buf_splice(text, 0, text->len / 2, NULL, 0);
	buf_addf(text, "%s\n", line);
}

void push_log_line(void *data, enum report_kind kind, const char *text)
{
	struct push_log *log = data;
	struct reporter r = cmd_reporter(log->cmd);

	if (kind == REPORT_LOG)
		keep(&log->text, text);
	if (log->as_is) {
		report(&r, kind, "%s", text);
		return;
	}
	if (kind == REPORT_LOG && (is_header(log->env, text) ||
				   starts_with(text, "  gates ") ||
				   starts_with(text, "Deployed and verified ")))
		return;
	if (kind == REPORT_LOG &&
	    (starts_with(text, "error: ") || starts_with(text, "hint: ")))
		strvec_push(&log->errors, text);
	else
		report(&r, kind, "%s", text);
}

/* Behind what failed there; a step may print anything before that. */
void push_log_hints(const struct push_log *log, struct error *err)
{
	int failed = 0;

	for (size_t i = 0; i < log->errors.nr; i++) {
		const char *line = log->errors.v[i];
		const char *hint = skip_prefix(line, "hint: ");

		if (strstr(line, " was not deployed: "))
			failed = 1;
		/* How to try again is said here, too. */
		if (failed && hint && strcmp(hint, place_releases.again))
			error_hint(err, "%s", hint);
	}
}

void push_log_errors(struct push_log *log)
{
	for (size_t i = 0; i < log->errors.nr; i++)
		cmd_say(log->cmd, "%s", log->errors.v[i]);
	strvec_release(&log->errors);
}
