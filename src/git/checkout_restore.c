#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout_internal.h"
#include "git/ref.h"
#include "git/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int checkout_interrupted(const char *dir)
{
	char *journal = path_join(dir, "journal");
	int yes = file_exists(journal);

	free(journal);
	return yes;
}

/* What git would write for a blob at a path: content after its filters. */
static int smudged(struct repo *r, const char *oid, const char *path,
		   struct buf *out, struct error *err)
{
	struct buf arg = BUF_INIT;
	int ret;

	buf_addf(&arg, "--path=%s", path);
	ret = git_run(r, out, err, "cat-file", "--filters", arg.s, oid, NULL);
	buf_release(&arg);
	return ret;
}

/*
 * May the file be put back?  Yes when it is absent, is the old or the new
 * content, or the beginning of the new: what the killed move was writing.
 */
static int is_ours(struct repo *r, const struct tree_change *c,
		   struct error *err)
{
	char *full = path_join(r->work_tree, c->path);
	struct buf have = BUF_INIT, want = BUF_INIT;
	struct stat st;
	int yes = 1;

	if (lstat(full, &st) || !S_ISREG(st.st_mode))
		goto out;
	yes = 0;
	if (file_read(full, &have, err) < 0)
		goto out;
	if ((c->new_mode & 0170000) == 0100000 &&
	    !smudged(r, c->new_oid, c->path, &want, err))
		yes = have.len <= want.len &&
		      !memcmp(have.s, want.s, have.len);
	buf_reset(&want);
	if (!yes && (c->old_mode & 0170000) == 0100000 &&
	    !smudged(r, c->old_oid, c->path, &want, err))
		yes = have.len <= want.len &&
		      !memcmp(have.s, want.s, have.len);
out:
	buf_release(&have);
	buf_release(&want);
	free(full);
	return yes;
}

/* The object a line names; NULL: it is another line, or does not read. */
static const char *journal_oid(const char *line, const char *key)
{
	const char *oid = skip_prefix(line, key);
	size_t len = oid ? strspn(oid, "0123456789abcdef") : 0;

	return (len == 40 || len == 64) && !oid[len] ? oid : NULL;
}

int checkout_journal_parse(struct checkout_move *m, struct strvec *lines,
			   const struct buf *text)
{
	if (strlen(text->s) != text->len)
		return -1;
	strvec_split(lines, text->s, '\n');
	if (lines->nr < 2)
		return -1;
	m->head = journal_oid(lines->v[0], "head ");
	m->tree = journal_oid(lines->v[1], "tree ");
	for (size_t i = 2; i < lines->nr; i++) {
		const char *commit = journal_oid(lines->v[i], "commit ");
		const char *from = journal_oid(lines->v[i], "from ");

		if (!commit && !from)
			return -1;
		m->commit = commit ? commit : m->commit;
		m->from = from ? from : m->from;
	}
	return m->head && m->tree ? 0 : -1;
}

static int read_journal(struct apply *a, struct checkout_move *m,
			struct strvec *lines, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret = file_read(a->journal, &b, err);

	if (!ret)
		ret = checkout_journal_parse(m, lines, &b);
	if (ret < 0 && !err->kind)
		error_set(err, ERROR_FATAL, "'%s' does not read", a->journal);
	buf_release(&b);
	return ret;
}

int remove_moved(const struct repo *r, const char *path, struct error *err)
{
	char *full = path_join(r->work_tree, path);
	struct stat st;
	int ret = 0;

	/* Of a submodule just the folder made for it. */
	if (!lstat(full, &st) && S_ISDIR(st.st_mode))
		rmdir(full);
	else
		ret = file_remove(full, err);
	/* Folders it was alone in; a non-empty one ends it. */
	for (;;) {
		char *slash = strrchr(full, '/');

		if (!slash || (size_t)(slash - full) <= strlen(r->work_tree))
			break;
		*slash = '\0';
		if (rmdir(full) < 0 && errno != ENOENT)
			break;
	}
	free(full);
	return ret;
}

/* git shows a `?` for what would disturb a terminal: then it is a guess. */
static int remove_leftover(const struct repo *r, const char *path,
			   struct error *err)
{
	if (strchr(path, '?'))
		return error_set(err, ERROR_FATAL, "git could not remove '%s'",
				 path);
	return remove_moved(r, path, err);
}

int remove_leftovers(const struct repo *r, const char *said,
		     struct error *err)
{
	struct strvec lines = STRVEC_INIT;
	int ret = 0;

	git_drop_locks(r, said);
	strvec_split(&lines, said, '\n');
	for (size_t i = 0; !ret && i < lines.nr; i++) {
		char *path = git_unremoved(lines.v[i]);

		/* No lock, nor another file of git's own. */
		if (path && path_is_inside(path))
			ret = remove_leftover(r, path, err);
		if (ret < 0)
			error_hint(err, "git does not track '%s' any more; "
				   "remove it when that can be done", path);
		free(path);
	}
	strvec_release(&lines);
	return ret;
}

/*
 * Take what was moved away again, and write the old files anew from the
 * index of `r`, or from the tree `from`, which it is left with then.  All
 * are removed first: by its times and size alone, which is all git looks at,
 * a new file may well pass for the old one; and what a sparse checkout leaves
 * out is left out for git only while it is not there.
 */
