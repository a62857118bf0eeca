#include "model/config.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Which profile */

/* All files of the commit; none when there is no such commit. */
static int list_files(struct strvec *paths, struct repo *r,
		      const char *commit, struct error *err)
{
	struct buf out = BUF_INIT;
	char *tree = object_tree(r, commit);
	int ret = 0;

	if (tree)
		ret = git_run(r, &out, err, "ls-tree", "-r", "--name-only",
			      "-z", "--full-tree", tree, NULL);
	for (const char *s = out.s; !ret && s < out.s + out.len;
	     s += strlen(s) + 1)
		strvec_push(paths, s);
	free(tree);
	buf_release(&out);
	return ret;
}

static int is_pattern(const char *file)
{
	return file[strcspn(file, "*?[\\")] != '\0';
}

/*
 * Files that are named are looked up, a few questions to a reader that runs
 * already.  Only where all of them are there and patterns are left, the list
 * of all files is needed, which may be long; it is read at most once.
 */
static int is_of(const struct profile *p, struct repo *r, const char *commit,
		 struct strvec *paths, struct error *err)
{
	int found = p->detect_files.nr > 0, patterns = 0;

	for (size_t i = 0; found > 0 && i < p->detect_files.nr; i++) {
		const char *file = p->detect_files.v[i];
		char *name;

		if (is_pattern(file)) {
			patterns = 1;
			continue;
		}
		name = xstrfmt("%s:%s", commit, file);
		found = object_find(r, name, NULL, NULL, err);
		free(name);
	}
	if (found <= 0 || !patterns)
		return found;
	if (!paths->nr && list_files(paths, r, commit, err) < 0)
		return -1;
	return profile_detects(p, paths);
}

int config_detect(struct profile *p, int *fits, struct repo *r,
		  const char *commit, struct error *err)
{
	struct strvec names = STRVEC_INIT, paths = STRVEC_INIT;
	int ret = 0;

	profile_names(&names);
	for (size_t i = 0; !ret && i < names.nr; i++) {
		struct profile one = PROFILE_INIT;
		int found = 0;

		ret = profile_load(&one, names.v[i], err);
		if (!ret)
			found = is_of(&one, r, commit, &paths, err);
		if (found < 0)
			ret = -1;
		if (found > 0 &&
		    one.detect_files.nr > p->detect_files.nr) {
			profile_release(p);
			*p = one;
		} else {
			profile_release(&one);
		}
	}
	*fits = p->name != NULL;
	if (!ret && !p->name)
		ret = profile_load(p, "generic", err);
	strvec_release(&names);
	strvec_release(&paths);
	return ret;
}

/* A path in the configuration starts at the top of the work tree. */
static char *configured_path(const struct repo *r, const char *name)
{
	const char *home = getenv("HOME");

	if (starts_with(name, "~/") && home)
		return path_join(home, name + 2);
	return *name == '/' ? xstrdup(name) : path_join(repo_top(r), name);
}

static int load_configured(struct profile *p, struct repo *r,
			   const char *name, struct error *err)
{
	char *path = strchr(name, '/') ? configured_path(r, name) : NULL;
	int ret = path ? profile_load_file(p, path, err) :
			 profile_load(p, name, err);

	free(path);
	if (ret < 0)
		return error_hint(err, "it is chosen by "
				  "\"git config upgrade.profile\"");
	origins_set(&p->origins, "profile", "git config upgrade.profile");
	return 0;
}

static int load_named(struct profile *p, const struct profile_text *t,
		      struct error *err)
{
	const struct value *base = profile_text_base(t);
	char *at = xstrfmt("%s:%d", t->origin, base->line);
	int ret = profile_load(p, base->text, err);

	if (ret < 0)
		error_wrap(err, "%s:%d", at, base->column);
	else
		origins_set(&p->origins, "profile", at);
	free(at);
	return ret;
}

/* The files */

