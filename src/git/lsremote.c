#include "git/lsremote.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/fetch.h"
#include "git/url.h"

#include <stdlib.h>
#include <string.h>

static void add_line(struct ls_remote *refs, const char *line)
{
	const char *tab = strchr(line, '\t');

	if (tab && !ends_with(tab, "^{}") &&
	    !strmap_has(&refs->map, tab + 1))
		strmap_put(&refs->map, tab + 1,
			   xstrndup(line, (size_t)(tab - line)));
}

static int cannot_be_asked(const struct proc *p, const char *remote,
			   const struct buf *said, struct error *err)
{
	struct buf name = BUF_INIT, why = BUF_INIT;

	buf_add_url(&name, remote);
	if (p->timed_out)
		buf_addf(&why, "no answer within %ld seconds", p->timeout);
	else
		remote_add_reason(&why, said);
	error_set(err, ERROR_FATAL, "remote '%s' cannot be asked: %s", name.s,
		  why.s);
	buf_release(&name);
	buf_release(&why);
	return -1;
}

static int read_refs(struct ls_remote *refs, const struct repo *r,
		     const char *remote, const char *pattern, long timeout,
		     struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT, said = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret;

	git_proc(&p, r, "ls-remote", "--quiet", "--", remote, pattern, NULL);
	p.out = &out;
	p.err = &said;
	p.timeout = timeout;
	ret = proc_run(&p, err);
	if (!ret && p.status)
		ret = cannot_be_asked(&p, remote, &said, err);
	if (!ret) {
		ls_remote_release(refs);
		strvec_split(&lines, out.s, '\n');
		for (size_t i = 0; i < lines.nr; i++)
			add_line(refs, lines.v[i]);
	}
	proc_release(&p);
	buf_release(&out);
	buf_release(&said);
	strvec_release(&lines);
	return ret;
}

int ls_remote_read(struct ls_remote *refs, const struct repo *r,
		   const char *remote, struct error *err)
{
	return read_refs(refs, r, remote, NULL, 0, err);
}

int ls_remote_read_below(struct ls_remote *refs, const struct repo *r,
			 const char *remote, const char *prefix, long timeout,
			 struct error *err)
{
	char *pattern = xstrfmt("%s*", prefix);
	int ret = read_refs(refs, r, remote, pattern, timeout, err);

	free(pattern);
	return ret;
}

const char *ls_remote_get(const struct ls_remote *refs, const char *ref)
{
	return strmap_get(&refs->map, ref);
}

void ls_remote_release(struct ls_remote *refs)
{
	for (size_t i = 0; i < refs->map.nr; i++)
		free(refs->map.values[i]);
	strmap_release(&refs->map);
	*refs = (struct ls_remote)LS_REMOTE_INIT;
}

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

/* NAME TAB URL " (push)", perhaps more in brackets behind it */
static void add_url(struct remote_list *list, const struct repo *r,
		    const char *line)
{
	const char *tab = strchr(line, '\t');
	const char *end = NULL;
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
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr++] = (struct remote_url){
		xstrndup(line, (size_t)(tab - line)),
		from_top(r, tab + 1, (size_t)(end - tab - 1)), push
	};
}

int remote_list_read(struct remote_list *list, const struct repo *r,
		     struct error *err)
{
	struct buf out = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = git_run(r, &out, err, "remote", "--verbose", NULL);

	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; !ret && i < lines.nr; i++)
		add_url(list, r, lines.v[i]);
	strvec_release(&lines);
	buf_release(&out);
	return ret;
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
