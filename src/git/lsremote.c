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

int ls_remote_read(struct ls_remote *refs, const struct repo *r,
		   const char *remote, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT, said = BUF_INIT, why = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret;

	git_proc(&p, r, "ls-remote", "--quiet", "--", remote, NULL);
	p.out = &out;
	p.err = &said;
	ret = proc_run(&p, err);
	if (!ret && p.status) {
		remote_add_reason(&why, &said);
		ret = error_set(err, ERROR_FATAL, "remote '%s' cannot be "
				"asked: %s", remote, why.s);
	}
	if (!ret) {
		ls_remote_release(refs);
		strvec_split(&lines, out.s, '\n');
		for (size_t i = 0; i < lines.nr; i++)
			add_line(refs, lines.v[i]);
	}
	proc_release(&p);
	buf_release(&out);
	buf_release(&said);
	buf_release(&why);
	strvec_release(&lines);
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
