#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout_internal.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_journal(struct apply *a, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret;

	buf_addf(&b, "head %s\ntree %s\n", a->m->head, a->m->tree);
	ret = file_replace(a->journal, b.s, b.len, 0666, err);
	buf_release(&b);
	return ret;
}

/* The new tree under a ref, so that gc keeps its objects. */
static int keep_tree(struct apply *a, struct error *err)
{
	return git_run(a->r, NULL, err, "update-ref", KEEP_REF, a->m->tree,
		       NULL);
}

/*
 * Bring the files and our index to the new tree: git looks whether it can
 * before it touches the first file.
 */
static int move_files(struct apply *a, struct error *err)
{
	return git_run(&a->with_index, NULL, err, "read-tree", "-m", "-u",
		       "--no-recurse-submodules", a->m->head, a->m->tree,
		       NULL);
}

/* Conflicted files must be in the work tree even where sparse skips them. */
static int show_skipped(struct apply *a, struct error *err)
{
	struct strmap skipped = STRMAP_INIT;
	struct buf in = BUF_INIT;
	int ret = index_skipped(&skipped, &a->with_index, err);

	for (size_t i = 0; !ret && i < a->m->nr_stages; i++) {
		const char *path = a->m->stages[i].path;

		if (strmap_has(&skipped, path))
			buf_add(&in, path, strlen(path) + 1);
	}
	if (in.len &&
	    (git_feed(&a->with_index, &in, NULL, err, "update-index",
		      "--no-skip-worktree", "-z", "--stdin", NULL) < 0 ||
	     git_feed(&a->with_index, &in, NULL, err, "checkout-index", "-f",
		      "-u", "-q", "-z", "--stdin", NULL) < 0))
		ret = -1;
	buf_release(&in);
	strmap_release(&skipped);
	return ret;
}

static int write_stages(struct apply *a, struct error *err)
{
	struct buf in = BUF_INIT;
	struct strvec paths = STRVEC_INIT;
	int ret = -1;

	if (!a->m->nr_stages)
		return 0;
	if (show_skipped(a, err) < 0)
		goto out;
	for (size_t i = 0; i < a->m->nr_stages; i++)
		strvec_push(&paths, a->m->stages[i].path);
	strvec_sort(&paths, 1);
	for (size_t i = 0; i < paths.nr; i++) {
		buf_addf(&in, "0 %0*d\t%s", (int)a->r->hexsz, 0, paths.v[i]);
		buf_addc(&in, '\0');
	}
	for (size_t i = 0; i < a->m->nr_stages; i++) {
		const struct merge_stage *s = &a->m->stages[i];

		buf_addf(&in, "%06o %s %d\t%s", s->mode, s->oid, s->stage,
			 s->path);
		buf_addc(&in, '\0');
	}
	/* No folder may be folded up in an index that has stages. */
	ret = git_feed(&a->with_index, &in, NULL, err, "-c",
		       "index.sparse=false", "update-index", "-z",
		       "--index-info", NULL);
out:
	buf_release(&in);
	strvec_release(&paths);
	return ret;
}

static int put_file(struct apply *a, const char *name, const char *text,
		    struct error *err)
{
	char *path = repo_path(a->r, name);
	int ret = file_replace(path, text, strlen(text), 0666, err);

	free(path);
	return ret;
}

/* The files that make it an ordinary merge in progress; MERGE_HEAD last. */
static int write_merge_files(struct apply *a, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret = -1;

	buf_addf(&b, "%s\n", a->m->head);
	if (git_run(a->r, NULL, err, "update-ref", "--no-deref", "ORIG_HEAD",
		    a->m->head, NULL) < 0)
		goto out;
	buf_reset(&b);
	buf_addf(&b, "%s\n", a->m->tree);
	if ((a->m->conflicts && put_file(a, "AUTO_MERGE", b.s, err) < 0) ||
	    put_file(a, "MERGE_MSG", a->m->message, err) < 0)
		goto out;
	if (a->m->merge_head) {
		/* Else commit drops a parent the other one contains. */
		if (put_file(a, "MERGE_MODE", "no-ff", err) < 0)
			goto out;
		buf_reset(&b);
		buf_addf(&b, "%s\n", a->m->merge_head);
		if (put_file(a, "MERGE_HEAD", b.s, err) < 0)
			goto out;
	}
	ret = 0;
out:
	buf_release(&b);
	return ret;
}

static int head_is_still(struct apply *a, struct error *err)
{
	char *head = head_commit(a->r);
	int same = head && !strcmp(head, a->m->head);

	free(head);
	if (!same)
		return error_set(err, ERROR_REFUSED,
				 "HEAD moved while the upgrade was prepared");
	return 0;
}

int checkout_apply(struct repo *r, const char *dir,
		   const struct checkout_move *m, struct error *err)
{
	struct apply a;
	struct error ignored = ERROR_INIT;
	int touched = 0, ret = -1;

	if (apply_init(&a, r, dir, m, err) < 0)
		goto out;
	if (keep_tree(&a, err) < 0 || index_copy(a.real, a.index, err) < 0 ||
	    index_copy(a.real, a.old, err) < 0 ||
	    write_journal(&a, err) < 0)
		goto undo;
	index_refresh(&a.with_index, err);
	if (apply_take_lock(&a, err) < 0 || head_is_still(&a, err) < 0)
		goto undo;
	touched = 1;
	if (move_files(&a, err) < 0 || write_stages(&a, err) < 0 ||
	    write_merge_files(&a, err) < 0 || apply_install(&a, err) < 0)
		goto undo;
	checkout_forget(r, dir);
	if (m->nr_stages)
		git_run(r, NULL, &ignored, "rerere", NULL);
	ret = 0;
	goto out;
undo:
	if (touched) {
		if (checkout_restore(r, dir, &ignored) < 0) {
			error_hint(err, "the work tree is half changed: %s",
				   ignored.message);
			error_hint(err, "mend that, then go back with \"git "
				   "upgrade merge --abort\"");
			err->changed = 1;
		}
	} else {
		if (apply_owns_lock(&a))
			unlink(a.real_lock);
		checkout_forget(r, dir);
	}
out:
	error_release(&ignored);
	apply_release(&a);
	return ret;
}

int checkout_advance(struct repo *r, const char *tree, int again,
		     struct error *err)
{
	char *now = git_line(r, err, "write-tree", NULL);
	int ret = -1;

	if (now && (!again || !checkout_undo_advance(r, now, tree, err)))
		ret = git_run(r, NULL, err, "read-tree", "-m", "-u",
			      "--no-recurse-submodules", now, tree, NULL);
	free(now);
	return ret;
}

const char *checkout_in_progress(const struct repo *r)
{
	static const struct {
		const char *file, *name;
	} states[] = {
		{ "MERGE_HEAD", "merge" },
		{ "CHERRY_PICK_HEAD", "cherry-pick" },
		{ "REVERT_HEAD", "revert" },
		{ "rebase-merge", "rebase" },
		{ "rebase-apply", "rebase" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		char *path = repo_path(r, states[i].file);
		int there = file_exists(path);

		free(path);
		if (there)
			return states[i].name;
	}
	return NULL;
}
