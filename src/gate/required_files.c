/*
 * Files without which a release does not run must be there: each pattern of
 * `required_files` matches one at least that holds something.  An empty file
 * is mostly what a failed step or a resolved conflict left, and does not count.
 */
#include "gate/gate.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

/* git knows the empty blob without having it. */
#define EMPTY_BLOB_SHA1 "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
#define EMPTY_BLOB_SHA256 \
	"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"

/* A link is as good as a file, a submodule is none. */
static int counts(const struct tree_entry *e)
{
	return (mode_is_file(e->mode) || e->mode == 0120000) &&
	       strcmp(e->oid, EMPTY_BLOB_SHA1) &&
	       strcmp(e->oid, EMPTY_BLOB_SHA256);
}

/* The first file that fits; one that is empty only when `empty`. */
static const struct tree_entry *find(const struct tree_list *list,
				     const char *pattern, int empty)
{
	for (size_t i = 0; i < list->nr; i++)
		if ((empty || counts(&list->v[i])) &&
		    path_match(pattern, list->v[i].path))
			return &list->v[i];
	return NULL;
}

/*
 * The commit on the way here that took `path` away, or emptied it: "1234567
 * (Olga: Tidy up)"; NULL: it cannot be told.  free().
 */
static char *culprit(const struct move *m, const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf shown = BUF_INIT;
	char *range = xstrfmt("%s..%s", m->old, m->new);
	char *only = xstrfmt(":(top,literal)%s", path);
	char *line = git_line(m->repo, &ignored, "log", "-1",
			      "--no-show-signature", "--no-color",
			      "--format=%h (%an: %s)", range, "--", only,
			      NULL);

	if (line && *line)
		buf_add_line(&shown, line);
	error_release(&ignored);
	free(range);
	free(only);
	free(line);
	if (shown.len)
		return buf_detach(&shown);
	buf_release(&shown);
	return NULL;
}

static void hint_old(const struct move *m, const char *path,
		     struct verdict *v)
{
	struct buf word = BUF_INIT;

	buf_add_shell(&word, path);
	verdict_hint(v, "bring it back with \"git checkout %.12s -- %s\", "
		     "commit, and %s", m->old, word.s, move_again(m));
	buf_release(&word);
}

static void refuse(const struct move *m, const char *pattern,
		   const struct tree_entry *empty,
		   const struct tree_entry *former, struct verdict *v)
{
	struct buf path = BUF_INIT;
	char *commit = former ? culprit(m, former->path) : NULL;

	buf_add_path(&path, empty ? empty->path : former ? former->path :
		     pattern);
	if (empty)
		verdict_refuse(v, "%s is required, and empty%s%s", path.s,
			       commit ? " since " : "", commit ? commit : "");
	else if (former)
		verdict_refuse(v, "%s is required, and gone%s%s", path.s,
			       commit ? " since " : "", commit ? commit : "");
	else
		verdict_refuse(v, "there is no file %s, which is required",
			       path.s);
	if (former)
		hint_old(m, former->path, v);
	else
		verdict_hint(v, "add it, \"git commit\" and %s",
			     move_again(m));
	free(commit);
	buf_release(&path);
}

/* What was there before says more than that it is missing now. */
static void explain(const struct move *m, const struct tree_list *new,
		    const char *pattern, struct verdict *v)
{
	struct tree_list old = TREE_LIST_INIT;
	struct error ignored = ERROR_INIT;

	/* It may not be here. */
	if (m->old)
		tree_list_read(&old, m->repo, m->old, &ignored);
	refuse(m, pattern, find(new, pattern, 1), find(&old, pattern, 0), v);
	tree_list_release(&old);
	error_release(&ignored);
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct strvec *patterns = &m->profile->required_files;
	const char *first = NULL;
	struct tree_list list = TREE_LIST_INIT;
	size_t missing = 0;
	int ret = -1;

	if (!m->new || !patterns->nr)
		return 0;
	if (tree_list_read(&list, m->repo, m->new, err) < 0)
		goto out;
	for (size_t i = 0; i < patterns->nr; i++) {
		if (find(&list, patterns->v[i], 0))
			continue;
		first = first ? first : patterns->v[i];
		missing++;
	}
	ret = 0;
	if (first)
		explain(m, &list, first, v);
	if (missing > 1)
		verdict_hint(v, "%zu more required file%s missing", missing - 1,
			     missing == 2 ? " is" : "s are");
out:
	tree_list_release(&list);
	return ret;
}

const struct gate gate_required_files = { "required-files", judge };
