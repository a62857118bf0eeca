/*
 * Engines that are programs.
 *
 * The one that deploys runs detached: in a session of its own, with its
 * output in a file, so that nothing that happens to whoever waits for it
 * happens to the deploy.  In the folder of the run there are
 *
 *	running		locked while it runs (base/holder.h)
 *	begun		it was started
 *	output		what it has printed, as it came: removed in the end
 *	result		how it ended: "exit N", "no end after 60 s", ...
 *
 * Where there is a program for the status, that one was only to begin it.
 */
#include "deploy/engine.h"

#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "deploy/detach.h"
#include "doc/json.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds for a program that is asked, where nobody says. */
#define ASK_TIMEOUT 60

static char *file_of(const struct engine *e, const char *name)
{
	return path_join(e->folder, name);
}

static struct step_context context_of(const struct engine *e)
{
	return (struct step_context){
		.platform = e->platform, .env = e->env->name,
		.release = e->release, .commit = e->commit,
		.dir = repo_top(&e->platform->repo), .id = e->run->log,
	};
}

/* Its words, filled in. */
static struct command_line fill_command(const struct engine *e,
					const struct command_line *run)
{
	struct command_line filled = { STRVEC_INIT, run->timeout };

	for (size_t i = 0; i < run->argv.nr; i++)
		strvec_push_nodup(&filled.argv, engine_fill(e, run->argv.v[i],
							    NULL, NULL));
	return filled;
}

static int check(struct engine *e, struct error *err)
{
	const char *program = e->how->command.deploy.run.argv.v[0];

	/* One in the tree may come with the commit. */
	if (strchr(program, '/') || strchr(program, '{') ||
	    proc_exists(program))
		return 0;
	error_set(err, ERROR_REFUSED, "%s is deployed by '%s', and there is "
		  "no such program here", e->env->name, program);
	return error_hint(err, "install it, or give its path in 'drivers.%s."
			  "command.deploy.run'", e->how->name);
}

/* The program that deploys */

static void write_result(const struct engine *e, int ran,
			 const struct step_result *result, long timeout,
			 const struct error *why)
{
	struct error unwritten = ERROR_INIT;
	struct buf text = BUF_INIT;
	char *path = file_of(e, "result");

	if (ran)
		step_describe(result, timeout, &text);
	else
		buf_adds(&text, why->message);
	if (ran && !result->timed_out && !result->too_long &&
	    result->status <= 128) {
		buf_reset(&text);
		buf_addf(&text, "exit %d", result->status);
	}
	buf_addc(&text, '\n');
	file_replace(path, text.s, text.len, 0600, &unwritten);
	error_release(&unwritten);
	buf_release(&text);
	free(path);
}

/* In a process that nobody waits for; never returns. */
static void deploy_alone(struct engine *e, int output, int lock)
{
	struct step_context c = context_of(e);
	struct command_line run = fill_command(e, &e->how->command.deploy.run);
	struct step_result result = { 0, 0, 0 };
	struct error err = ERROR_INIT;
	char *begun = file_of(e, "begun");
	int ran = 0;

	holder_sign(lock, NULL);
	if (!file_replace(begun, "", 0, 0600, &err))
		ran = !step_run(&c, &run, NULL, output, NULL, &result, &err);
	write_result(e, ran, &result, run.timeout, &err);
	error_release(&err);
	strvec_release(&run.argv);
	free(begun);
	_exit(0);
}

static int detach(struct engine *e, int output, int lock, struct error *err)
{
	pid_t pid = fork();

	if (!pid) {
		setsid();
		pid = fork();
		if (pid)
			_exit(pid < 0);
		detach_cut_off(output);
		detach_close_others(output, lock);
		deploy_alone(e, output, lock);
	}
	if (pid > 0) {
		int status = 0;

		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!status)
			return 0;
		errno = EAGAIN;
	}
	return error_errno(err, "cannot start the deploy");
}

static void tidy(struct engine *e)
{
	static const char *const files[] = { "result", "begun", "output" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = file_of(e, files[i]);

		unlink(path);
		free(path);
	}
}

