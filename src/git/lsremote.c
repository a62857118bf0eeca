#include "git/lsremote.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/url.h"

#include <stdlib.h>
#include <string.h>

static void mask_message(struct error *err)
{
	struct buf masked = BUF_INIT;

	if (!err->message)
		return;
	url_add_masked(&masked, err->message);
	free(err->message);
	err->message = buf_detach(&masked);
	err->message[strcspn(err->message, "\n")] = '\0';
}

int remote_refs_read(struct remote_refs *refs, const struct repo *r,
		     const char *remote, struct error *err)
{
	struct buf out = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	if (git_run(r, &out, err, "ls-remote", "--quiet", remote,
		    NULL) < 0) {
		mask_message(err);
		goto out;
	}
	remote_refs_release(refs);
	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < lines.nr; i++) {
		char *tab = strchr(lines.v[i], '\t');

		if (!tab || ends_with(tab, "^{}"))
			continue;
		*tab = '\0';
		if (!strmap_has(&refs->map, tab + 1))
			strmap_put(&refs->map, tab + 1, xstrdup(lines.v[i]));
	}
	ret = 0;
out:
	buf_release(&out);
	strvec_release(&lines);
	return ret;
}

const char *remote_refs_get(const struct remote_refs *refs, const char *ref)
{
	return strmap_get(&refs->map, ref);
}

void remote_refs_release(struct remote_refs *refs)
{
	for (size_t i = 0; i < refs->map.nr; i++)
		free(refs->map.values[i]);
	strmap_release(&refs->map);
	*refs = (struct remote_refs)REMOTE_REFS_INIT;
}

int remote_names(struct strvec *names, const struct repo *r,
		 struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "remote", NULL);

	if (!ret)
		strvec_split(names, out.s, '\n');
	buf_release(&out);
	return ret;
}

static int get_urls(struct strvec *urls, const struct repo *r,
		    const char *remote, int push)
{
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	int ret = push ?
		git_try(r, &out, &ignored, "remote", "get-url", "--push",
			"--all", remote, NULL) :
		git_try(r, &out, &ignored, "remote", "get-url", "--all",
			remote, NULL);

	if (!ret)
		strvec_split(urls, out.s, '\n');
	error_release(&ignored);
	buf_release(&out);
	return ret;
}

char *remote_push_url(const struct repo *r, const char *remote,
		      struct error *err)
{
	struct strvec urls = STRVEC_INIT;
	char *url = NULL;

	if (get_urls(&urls, r, remote, 1) || !urls.nr) {
		error_set(err, ERROR_REFUSED, "there is no remote '%s'",
			  remote);
		error_hint(err, "add it with \"git remote add %s URL\"",
			   remote);
	} else if (urls.nr > 1) {
		error_set(err, ERROR_REFUSED, "remote '%s' pushes to %zu "
			  "addresses, and a deploy goes to one",
			  remote, urls.nr);
		error_hint(err, "give the platform a remote of its own with "
			   "\"git remote add NAME URL\"");
	} else {
		url = xstrdup(urls.v[0]);
	}
	strvec_release(&urls);
	return url;
}

void remote_urls(struct strvec *urls, const struct repo *r,
		 const char *remote)
{
	get_urls(urls, r, remote, 0);
	get_urls(urls, r, remote, 1);
}
