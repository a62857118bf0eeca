#include "deploy/engine_ask.h"

#include "base/mem.h"
#include "base/redact.h"
#include "deploy/place.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Of a question that need not be asked now. */
#define MAX_TRIES 3
/* More of a line nobody reads. */
#define LONGEST_LINE 4096

/* Secrets */

void engine_add_secret(struct engine *e, const char *value)
{
	redact_note(&e->secrets, value);
}

/*
 * What its name in the profile calls a secret; that of a header may have a
 * word before it, "Bearer".
 */
static void add_configured(struct engine *e, const struct value *map)
{
	for (size_t i = 0; map && map->type == VALUE_MAP && i < map->nr; i++) {
		const char *text = map->items[i]->text;
		const char *last = text ? strrchr(text, ' ') : NULL;

		if (!text)
			add_configured(e, map->items[i]);
		else if (!strchr(text, '{') &&
			 redact_is_secret_name(map->keys[i],
					       strlen(map->keys[i])))
			engine_add_secret(e, last ? last + 1 : text);
	}
}

/* "?NAME=VALUE&...": a service may print what it was asked. */
static void add_of_url(struct engine *e, const char *url)
{
	const char *at = url ? strchr(url, '?') : NULL;

	while (at) {
		const char *name = at + 1, *value = strchr(name, '=');
		char *text;

		at = strchr(name, '&');
		if (!value || (at && value > at) ||
		    !redact_is_secret_name(name, (size_t)(value - name)))
			continue;
		value++;
		text = xmemdupz(value, at ? (size_t)(at - value) :
				strlen(value));
		engine_add_secret(e, text);
		free(text);
	}
}

static void find_configured(struct engine *e)
{
	const struct deployer_http *http = &e->how->http;
	const struct deployer_request *const asked[] = {
		&http->exchange, &http->trigger, &http->find, &http->status,
		&http->log,
	};

	add_configured(e, e->env->variables);
	add_configured(e, e->how->defaults);
	add_configured(e, http->headers);
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		add_configured(e, asked[i]->headers);
		add_configured(e, asked[i]->form);
		add_configured(e, asked[i]->json);
		add_of_url(e, asked[i]->url);
	}
}

void engine_add_line(const struct engine *e, struct buf *out,
		     const char *line, size_t len)
{
	struct buf whole = BUF_INIT, shown = BUF_INIT, masked = BUF_INIT;

	while (len && strchr("\r\n", line[len - 1]))
		len--;
	buf_add(&whole, line, len);
	redact_known(&whole, 0, &e->secrets);
	if (whole.len > LONGEST_LINE)
		buf_setlen(&whole, LONGEST_LINE);
	redact_add(&shown, whole.s, whole.len);
	buf_add_masked(&masked, shown.s, shown.len);
	buf_rtrim(&masked);
	buf_add_line(out, masked.s);
	buf_release(&whole);
	buf_release(&shown);
	buf_release(&masked);
}

/* What was found out since it was opened is known by now as well. */
static int cleaned(const struct engine *e, int ret, struct error *err)
{
	struct buf line = BUF_INIT;

	if (ret < 0 && err->message) {
		engine_add_line(e, &line, err->message, strlen(err->message));
		free(err->message);
		err->message = buf_detach(&line);
	}
	return ret;
}

/* Variables */

static const char *of_map(const struct value *map, const char *name,
			  size_t len)
{
	for (size_t i = 0; map && i < map->nr; i++)
		if (strlen(map->keys[i]) == len &&
		    !strncmp(map->keys[i], name, len))
			return map->items[i]->text;
	return NULL;
}

const char *engine_variable(const struct engine *e, const char *name,
			    size_t len)
{
	const struct { const char *name, *value; } known[] = {
		{ "env", e->env->name }, { "branch", e->env->branch },
		{ "commit", e->commit },
		{ "release", e->release ? e->release : "" },
		{ "id", e->run->id ? e->run->id : "" },
		{ "cursor", e->run->cursor ? e->run->cursor : "0" },
		{ "token", e->token },
	};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i].name) == len &&
		    !strncmp(known[i].name, name, len))
			return known[i].value;
	value = of_map(e->env->variables, name, len);
	return value ? value : of_map(e->how->defaults, name, len);
}

/* The length of the name in "{name}"; 0: it is none. */
static size_t name_length(const char *text)
{
	size_t len;

	if (*text != '{' || !islower((unsigned char)text[1]))
		return 0;
	len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return text[len + 1] == '}' ? len : 0;
}