static int lock_running(const struct engine *e)
{
	char *path = file_of(e, "running");
	int fd = holder_lock(path, O_CLOEXEC);

	free(path);
	return fd;
}

static int begin(struct engine *e, struct error *err)
{
	int lock = lock_running(e), output = -1, ret = -1;
	char *path;

	if (lock < 0) {
		error_errno(err, "a deploy of %s runs already", e->env->name);
		goto out;
	}
	tidy(e);
	path = file_of(e, "output");
	output = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
		      0600);
	if (output < 0)
		error_errno(err, "cannot create '%s'", path);
	free(path);
	if (output >= 0)
		ret = detach(e, output, lock, err);
out:
	if (output >= 0)
		close(output);
	if (lock >= 0)
		close(lock);
	return ret;
}

/* What programs say */

/* The first line that matches, or NULL; `group` is where. */
static const char *match_line(const regex_t *re, const struct buf *text,
			      regmatch_t group[2])
{
	const char *at = text->s, *end = text->s + text->len;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf ? lf : end) - at);
		char *line;
		int is;

		if (len && at[len - 1] == '\r')
			len--;
		line = xmemdupz(at, len);
		is = !regexec(re, line, 2, group, 0);
		free(line);
		if (is)
			return at;
		at = lf ? lf + 1 : end;
	}
	return NULL;
}

/* It was compiled when it was read. */
static const char *find_line(const char *expression, const struct buf *text,
			     regmatch_t group[2])
{
	const char *at;
	regex_t re;

	if (regcomp(&re, expression, REG_EXTENDED))
		return NULL;
	at = match_line(&re, text, group);
	regfree(&re);
	return at;
}

/* By what it printed, then by its exit code; -1: neither says. */
static int judge(const struct deployer_program *p, const struct buf *output,
		 int code)
{
	regmatch_t group[2];
	char number[16];

	for (size_t i = 0; p->output && i < p->output->nr; i++)
		if (find_line(p->output->keys[i], output, group))
			return deploy_state_named(p->output->items[i]->text);
	snprintf(number, sizeof(number), "%d", code);
	return p->exits ? engine_state_of(p->exits, number) : -1;
}

static char *id_at(const char *pointer, const struct buf *output)
{
	struct error ignored = ERROR_INIT;
	struct value *root = json_parse("output", output->s, output->len,
					&ignored);
	struct value *v = root ? value_at(root, pointer) : NULL;
	char *id = v && v->type == VALUE_SCALAR ? xstrdup(v->text) : NULL;

	value_free(root);
	error_release(&ignored);
	return id;
}

static char *find_id(const struct deployer_program *p,
		     const struct buf *output)
{
	regmatch_t group[2];
	const char *line;

	if (p->id_at)
		return id_at(p->id_at, output);
	line = find_line(p->id, output, group);
	if (!line || group[1].rm_so < 0)
		return NULL;
	return xmemdupz(line + group[1].rm_so,
			(size_t)(group[1].rm_eo - group[1].rm_so));
}

/* The last line of it, for a sentence. */
static void add_excerpt(const struct engine *e, const struct buf *text,
			struct buf *out)
{
	size_t end = text->len, start;

	while (end && strchr("\r\n\t ", text->s[end - 1]))
		end--;
	for (start = end; start && text->s[start - 1] != '\n'; start--)
		;
	if (end - start > 200)
		end = start + 200;
	if (end == start)
		return;
	if (out->len)
		buf_adds(out, ": ");
	engine_add_line(e, out, text->s + start, end - start);
}

/* How it goes */

/* Empty where there is no such file. */
static void read_of(const struct engine *e, const char *name,
		    struct buf *text)
{
	struct error ignored = ERROR_INIT;
	char *path = file_of(e, name);

	file_read(path, text, &ignored);
	error_release(&ignored);
	free(path);
}

static int is_running(const struct engine *e)
{
	int lock = lock_running(e);

	if (lock >= 0)
		close(lock);
	return lock < 0;
}

static int has_begun(struct engine *e)
{
	char *begun = file_of(e, "begun");
	int has = is_running(e) || file_exists(begun);

	free(begun);
	return has;
}

