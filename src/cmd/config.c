/*
 * git upgrade config: every effective value, and who said so.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "base/redact.h"
#include "cmd/upstream.h"
#include "doc/json.h"

/* Where origins begin, if values are no longer than that. */
#define ORIGIN_COLUMN 44

struct config_options {
	int json;
};

static const char *const synopsis[] = { "config [--json] [<key>]", NULL };

static const struct opt options[] = {
	OPTION_FLAG(0, "json", struct config_options, json, "print JSON"),
	OPTION_END
};

/* What is shown: values by their keys, and the files of settings. */
struct view {
	struct cmd *cmd;
	const struct profile *profile;
	struct value *values;
	const char *key;		/* only this, or what is in it */
	/* "upgrade.path", and the file it is in. */
	struct strvec settings, files;
};

/* `git config` of now, by files; a list of "FILE NUL KEY LF VALUE NUL". */
static int read_files(struct view *v, struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(&v->cmd->repo, &out, err, "config", "--null",
			  "--show-origin", "--list", NULL);

	for (const char *at = out.s; !ret && at < out.s + out.len;) {
		const char *file = skip_prefix(at, "file:");
		const char *key = at + strlen(at) + 1;

		if (starts_with(key, "upgrade.")) {
			strvec_push_nodup(&v->settings,
					  xstrndup(key, strcspn(key, "\n")));
			strvec_push(&v->files, file ? file : at);
		}
		at = key + strlen(key) + 1;
	}
	buf_release(&out);
	return ret;
}

static void add_origin(const struct view *v, const char *key, struct buf *out)
{
	const char *origin = profile_origin(v->profile, key);
	const char *setting = skip_prefix(origin, "git config ");

	buf_adds(out, origin);
	for (size_t i = v->settings.nr; setting && i-- > 0;)
		if (!strcmp(v->settings.v[i], setting)) {
			buf_addf(out, " (%s)", v->files.v[i]);
			break;
		}
}

/*
 * `text`, without what is secret about something of that name.  What stands
 * in a list has none, and may bring its own, as in --password=x.
 */
static void add_masked(struct buf *out, const char *name, const char *text)
{
	struct buf line = BUF_INIT, masked = BUF_INIT;
	size_t prefix = 0, dashes = name ? 0 : strspn(text, "-");

	buf_add(out, text, dashes);
	if (name) {
		buf_addf(&line, "%s: ", name);
		prefix = line.len;
	}
	buf_adds(&line, text + dashes);
	redact_add(&masked, line.s, line.len);
	if (masked.len < prefix)
		buf_adds(out, REDACTED);
	else
		buf_add_masked(out, masked.s + prefix, masked.len - prefix);
	buf_release(&line);
	buf_release(&masked);
}

/* Text */