static int is_platform(const struct repo *r)
{
	char *path = repo_config(r, "upgradeplatform.path");
	int is = path != NULL;

	free(path);
	return is;
}

/* "HEAD:.gitupgrade.yaml", or the beginning of the commit's name. */
static char *tree_origin(const struct repo *r, const char *commit)
{
	if (strlen(commit) == r->hexsz)
		return xstrfmt("%.7s:" CONFIG_FILE, commit);
	return xstrfmt("%s:" CONFIG_FILE, commit);
}

/*
 * The work tree's file is not the one that counts.  Where its bytes differ,
 * git is asked, who knows about line ends and filters.
 */
static void compare_work_tree(struct config *c, const struct repo *r,
			      const struct buf *head, int is_there)
{
	struct error ignored = ERROR_INIT;
	struct buf mine = BUF_INIT;
	char *path = path_join(repo_top(r), CONFIG_FILE);

	if (file_read(path, &mine, &ignored) < 0)
		goto out;
	if (!is_there)
		strvec_push(&c->warnings, CONFIG_FILE " is not committed, and "
			    "only what is committed counts");
	else if ((mine.len != head->len ||
		  memcmp(mine.s, head->s, mine.len)) &&
		 git_try(r, NULL, &ignored, "diff", "--quiet", "HEAD", "--",
			 CONFIG_FILE, NULL) == 1)
		strvec_push(&c->warnings, CONFIG_FILE " in the work tree "
			    "differs from HEAD's, which is the one that "
			    "counts");
out:
	error_release(&ignored);
	buf_release(&mine);
	free(path);
}

static int read_tree_text(struct config *c, struct profile_text *t,
			  struct repo *r, const char *commit,
			  struct error *err)
{
	const char *name = commit ? commit : "HEAD";
	char *object = xstrfmt("%s:" CONFIG_FILE, name);
	struct buf text = BUF_INIT;
	int found = object_read_if(r, object, &text, err);

	if (found >= 0 && !commit && r->work_tree)
		compare_work_tree(c, r, &text, found);
	if (found > 0) {
		c->tree = tree_origin(r, name);
		if (profile_text_parse(t, c->tree, text.s, text.len, err) < 0)
			found = -1;
	}
	free(object);
	buf_release(&text);
	return found < 0 ? -1 : 0;
}

char *config_file(const struct repo *r)
{
	char *named = repo_config(r, "upgrade.config");
	char *path = named ? configured_path(r, named) :
			     path_join(r->common_dir, CONFIG_INFO);

	free(named);
	return path;
}

/* As one would type it at the top. */
static const char *shown_path(const struct repo *r, const char *path)
{
	const char *inside = r->work_tree ? skip_prefix(path, r->work_tree) :
					    NULL;

	return inside && *inside == '/' ? inside + 1 : path;
}

static int read_own_text(struct profile_text *t, const struct repo *r,
			 struct error *err)
{
	char *named = repo_config(r, "upgrade.config");
	char *path = config_file(r);
	struct buf text = BUF_INIT;
	int ret = 0;

	if (!named && !file_exists(path))
		goto out;
	ret = file_read(path, &text, err);
	if (ret < 0 && named)
		error_hint(err, "it is named by \"git config "
			   "upgrade.config\"");
	if (!ret)
		ret = profile_text_parse(t, shown_path(r, path), text.s,
					 text.len, err);
out:
	free(named);
	free(path);
	buf_release(&text);
	return ret;
}

static int detect_profile(struct config *c, struct repo *r,
			  const char *commit, const struct profile_text *own,
			  const struct profile_text *tree, struct error *err)
{
	struct profile *p = &c->profile;
	int fits = 0;

	if (config_detect(p, &fits, r, commit ? commit : "HEAD", err) < 0)
		return -1;
	origins_set(&p->origins, "profile",
		    fits ? "detected" : "no other one fits");
	c->is_guess = !fits && !own->root && !tree->root;
	return 0;
}

