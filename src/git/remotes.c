#include "git/remotes.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/url.h"

#include <stdlib.h>
#include <string.h>

/* git reads relative paths from the top, wherever we were started. */
static char *from_top(const struct repo *r, const char *url, size_t len)
{
	char *text = xstrndup(url, len), *path;
	const char *slash = strchr(text, '/');
	const char *colon = strchr(text, ':');

	if (*text == '/' || (colon && (!slash || colon < slash)))
		return text;
	path = path_join(repo_top(r), text);
	free(text);
	text = realpath(path, NULL);
	if (!text)
		return path;
	free(path);
	return text;
}

static void add(struct remote_list *list, const struct repo *r,
		const char *name, const char *url, size_t len, int push)
{
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct remote_url){
		xstrdup(name), from_top(r, url, len), push
	};
}

/* NAME TAB URL " (push)", perhaps more in brackets behind it */
static void add_line(struct remote_list *list, const struct repo *r,
		     const char *line)
{
	const char *tab = strchr(line, '\t');
	const char *end = NULL;
	char *name;
	int push = 0;

	/* A path may hold anything; what git adds stands last. */
	for (const char *p = tab; p && *p; p++) {
		int pushes = starts_with(p, " (push)");

		if (!pushes && !starts_with(p, " (fetch)"))
			continue;
		end = p;
		push = pushes;
	}
	if (!end)
		return;
	name = xmemdupz(line, (size_t)(tab - line));
	add(list, r, name, tab + 1, (size_t)(end - tab - 1), push);
	free(name);
}

static int ask_git(struct remote_list *list, const struct repo *r,
		   struct error *err)
{
	struct buf out = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = git_run(r, &out, err, "remote", "--verbose", NULL);

	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; !ret && i < lines.nr; i++)
		add_line(list, r, lines.v[i]);
	strvec_release(&lines);
	buf_release(&out);
	return ret;
}

/* The settings remote.NAME.url and remote.NAME.pushurl, in their order. */
struct settings {
	struct strvec names, urls, push_names, push_urls;
};

/* NAME of "remote.NAME.VARIABLE"; NULL: it is another one.  free(). */
static char *remote_of(const char *key, const char *variable)
{
	const char *name = skip_prefix(key, "remote.");
	const char *dot = name ? strrchr(name, '.') : NULL;

	return dot && !strcmp(dot + 1, variable) ?
	       xmemdupz(name, (size_t)(dot - name)) : NULL;
}

/* Not what git warns of, takes for a reset or finds no value in. */
static int is_plain(const char *name, const char *url)
{
	return *name != '/' && *url && strcmp(url, "true");
}

/* 1: that is all there is to it; 0: git is to say it, which is rare. */
static int read_settings(struct settings *s, const struct repo *r,
			 struct error *err)
{
	struct strvec keys = STRVEC_INIT, values = STRVEC_INIT;
	int plain = 1;

	if (repo_config_list(r, "url.", &keys, &values, err) < 0)
		return -1;
	plain = !keys.nr;
	if (plain && repo_config_list(r, "remote.", &keys, &values, err) < 0)
		plain = -1;
	for (size_t i = 0; plain > 0 && i < keys.nr; i++) {
		char *name = remote_of(keys.v[i], "url");
		char *push = name ? NULL : remote_of(keys.v[i], "pushurl");

		if (name || push)
			plain = is_plain(name ? name : push, values.v[i]);
		if (name) {
			strvec_push_nodup(&s->names, name);
			strvec_push(&s->urls, values.v[i]);
		} else if (push) {
			strvec_push_nodup(&s->push_names, push);
			strvec_push(&s->push_urls, values.v[i]);
		}
	}
	for (size_t i = 0; plain > 0 && i < s->push_names.nr; i++)
		plain = strvec_has(&s->names, s->push_names.v[i]);
	strvec_release(&keys);
	strvec_release(&values);
	return plain;
}

/* As `git remote --verbose`: fetches from one, pushes to all. */
static void add_remote(struct remote_list *list, const struct repo *r,
		       const struct settings *s, const char *name)
{
	int own = strvec_has(&s->push_names, name), fetch = 1;
	const struct strvec *names = own ? &s->push_names : &s->names;
	const struct strvec *urls = own ? &s->push_urls : &s->urls;

	for (size_t i = 0; i < s->names.nr && fetch; i++)
		if (!strcmp(s->names.v[i], name)) {
			add(list, r, name, s->urls.v[i],
			    strlen(s->urls.v[i]), 0);
			fetch = 0;
		}
	for (size_t i = 0; i < names->nr; i++)
		if (!strcmp(names->v[i], name))
			add(list, r, name, urls->v[i], strlen(urls->v[i]), 1);
}

int remote_list_read(struct remote_list *list, const struct repo *r,
		     struct error *err)
{
	struct settings s = { STRVEC_INIT, STRVEC_INIT, STRVEC_INIT,
			      STRVEC_INIT };
	struct strvec names = STRVEC_INIT;
	int plain = read_settings(&s, r, err);

	strvec_pushv(&names, s.names.v);
	strvec_sort(&names, 1);
	for (size_t i = 0; plain > 0 && i < names.nr; i++)
		add_remote(list, r, &s, names.v[i]);
	strvec_release(&names);
	strvec_release(&s.names);
	strvec_release(&s.urls);
	strvec_release(&s.push_names);
	strvec_release(&s.push_urls);
	return plain < 0 ? -1 : plain ? 0 : ask_git(list, r, err);
}

void remote_list_release(struct remote_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].remote);
		free(list->v[i].url);
	}
	free(list->v);
	*list = (struct remote_list)REMOTE_LIST_INIT;
}

int remote_list_has(const struct remote_list *list, const char *remote)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].remote, remote))
			return 1;
	return 0;
}

const char *remote_push_url(const struct remote_list *list,
			    const char *remote, struct error *err)
{
	const char *url = NULL;
	int nr = 0;

	for (size_t i = 0; i < list->nr; i++) {
		if (!list->v[i].push || strcmp(list->v[i].remote, remote))
			continue;
		url = list->v[i].url;
		nr++;
	}
	if (nr == 1)
		return url;
	if (!nr && strpbrk(remote, ":/")) {
		error_set(err, ERROR_REFUSED, "an address is configured to "
			  "push to, and not the name of a remote");
		error_hint(err, "name it with \"git remote add platform "
			   "URL\", and \"git config remote.pushDefault "
			   "platform\"");
		return NULL;
	}
	if (!nr) {
		error_set(err, ERROR_REFUSED, "there is no remote '%s'",
			  remote);
		error_hint(err, "add it with \"git remote add %s URL\"",
			   remote);
		return NULL;
	}
	error_set(err, ERROR_REFUSED, "remote '%s' pushes to %d addresses, "
		  "and a deploy goes to one", remote, nr);
	error_hint(err, "give the platform a remote of its own with \"git "
		   "remote add NAME URL\"");
	return NULL;
}

int remote_is_at(const struct remote_list *list, const char *remote,
		 const char *url)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i].remote, remote) &&
		    url_same(list->v[i].url, url))
			return 1;
	return 0;
}
