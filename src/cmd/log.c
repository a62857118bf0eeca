/*
 * git upgrade log: the ledger of an environment, newest first, or as it grows;
 * and what a deploy printed.
 */
#include "cmd/commands.h"
#include "cmd/sameness_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/output.h"
#include "flow/watch.h"

/* What is shown of the past before what comes. */
#define PAST_EVENTS 10
/* Of what is said behind an event */
#define INDENT 21

struct log_options {
	long max;
	int no_fetch;
	int follow;
	int output, failed;
	int json;
};

static const char *const synopsis[] = {
	"log [-n <number>] [--no-fetch | --follow] [--json] [<env>]",
	"log --output [--failed] [--json] [<env>]", NULL
};

static const struct opt options[] = {
	OPTION_NUMBER('n', "max-count", struct log_options, max, "number",
		      "show at most so many events"),
	OPTION_FLAG(0, "no-fetch", struct log_options, no_fetch,
		    "do not ask the platform"),
	OPTION_FLAG('f', "follow", struct log_options, follow,
		    "oldest first, and go on with what happens"),
	OPTION_FLAG(0, "output", struct log_options, output,
		    "what the newest deploy printed"),
	OPTION_FLAG(0, "failed", struct log_options, failed,
		    "with --output: the newest that failed"),
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
	add_text(out, e->release);
	if (e->commit)
		buf_addf(out, "%s(%.7s)", e->release ? " " : "", e->commit);
	if (e->seconds) {
		buf_adds(out, "  ");
		time_add_clock(out, e->seconds);
	}
	if (e->who) {
		/* Of what is about no release, in its place. */
		buf_adds(out, e->release || e->commit ? "  " : "");
		add_text(out, e->who);
	}
	buf_rtrim(out);
	if (e->detail) {
		buf_addf(out, "\n%*s", INDENT, "");
		add_text(out, e->detail);
	}
	buf_addc(out, '\n');
	buf_release(&word);
}

/* The newest that says how what is deployed came there; `nr`: none. */
static size_t find_deployed(const struct event_list *list,
			    const struct env_status *e)
{
	size_t i = 0;

	while (i < list->nr && (!event_is_ending(&list->v[i]) ||
				!are_same(list->v[i].commit,
					  e->state.deployed)))
		i++;
	return i;
}

/* `same` is of what is deployed; NULL: it is not about that. */
static void json_event(struct json *j, const struct event *e,
		       const struct sameness *same)
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
	json_string(j, "undoes", e->undoes);
	json_string(j, "restores", e->restores);
	json_string(j, "who", e->who);
	json_string(j, "by", e->by);
	json_string(j, "outcome", e->outcome);
	json_number(j, "seconds", (double)e->seconds);
	json_string(j, "migrated", e->migrated);
	json_string(j, "detail", e->detail);
	json_strings(j, "gates", &e->gates);
	json_string(j, "said", e->said);
	json_string(j, "reason", e->reason);
	points_json(&e->points, j, "points");
	if (same)
		sameness_view_json(j, same);
	json_end(j);
	buf_release(&when);
}

/* Behind an event, indented as its detail is. */
static void add_same(struct buf *out, const struct sameness *same)
{
	if (!same->source)
		return;
	buf_addf(out, "%*s", INDENT, "");
	sameness_view_add(out, same);
	buf_addc(out, '\n');
}

static void show(struct cmd *cmd, const struct event_list *list,
		 const struct env_status *e, const struct sameness *same,
		 int as_json)
{
	size_t at = find_deployed(list, e);
	struct buf out = BUF_INIT;
	struct json *j;

	if (as_json) {
		j = json_new();
		json_list(j, NULL);
		for (size_t i = 0; i < list->nr; i++)
			json_event(j, &list->v[i], i == at ? same : NULL);
		json_end(j);
		json_write(j, &out, JSON_INDENT);
		cmd_print(cmd, &out);
		json_free(j);
	} else if (list->nr) {
		for (size_t i = 0; i < list->nr; i++) {
			add_event(&out, &list->v[i], cmd->term.out_color);
			if (i == at)
				add_same(&out, same);
		}
		cmd_page(cmd, &out);
	} else {
		cmd_say(cmd, "Nothing is recorded about %s yet.", e->name);
	}
	buf_release(&out);
}

