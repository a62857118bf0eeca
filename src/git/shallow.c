#include "git/shallow.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/fetch.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/* The commits at the edge, one a line in $GIT_DIR/shallow. */
static int read_edge(struct strmap *edge, const struct repo *r,
		     struct error *err)
{
	char *path = path_join(r->common_dir, "shallow");
	struct strvec lines = STRVEC_INIT;
	struct buf b = BUF_INIT;
	int ret = 0;

	if (file_exists(path)) {
		ret = file_read(path, &b, err);
		strvec_split(&lines, b.s, '\n');
		for (size_t i = 0; i < lines.nr; i++)
			strmap_put(edge, lines.v[i], NULL);
	}
	strvec_release(&lines);
	buf_release(&b);
	free(path);
	return ret;
}

int shallow_cuts(struct repo *r, const char *commit, const char *without,
		 struct error *err)
{
	struct strmap edge = STRMAP_INIT;
	struct strvec commits = STRVEC_INIT;
	char *not = without ? xstrfmt("^%s", without) : NULL;
	int ret = read_edge(&edge, r, err);

	if (!ret && edge.nr)
		ret = rev_list(r, &commits, err, commit, not ? not : "--",
			       not ? "--" : NULL, NULL);
	for (size_t i = 0; !ret && i < commits.nr; i++)
		ret = strmap_has(&edge, commits.v[i]);
	strmap_release(&edge);
	strvec_release(&commits);
	free(not);
	return ret;
}

int shallow_edge(struct repo *r, const char *commit, struct error *err)
{
	struct strmap edge = STRMAP_INIT;
	int ret = read_edge(&edge, r, err);

	if (!ret)
		ret = strmap_has(&edge, commit);
	strmap_release(&edge);
	return ret;
}

int shallow_deepen(struct repo *r, const char *remote, const char *ref,
		   unsigned commits, struct error *err)
{
	char *more = commits ? xstrfmt("--deepen=%u", commits) :
			       xstrdup("--unshallow");
	struct buf said = BUF_INIT, text = BUF_INIT;
	struct proc p = PROC_INIT;
	int ret;

	git_proc(&p, r, "fetch", "--quiet", "--no-auto-maintenance",
		 "--no-tags", "--no-prune", "--no-recurse-submodules",
		 "--no-write-fetch-head", "--refmap=", more, "--", remote,
		 ref, NULL);
	p.quiet_out = 1;
	p.err = &said;
	ret = proc_run(&p, err);
	if (!ret && p.status) {
		remote_add_reason(&text, &said);
		ret = error_set(err, ERROR_FATAL, "the history that is "
				"missing in this shallow clone cannot be "
				"fetched from '%s': %s", remote, text.s);
	}
	/* Whoever reads objects for us has the old edge in mind. */
	repo_disconnect(r);
	proc_release(&p);
	buf_release(&said);
	buf_release(&text);
	free(more);
	return ret;
}