static int choose_profile(struct config *c, struct repo *r,
			  const char *commit, const struct profile_text *own,
			  const struct profile_text *tree, struct error *err)
{
	struct profile *p = &c->profile;
	char *name = repo_config(r, "upgrade.profile");
	int ret;

	if (name) {
		ret = load_configured(p, r, name, err);
		if (!ret)
			p->base = xstrdup(strchr(name, '/') ? name : p->name);
		free(name);
		return ret;
	}
	if (profile_text_base(own))
		ret = load_named(p, own, err);
	else if (profile_text_base(tree))
		ret = load_named(p, tree, err);
	else
		ret = detect_profile(c, r, commit, own, tree, err);
	if (!ret)
		p->base = xstrdup(p->name);
	return ret;
}

/* Single values */

/* Settings that are read elsewhere. */
static const char *const elsewhere[] = {
	"profile", "config", "upstream", "stateRemote", "structure",
	"submoduleBase"
};

/* Settings with a name of their own. */
static const struct {
	const char *setting, *key;
} short_settings[] = {
	{ "path", "path.rule" },
	{ "verifyTags", "releases.verify" },
};

/* "upgrade.deploy.optional-submodules" is deploy.optional_submodules. */
static char *key_of_setting(const char *setting)
{
	char *key = xstrdup(setting);
	char *last = strrchr(key, '.');

	for (last = last ? last : key; *last; last++)
		if (*last == '-')
			*last = '_';
	for (size_t i = 0; i < ARRAY_SIZE(short_settings); i++)
		if (!strcasecmp(key, short_settings[i].setting)) {
			free(key);
			return xstrdup(short_settings[i].key);
		}
	return key;
}

static char *setting_of_key(const char *key)
{
	char *setting = xstrfmt("upgrade.%s", key);
	char *last = strrchr(setting, '.');

	for (; *last; last++)
		if (*last == '_')
			*last = '-';
	return setting;
}

static int is_read_elsewhere(const char *setting)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (!strcasecmp(setting, elsewhere[i]))
			return 1;
	/* Whose environment that is: model/product.c. */
	return ends_with(setting, ".branch");
}

static char *nearest_setting(const char *setting)
{
	struct strvec keys = STRVEC_INIT;
	struct nearest n = nearest_to(setting);
	char *near = NULL;

	profile_keys(&keys);
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		strvec_push(&keys, elsewhere[i]);
	for (size_t i = 0; i < ARRAY_SIZE(short_settings); i++)
		strvec_push(&keys, short_settings[i].setting);
	for (size_t i = 0; i < keys.nr && strlen(setting) <= 64; i++) {
		char *name = setting_of_key(keys.v[i]);

		if (is_nearest(&n, name)) {
			free(near);
			near = name;
		} else {
			free(name);
		}
	}
	strvec_release(&keys);
	return near;
}

static void warn_unknown(struct config *c, const char *setting)
{
	char *near = nearest_setting(setting);

	strvec_pushf(&c->warnings, "git config %s means nothing%s%s%s",
		     setting, near ? "; did you mean " : "",
		     near ? near : "", near ? "?" : "");
	free(near);
}

static int apply_setting(struct config *c, const struct strvec *keys,
			 const struct strvec *values, const char *setting,
			 struct error *err)
{
	struct strvec all = STRVEC_INIT;
	char *key = key_of_setting(skip_prefix(setting, "upgrade."));
	char *origin = xstrfmt("git config %s", setting);
	int ret = 0;

	for (size_t i = 0; i < keys->nr; i++)
		if (!strcmp(keys->v[i], setting))
			strvec_push(&all, values->v[i]);
	/* It may be meant for another product, or another version of it. */
	if (profile_has_key(key) && profile_lacks(&c->profile, key))
		strvec_pushf(&c->warnings, "git config %s is about something "
			     "that profile %s has not", setting,
			     c->profile.name);
	else if (profile_has_key(key))
		ret = profile_set(&c->profile, key, &all, origin, err);
	else
		warn_unknown(c, setting);
	strvec_release(&all);
	free(key);
	free(origin);
	return ret;
}

