#include "git/checkout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout_internal.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_journal(struct apply *a, struct error *err)
{
	struct buf b = BUF_INIT;
	int ret;

	buf_addf(&b, "head %s\ntree %s\n", a->m->head, a->m->tree);
	if (a->m->commit)
		buf_addf(&b, "commit %s\n", a->m->commit);
	if (a->m->from)
		buf_addf(&b, "from %s\n", a->m->from);
	ret = file_replace(a->journal, b.s, b.len, 0666, err);
	buf_release(&b);
	return ret;
}

static int move_refs(struct apply *a, const struct buf *commands,
		     struct error *err)
{
	return ref_mover_move(&a->refs, a->r, a->m->reflog, commands, err);
}

/* The new tree under a ref, so that gc keeps its objects. */
static int keep_tree(struct apply *a, struct error *err)
{
	struct buf in = BUF_INIT;
	int ret;

	buf_addf(&in, "update " KEEP_REF " %s\n",
		 a->m->commit ? a->m->commit : a->m->tree);
	ret = move_refs(a, &in, err);
	buf_release(&in);
	return ret;
}

/* 0, -1, or 1 when git refused it: then nothing was touched. */
static int run_move(const struct repo *r, struct proc *p,
		    struct strvec *in_the_way, struct error *err)
{
	struct buf said = BUF_INIT;
	int ret;

	/* Its words are read. */
	strvec_pushl(&p->env, "LC_ALL=C", "LANGUAGE", NULL);
	p->err = &said;
	ret = proc_run(p, err);
	if (!ret && !p->status) {
		ret = remove_leftovers(r, said.s, err);
	} else if (!ret) {
		parse_obstacles(in_the_way, said.s);
		buf_rtrim(&said);
		ret = in_the_way->nr ? 1 :
		      error_set(err, ERROR_FATAL, "git %s: %s", p->argv.v[1],
				said.s);
	}
	proc_release(p);
	buf_release(&said);
	return ret;
}

static int read_tree(const struct repo *r, const char *from, const char *to,
		     struct strvec *in_the_way, struct error *err)
{
	struct proc p = PROC_INIT;

	git_proc(&p, r, "read-tree", "-m", "-u", "--no-recurse-submodules",
		 from, to, NULL);
	return run_move(r, &p, in_the_way, err);
}

static int move_slowly(struct apply *a, struct strvec *in_the_way,
		       struct error *err)
{
	return read_tree(&a->with_index, move_from(a->m), a->m->tree,
			 in_the_way, err);
}

static int move_best(struct apply *a, struct strvec *in_the_way,
		     struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct proc p = PROC_INIT;
	char *dir = apply_swiftly(a, &p);
	int ret;

	if (!dir)
		return move_slowly(a, in_the_way, err);
	ret = run_move(a->r, &p, in_the_way, err);
	remove_tree(dir, &ignored);
	error_release(&ignored);
	free(dir);
	return ret;
}

/*
 * Bring the files and our index to the new tree: git looks whether it can
 * before it touches the first file.  Files may have been touched, but not
 * changed, since the index was refreshed.
 */
static int move_files(struct apply *a, struct error *err)
{
	struct strvec in_the_way = STRVEC_INIT;
	int ret = move_best(a, &in_the_way, err);

	if (ret > 0) {
		strvec_release(&in_the_way);
		index_refresh(&a->with_index, err);
		ret = move_slowly(a, &in_the_way, err);
	}
	if (ret > 0)
		refuse_obstacles(&in_the_way, err);
	strvec_release(&in_the_way);
	return ret;
}

/* These are to be in the work tree even where sparse skips them. */
static int show_skipped(struct apply *a, const struct strvec *paths,
			struct error *err)
{
	struct strmap skipped = STRMAP_INIT;
	struct buf in = BUF_INIT;
	int ret = index_skipped(&skipped, &a->with_index, err);

