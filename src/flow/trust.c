#include "flow/trust.h"

#include "base/file.h"
#include "base/mem.h"
#include "doc/value.h"
#include "model/config.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Which values are commands */

/* A list of maps that hold a `run`, or what is asked over HTTP instead. */
static int is_list_of_runs(const struct value *v)
{
	for (size_t i = 0; v->type == VALUE_LIST && i < v->nr; i++)
		if (value_get(v->items[i], "run") ||
		    value_get(v->items[i], "http"))
			return 1;
	return 0;
}

static int has_beside(const struct value *all, const char *key,
		      const char *name)
{
	const char *dot = strrchr(key, '.');
	char *other;
	int has;

	if (!dot)
		return 0;
	other = xstrfmt("%.*s.%s", (int)(dot - key), key, name);
	has = value_get(all, other) != NULL;
	free(other);
	return has;
}

/*
 * All that stands beside a `run` says what it is: `dir`, for example.  A
 * question over HTTP is one as well: it is asked from where its answer may be
 * another one than outside, and says that a release is good.
 */
static int is_beside_run(const struct value *all, const char *key)
{
	return has_beside(all, key, "run") ||
	       has_beside(all, key, "http.url") ||
	       (strstr(key, ".http.") && has_beside(all, key, "url"));
}

/*
 * Drivers say what is run, and what is asked with a token of ours; and so does
 * who is deployed by which, with what filled in.
 */
static int is_of_driver(const struct value *all, const char *key,
			const struct value *v)
{
	if (starts_with(key, "drivers."))
		return 1;
	if (!starts_with(key, "environments."))
		return 0;
	if (ends_with(key, ".deploy"))
		return v->text && (!strcmp(v->text, "command") ||
				   !strcmp(v->text, "http"));
	return ends_with(key, ".variables") || (ends_with(key, ".driver") &&
						has_beside(all, key, "deploy"));
}

/* What all commands of an environment run through, and where. */
static int is_prefix(const char *key)
{
	const char *dot = strrchr(key, '.');

	return starts_with(key, "environments.") && dot &&
	       starts_with(dot, ".prefix");
}

