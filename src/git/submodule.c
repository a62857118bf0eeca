#include "git/submodule.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GITMODULES ".gitmodules"

void submodule_list_release(struct submodule_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].path);
		free(list->v[i].oid);
		free(list->v[i].name);
		free(list->v[i].url);
		free(list->v[i].update);
	}
	free(list->v);
	*list = (struct submodule_list)SUBMODULE_LIST_INIT;
}

/* "submodule.NAME.VARIABLE": the variable; NAME is what is before its dot. */
static const char *variable_of(const char *key)
{
	const char *name = skip_prefix(key, "submodule.");
	const char *dot = name ? strrchr(name, '.') : NULL;

	return dot ? dot + 1 : NULL;
}

static char *name_of(const char *key)
{
	const char *name = skip_prefix(key, "submodule.");

	return xmemdupz(name, (size_t)(variable_of(key) - 1 - name));
}

static struct submodule *find(struct submodule_list *list, const char *path)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].path, path))
			return &list->v[i];
	return NULL;
}

/* Which of them is called how; of two names for a path git takes the last. */
static void take_name(struct submodule_list *list, const char *key,
		      const char *value)
{
	const char *variable = variable_of(key);
	char *path = xstrdup(value);
	size_t len = strlen(path);
	struct submodule *s;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	s = variable && !strcmp(variable, "path") ? find(list, path) : NULL;
	if (s) {
		free(s->name);
		s->name = name_of(key);
	}
	free(path);
}

static void take_value(struct submodule_list *list, const char *key,
		       const char *value)
{
	const char *variable = variable_of(key);
	char *name = variable ? name_of(key) : NULL;

	for (size_t i = 0; name && i < list->nr; i++) {
		struct submodule *s = &list->v[i];
		char **to = !strcmp(variable, "url") ? &s->url :
			    !strcmp(variable, "update") ? &s->update : NULL;

		if (!to || !are_same(s->name, name))
			continue;
		free(*to);
		*to = xstrdup(value);
	}
	free(name);
}

/* "KEY\nVALUE\0" or "KEY\0", again and again. */
static void each_setting(struct submodule_list *list, const struct buf *all,
			 void (*take)(struct submodule_list *list,
				      const char *key, const char *value))
{
	for (const char *at = all->s; at < all->s + all->len;
	     at += strlen(at) + 1) {
		size_t len = strcspn(at, "\n");
		char *key = xmemdupz(at, len);

		if (at[len])
			take(list, key, at + len + 1);
		free(key);
	}
}

static int read_gitmodules(struct submodule_list *list, const struct repo *r,
			   const char *oid, struct error *err)
{
	struct buf all = BUF_INIT;
	int ret = git_run(r, &all, err, "config", "--null", "--no-includes",
			  "--blob", oid, "--list", NULL);

	if (ret < 0) {
		error_wrap(err, "'" GITMODULES "' cannot be read");
		error_hint(err, "mend it and commit that; \"git config "
			   "--file " GITMODULES " --list\" says what is "
			   "wrong");
	} else {
		each_setting(list, &all, take_name);
		each_setting(list, &all, take_value);
	}
	buf_release(&all);
	return ret;
}

int submodule_list_read(struct submodule_list *list, const struct repo *r,
			const char *commit, struct error *err)
{
	struct tree_list files = TREE_LIST_INIT;
	const struct tree_entry *said;
	int ret = tree_list_read(&files, r, commit, err);

	for (size_t i = 0; !ret && i < files.nr; i++) {
		if (files.v[i].mode != 0160000)
			continue;
		ALLOC_GROW(list->v, list->nr + 1, list->alloc);
		list->v[list->nr++] = (struct submodule){
			.path = xstrdup(files.v[i].path),
			.oid = xstrdup(files.v[i].oid),
		};
	}
	said = list->nr ? tree_list_find(&files, GITMODULES) : NULL;
	/* A link says nothing, as in git: it leads out of the commit. */
	if (said && mode_is_file(said->mode))
		ret = read_gitmodules(list, r, said->oid, err);
	tree_list_release(&files);
	return ret;
}

static int has_control(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			return 1;
	return 0;
}

/* It becomes a folder, and part of what people are told to type. */
const char *submodule_name_trouble(const char *name)
{
	if (has_control(name))
		return "its name has control characters";
	if (strchr(name, '\\') || !path_is_inside(name))
		return "its name leads out of where it belongs";
	return NULL;
}

const char *submodule_url_trouble(const char *url)
{
	if (!*url)
		return "its URL is empty";
	if (*url == '-')
		return "its URL begins with '-', as options do";
	if (has_control(url) || strcasestr(url, "%0a"))
		return "its URL has control characters";
	return NULL;
}

int submodule_url_is_relative(const char *url)
{
	return starts_with(url, "./") || starts_with(url, "../");
}

/* What no `..` leads out of: "https://host", "host", nothing of a path. */
static size_t fixed_part(const char *base)
{
	const char *sep = strstr(base, "://");
	const char *host = sep ? sep + 3 : base;

	if (sep)
		return (size_t)(host - base) + strcspn(host, "/");
	return 0;
}

/*
 * Without the last folder.  Of "host:folder" what is left is "host", and what
 * goes between it and the rest is a colon, as in git.
 */
static int chop(struct buf *b, size_t fixed, char *sep)
{
	const char *slash = strrchr(b->s, '/'), *colon;

	if (slash && (size_t)(slash - b->s) >= fixed) {
		buf_setlen(b, (size_t)(slash - b->s));
		return 0;
	}
	colon = fixed ? NULL : strrchr(b->s, ':');
	if (!colon)
		return -1;
	buf_setlen(b, (size_t)(colon - b->s));
	*sep = ':';
	return 0;
}

char *submodule_url(const char *base, const char *url)
{
	struct buf b = BUF_INIT;
	size_t fixed;
	char sep = '/';

	if (!submodule_url_is_relative(url))
		return xstrdup(url);
	if (!base)
		return NULL;
	fixed = fixed_part(base);
	buf_adds(&b, base);
	if (b.len > fixed && ends_with(b.s, "/"))
		buf_setlen(&b, b.len - 1);
	for (;;) {
		if (starts_with(url, "./")) {
			url += 2;
		} else if (starts_with(url, "../")) {
			url += 3;
			if (chop(&b, fixed, &sep) < 0)
				break;
		} else {
			buf_addf(&b, "%c%s", sep, url);
			if (ends_with(url, "/"))
				buf_setlen(&b, b.len - 1);
			return buf_detach(&b);
		}
	}
	buf_release(&b);
	return NULL;
}

char *submodule_kept_out(const struct repo *r, const struct submodule *s)
{
	char *active = xstrfmt("submodule.%s.active", s->name);
	char *key = xstrfmt("submodule.%s.update", s->name);
	char *update = repo_config(r, key), *ret = NULL;

	if (!repo_config_bool(r, active, 1)) {
		ret = active;
		active = NULL;
	} else if (are_same(update, "none")) {
		ret = key;
		key = NULL;
	} else if (!update && are_same(s->update, "none")) {
		ret = xstrfmt("update in %s", GITMODULES);
	}
	free(active);
	free(key);
	free(update);
	return ret;
}
