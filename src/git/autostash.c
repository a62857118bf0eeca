#include "git/autostash.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/checkout.h"
#include "git/checkout_internal.h"
#include "git/mergetree.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What `git stash create` prints, on a copy of git's index. */
static int stash_create(char **stash, struct repo *r, struct error *err)
{
	char *tmp = repo_temp_dir(r, err), *index = NULL, *real = NULL;
	struct error ignored = ERROR_INIT;
	struct buf out = BUF_INIT;
	struct repo own;
	int ret = -1;

	if (!tmp)
		return -1;
	index = path_join(tmp, "index");
	real = repo_git_path(r, "index", err);
	if (real && !index_copy(real, index, err)) {
		own = repo_on_index(r, index);
		ret = git_run(&own, &out, err, "stash", "create", NULL);
		repo_derived_release(&own);
	}
	buf_rtrim(&out);
	if (!ret && out.len)
		*stash = buf_detach(&out);
	remove_tree(tmp, &ignored);
	error_release(&ignored);
	buf_release(&out);
	free(tmp);
	free(index);
	free(real);
	return ret;
}

int autostash_create(char **stash, struct repo *r, struct error *err)
{
	int ret = stash_create(stash, r, err);

	if (!ret && *stash)
		ret = git_run(r, NULL, err, "update-ref", AUTOSTASH_REF,
			      *stash, NULL);
	if (ret < 0)
		FREE_AND_NULL(*stash);
	return ret;
}

int autostash_put_aside(struct repo *r, const char *dir, const char *stash,
			struct error *err)
{
	char *head = head_commit(r), *tree = object_tree(r, "HEAD");
	struct checkout_move m = {
		.head = head, .from = stash, .tree = tree,
	};
	int ret = -1;

	if (!head || !tree)
		error_set(err, ERROR_FATAL, "HEAD is gone");
	else if (!checkout_obstacles(r, &m, err))
		ret = checkout_apply(r, dir, &m, err);
	free(head);
	free(tree);
	return ret;
}

/* Trees of the files and of the index that HEAD and the changes make. */
struct target {
	char *tree, *index;
	enum autostash_end end;		/* LISTED: there is none */
};

static void target_release(struct target *t)
{
	free(t->tree);
	free(t->index);
}

/* The tree of a merge without conflicts, or NULL. */
static int merge_changes(char **tree, struct repo *r, const char *base,
			 const char *head, const char *changed,
			 struct error *err)
{
	const struct merge_version before = { base, NULL };
	const struct merge_version ours = { head, "HEAD" };
	const struct merge_version theirs = { changed, "your changes" };
	struct merge_result m = MERGE_RESULT_INIT;
	int ret = mergetree_run(&m, r, &before, &ours, &theirs, err);

	if (!ret && m.clean) {
		*tree = m.tree;
		m.tree = NULL;
	}
	merge_result_release(&m);
	return ret;
}

/* As git does: a file that is new stays one that git knows. */
static char *add_new_files(struct repo *r, const char *head, const char *tree,
			   struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	struct tree_edit *edits = NULL;
	size_t nr = 0, alloc = 0;
	char *index = NULL;

	if (tree_diff_read(&d, r, head, tree, 0, err) < 0)
		goto out;
	for (size_t i = 0; i < d.nr; i++) {
		const struct tree_change *c = &d.v[i];

		if (c->old_mode)
			continue;
		ALLOC_GROW(edits, nr + 1, alloc);
		edits[nr++] = (struct tree_edit){
			c->path, c->new_mode, c->new_oid };
	}
	index = nr ? tree_edit(r, head, edits, nr, err) :
		     object_tree(r, head);
out:
	free(edits);
	tree_diff_release(&d);
	return index;
}

static int target_merge(struct target *t, struct repo *r, const char *head,
			const char *base, const char *stash,
			const char *staged, struct error *err)
{
	if (merge_changes(&t->tree, r, base, head, stash, err) < 0)
		return -1;
	if (!t->tree) {
		t->end = AUTOSTASH_LISTED;
		return 0;
	}
	if (merge_changes(&t->index, r, base, head, staged, err) < 0)
		return -1;
	if (t->index)
		return 0;
	t->end = AUTOSTASH_UNSTAGED;
	t->index = add_new_files(r, head, t->tree, err);
	return t->index ? 0 : -1;
}

static int target_make(struct target *t, struct repo *r, const char *head,
		       const char *stash, struct error *err)
{
	char *base_name = xstrfmt("%s^1", stash), *base = NULL;
	char *index_name = xstrfmt("%s^2", stash), *staged = NULL;
	int ret = -1;

	base = object_commit(r, base_name);
	staged = object_commit(r, index_name);
	t->end = AUTOSTASH_BACK;
	if (!base || !staged) {
		error_set(err, ERROR_FATAL, "commit %s, which holds your "
			  "changes, is gone", stash);
	} else if (!strcmp(base, head)) {
		t->tree = object_tree(r, stash);
		t->index = object_tree(r, staged);
		ret = 0;
	} else {
		ret = target_merge(t, r, head, base, stash, staged, err);
	}
	free(base_name);
	free(index_name);
	free(base);
	free(staged);
	return ret;
}