static int write_old_files(struct repo *r, const char *from,
			   const struct tree_diff *d, struct error *err)
{
	struct strmap skipped = STRMAP_INIT;
	struct buf in = BUF_INIT;
	int ret = from ? git_run(r, NULL, err, "read-tree", from, NULL) : 0;

	for (size_t i = 0; !ret && i < d->nr; i++)
		ret = remove_moved(r, d->v[i].path, err);
	/* Of a sparse checkout, what is in `from` is what was there. */
	if (!ret && !from)
		ret = index_skipped(&skipped, r, err);
	for (size_t i = 0; !ret && i < d->nr; i++) {
		const char *path = d->v[i].path;

		if (d->v[i].old_mode && !strmap_has(&skipped, path))
			buf_add(&in, path, strlen(path) + 1);
	}
	if (!ret && in.len)
		ret = git_feed(r, &in, NULL, err, "checkout-index", "-f",
			       "-u", "-q", "-z", "--stdin", NULL);
	strmap_release(&skipped);
	buf_release(&in);
	return ret;
}

static int put_back_files(struct apply *a, const struct checkout_move *m,
			  const struct tree_diff *d, struct error *err)
{
	unlink(a->index);
	/* The git that was killed may have held it. */
	unlink(a->index_lock);
	if (index_copy(a->old, a->index, err) < 0 ||
	    write_old_files(&a->with_index, m->from, d, err) < 0)
		return -1;
	if (!m->from)
		return 0;
	/* What was staged need not be what the files held. */
	if (index_copy(a->old, a->index, err) < 0)
		return -1;
	index_refresh(&a->with_index, err);
	return 0;
}

int checkout_end_merge(const struct repo *r, struct error *err)
{
	static const char *const names[] = {
		"MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "MERGE_RR",
		"AUTO_MERGE",
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(names); i++) {
		char *path = repo_path(r, names[i]);
		char *lock = xstrfmt("%s.lock", path);

		ret = file_remove(path, err) < 0 ? -1 : file_remove(lock, err);
		free(path);
		free(lock);
	}
	return ret;
}

static int check_edits(struct repo *r, const struct tree_diff *d,
		       struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct strvec foreign = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; i < d->nr; i++)
		if (!is_ours(r, &d->v[i], &ignored))
			strvec_push(&foreign, d->v[i].path);
	if (foreign.nr) {
		ret = error_set(err, ERROR_REFUSED, "%zu file%s changed since "
				"the upgrade was interrupted", foreign.nr,
				foreign.nr == 1 ? " was" : "s were");
		for (size_t i = 0; i < foreign.nr; i++)
			error_hint(err, "  %s", foreign.v[i]);
		error_hint(err, "put them somewhere else, then try again");
	}
	error_release(&ignored);
	strvec_release(&foreign);
	return ret;
}

int checkout_restore(struct repo *r, const char *dir, struct error *err)
{
	struct apply a;
	struct checkout_move m = { .head = NULL };
	struct tree_diff d = TREE_DIFF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	if (apply_init(&a, r, dir, &m, err) < 0 ||
	    read_journal(&a, &m, &lines, err) < 0)
		goto out;
	if (!apply_owns_lock(&a) && apply_take_lock(&a, err) < 0)
		goto out;
	if (tree_diff_read(&d, r, move_from(&m), m.tree, 0, err) < 0 ||
	    check_edits(r, &d, err) < 0) {
		unlink(a.real_lock);
		goto out;
	}
	if (checkout_end_merge(r, err) < 0 ||
	    put_back_files(&a, &m, &d, err) < 0 ||
	    apply_install(&a, err) < 0)
		goto out;
	ret = checkout_forget(r, dir, err);
out:
	apply_release(&a);
	tree_diff_release(&d);
	strvec_release(&lines);
	return ret;
}

int checkout_superseded(struct repo *r, const char *dir)
{
	struct error ignored = ERROR_INIT;
	struct checkout_move m = { .head = NULL };
	struct strvec lines = STRVEC_INIT;
	struct apply a;
	char *head = head_commit(r);
	int yes = 0;

	if (!apply_init(&a, r, dir, &m, &ignored) &&
	    !read_journal(&a, &m, &lines, &ignored))
		yes = head && strcmp(head, m.head) &&
		      (!apply_owns_lock(&a) ||
		       (m.commit && !strcmp(head, m.commit)));
	error_release(&ignored);
	apply_release(&a);
	strvec_release(&lines);
	free(head);
	return yes;
}

int checkout_undo_advance(struct repo *r, const char *tree,
			  struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	char *now = git_line(r, err, "write-tree", NULL);
	int ret = now ? tree_diff_read(&d, r, now, tree, 0, err) : -1;

	if (!ret)
		ret = check_edits(r, &d, err);
	if (!ret)
		ret = write_old_files(r, NULL, &d, err);
	tree_diff_release(&d);
	free(now);
	return ret;
}

int checkout_abort_merge(const struct repo *r, int *refused,
			 struct error *err)
{
	struct strvec in_the_way = STRVEC_INIT;
	struct proc p = PROC_INIT;
	struct buf said = BUF_INIT;
	int ret;

	git_proc(&p, r, "merge", "--abort", NULL);
	/* Its words are read. */
	strvec_pushl(&p.env, "LC_ALL=C", "LANGUAGE", NULL);
	p.quiet_out = 1;
	p.err = &said;
	ret = proc_run(&p, err);
	*refused = 0;
	if (!ret && !p.status) {
		ret = remove_leftovers(r, said.s, err);
	} else if (!ret) {
		parse_obstacles(&in_the_way, said.s);
		*refused = in_the_way.nr > 0;
		buf_rtrim(&said);
		ret = error_set(err, ERROR_FATAL, "git merge --abort: %.*s",
				(int)strcspn(said.s, "\n"), said.s);
	}
	proc_release(&p);
	strvec_release(&in_the_way);
	buf_release(&said);
	return ret;
}