static int apply_settings(struct config *c, const struct repo *r,
			  struct error *err)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	struct strmap seen = STRMAP_INIT;
	int ret = repo_config_list(r, "upgrade.", &keys, &values, err);

	for (size_t i = 0; !ret && i < keys.nr; i++)
		if (strmap_put(&seen, keys.v[i], NULL) &&
		    !is_read_elsewhere(skip_prefix(keys.v[i], "upgrade.")))
			ret = apply_setting(c, &keys, &values, keys.v[i], err);
	strmap_release(&seen);
	strvec_release(&keys);
	strvec_release(&values);
	return ret;
}

/* All of it */

/*
 * A platform goes by its file alone (deploy/platform.h): one that names no
 * profile builds on none.
 */
static int read_platform(struct config *c, const struct repo *r,
			 struct error *err)
{
	struct profile_text own = PROFILE_TEXT_INIT;
	char *path = path_join(r->common_dir, CONFIG_INFO);
	const struct value *base;
	struct buf text = BUF_INIT;
	int ret = -1;

	if (file_read(path, &text, err) < 0 ||
	    profile_text_parse(&own, CONFIG_INFO, text.s, text.len, err) < 0 ||
	    profile_parse(&c->profile, CONFIG_INFO, text.s, text.len, err) < 0)
		goto out;
	base = profile_text_base(&own);
	c->profile.base = xstrdup_or_null(base ? base->text : NULL);
	ret = 0;
out:
	profile_text_release(&own);
	buf_release(&text);
	free(path);
	return ret;
}

/* With `text`, that is what the tree says. */
static int read_all(struct config *c, struct repo *r, const char *commit,
		    const struct buf *text, struct error *err)
{
	struct profile_text tree = PROFILE_TEXT_INIT, own = PROFILE_TEXT_INIT;
	int ret = -1;

	if (is_platform(r))
		return read_platform(c, r, err);
	if (text) {
		c->tree = xstrdup(CONFIG_FILE);
		if (profile_text_parse(&tree, c->tree, text->s, text->len,
				       err) < 0)
			goto out;
	} else if (read_tree_text(c, &tree, r, commit, err) < 0) {
		goto out;
	}
	if (read_own_text(&own, r, err) < 0 ||
	    choose_profile(c, r, commit, &own, &tree, err) < 0)
		goto out;
	if (tree.root && profile_apply(&c->profile, &tree, err) < 0)
		goto out;
	if (own.root && profile_apply(&c->profile, &own, err) < 0)
		goto out;
	ret = apply_settings(c, r, err);
out:
	profile_text_release(&tree);
	profile_text_release(&own);
	return ret;
}

/* Whoever has corrected the file may wonder. */
static int hint_commit(const struct config *c, const struct repo *r,
		       struct error *err)
{
	if (!c->tree || !r->work_tree || !err->message ||
	    !starts_with(err->message, c->tree))
		return -1;
	return error_hint(err, c->warnings.nr ? CONFIG_FILE " in the work "
			  "tree is another already: \"git commit "
			  CONFIG_FILE "\", as HEAD's is the one that counts" :
			  "correct it and commit it: HEAD's is the one that "
			  "counts");
}

int config_read(struct config *c, struct repo *r, const char *commit,
		struct error *err)
{
	if (!read_all(c, r, commit, NULL, err))
		return 0;
	return commit ? -1 : hint_commit(c, r, err);
}

int config_try(struct config *c, struct repo *r, const struct buf *tree,
	       struct error *err)
{
	return read_all(c, r, NULL, tree, err);
}

void config_release(struct config *c)
{
	profile_release(&c->profile);
	free(c->tree);
	strvec_release(&c->warnings);
	*c = (struct config)CONFIG_INIT;
}
