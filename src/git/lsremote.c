#include "git/lsremote.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/fetch.h"

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

static int begin(struct ls_asking *a, const struct repo *r,
		 const char *remote, const char *pattern, long timeout,
		 struct error *err)
{
	a->remote = xstrdup(remote);
	git_proc(&a->git, r, "ls-remote", "--quiet", "--", remote, pattern,
		 NULL);
	a->git.timeout = timeout;
	return git_begin(&a->git, err);
}

int ls_remote_begin(struct ls_asking *a, const struct repo *r,
		    const char *remote, struct error *err)
{
	return begin(a, r, remote, NULL, 0, err);
}

int ls_remote_finish(struct ls_asking *a, struct ls_remote *refs,
		     struct error *err)
{
	struct buf out = BUF_INIT, said = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = 0;

	a->git.out = &out;
	a->git.err = &said;
	proc_finish(&a->git);
	if (a->git.status) {
		ret = cannot_be_asked(&a->git, a->remote, &said, err);
	} else {
		ls_remote_release(refs);
		strvec_split(&lines, out.s, '\n');
	}
	for (size_t i = 0; i < lines.nr; i++)
		add_line(refs, lines.v[i]);
	buf_release(&out);
	buf_release(&said);
	strvec_release(&lines);
	return ret;
}

void ls_asking_release(struct ls_asking *a)
{
	proc_release(&a->git);
	free(a->remote);
	*a = (struct ls_asking)LS_ASKING_INIT;
}

static int read_refs(struct ls_remote *refs, const struct repo *r,
		     const char *remote, const char *pattern, long timeout,
		     struct error *err)
{
	struct ls_asking a = LS_ASKING_INIT;
	int ret = begin(&a, r, remote, pattern, timeout, err);

	if (!ret)
		ret = ls_remote_finish(&a, refs, err);
	ls_asking_release(&a);
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
