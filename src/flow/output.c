#include "flow/output.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/log.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>

/* Its lines for programs are taken away on the way. */
struct filter {
	struct output *o;
	const struct reporter *say;
	int is_over;
	struct buf before;		/* what came without a beginning */
};

/* "# ID deploys COMMIT" */
static void take_beginning(struct output *o, const char *text)
{
	const char *id = skip_prefix(text, "# ");
	const char *word = id ? strstr(id, " deploys ") : NULL;

	if (!word)
		return;
	o->id = xmemdupz(id, (size_t)(word - id));
	o->commit = xstrdup(word + strlen(" deploys "));
}

/* What stands behind "# ID "; NULL: it is a line for people. */
static const char *is_for_programs(const struct output *o, const char *text)
{
	const char *rest = skip_prefix(text, "# ");

	rest = rest ? skip_prefix(rest, o->id) : NULL;
	return rest ? skip_prefix(rest, " ") : NULL;
}

static void take_line(void *data, enum report_kind kind, const char *text)
{
	struct filter *f = data;
	const char *word;

	if (kind != REPORT_LOG || f->is_over)
		return;
	if (!f->o->id) {
		take_beginning(f->o, text);
		if (!f->o->id)
			buf_addf(&f->before, "%s%s", f->before.len ? "; " : "",
				 text);
		return;
	}
	word = is_for_programs(f->o, text);
	if (!word) {
		report(f->say, REPORT_LOG, "%s", text);
	} else if (starts_with(word, "end ")) {
		free(f->o->outcome);
		f->o->outcome = xstrdup(word + strlen("end "));
	} else if (!strcmp(word, "shown")) {
		f->is_over = 1;
	}
}

static int ask_platform(struct repo *r, const struct env_status *e,
			enum output_which which, const struct reporter *say,
			struct error *err)
{
	char *json = xstrfmt("{\"which\":\"%s\",\"nonce\":\"%.9f\"}\n",
			     which == OUTPUT_FAILED ? "failed" : "newest",
			     time_monotonic());
	int ret = request_send(r, e->remote, "log", e->name, json, say, err);

	free(json);
	return ret;
}

static int no_log(const struct env_status *e, enum output_which which,
		  struct error *err)
{
	const char *here = e->runner == RUNNER_ENGINE ? " here" : "";

	error_set(err, ERROR_REFUSED, which == OUTPUT_FAILED ?
		  "there is no log%s of a deploy of %s that failed" :
		  "there is no log%s of a deploy of %s", here, e->name);
	if (*here)
		error_hint(err, "a log is where its push was: \"git upgrade "
			   "log %s\" says whose", e->name);
	return -1;
}

static int read_here(struct repo *r, const struct env_status *e,
		     enum output_which which, const struct reporter *say,
		     struct error *err)
{
	struct environment env = { .name = e->name, .branch = e->branch };
	struct platform p = PLATFORM_INIT;
	char *id = NULL;
	int ret = here_open_logs(&p, r, err);

	if (!ret)
		id = which == OUTPUT_FAILED ?
		     deploy_log_failed(&p, e->name) :
		     deploy_log_latest(&p, e->name);
	if (id && e->runner == RUNNER_ENGINE)
		deploy_log_read(&p, &env, id, say);
	else if (id)
		deploy_log_show(&p, &env, id, -1, say);
	else if (!ret)
		ret = no_log(e, which, err);
	free(id);
	platform_release(&p);
	return ret;
}

static int nobody_to_ask(const struct env_status *e, struct error *err)
{
	if (e->runner == RUNNER_HOST) {
		error_set(err, ERROR_REFUSED, "the log of %s is on its host",
			  e->name);
		return error_hint(err, "there: \"git upgrade log --output "
				  "%s\"", e->name);
	}
	error_set(err, ERROR_REFUSED, "nobody is known here who deploys %s",
		  e->name);
	return error_hint(err, "see what is known with \"git upgrade "
			  "status\"");
}

int output_read(struct output *o, struct repo *r, const struct env_status *e,
		enum output_which which, const struct reporter *say,
		struct error *err)
{
	struct filter f = { .o = o, .say = say, .before = BUF_INIT };
	struct reporter take = { take_line, &f };
	int ret;

	if (e->runner == RUNNER_HERE || e->runner == RUNNER_ENGINE)
		ret = read_here(r, e, which, &take, err);
	else if (e->runner == RUNNER_PLATFORM && e->remote)
		ret = ask_platform(r, e, which, &take, err);
	else
		ret = nobody_to_ask(e, err);
	if (!ret && !o->id)
		ret = error_set(err, ERROR_FATAL, "'%s' did not send the log"
				"%s%s", e->remote ? e->remote : e->name,
				f.before.len ? ": " : "", f.before.s);
	buf_release(&f.before);
	return ret;
}

void output_release(struct output *o)
{
	free(o->id);
	free(o->commit);
	free(o->outcome);
	*o = (struct output)OUTPUT_INIT;
}