char *engine_fill(const struct engine *e, const char *text,
		  void (*add)(struct buf *out, const char *value),
		  char **unknown)
{
	struct buf out = BUF_INIT;

	while (*text) {
		size_t len = name_length(text);
		const char *value = len ? engine_variable(e, text + 1, len) :
					  NULL;

		if (len && !value && unknown && !*unknown)
			*unknown = xstrndup(text + 1, len);
		if (!value) {
			buf_addc(&out, *text++);
			continue;
		}
		if (add)
			add(&out, value);
		else
			buf_adds(&out, value);
		text += len + 2;
	}
	return buf_detach(&out);
}

int engine_state_of(const struct value *map, const char *text)
{
	const char *word = of_map(map, text, strlen(text));

	return word ? deploy_state_named(word) : -1;
}

/* The protocol */

int engine_open(struct engine *e, const struct platform *p,
		const struct environment *env, const struct deployer *how,
		struct engine_run *run, struct error *err)
{
	e->ops = env->deploy == DEPLOY_BY_HTTP ? &engine_http_ops :
						 &engine_command_ops;
	e->platform = p;
	e->env = env;
	e->how = how;
	e->run = run;
	e->commit = run->commit ? run->commit : "";
	e->folder = engine_run_folder(&p->repo, env->name);
	redact_note_environment(&e->secrets);
	find_configured(e);
	return cleaned(e, e->ops->check(e, err), err);
}

void engine_release(struct engine *e)
{
	free(e->folder);
	free(e->api_token);
	free(e->token);
	strvec_release(&e->secrets);
	*e = (struct engine)ENGINE_INIT;
}

int engine_is_by_push(const struct engine *e)
{
	return e->env->deploy == DEPLOY_BY_HTTP && !e->how->http.trigger.url;
}

int engine_begin(struct engine *e, struct error *err)
{
	return cleaned(e, e->ops->begin(e, err), err);
}

int engine_has_begun(struct engine *e)
{
	return e->ops->has_begun(e);
}

int engine_status(struct engine *e, enum deploy_state *state,
		  struct buf *text, struct error *err)
{
	e->is_passing = 0;
	return cleaned(e, e->ops->status(e, state, text, err), err);
}

int engine_log(struct engine *e, int is_over, struct buf *lines,
	       struct error *err)
{
	e->is_passing = 0;
	return cleaned(e, e->ops->log(e, is_over, lines, err), err);
}

static int confirm_once(struct engine *e, enum engine_word *word,
			struct buf *why, struct error *err)
{
	enum deploy_state state = DEPLOY_PENDING;
	int can;

	*word = ENGINE_SAYS_NOTHING;
	e->is_passing = e->is_gone = 0;
	can = e->ops->can_tell(e, err);
	if (can <= 0)
		return can;
	buf_reset(why);
	if (e->ops->ask(e, &state, why, err) < 0)
		return -1;
	*word = state == DEPLOY_SUCCESS ? ENGINE_CONFIRMS : ENGINE_DENIES;
	if (!why->len)
		buf_adds(why, state == DEPLOY_PENDING ? "it has not ended" :
			 "it failed");
	return 0;
}

int engine_confirm(struct engine *e, enum engine_word *word, struct buf *why,
		   struct error *err)
{
	for (int i = 1;; i++) {
		int ret = confirm_once(e, word, why, err);

		/* What it has forgotten it says nothing about. */
		if (!ret || (!e->is_gone && (!e->is_passing ||
					     i == MAX_TRIES)))
			return cleaned(e, ret, err);
		error_release(err);
		*err = (struct error)ERROR_INIT;
		if (e->is_gone)
			return 0;
		if (engine_pause(e->not_before))
			i = MAX_TRIES - 1;
	}
}

void engine_tidy(struct engine *e)
{
	if (e->ops->tidy)
		e->ops->tidy(e);
}

/* Of a client, that looks at it, and at its data, from elsewhere. */
static char *client_top(const struct platform *p,
			const struct environment *env)
{
	return engine_run_folder(&p->repo, env->name);
}

static int nothing_serves(struct release_dir *d, const char *top)
{
	(void)d;
	(void)top;
	return 0;
}

const struct place place_client = {
	.by = "client",
	.is_one_folder = 1,
	.is_client = 1,
	.top = client_top,
	.serving = nothing_serves,
};