static void add_escaped(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

/* One text for one value, whatever it is. */
static void add_canonical(struct buf *out, const struct value *v)
{
	switch (v->type) {
	case VALUE_SCALAR:
		add_escaped(out, v->text);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		buf_addc(out, v->type == VALUE_MAP ? '{' : '[');
		for (size_t i = 0; i < v->nr; i++) {
			if (v->type == VALUE_MAP)
				add_escaped(out, v->keys[i]);
			add_canonical(out, v->items[i]);
		}
		buf_addc(out, v->type == VALUE_MAP ? '}' : ']');
		break;
	case VALUE_NULL:
		buf_addc(out, '~');
		break;
	}
}

/* As a shell would have it: "composer install". */
static void add_words(struct buf *out, const struct value *argv)
{
	for (size_t i = 0; i < argv->nr; i++) {
		const char *word = argv->items[i]->text;

		buf_adds(out, i ? " " : "");
		if (word[strcspn(word, " \t\n'\"\\$`*?;&|<>(){}#~")] || !*word)
			buf_add_shell(out, word);
		else
			buf_adds(out, word);
	}
}

/* A text that says as much as a command. */
static int is_telling(const char *key)
{
	static const char *const ends[] = {
		".url", ".env", ".credential", ".deploy", ".driver"
	};

	if (ends_with(key, ".http.url"))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if ((starts_with(key, "drivers.") ||
		     starts_with(key, "environments.")) &&
		    ends_with(key, ends[i]))
			return 1;
	return 0;
}

static void show_variables(struct trust *t, const char *key,
			   const struct value *v)
{
	for (size_t i = 0; i < v->nr; i++) {
		struct buf b = BUF_INIT, clean = BUF_INIT;

		buf_addf(&b, "%s.%s: %s", key, v->keys[i], v->items[i]->text);
		buf_add_masked(&clean, b.s, b.len);
		strvec_push(&t->commands, clean.s);
		buf_release(&b);
		buf_release(&clean);
	}
}

/* One command of a step: what it runs, or what decides whether it does. */
static void show_step(struct trust *t, const char *key,
		      const struct value *step, const char *which)
{
	const struct value *argv = value_get(step, which);
	struct buf b = BUF_INIT, clean = BUF_INIT;

	if (argv && argv->type == VALUE_LIST) {
		buf_addf(&b, "%s %s%s%s: ", key, value_text(step, "name"),
			 strcmp(which, "run") ? ", " : "",
			 strcmp(which, "run") ? which : "");
		add_words(&b, argv);
		buf_add_masked(&clean, b.s, b.len);
		strvec_push(&t->commands, clean.s);
	}
	buf_release(&b);
	buf_release(&clean);
}

/* The same of one that has a map of its own. */
static void show_inner(struct trust *t, const char *key,
		       const struct value *step, const char *which)
{
	const struct value *argv = value_get(value_get(step, which), "run");
	struct buf b = BUF_INIT, clean = BUF_INIT;

	if (argv && argv->type == VALUE_LIST) {
		buf_addf(&b, "%s %s, %s: ", key, value_text(step, "name"),
			 which);
		add_words(&b, argv);
		buf_add_masked(&clean, b.s, b.len);
		strvec_push(&t->commands, clean.s);
	}
	buf_release(&b);
	buf_release(&clean);
}

/* The same of what is asked. */
static void show_question(struct trust *t, const char *key,
			  const struct value *step)
{
	const char *url = value_text(value_get(step, "http"), "url");
	struct buf b = BUF_INIT, clean = BUF_INIT;

	if (url) {
		buf_addf(&b, "%s %s: %s", key, value_text(step, "name"), url);
		buf_add_masked(&clean, b.s, b.len);
		strvec_push(&t->commands, clean.s);
	}
	buf_release(&b);
	buf_release(&clean);
}

static void show(struct trust *t, const char *key, const struct value *v)
{
	struct buf b = BUF_INIT, clean = BUF_INIT;

	for (size_t i = 0; i < v->nr; i++) {
		show_step(t, key, v->items[i], "only_if");
		show_step(t, key, v->items[i], "run");
		show_inner(t, key, v->items[i], "restore");
		show_inner(t, key, v->items[i], "version");
		show_question(t, key, v->items[i]);
	}
	if (ends_with(key, ".run") ||
	    (is_prefix(key) && v->type == VALUE_LIST)) {
		buf_addf(&b, "%s: ", key);
		add_words(&b, v);
		buf_add_masked(&clean, b.s, b.len);
		strvec_push(&t->commands, clean.s);
	}
	if (ends_with(key, ".variables") && v->type == VALUE_MAP)
		show_variables(t, key, v);
	if (is_telling(key) || (is_prefix(key) && v->type == VALUE_SCALAR)) {
		buf_addf(&b, "%s: %s", key, v->text);
		buf_add_masked(&clean, b.s, b.len);
		strvec_push(&t->commands, clean.s);
	}
	buf_release(&b);
	buf_release(&clean);
}

static void collect(struct trust *t, const struct profile *p,
		    const char *tree, struct buf *text)
{
	struct value *all = profile_values(p);

	for (size_t i = 0; i < all->nr; i++) {
		const char *key = all->keys[i];

		if (!starts_with(profile_origin(p, key), tree) ||
		    (!is_list_of_runs(all->items[i]) && !is_prefix(key) &&
		     !is_beside_run(all, key) &&
		     !is_of_driver(all, key, all->items[i])))
			continue;
		buf_addf(text, "%s ", key);
		add_canonical(text, all->items[i]);
		buf_addc(text, '\n');
		show(t, key, all->items[i]);
	}
	value_free(all);
}

/* Where trust is kept */

/* A hash is a file's name: nothing else may be one. */
static int is_hash(const char *text)
{
	size_t len = strlen(text);

	return (len == 40 || len == 64) &&
	       !text[strspn(text, "0123456789abcdef")];
}

static char *trust_dir(struct error *err)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && *state == '/')
		return path_join(state, "git-upgrade/trust");
	if (home && *home == '/')
		return path_join(home, ".local/state/git-upgrade/trust");
	error_set(err, ERROR_FATAL, "there is no HOME to keep trust in");
	error_hint(err, "give the hash with --trust=HASH or " TRUST_ENV);
	return NULL;
}

static char *trust_path(const char *hash, struct error *err)
{
	char *dir = trust_dir(err);
	char *path = dir ? path_join(dir, hash) : NULL;

	free(dir);
	return path;
}

/* Several may be given, for a history that several steps of CI walk. */
static int is_given(const char *given, const char *hash)
{
	struct strvec hashes = STRVEC_INIT;
	int is;

	strvec_split(&hashes, given ? given : "", ',');
	is = strvec_has(&hashes, hash);
	strvec_release(&hashes);
	return is;
}

static int is_trusted(const char *hash, const char *given)
{
	struct error ignored = ERROR_INIT;
	char *path;
	int is;

	if (is_given(given, hash) || is_given(getenv(TRUST_ENV), hash))
		return 1;
	path = trust_path(hash, &ignored);
	is = path && file_exists(path);
	error_release(&ignored);
	free(path);
	return is;
}

int trust_read(struct trust *t, struct repo *r, const struct profile *p,
	       const char *tree, const char *given, struct error *err)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	int ret = 0;

	if (tree)
		collect(t, p, tree, &text);
	t->trusted = 1;
	if (text.len) {
		ret = git_feed(r, &text, &out, err, "hash-object", "--stdin",
			       NULL);
		buf_rtrim(&out);
		t->hash = buf_detach(&out);
		t->trusted = !ret && is_trusted(t->hash, given);
	}
	buf_release(&text);
	buf_release(&out);
	return ret;
}

