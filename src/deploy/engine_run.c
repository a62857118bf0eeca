#include "deploy/engine_run.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In the order of enum run_stage. */
static const char *const stages[] = { "none", "about", "begun", "ended" };

char *engine_run_folder(const struct repo *r, const char *env)
{
	return xstrfmt("%s/upgrade/deploys/%s", r->common_dir, env);
}

static char *run_path(const struct repo *r, const char *env)
{
	char *folder = engine_run_folder(r, env);
	char *path = path_join(folder, "run");

	free(folder);
	return path;
}

static void take(char **to, const char *text)
{
	free(*to);
	*to = xstrdup(text);
}

static void take_fact(struct engine_run *run, const char *line)
{
	const char *rest;

	if ((rest = skip_prefix(line, "commit ")) && oid_is_valid(rest))
		take(&run->commit, rest);
	else if ((rest = skip_prefix(line, "log ")))
		take(&run->log, rest);
	else if ((rest = skip_prefix(line, "id ")))
		take(&run->id, rest);
	else if ((rest = skip_prefix(line, "cursor ")))
		take(&run->cursor, rest);
	else if ((rest = skip_prefix(line, "unread ")))
		take(&run->unread, rest);
	else if ((rest = skip_prefix(line, "outcome ")))
		take(&run->outcome, rest);
	else if ((rest = skip_prefix(line, "former ")))
		take(&run->former, rest);
	else if ((rest = skip_prefix(line, "started ")))
		run->started = (time_t)strtoll(rest, NULL, 10);
	else if ((rest = skip_prefix(line, "logged ")))
		run->logged = strtoll(rest, NULL, 10);
	else if ((rest = skip_prefix(line, "stage ")))
		for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
			if (!strcmp(stages[i], rest))
				run->stage = (enum run_stage)i;
}

void engine_run_parse(struct engine_run *run, const char *text)
{
	struct engine_run read = ENGINE_RUN_INIT;
	struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		take_fact(&read, lines.v[i]);
	if (!read.commit || !read.log)
		read.stage = RUN_NONE;
	strvec_release(&lines);
	engine_run_release(run);
	*run = read;
}

int engine_run_read(struct engine_run *run, const struct repo *r,
		    const char *env, struct error *err)
{
	char *path = run_path(r, env);
	struct buf text = BUF_INIT;
	struct error unread = ERROR_INIT;
	int ret = file_read(path, &text, &unread);

	if (ret < 0 && errno == ENOENT)
		ret = 0;
	else if (ret < 0)
		error_move(err, &unread);
	engine_run_parse(run, text.s);
	error_release(&unread);
	buf_release(&text);
	free(path);
	return ret;
}

/* Names of others are one line here. */
static void add_fact(struct buf *out, const char *name, const char *text)
{
	if (!text)
		return;
	buf_addf(out, "%s ", name);
	buf_add_line(out, text);
	buf_addc(out, '\n');
}

int engine_run_write(const struct engine_run *run, const struct repo *r,
		     const char *env, struct error *err)
{
	char *path = run_path(r, env);
	struct buf text = BUF_INIT;
	int ret = make_parent_dirs(path, err);

	add_fact(&text, "commit", run->commit);
	add_fact(&text, "stage", stages[run->stage]);
	add_fact(&text, "log", run->log);
	buf_addf(&text, "started %lld\n", (long long)run->started);
	add_fact(&text, "id", run->id);
	add_fact(&text, "cursor", run->cursor);
	buf_addf(&text, "logged %lld\n", run->logged);
	add_fact(&text, "unread", run->unread);
	add_fact(&text, "outcome", run->outcome);
	add_fact(&text, "former", run->former);
	if (!ret)
		ret = file_replace(path, text.s, text.len, 0600, err);
	buf_release(&text);
	free(path);
	return ret;
}

int engine_run_is_open(const struct engine_run *run)
{
	return run->stage == RUN_ABOUT || run->stage == RUN_BEGUN;
}

void engine_run_release(struct engine_run *run)
{
	free(run->commit);
	free(run->log);
	free(run->id);
	free(run->cursor);
	free(run->unread);
	free(run->outcome);
	free(run->former);
	*run = (struct engine_run)ENGINE_RUN_INIT;
}