/* Oldest first, each JSON object on a line of its own. */
static void show_chronicle(struct cmd *cmd, const struct event_list *list,
			   int as_json)
{
	struct buf out = BUF_INIT;

	for (size_t i = list->nr; i-- > 0;) {
		struct json *j;

		if (!as_json) {
			add_event(&out, &list->v[i], cmd->term.out_color);
			continue;
		}
		j = json_new();
		json_event(j, &list->v[i], NULL);
		json_write(j, &out, JSON_ONE_LINE);
		buf_addc(&out, '\n');
		json_free(j);
	}
	cmd_print(cmd, &out);
	buf_release(&out);
}

/* Until Ctrl-C, which is how one ends it: no failure. */
static int follow(struct cmd *cmd, const struct env_status *e,
		  const struct log_options *o)
{
	struct reporter say = cmd_reporter(cmd);
	struct event_list list = EVENT_LIST_INIT;
	struct watch w;
	struct interrupt held;

	if (ledger_read(&list, &cmd->repo, e->name, o->max ? (size_t)o->max :
			PAST_EVENTS, &cmd->err) < 0)
		return -1;
	watch_begin(&w, &cmd->repo, e, list.nr ? list.v[0].id : NULL);
	interrupt_hold(&held);
	do {
		show_chronicle(cmd, &list, o->json);
		event_list_release(&list);
	} while (!ferror(stdout) && watch_wait(&w, &list, &say));
	interrupt_forget();
	interrupt_release(&held);
	event_list_release(&list);
	watch_release(&w);
	return EXIT_OK;
}

/* Of --output */

struct printed {
	struct cmd *cmd;
	struct strvec lines;
	int keep;
};

static void print_line(void *data, enum report_kind kind, const char *text)
{
	struct printed *p = data;
	struct buf line = BUF_INIT;

	(void)kind;
	if (p->keep) {
		strvec_push(&p->lines, text);
		return;
	}
	buf_add_clean(&line, text, strlen(text));
	buf_addc(&line, '\n');
	cmd_print(p->cmd, &line);
	buf_release(&line);
}

static void print_output(struct cmd *cmd, const struct env_status *e,
			 const struct output *o, const struct strvec *lines)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "environment", e->name);
	json_string(j, "deploy", o->id);
	json_string(j, "commit", o->commit);
	json_string(j, "outcome", o->outcome);
	json_strings(j, "lines", lines);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

static int show_output(struct cmd *cmd, const struct env_status *e,
		       const struct log_options *o)
{
	struct printed p = { cmd, STRVEC_INIT, o->json };
	struct reporter say = { print_line, &p };
	struct output output = OUTPUT_INIT;
	int ret = output_read(&output, &cmd->repo, e, o->failed ?
			      OUTPUT_FAILED : OUTPUT_NEWEST, &say, &cmd->err);

	if (!ret && o->json)
		print_output(cmd, e, &output, &p.lines);
	strvec_release(&p.lines);
	output_release(&output);
	return ret < 0 ? -1 : EXIT_OK;
}

static int check_options(struct cmd *cmd, const struct log_options *o)
{
	const char *both = o->follow && o->no_fetch ? "--no-fetch" :
			   o->follow && o->output ? "--output" : NULL;

	if (both)
		return error_set(&cmd->err, ERROR_USAGE, "--follow and %s do "
				 "not go together", both);
	if (o->failed && !o->output)
		return error_set(&cmd->err, ERROR_USAGE, "--failed is about "
				 "--output");
	return 0;
}

static int show_events(struct cmd *cmd, const struct product *pr,
		       const struct env_status *e,
		       const struct log_options *o)
{
	struct event_list list = EVENT_LIST_INIT;
	struct sameness same = SAMENESS_INIT;
	int ret = ledger_read(&list, &cmd->repo, e->name, (size_t)o->max,
			      &cmd->err);

	if (!ret && find_deployed(&list, e) < list.nr)
		sameness_read(&same, &cmd->repo, pr, e);
	if (!ret)
		show(cmd, &list, e, &same, o->json);
	sameness_release(&same);
	event_list_release(&list);
	return ret < 0 ? -1 : EXIT_OK;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct log_options *o = opts;
	struct reporter say = cmd_reporter(cmd);
	struct status s = STATUS_INIT;
	const struct env_status *e;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0 || check_options(cmd, o) < 0)
		return -1;
	if (status_read(&s, &cmd->repo, o->no_fetch ? STATUS_NO_FETCH : 0,
			&say, &cmd->err) < 0)
		goto out;
	e = status_choose(&s, argc ? argv[0] : NULL, &cmd->err);
	if (!e)
		goto out;
	ret = o->output ? show_output(cmd, e, o) :
	      o->follow ? follow(cmd, e, o) :
			  show_events(cmd, &s.product, e, o);
out:
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
