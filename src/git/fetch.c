#include "git/fetch.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void remote_refs_release(struct remote_refs *refs)
{
	for (size_t i = 0; i < refs->nr; i++) {
		free(refs->v[i].name);
		free(refs->v[i].oid);
		free(refs->v[i].peeled);
	}
	free(refs->v);
	*refs = (struct remote_refs)REMOTE_REFS_INIT;
}

void remote_add_reason(struct buf *out, const struct buf *said)
{
	const char *line = said->s, *rest;

	while (*line == '\n' || starts_with(line, "warning: ") ||
	       starts_with(line, "hint: ")) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	rest = skip_prefix(line, "fatal: ");
	line = rest ? rest : line;
	/* ssh ends its lines as terminals do. */
	buf_add_masked(out, line, strcspn(line, "\r\n"));
}

static int cannot_read(const char *remote, const char *url,
		       const struct buf *said, struct error *err)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "upstream");
	if (strcmp(remote, url))
		buf_addf(&text, " '%s'", remote);
	buf_adds(&text, " (");
	buf_add_url(&text, url);
	buf_adds(&text, ") cannot be read: ");
	remote_add_reason(&text, said);
	error_set(err, ERROR_FATAL, "%s", text.s);
	buf_release(&text);
	return -1;
}

/* Run a git that talks to a remote; say clearly that it could not. */
static int run(struct proc *p, const char *remote, const char *url,
	       struct error *err)
{
	struct buf said = BUF_INIT;
	int ret;

	p->err = &said;
	ret = proc_run(p, err);
	if (!ret && p->status)
		ret = cannot_read(remote, url, &said, err);
	buf_release(&said);
	return ret;
}

static void add_line(struct remote_refs *refs, const char *line)
{
	const char *tab = strchr(line, '\t');
	size_t len = tab ? strlen(tab + 1) : 0;
	struct remote_ref *last = refs->nr ? &refs->v[refs->nr - 1] : NULL;

	if (!len)
		return;
	/* What a tag object is on follows it as NAME^{}. */
	if (last && ends_with(tab, "^{}") &&
	    !strncmp(last->name, tab + 1, len - 3) && !last->name[len - 3]) {
		last->peeled = xmemdupz(line, (size_t)(tab - line));
		return;
	}
	ALLOC_GROW(refs->v, refs->nr + 1, refs->alloc);
	refs->v[refs->nr++] = (struct remote_ref){
		.name = xstrdup(tab + 1),
		.oid = xmemdupz(line, (size_t)(tab - line)),
	};
}

const char *remote_argument(struct proc *p, const struct repo *r,
			    const char *remote)
{
	const char *given = r->foreign ? NULL : getenv("GIT_CONFIG_COUNT");
	long n = given ? strtol(given, NULL, 10) : 0;
	struct buf shown = BUF_INIT;
	int is_secret;

	buf_add_url(&shown, remote);
	is_secret = strcmp(shown.s, remote) != 0;
	buf_release(&shown);
	if (!is_secret)
		return remote;
	strvec_pushf(&p->env, "GIT_CONFIG_COUNT=%ld", n + 1);
	strvec_pushf(&p->env, "GIT_CONFIG_KEY_%ld=remote.git-upgrade.url", n);
	strvec_pushf(&p->env, "GIT_CONFIG_VALUE_%ld=%s", n, remote);
	return "git-upgrade";
}

int remote_refs_begin(struct remote_asking *a, const struct repo *r,
		      const char *remote, const char *url, const char *kind,
		      struct error *err)
{
	a->remote = xstrdup(remote);
	a->url = xstrdup(url);
	git_proc(&a->git, r, "ls-remote", "--quiet", kind, "--", NULL);
	strvec_push(&a->git.argv, remote_argument(&a->git, r, remote));
	return git_begin(&a->git, err);
}

int remote_refs_finish(struct remote_asking *a, struct remote_refs *refs,
		       struct error *err)
{
	struct buf out = BUF_INIT, said = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = 0;

	a->git.out = &out;
	a->git.err = &said;
	proc_finish(&a->git);
	if (a->git.status)
		ret = cannot_read(a->remote, a->url, &said, err);
	else
		strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < lines.nr; i++)
		add_line(refs, lines.v[i]);
	strvec_release(&lines);
	buf_release(&out);
	buf_release(&said);
	return ret;
}

void remote_asking_release(struct remote_asking *a)
{
	proc_release(&a->git);
	free(a->remote);
	free(a->url);
	*a = (struct remote_asking)REMOTE_ASKING_INIT;
}

int remote_fetch(const struct repo *r, const char *remote, const char *url,
		 const struct strvec *refspecs, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf in = BUF_INIT;
	int ret;

	for (size_t i = 0; i < refspecs->nr; i++)
		buf_addf(&in, "%s\n", refspecs->v[i]);
	git_proc(&p, r, "fetch", "--quiet", "--no-auto-maintenance",
		 "--atomic", "--no-tags", "--no-prune", "--no-prune-tags",
		 "--no-recurse-submodules",
		 "--no-write-fetch-head", "--refmap=", "--stdin", "--", NULL);
	strvec_push(&p.argv, remote_argument(&p, r, remote));
	p.in = in.s;
	p.in_len = in.len;
	p.quiet_out = 1;
	ret = run(&p, remote, url, err);
	buf_release(&in);
	proc_release(&p);
	return ret;
}