/* 1: the program has ended, and `result` says how; 0: it runs. */
static int has_ended(const struct engine *e, struct buf *result)
{
	read_of(e, "result", result);
	if (result->len)
		return 1;
	if (is_running(e))
		return 0;
	/* It may have ended just then. */
	read_of(e, "result", result);
	if (!result->len)
		buf_adds(result, "the program that deploys was killed");
	return 1;
}

static int end_of_deploy(struct engine *e, const char *result,
			 enum deploy_state *state, struct buf *text)
{
	const struct deployer_program *p = &e->how->command.deploy;
	const char *code = skip_prefix(result, "exit ");
	struct buf output = BUF_INIT;
	int is = -1, asked = e->how->command.status.run.argv.nr != 0;

	read_of(e, "output", &output);
	if (code)
		is = judge(p, &output, (int)strtol(code, NULL, 10));
	if (is < 0)
		is = !code || strtol(code, NULL, 10) ? DEPLOY_FAILURE :
		     asked ? DEPLOY_PENDING : DEPLOY_SUCCESS;
	*state = (enum deploy_state)is;
	if (is == DEPLOY_FAILURE) {
		buf_addf(text, "%s%.*s", code ? "exit code " : "",
			 (int)strcspn(code ? code : result, "\n"),
			 code ? code : result);
		add_excerpt(e, &output, text);
	}
	if (is == DEPLOY_PENDING && asked && !e->run->id &&
	    (p->id || p->id_at))
		e->run->id = find_id(p, &output);
	if (is == DEPLOY_PENDING && asked && !e->run->id &&
	    (p->id || p->id_at)) {
		*state = DEPLOY_FAILURE;
		buf_adds(text, "it does not say what the deploy is called");
		add_excerpt(e, &output, text);
	}
	buf_release(&output);
	return *state == DEPLOY_PENDING && asked;
}

static int run_asked(struct engine *e, const struct deployer_program *p,
		     struct buf *output, struct step_result *result,
		     struct error *err)
{
	struct step_context c = context_of(e);
	struct command_line run = fill_command(e, &p->run);
	int ret;

	if (!run.timeout)
		run.timeout = ASK_TIMEOUT;
	ret = step_run(&c, &run, NULL, -1, output, result, err);
	/* It may be there in a moment: a new version is being installed. */
	e->is_passing = ret < 0;
	strvec_release(&run.argv);
	return ret;
}

static int ask_status(struct engine *e, enum deploy_state *state,
		      struct buf *text, struct error *err)
{
	const struct deployer_program *p = &e->how->command.status;
	struct step_result result = { 0, 0, 0 };
	struct buf output = BUF_INIT, why = BUF_INIT;
	int is, ret = run_asked(e, p, &output, &result, err);

	if (ret < 0)
		goto out;
	is = result.timed_out ? -1 : judge(p, &output, result.status);
	if (is < 0 && !p->output && !p->exits && !result.timed_out)
		is = result.status ? DEPLOY_FAILURE : DEPLOY_SUCCESS;
	if (is >= 0) {
		*state = (enum deploy_state)is;
		add_excerpt(e, &output, text);
		goto out;
	}
	step_describe(&result, p->run.timeout ? p->run.timeout : ASK_TIMEOUT,
		      &why);
	add_excerpt(e, &output, &why);
	e->is_passing = 1;
	ret = error_set(err, ERROR_FATAL, "what '%s' says about the deploy "
			"stands for nothing: %s", p->run.argv.v[0], why.s);
out:
	buf_release(&output);
	buf_release(&why);
	return ret;
}

/* What is asked has to be about the commit. */
static int can_tell(struct engine *e, struct error *err)
{
	const struct strvec *argv = &e->how->command.status.run.argv;
	int has_id = 0, has_commit = 0;

	(void)err;
	for (size_t i = 0; i < argv->nr; i++) {
		has_id |= strstr(argv->v[i], "{id}") != NULL;
		has_commit |= strstr(argv->v[i], "{commit}") != NULL;
	}
	return has_id ? e->run->id != NULL : has_commit;
}