/* 1: the list of `git stash` has it, perhaps a killed command's doing. */
static int is_listed(struct repo *r, const char *stash)
{
	struct error ignored = ERROR_INIT;
	struct strvec lines = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int found = 0;

	if (!git_try(r, &out, &ignored, "stash", "list", "--format=%H",
		     NULL)) {
		strvec_split(&lines, out.s, '\n');
		for (size_t i = 0; i < lines.nr && !found; i++)
			found = !strcmp(lines.v[i], stash);
	}
	error_release(&ignored);
	strvec_release(&lines);
	buf_release(&out);
	return found;
}

int autostash_list(struct repo *r, const char *stash, const char *label,
		   struct error *err)
{
	if (is_listed(r, stash))
		return 0;
	return git_run(r, NULL, err, "stash", "store", "--quiet",
		       "--message", label, stash, NULL);
}

/* Index and files hold `t`. */
static int is_at(struct repo *r, const struct target *t, struct error *err)
{
	char *now = NULL, *now_index = NULL, *tree = NULL, *index = NULL;
	int ret = stash_create(&now, r, err);

	if (ret || t->end == AUTOSTASH_LISTED)
		goto out;
	now_index = now ? xstrfmt("%s^2", now) : xstrdup("HEAD");
	tree = object_tree(r, now ? now : "HEAD");
	index = object_tree(r, now_index);
	ret = tree && index && !strcmp(tree, t->tree) &&
	      !strcmp(index, t->index);
out:
	free(now);
	free(now_index);
	free(tree);
	free(index);
	return ret;
}

int autostash_is_back(struct repo *r, const char *stash, struct error *err)
{
	struct target t = { NULL, NULL, AUTOSTASH_NONE };
	char *head = head_commit(r);
	int ret = 0;

	if (head)
		ret = target_make(&t, r, head, stash, err);
	if (!ret && head)
		ret = is_at(r, &t, err);
	target_release(&t);
	free(head);
	return ret;
}

/* 1: moved, 0: not, as something is in the way; -1. */
static int move_to(struct repo *r, const char *dir, const char *head,
		   const struct target *t, struct error *err)
{
	struct checkout_move m = {
		.head = head, .tree = t->tree, .index = t->index,
	};

	if (checkout_obstacles(r, &m, err) < 0 ||
	    checkout_try_filters(r, &m, err) < 0 ||
	    checkout_apply(r, dir, &m, err) < 0) {
		if (err->kind != ERROR_REFUSED || checkout_interrupted(dir))
			return -1;
		error_release(err);
		return 0;
	}
	return 1;
}

/* 1: done, 0: they have to go to the list. */
static int bring(struct target *t, struct repo *r, const char *dir,
		 const char *head, const char *stash, struct error *err)
{
	int changed = checkout_is_changed(r, dir, err);

	if (changed < 0 || target_make(t, r, head, stash, err) < 0)
		return -1;
	if (t->end == AUTOSTASH_LISTED)
		return 0;
	if (changed)
		return is_at(r, t, err);
	return move_to(r, dir, head, t, err);
}

int autostash_bring_back(enum autostash_end *end, struct repo *r,
			 const char *dir, const char *stash,
			 const char *label, struct error *err)
{
	struct target t = { NULL, NULL, AUTOSTASH_NONE };
	char *head = head_commit(r);
	int ret = -1;

	if (!head)
		error_set(err, ERROR_FATAL, "HEAD is gone");
	else
		ret = bring(&t, r, dir, head, stash, err);
	*end = t.end;
	if (!ret) {
		*end = AUTOSTASH_LISTED;
		ret = autostash_list(r, stash, label, err);
	}
	target_release(&t);
	free(head);
	return ret < 0 ? -1 : 0;
}

char *autostash_kept(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *stash = NULL;

	object_find(r, AUTOSTASH_REF, NULL, &stash, &ignored);
	error_release(&ignored);
	return stash;
}

int autostash_forget(struct repo *r, const char *stash, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (autostash_hide(r, stash, err) < 0)
		return -1;
	git_run(r, NULL, &ignored, "update-ref", "-d", AUTOSTASH_REF, stash,
		NULL);
	error_release(&ignored);
	return 0;
}

int autostash_tell_git(const struct repo *r, const char *stash,
		       struct error *err)
{
	char *path = repo_path(r, "MERGE_AUTOSTASH");
	char *line = xstrfmt("%s\n", stash);
	int ret = file_replace(path, line, strlen(line), 0666, err);

	free(path);
	free(line);
	return ret;
}

int autostash_is_told(const struct repo *r, const char *stash)
{
	return checkout_names(r, "MERGE_AUTOSTASH", stash);
}

int autostash_hide(const struct repo *r, const char *stash, struct error *err)
{
	char *path = repo_path(r, "MERGE_AUTOSTASH");
	int ret = 0;

	if (autostash_is_told(r, stash))
		ret = file_remove(path, err);
	free(path);
	return ret;
}