void trust_release(struct trust *t)
{
	strvec_release(&t->commands);
	free(t->hash);
	*t = (struct trust)TRUST_INIT;
}

int trust_grant(const struct trust *t, const struct repo *r,
		struct error *err)
{
	char *path = trust_path(t->hash, err);
	struct buf text = BUF_INIT;
	int ret = -1;

	if (!path)
		return -1;
	buf_add_path(&text, repo_top(r));
	buf_addc(&text, '\n');
	for (size_t i = 0; i < t->commands.nr; i++)
		buf_addf(&text, "%s\n", t->commands.v[i]);
	if (!make_parent_dirs(path, err))
		ret = file_replace(path, text.s, text.len, 0600, err);
	buf_release(&text);
	free(path);
	return ret;
}

int trust_revoke(const char *hash, struct error *err)
{
	char *path = is_hash(hash) ? trust_path(hash, err) : NULL;
	int ret = 0;

	if (err->kind != ERROR_NONE)
		return -1;
	if (!path || !file_exists(path)) {
		ret = error_set(err, ERROR_REFUSED, "'%s' is not trusted",
				hash);
		error_hint(err, "see what is with \"git upgrade trust "
			   "--list\"");
	} else {
		ret = file_remove(path, err);
	}
	free(path);
	return ret;
}

static void add_line(struct strvec *lines, const char *dir, const char *hash)
{
	struct error ignored = ERROR_INIT;
	char *path = path_join(dir, hash);
	struct buf text = BUF_INIT;

	if (!file_read(path, &text, &ignored))
		strvec_pushf(lines, "%s %.*s", hash,
			     (int)strcspn(text.s, "\n"), text.s);
	error_release(&ignored);
	buf_release(&text);
	free(path);
}

int trust_list(struct strvec *lines, struct error *err)
{
	char *dir = trust_dir(err);
	struct dirent *entry;
	DIR *d = dir ? opendir(dir) : NULL;

	while (d && (entry = readdir(d)))
		if (is_hash(entry->d_name))
			add_line(lines, dir, entry->d_name);
	if (d)
		closedir(d);
	strvec_sort(lines, 0);
	free(dir);
	return dir ? 0 : -1;
}

/* The demand */

static int refuse(const struct trust *t, const struct trust *head,
		  int by_merge, struct error *err)
{
	error_set(err, ERROR_REFUSED, by_merge ?
		  "the merge brings a configuration with commands that you "
		  "do not trust yet" :
		  "the configuration in the tree has commands that you do "
		  "not trust yet");
	for (size_t i = 0; i < t->commands.nr; i++)
		error_hint(err, "  %c %s", by_merge &&
			   !strvec_has(&head->commands, t->commands.v[i]) ?
			   '+' : ' ', t->commands.v[i]);
	for (size_t i = 0; by_merge && i < head->commands.nr; i++)
		if (!strvec_has(&t->commands, head->commands.v[i]))
			error_hint(err, "  - %s", head->commands.v[i]);
	if (!by_merge)
		error_hint(err, "allow them with \"git upgrade trust\"");
	return error_hint(err, "%s --trust=%s", by_merge ? "allow them with" :
			  "or, for this once, with", t->hash);
}

/* Of a tree that a merge would make; one in conflict says nothing yet. */
static int demand_of_tree(struct repo *r, const char *tree,
			  const struct trust *head, const char *given,
			  struct error *err)
{
	struct config c = CONFIG_INIT;
	struct trust t = TRUST_INIT;
	struct error broken = ERROR_INIT;
	int ret = 0;

	if (config_read(&c, r, tree, &broken) < 0)
		goto out;
	ret = trust_read(&t, r, &c.profile, c.tree, given, err);
	if (!ret && !t.trusted)
		ret = refuse(&t, head, 1, err);
out:
	error_release(&broken);
	config_release(&c);
	trust_release(&t);
	return ret;
}

int trust_demand_profile(struct repo *r, const struct profile *p,
			 const char *tree, const char *given,
			 struct error *err)
{
	struct trust t = TRUST_INIT;
	int ret = trust_read(&t, r, p, tree, given, err);

	if (!ret && !t.trusted)
		ret = refuse(&t, &t, 0, err);
	trust_release(&t);
	return ret;
}

int trust_demand(struct repo *r, const char *tree, const char *given,
		 struct error *err)
{
	struct config c = CONFIG_INIT;
	struct trust head = TRUST_INIT;
	int ret = config_read(&c, r, NULL, err);

	if (!ret)
		ret = trust_read(&head, r, &c.profile, c.tree, given, err);
	if (!ret && !head.trusted)
		ret = refuse(&head, &head, 0, err);
	if (!ret && tree)
		ret = demand_of_tree(r, tree, &head, given, err);
	config_release(&c);
	trust_release(&head);
	return ret;
}
