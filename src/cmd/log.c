/*
 * git upgrade log: the ledger of an environment, newest first.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "doc/json.h"
#include "flow/status.h"

struct log_options {
	long max;
	int no_fetch;
	int json;
};

static const char *const synopsis[] = {
	"log [-n <number>] [--no-fetch] [--json] [<env>]", NULL
};

static const struct opt options[] = {
	OPTION_NUMBER('n', "max-count", struct log_options, max, "number",
		      "show at most so many events"),
	OPTION_FLAG(0, "no-fetch", struct log_options, no_fetch,
		    "do not ask the platform"),
	OPTION_FLAG(0, "json", struct log_options, json, "print JSON"),
	OPTION_END
};

/* "2026-11-20 22:41:15", local time as git's own log has it */
static void add_when(struct buf *out, time_t when)
{
	char text[64];
	struct tm tm;

	if (localtime_r(&when, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		buf_adds(out, text);
}

/* A platform's, so of one line: else it could look like the next event. */
static void add_text(struct buf *out, const char *text)
{
	if (text)
		buf_add_line(out, text);
}

/*
 * 2026-11-20 22:41:15  deployed ok      3.6.4 -> 3.7.11 (5d1f0c2)  1:26
 *                      platform ok, health 5/5
 */
static void add_event(struct buf *out, const struct event *e, int color)
{
	int bad = e->outcome && strcmp(e->outcome, "ok");
	struct buf word = BUF_INIT;
	const int indent = 21;

	add_when(out, e->when);
	buf_adds(out, "  ");
	add_text(&word, e->event);
	if (bad && strcmp(e->outcome, e->event ? e->event : "")) {
		buf_addc(&word, ' ');
		add_text(&word, e->outcome);
	}
	while (word.len < 16)
		buf_addc(&word, ' ');
	term_add(out, color && bad, TERM_RED, word.s);
	buf_addc(out, ' ');
	if (e->from && e->release && strcmp(e->from, e->release)) {
		add_text(out, e->from);
		buf_adds(out, " -> ");
	}
	if (e->release) {
		add_text(out, e->release);
		buf_addc(out, ' ');
	}
	if (e->commit)
		buf_addf(out, "(%.7s)", e->commit);
	if (e->seconds) {
		buf_adds(out, "  ");
		time_add_clock(out, e->seconds);
	}
	if (e->who) {
		/* Of what is about no commit, in its place. */
		buf_adds(out, e->commit ? "  " : "");
		add_text(out, e->who);
	}
	buf_rtrim(out);
	if (e->detail) {
		buf_addf(out, "\n%*s", indent, "");
		add_text(out, e->detail);
	}
	buf_addc(out, '\n');
	buf_release(&word);
}

static void json_event(struct json *j, const struct event *e)
{
	struct buf when = BUF_INIT;

	time_add_rfc3339(&when, e->when);
	json_object(j, NULL);
	json_string(j, "id", e->id);
	json_string(j, "when", when.s);
	json_string(j, "event", e->event);
	json_string(j, "environment", e->env);
	json_string(j, "commit", e->commit);
	json_string(j, "tree", e->tree);
	json_string(j, "release", e->release);
	json_string(j, "from", e->from);
	json_string(j, "who", e->who);
	json_string(j, "by", e->by);
	json_string(j, "outcome", e->outcome);
	json_number(j, "seconds", (double)e->seconds);
	json_string(j, "detail", e->detail);
	points_json(&e->points, j, "points");
	json_end(j);
	buf_release(&when);
}

static void show(struct cmd *cmd, const struct event_list *list,
		 const char *env, int as_json)
{
	struct buf out = BUF_INIT;
	struct json *j;

	if (as_json) {
		j = json_new();
		json_list(j, NULL);
		for (size_t i = 0; i < list->nr; i++)
			json_event(j, &list->v[i]);
		json_end(j);
		json_write(j, &out, JSON_INDENT);
		cmd_print(cmd, &out);
		json_free(j);
	} else if (list->nr) {
		for (size_t i = 0; i < list->nr; i++)
			add_event(&out, &list->v[i], cmd->term.out_color);
		cmd_page(cmd, &out);
	} else {
		cmd_say(cmd, "Nothing is recorded about %s yet.", env);
	}
	buf_release(&out);
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct log_options *o = opts;
	struct reporter say = cmd_reporter(cmd);
	struct status s = STATUS_INIT;
	struct event_list list = EVENT_LIST_INIT;
	const struct env_status *e;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (status_read(&s, &cmd->repo, o->no_fetch ? STATUS_NO_FETCH : 0,
			&say, &cmd->err) < 0)
		goto out;
	e = status_choose(&s, argc ? argv[0] : NULL, &cmd->err);
	if (!e || ledger_read(&list, &cmd->repo, e->name, (size_t)o->max,
			      &cmd->err) < 0)
		goto out;
	show(cmd, &list, e->name, o->json);
	ret = EXIT_OK;
out:
	event_list_release(&list);
	status_release(&s);
	return ret;
}

const struct command cmd_log = {
	.name = "log",
	.summary = "what happened to an environment",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct log_options),
	.needs = NEED_REPO,
	.run = run,
};