static int status(struct engine *e, enum deploy_state *state,
		  struct buf *text, struct error *err)
{
	struct buf result = BUF_INIT;
	int ret = 0;

	*state = DEPLOY_PENDING;
	if (has_ended(e, &result) && end_of_deploy(e, result.s, state, text))
		ret = ask_status(e, state, text, err);
	buf_release(&result);
	return ret;
}

/* The log: what the program printed, then what another one tells of it */

struct log_place {
	size_t offset, lines;		/* of the first, of the second */
};

static struct log_place read_place(const struct engine *e)
{
	struct log_place at = { 0, 0 };

	if (e->run->cursor &&
	    sscanf(e->run->cursor, "%zu %zu", &at.offset, &at.lines) != 2)
		at = (struct log_place){ 0, 0 };
	return at;
}

static void keep_place(struct engine *e, const struct log_place *at)
{
	free(e->run->cursor);
	e->run->cursor = xstrfmt("%zu %zu", at->offset, at->lines);
}

/* Whole lines from `pos` on; `rest`: what is left of one, too. */
static size_t add_lines(const struct engine *e, const struct buf *text,
			size_t pos, int rest, size_t *nr, struct buf *lines)
{
	while (pos < text->len) {
		const char *at = text->s + pos;
		const char *lf = memchr(at, '\n', text->len - pos);
		size_t len = lf ? (size_t)(lf - at) : text->len - pos;

		if (!lf && !rest)
			break;
		engine_add_line(e, lines, at, len);
		buf_addc(lines, '\n');
		pos += len + (lf != NULL);
		++*nr;
	}
	return pos;
}

static void log_of_deploy(struct engine *e, int is_over,
			  struct log_place *at, struct buf *lines)
{
	struct buf text = BUF_INIT;
	size_t nr = 0;

	read_of(e, "output", &text);
	if (at->offset <= text.len)
		at->offset = add_lines(e, &text, at->offset, is_over, &nr,
				       lines);
	buf_release(&text);
}

static int no_log(struct engine *e, const struct step_result *result,
		  const struct buf *said, struct error *err)
{
	const struct deployer_program *p = &e->how->command.log;
	struct buf why = BUF_INIT;

	step_describe(result, p->run.timeout ? p->run.timeout : ASK_TIMEOUT,
		      &why);
	add_excerpt(e, said, &why);
	error_set(err, ERROR_FATAL, "'%s' does not give the log: %s",
		  p->run.argv.v[0], why.s);
	e->is_passing = 1;
	buf_release(&why);
	return -1;
}

static int log_of_program(struct engine *e, int is_over,
			  struct log_place *at, struct buf *lines,
			  struct error *err)
{
	struct step_result result = { 0, 0, 0 };
	struct buf text = BUF_INIT;
	size_t pos = 0;
	int ret = run_asked(e, &e->how->command.log, &text, &result, err);

	/* Its complaints are no lines of the log. */
	if (!ret && result.status)
		ret = no_log(e, &result, &text, err);
	for (size_t i = 0; !ret && i < at->lines && pos < text.len; i++) {
		const char *lf = memchr(text.s + pos, '\n', text.len - pos);

		pos = lf ? (size_t)(lf - text.s) + 1 : text.len;
	}
	if (!ret)
		add_lines(e, &text, pos, is_over, &at->lines, lines);
	buf_release(&text);
	return ret;
}

static int log_lines(struct engine *e, int is_over, struct buf *lines,
		     struct error *err)
{
	struct log_place at = read_place(e);
	struct buf result = BUF_INIT;
	int ret = 0;

	read_of(e, "result", &result);
	log_of_deploy(e, is_over || result.len, &at, lines);
	if (e->how->command.log.run.argv.nr &&
	    (result.len || e->run->stage == RUN_ENDED))
		ret = log_of_program(e, is_over, &at, lines, err);
	keep_place(e, &at);
	buf_release(&result);
	return ret;
}

const struct engine_ops engine_command_ops = {
	check, begin, has_begun, status, log_lines, ask_status, can_tell, tidy
};