	for (size_t i = 0; !ret && i < paths->nr; i++)
		if (strmap_has(&skipped, paths->v[i]))
			buf_add(&in, paths->v[i], strlen(paths->v[i]) + 1);
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
	for (size_t i = 0; i < a->m->nr_stages; i++)
		strvec_push(&paths, a->m->stages[i].path);
	strvec_sort(&paths, 1);
	if (show_skipped(a, &paths, err) < 0)
		goto out;
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
	/*
	 * No folder may be folded up in an index that has stages, and none of
	 * them be taken for unchanged.
	 */
	ret = git_feed(&a->with_index, &in, NULL, err, "-c",
		       "index.sparse=false", "-c", "core.ignoreStat=false",
		       "update-index", "-z", "--index-info", NULL);
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

	buf_addf(&b, "option no-deref\nupdate ORIG_HEAD %s\n", a->m->head);
	if (move_refs(a, &b, err) < 0)
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

static int head_is(const struct apply *a, const char *commit)
{
	char *head = head_commit(a->r);
	int same = head && !strcmp(head, commit);

	free(head);
	return same;
}

/* Under the lock, so that nothing is added to it meanwhile. */
static int check_still(struct apply *a, struct error *err)
{
	if (!head_is(a, a->m->head))
		return error_set(err, ERROR_REFUSED, "HEAD moved while the "
				 "upgrade was prepared");
	if (!apply_index_is_current(a))
		return error_set(err, ERROR_REFUSED, "the index changed while "
				 "the upgrade was prepared");
	return 0;
}

/*
 * HEAD goes to the commit; with ORIG_HEAD, and what kept the tree goes.  git
 * may have moved the branch and then have failed at one of the others: that
 * is a move all the same, and nothing may be put back any more.
 */
static int move_head(struct apply *a, struct error *err)
{
	struct buf in = BUF_INIT;
	int ret;

	buf_addf(&in, "update HEAD %s %s\n", a->m->commit, a->m->head);
	buf_addf(&in, "option no-deref\nupdate ORIG_HEAD %s\n", a->m->head);
	buf_addf(&in, "delete " KEEP_REF "\n");
	ret = move_refs(a, &in, err);
	if (ret < 0 && head_is(a, a->m->commit)) {
		error_release(err);
		ret = 0;
	}
	buf_release(&in);
	return ret;
}

/* --reset: whether what it held is in the files is of no interest. */
static int set_index(struct apply *a, const char *tree, struct error *err)
{
	return git_run(&a->with_index, NULL, err, "read-tree", "--reset",
		       "--no-sparse-checkout", tree, NULL);
}

/* Our index is to hold what the files do, not what is staged. */
static int take_files(struct apply *a, struct error *err)
{
	if (set_index(a, a->m->from, err) < 0)
		return -1;
	index_refresh(&a->with_index, err);
	return 0;
}

/*
 * The files stay; what the index has no entry of now is untracked.  A file
 * that differs from it must be there to be seen.
 */
static int stage(struct apply *a, struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	struct strvec paths = STRVEC_INIT;
	int ret = tree_diff_read(&d, a->r, move_from(a->m), a->m->tree, 0,
				 err);

	for (size_t i = 0; i < d.nr; i++)
		if (d.v[i].new_mode)
			strvec_push(&paths, d.v[i].path);
	if (!ret)
		ret = show_skipped(a, &paths, err);
	if (!ret)
		ret = set_index(a, a->m->index, err);
	tree_diff_release(&d);
	strvec_release(&paths);
	return ret;
}

/* Everything up to the first file that is touched. */
static int begin_move(struct apply *a, struct error *err)
{
	if (keep_tree(a, err) < 0 || apply_take_index(a, err) < 0 ||
	    (a->m->from && take_files(a, err) < 0) ||
	    write_journal(a, err) < 0 || apply_take_lock(a, err) < 0)
		return -1;
	return check_still(a, err);
}

static int end_move(struct apply *a, struct error *err)
{
	if (write_stages(a, err) < 0 ||
	    (a->m->index && stage(a, err) < 0) ||
	    (!a->m->commit && a->m->message &&
	     write_merge_files(a, err) < 0) ||
	    apply_install(a, err) < 0)
		return -1;
	return a->m->commit ? move_head(a, err) : 0;
}

/* `why` kept us from clearing it away: there is a journal. */
static void hint_interrupted(const char *what, struct error *why,
			     struct error *err)
{
	error_hint(err, "%s: %s", what, why->message);
	error_hint(err, "mend that, then go back with \"git upgrade merge "
		   "--abort\"");
	err->changed = 1;
	error_release(why);
}

/* Nothing was touched. */
static void give_up(struct apply *a, const char *dir, struct error *err)
{
	struct error why = ERROR_INIT;

	if (checkout_forget(a->r, dir, &why) < 0)
		hint_interrupted("it is not cleared away", &why, err);
}

/* Put everything back, and say so where that fails. */
static void undo_move(struct apply *a, const char *dir, struct error *err)
{
	struct error why = ERROR_INIT;

	if (checkout_restore(a->r, dir, &why) < 0)
		hint_interrupted("the work tree is half changed", &why, err);
}

/* All is done; but with its journal there it could be put back. */
static int finish_move(struct apply *a, const char *dir, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (checkout_forget(a->r, dir, err) < 0) {
		err->changed = 1;
		return a->m->merge_head ?
			error_hint(err, "mend that, then go on with \"git "
				   "upgrade merge --continue\"") :
			error_hint(err, "mend that, then the same again");
	}
	if (a->m->nr_stages)
		git_run(a->r, NULL, &ignored, "rerere", NULL);
	error_release(&ignored);
	return 0;
}

int checkout_apply(struct repo *r, const char *dir,
		   const struct checkout_move *m, struct error *err)
{
	struct apply a;
	int moved, ret = -1;

	if (apply_init(&a, r, dir, m, err) < 0)
		goto out;
	if (begin_move(&a, err) < 0) {
		give_up(&a, dir, err);
		goto out;
	}
	moved = move_files(&a, err);
	if (moved > 0)
		give_up(&a, dir, err);
	else if (moved < 0 || end_move(&a, err) < 0)
		undo_move(&a, dir, err);
	else
		ret = finish_move(&a, dir, err);
out:
	apply_release(&a);
	return ret;
}

int checkout_advance(struct repo *r, const char *tree, struct error *err)
{
	struct strvec in_the_way = STRVEC_INIT;
	char *now = git_line(r, err, "write-tree", NULL);
	int ret = now ? read_tree(r, now, tree, &in_the_way, err) : -1;

	if (ret > 0)
		refuse_obstacles(&in_the_way, err);
	strvec_release(&in_the_way);
	free(now);
	return ret ? -1 : 0;
}

/* What such a file holds, without the line end; NULL: there is none. */
static char *read_name(const struct repo *r, const char *name)
{
	struct error ignored = ERROR_INIT;
	char *path = repo_path(r, name);
	struct buf b = BUF_INIT;
	int there = file_exists(path) && !file_read(path, &b, &ignored);

	buf_rtrim(&b);
	error_release(&ignored);
	free(path);
	if (there)
		return buf_detach(&b);
	buf_release(&b);
	return NULL;
}

int checkout_names(const struct repo *r, const char *name,
		   const char *commit)
{
	char *held = read_name(r, name);
	int same = held && !strcmp(held, commit);

	free(held);
	return same;
}

int checkout_merges(struct repo *r, const char *commit)
{
	char *held = read_name(r, "MERGE_HEAD");
	int same = held && !strcmp(held, commit);
	char *tagged = held && !same && oid_is_valid(held) ?
		       object_commit(r, held) : NULL;

	if (tagged)
		same = !strcmp(tagged, commit);
	free(held);
	free(tagged);
	return same;
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