static int needs_quotes(const struct value *v)
{
	static const char *const words[] = { "true", "false", "null", "~" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (v->quoted && !strcmp(v->text, words[i]))
			return 1;
	return v->quoted && (!*v->text || strchr("-? ", *v->text) ||
			     strpbrk(v->text, "\"'{}[],#&*!|>%@`:"));
}

static void add_flow(struct buf *out, const char *name, const struct value *v);

static void add_pairs(struct buf *out, const struct value *map)
{
	int first = 1;

	for (size_t i = 0; i < map->nr; i++) {
		const struct value *item = map->items[i];

		/* A flag that is not set says nothing. */
		if (item->type == VALUE_SCALAR && !item->quoted &&
		    !strcmp(item->text, "false"))
			continue;
		buf_addf(out, "%s%s: ", first ? "" : ", ", map->keys[i]);
		add_flow(out, map->keys[i], item);
		first = 0;
	}
}

/* As YAML writes it in one line. */
static void add_flow(struct buf *out, const char *name, const struct value *v)
{
	const char *quote;

	switch (v->type) {
	case VALUE_SCALAR:
		quote = needs_quotes(v) ? "\"" : "";
		buf_adds(out, quote);
		add_masked(out, name, v->text);
		buf_adds(out, quote);
		break;
	case VALUE_LIST:
		for (size_t i = 0; i < v->nr; i++) {
			buf_adds(out, i ? ", " : "[");
			add_flow(out, NULL, v->items[i]);
		}
		buf_addc(out, ']');
		break;
	case VALUE_MAP:
		buf_addc(out, '{');
		add_pairs(out, v);
		buf_addc(out, '}');
		break;
	case VALUE_NULL:
		buf_adds(out, "null");
		break;
	}
}

static const char *last_word(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

static void add_text(const struct view *v, size_t i, struct buf *out)
{
	const char *key = v->values->keys[i];
	const struct value *value = v->values->items[i];
	struct buf line = BUF_INIT, origin = BUF_INIT;

	buf_addf(&line, "%s:", key);
	if (value->type == VALUE_SCALAR) {
		buf_addc(&line, ' ');
		add_masked(&line, last_word(key), value->text);
	}
	add_origin(v, key, &origin);
	term_add_padded(out, line.s, ORIGIN_COLUMN - 2);
	buf_adds(out, "  # ");
	buf_add_masked(out, origin.s, origin.len);
	buf_addc(out, '\n');
	for (size_t k = 0; k < value->nr; k++) {
		const char *name = value->keys ? value->keys[k] : NULL;

		buf_adds(out, name ? "  " : "  - ");
		if (name)
			buf_add_line(out, name);
		buf_adds(out, name ? ": " : "");
		add_flow(out, name, value->items[k]);
		buf_addc(out, '\n');
	}
	buf_release(&line);
	buf_release(&origin);
}

/* JSON */

static void add_json_value(struct json *j, const char *key, const char *name,
			   const struct value *v)
{
	struct buf text = BUF_INIT;

	switch (v->type) {
	case VALUE_SCALAR:
		add_masked(&text, name, v->text);
		if (v->quoted || text.s[strspn(text.s, "0123456789")]) {
			if (!v->quoted && (!strcmp(text.s, "true") ||
					   !strcmp(text.s, "false")))
				json_bool(j, key, *text.s == 't');
			else
				json_string(j, key, text.s);
		} else {
			json_number(j, key, strtod(text.s, NULL));
		}
		break;
	case VALUE_LIST:
		json_list(j, key);
		for (size_t i = 0; i < v->nr; i++)
			add_json_value(j, NULL, NULL, v->items[i]);
		json_end(j);
		break;
	case VALUE_MAP:
		json_object(j, key);
		for (size_t i = 0; i < v->nr; i++)
			add_json_value(j, v->keys[i], v->keys[i],
				       v->items[i]);
		json_end(j);
		break;
	case VALUE_NULL:
		json_string(j, key, NULL);
		break;
	}
	buf_release(&text);
}

static void add_json(const struct view *v, size_t i, struct json *j)
{
	const char *key = v->values->keys[i];
	struct buf origin = BUF_INIT, clean = BUF_INIT;

	add_origin(v, key, &origin);
	buf_add_masked(&clean, origin.s, origin.len);
	json_object(j, NULL);
	json_string(j, "key", key);
	add_json_value(j, "value", last_word(key), v->values->items[i]);
	json_string(j, "origin", clean.s);
	json_end(j);
	buf_release(&origin);
	buf_release(&clean);
}

/* Which of them */

/* `inner` is the key `outer`, or in it. */
static int is_in(const char *inner, const char *outer)
{
	const char *rest = skip_prefix(inner, outer);

	return rest && (!*rest || *rest == '.');
}

static int is_known(const char *key)
{
	struct strvec keys = STRVEC_INIT;
	int known = profile_has_key(key) || !strcmp(key, "profile");

	profile_keys(&keys);
	for (size_t i = 0; !known && i < keys.nr; i++)
		known = is_in(keys.v[i], key);
	strvec_release(&keys);
	return known;
}

static int no_such_key(const struct view *v, struct error *err)
{
	struct strvec keys = STRVEC_INIT;
	struct nearest n = nearest_to(v->key);
	const char *near = NULL;

	profile_keys(&keys);
	for (size_t i = 0; i < v->values->nr; i++)
		strvec_push(&keys, v->values->keys[i]);
	for (size_t i = 0; i < keys.nr && strlen(v->key) <= 64; i++)
		if (is_nearest(&n, keys.v[i]))
			near = keys.v[i];
	error_set(err, ERROR_FATAL, "there is no key '%s'", v->key);
	if (near)
		error_hint(err, "did you mean '%s'?", near);
	error_hint(err, "all that have a value: \"git upgrade config\"; all "
		   "there are: gitupgrade-profile(5)");
	strvec_release(&keys);
	return -1;
}

static int print_values(const struct view *v, int json)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;
	size_t shown = 0;
	int code = EXIT_OK;

	json_list(j, NULL);
	for (size_t i = 0; i < v->values->nr; i++) {
		if (v->key && !is_in(v->values->keys[i], v->key))
			continue;
		shown++;
		if (json)
			add_json(v, i, j);
		else
			add_text(v, i, &out);
	}
	json_end(j);
	if (!shown && !is_known(v->key)) {
		code = no_such_key(v, &v->cmd->err);
	} else {
		if (json)
			json_write(j, &out, JSON_INDENT);
		cmd_page(v->cmd, &out);
		if (!shown)
			cmd_say(v->cmd, "%s is not set", v->key);
		code = shown ? EXIT_OK : EXIT_CONFLICT;
	}
	json_free(j);
	buf_release(&out);
	return code;
}

/* What is effective besides the files: which profile, which upstream. */
static struct value *effective_values(struct product *pr)
{
	struct value *all = value_new(VALUE_MAP), *rest;

	if (pr->upstream) {
		free(pr->profile.upstream);
		pr->profile.upstream = xstrdup(pr->upstream);
	}
	rest = profile_values(&pr->profile);
	if (pr->profile.base)
		value_add(all, "profile", value_scalar(pr->profile.base));
	for (size_t i = 0; i < rest->nr; i++) {
		value_add(all, rest->keys[i], rest->items[i]);
		rest->items[i] = NULL;
	}
	value_free(rest);
	return all;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct config_options *o = opts;
	struct product pr = PRODUCT_INIT;
	struct view v = { .cmd = cmd, .profile = &pr.profile,
			  .key = argc ? argv[0] : NULL,
			  .settings = STRVEC_INIT, .files = STRVEC_INIT };
	int code = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0 ||
	    product_open_warning(cmd, &pr) < 0 ||
	    read_files(&v, &cmd->err) < 0)
		goto out;
	v.values = effective_values(&pr);
	code = print_values(&v, o->json);
out:
	value_free(v.values);
	strvec_release(&v.settings);
	strvec_release(&v.files);
	product_release(&pr);
	return code;
}

const struct command cmd_config = {
	.name = "config",
	.summary = "every setting, and where it comes from",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct config_options),
	.needs = NEED_REPO,
	.run = run,
};
