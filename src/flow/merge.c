#include "flow/merge.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "flow/merge_commit.h"
#include "flow/merge_state.h"
#include "git/checkout.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "upgrade/preflight.h"

#include <stdlib.h>
#include <string.h>

void merge_done_release(struct merge_done *done)
{
	plan_release(&done->plan);
	steps_result_release(&done->steps);
	free(done->commit);
	free(done->branch);
	free(done->release);
	strvec_release(&done->conflicts);
	*done = (struct merge_done)MERGE_DONE_INIT;
}

static int already_merging(const struct merge_state *s, struct error *err)
{
	error_set(err, ERROR_REFUSED, "an upgrade to %s is in progress",
		  s->release);
	error_hint(err, "go on with \"git upgrade merge --continue\", or go "
		   "back with \"git upgrade merge --abort\"");
	return -1;
}

static int create_branch(struct repo *r, const char *name, const char *head,
			 struct error *err)
{
	char *ref = xstrfmt("refs/heads/%s", name);
	int ret = git_run(r, NULL, err, "branch", "--no-track", name, head,
			  NULL);

	if (!ret)
		ret = git_run(r, NULL, err, "symbolic-ref", "-m",
			      "upgrade: moving to the new branch", "HEAD",
			      ref, NULL);
	free(ref);
	return ret;
}

/*
 * Undo create_branch(), however far it came: back on the branch before, the
 * new one gone.  Who went to yet another branch since stays there.
 */
static int drop_branch(struct repo *r, const struct merge_state *s,
		       struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *ref, *made, *on;
	int ret = 0;

	if (!s->created)
		return 0;
	ref = xstrfmt("refs/heads/%s", s->created);
	made = xstrfmt("refs/heads/%s", s->branch);
	on = head_branch(r);
	if (on && !strcmp(on, s->branch))
		ret = git_run(r, NULL, err, "symbolic-ref", "-m",
			      "upgrade: aborted", "HEAD", ref, NULL);
	if (!ret)
		git_run(r, NULL, &ignored, "update-ref", "-d", made, s->head,
			NULL);
	error_release(&ignored);
	free(on);
	free(ref);
	free(made);
	return ret;
}

/* What a killed git of ours left, if there can be any. */
static int clear_after_kill(struct repo *r, const struct merge_state *s,
			    struct error *err)
{
	char *dir = merge_dir(r);
	int ret = 0;

	if (s->busy) {
		ret = checkout_break_locks(r, dir, s->branch, err);
		if (!ret && !checkout_interrupted(dir))
			checkout_forget(r, dir);
	}
	free(dir);
	return ret;
}

/* Note that git commands of ours are at work, or are done. */
static int set_busy(struct repo *r, struct merge_state *s, int busy,
		    struct error *err)
{
	s->busy = busy;
	return merge_state_write(s, r, err);
}

/*
 * git moves HEAD first and clears the merge away then.  Killed in between,
 * the next commit would get a parent too many.
 */
static void end_merge(struct repo *r, const struct merge_state *s)
{
	char *path = repo_path(r, "MERGE_HEAD");

	if (s->busy && (!file_exists(path) || merge_head_is(r, s->commit)))
		checkout_end_merge(r);
	free(path);
}

/* No upgrade of ours may be in progress; a void state is cleared. */
static int check_idle(struct repo *r, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	int ret = merge_state_load(&s, r, err);

	if (ret > 0) {
		enum merge_phase phase = merge_phase(&s, r);

		if (phase == PHASE_INTERRUPTED || phase == PHASE_MERGING) {
			ret = already_merging(&s, err);
		} else {
			ret = clear_after_kill(r, &s, err);
			if (ret >= 0 && phase == PHASE_PREPARED)
				ret = drop_branch(r, &s, err);
			else if (ret >= 0 && phase != PHASE_LEFT)
				end_merge(r, &s);
			if (ret >= 0)
				merge_state_drop(r);
		}
	}
	merge_state_release(&s);
	return ret < 0 ? -1 : 0;
}

static int check_branch(const struct merge_request *req, const char *branch,
			struct error *err)
{
	char *ref;
	int taken;

	if (!branch) {
		error_set(err, ERROR_REFUSED, "you are not on a branch");
		error_hint(err, "go to your production branch with \"git "
			   "switch BRANCH\", or make one here with \"git "
			   "switch -c production\"");
		return -1;
	}
	if (!req->new_branch)
		return 0;
	ref = xstrfmt("refs/heads/%s", req->new_branch);
	if (git_try(req->repo, NULL, err, "check-ref-format", "--branch",
		    req->new_branch, NULL)) {
		free(ref);
		return error_set(err, ERROR_REFUSED,
				 "'%s' is no name for a branch",
				 req->new_branch);
	}
	taken = object_find(req->repo, ref, NULL, NULL, err) > 0;
	free(ref);
	if (!taken)
		return 0;
	error_set(err, ERROR_REFUSED, "there is a branch '%s' already",
		  req->new_branch);
	error_hint(err, "choose another name, or go to it with \"git switch "
		   "%s\" and leave --branch away", req->new_branch);
	return -1;
}

/* For whoever edits the message; the commit drops them. */
static void add_conflicts(struct buf *b, const struct strvec *paths,
			  const struct repo *r)
{
	char *comment = repo_config(r, "core.commentChar");
	const char *mark = comment && strcmp(comment, "auto") ? comment : "#";

	buf_addf(b, "\n%s Conflicts:\n", mark);
	for (size_t i = 0; i < paths->nr; i++) {
		buf_addf(b, "%s\t", mark);
		/* A line feed in a name would get into the message. */
		buf_add_path(b, paths->v[i]);
		buf_addc(b, '\n');
	}
	free(comment);
}

static char *make_message(const struct plan *p, const struct product *product,
			  const struct repo *r)
{
	struct strvec conflicts = STRVEC_INIT;
	struct buf b = BUF_INIT;

	buf_addf(&b, "Upgrade to %s\n\nRelease %s of %s, merged with %s as "
		 "the base.\n", p->to->name, p->to->name,
		 product->profile.name, p->from->name);
	for (size_t i = 0; i < p->copies.nr; i++) {
		const struct copy *c = &p->copies.v[i];

		if (!c->result)
			continue;
		buf_adds(&b, "Brought along: ");
		buf_add_path(&b, c->new_path);
		if (strcmp(c->path, c->new_path)) {
			buf_adds(&b, " (was ");
			buf_add_path(&b, c->path);
			buf_addc(&b, ')');
		}
		buf_addc(&b, '\n');
	}
	buf_addf(&b, "\nUpgrade-From: %s\nUpgrade-To: %s\n", p->from->name,
		 p->to->name);
	plan_conflicts(p, &conflicts);
	if (conflicts.nr)
		add_conflicts(&b, &conflicts, r);
	strvec_release(&conflicts);
	return buf_detach(&b);
}

/* `tree` with the record in it. */
static char *add_record(struct repo *r, const char *tree, const char *text,
			size_t len, struct error *err)
{
	char *blob = object_write_blob(r, text, len, err), *with = NULL;

	if (blob)
		with = tree_edit(r, tree, &(struct tree_edit){
			RECORD_PATH, 0100644, blob }, 1, err);
	free(blob);
	return with;
}

/* Steps, then the record: what a merge without conflicts ends with. */
static char *finish_tree(struct merge_done *done, struct repo *r,
			 const struct product *product, const char *tree,
			 const char *from, const char *to,
			 const struct buf *record,
			 const struct reporter *reporter, struct error *err)
{
	char *dir = merge_dir(r), *scratch = path_join(dir, "scratch");
	struct steps_request sr = {
		.repo = r, .profile = &product->profile, .tree = tree,
		.from = from, .to = to, .dir = scratch,
		.reporter = reporter,
	};
	char *with = NULL;

	if (steps_wanted(&sr)) {
		if (steps_run(&done->steps, &sr, err) < 0)
			goto out;
		tree = done->steps.tree;
	}
	with = add_record(r, tree, record->s, record->len, err);
out:
	free(dir);
	free(scratch);
	return with;
}

static int check_obstacles(struct repo *r, const struct checkout_move *m,
			   struct error *err)
{
	struct strvec paths = STRVEC_INIT;
	int ret = checkout_obstacles(&paths, r, m, err);

	if (!ret && paths.nr) {
		ret = error_set(err, ERROR_REFUSED, "%zu file%s would be "
				"overwritten that git does not track, or that "
				"changed", paths.nr, paths.nr == 1 ? "" : "s");
		for (size_t i = 0; i < paths.nr && i < 10; i++)
			error_hint(err, "  %s", paths.v[i]);
		if (paths.nr > 10)
			error_hint(err, "  and %zu more", paths.nr - 10);
		error_hint(err, "move them out of the way and try again");
	}
	strvec_release(&paths);
	return ret;
}

static int write_side_file(const struct repo *r, const char *name,
			   const char *text, size_t len, struct error *err)
{
	char *dir = merge_dir(r), *path = path_join(dir, name);
	int ret = file_replace(path, text, len, 0666, err);

	free(dir);
	free(path);
	return ret;
}

static void fill_state(struct merge_state *s, const struct plan *p,
		       const struct merge_request *req, const char *branch)
{
	s->head = xstrdup(p->head);
	s->branch = xstrdup(req->new_branch ? req->new_branch : branch);
	if (req->new_branch)
		s->created = xstrdup(branch);
	s->release = xstrdup(p->to->name);
	s->from = xstrdup_or_null(req->from);
	s->base = xstrdup(p->from->name);
	s->commit = xstrdup(p->to->commit);
	if (req->confirmed)
		strvec_pushv(&s->confirmed, req->confirmed->v);
	plan_conflicts(p, &s->conflicts);
	s->clean = p->merge.clean;
	s->busy = 1;
}

/* The commit, after which the upgrade is over; refused, it goes on. */
static int commit_and_end(struct merge_done *done, struct repo *r,
			  struct merge_state *s, int edit, struct error *err)
{
	struct error ignored = ERROR_INIT;

	done->commit = merge_commit(r, s->clean, edit, err);
	if (done->commit)
		merge_state_drop(r);
	else
		set_busy(r, s, 0, &ignored);
	error_release(&ignored);
	return done->commit ? 0 : -1;
}

/* The moment everything is ready: move, then commit or leave a conflict. */
static int carry_out(struct merge_done *done, const struct merge_request *req,
		     const char *branch, const char *tree,
		     const struct buf *record, struct error *err)
{
	const struct plan *p = &done->plan;
	struct merge_state s = MERGE_STATE_INIT;
	char *dir = merge_dir(req->repo);
	char *message = make_message(p, req->product, req->repo);
	struct checkout_move m = {
		.head = p->head, .tree = tree,
		.stages = p->merge.stages, .nr_stages = p->merge.nr_stages,
		.conflicts = !p->merge.clean,
		.merge_head = p->to->commit, .message = message,
	};
	int ret = -1;

	fill_state(&s, p, req, branch);
	done->branch = xstrdup(s.branch);
	done->release = xstrdup(s.release);
	if (check_obstacles(req->repo, &m, err) < 0 ||
	    write_side_file(req->repo, "record", record->s, record->len,
			    err) < 0 ||
	    merge_state_write(&s, req->repo, err) < 0)
		goto out;
	if ((s.created &&
	     create_branch(req->repo, s.branch, s.head, err) < 0) ||
	    checkout_apply(req->repo, dir, &m, err) < 0) {
		struct error ignored = ERROR_INIT;

		if (!checkout_interrupted(dir)) {
			drop_branch(req->repo, &s, &ignored);
			merge_state_drop(req->repo);
		}
		error_release(&ignored);
		goto out;
	}
	s.moved = 1;
	if (set_busy(req->repo, &s, s.clean, err) < 0) {
		err->changed = 1;
		goto out;
	}
	if (!s.clean) {
		strvec_pushv(&done->conflicts, s.conflicts.v);
		ret = 0;
		goto out;
	}
	ret = commit_and_end(done, req->repo, &s, req->edit, err);
out:
	merge_state_release(&s);
	free(dir);
	free(message);
	return ret;
}

static int begin_locked(struct merge_done *done,
			const struct merge_request *req, struct error *err)
{
	struct plan *p = &done->plan;
	char *branch = NULL, *finished = NULL;
	struct buf record = BUF_INIT;
	struct plan_request pr = {
		.repo = req->repo, .product = req->product,
		.release = req->release, .from = req->from,
		.confirmed = req->confirmed,
	};
	int ret = -1;

	if (check_idle(req->repo, err) < 0)
		goto out;
	branch = head_branch(req->repo);
	/* The side markers name: a branch yet to be made is none. */
	pr.branch = branch;
	if (check_branch(req, branch, err) < 0)
		goto out;
	if (plan_compute(p, &pr, err) < 0 ||
	    preflight_check(req->repo, err) < 0)
		goto out;
	if (req->planned && req->planned(req->data, p, err) < 0)
		goto out;
	record_write(&p->record, &record);
	if (p->merge.clean) {
		finished = finish_tree(done, req->repo, req->product,
				       p->merge.tree, p->from->name,
				       p->to->name, &record, req->reporter,
				       err);
		if (!finished)
			goto out;
	}
	ret = carry_out(done, req, branch,
			finished ? finished : p->merge.tree, &record, err);
out:
	free(branch);
	free(finished);
	buf_release(&record);
	return ret;
}

int merge_begin(struct merge_done *done, const struct merge_request *req,
		struct error *err)
{
	char *dir = merge_dir(req->repo);
	int lock = -1, ret = -1;

	if (checkout_lock(&lock, req->repo, dir, err) < 0)
		goto out;
	ret = begin_locked(done, req, err);
	checkout_unlock(&lock, dir);
out:
	free(dir);
	return ret;
}

/* Paths that are still unmerged, or hold markers where git had put them. */
static int check_resolved(struct repo *r, const struct merge_state *s,
			  struct error *err)
{
	struct buf out = BUF_INIT;
	struct strvec open = STRVEC_INIT;
	struct proc p = PROC_INIT;
	int ret = -1;

	if (git_run(r, &out, err, "ls-files", "--unmerged", "-z", NULL) < 0)
		goto out;
	for (const char *at = out.s; at < out.s + out.len;
	     at += strlen(at) + 1)
		strvec_push(&open, strchr(at, '\t') + 1);
	strvec_sort(&open, 1);
	if (open.nr) {
		error_set(err, ERROR_CONFLICT, "%zu file%s still in conflict",
			  open.nr, open.nr == 1 ? " is" : "s are");
		for (size_t i = 0; i < open.nr; i++)
			error_hint(err, "  %s", open.v[i]);
		error_hint(err, "edit %s, \"git add\" %s, then \"git upgrade "
			   "merge --continue\"", open.nr == 1 ? "it" : "them",
			   open.nr == 1 ? "it" : "them");
		goto out;
	}
	ret = 0;
	if (!s->conflicts.nr)
		goto out;
	git_proc(&p, r, "grep", "--cached", "--no-color", "-I", "-l", "-z",
		 "-E", "^(<<<<<<<|>>>>>>>|\\|\\|\\|\\|\\|\\|\\|) ", "--", NULL);
	for (size_t i = 0; i < s->conflicts.nr; i++)
		strvec_pushf(&p.argv, ":(literal)%s", s->conflicts.v[i]);
	buf_reset(&out);
	p.out = &out;
	p.quiet_err = 1;
	if (proc_run(&p, err) < 0) {
		ret = -1;
	} else if (!p.status && out.len) {
		ret = error_set(err, ERROR_CONFLICT, "conflict markers are "
				"left in '%s'", out.s);
		error_hint(err, "edit it, \"git add\" it, then \"git upgrade "
			   "merge --continue\"");
	}
out:
	if (ret < 0)
		err->changed = 1;
	proc_release(&p);
	strvec_release(&open);
	buf_release(&out);
	return ret;
}

/* After a kill before or while the checkout moved: do it all again. */
static int start_over(struct merge_done *done, struct repo *r,
		      const struct merge_state *s,
		      const struct product *product, int edit,
		      const struct reporter *reporter, struct error *err)
{
	struct merge_request req = {
		.repo = r, .product = product, .release = s->release,
		.from = s->from, .confirmed = &s->confirmed,
		.new_branch = s->created ? s->branch : NULL,
		.edit = edit, .reporter = reporter,
	};
	char *dir = merge_dir(r);
	int ret = -1;

	if ((checkout_interrupted(dir) && checkout_restore(r, dir, err) < 0) ||
	    drop_branch(r, s, err) < 0)
		goto out;
	merge_state_drop(r);
	ret = begin_locked(done, &req, err);
out:
	free(dir);
	return ret;
}

static int continue_merging(struct merge_done *done, struct repo *r,
			    struct merge_state *s,
			    const struct product *product, int edit,
			    const struct reporter *reporter,
			    struct error *err)
{
	char *dir = merge_dir(r), *path = path_join(dir, "record");
	char *tree = NULL, *finished = NULL;
	struct buf record = BUF_INIT;
	struct error ignored = ERROR_INIT;
	int again = s->busy, ret = -1;

	if (check_resolved(r, s, err) < 0 ||
	    file_read(path, &record, err) < 0 || set_busy(r, s, 1, err) < 0)
		goto out;
	tree = git_line(r, err, "write-tree", NULL);
	if (!tree)
		goto out;
	finished = finish_tree(done, r, product, tree, s->base, s->release,
			       &record, reporter, err);
	if (!finished || checkout_advance(r, finished, again, err) < 0)
		goto out;
	ret = commit_and_end(done, r, s, edit, err);
out:
	if (ret < 0) {
		err->changed = 1;
		if (s->busy)
			set_busy(r, s, 0, &ignored);
	}
	error_release(&ignored);
	free(dir);
	free(path);
	free(tree);
	free(finished);
	buf_release(&record);
	return ret;
}

/* What may be left of one is cleared. */
static int nothing_to_do(struct repo *r, struct error *err)
{
	const char *other = checkout_in_progress(r);

	merge_state_drop(r);
	error_set(err, ERROR_REFUSED, "no upgrade is in progress");
	if (other)
		error_hint(err, "a %s is; see \"git status\"", other);
	else
		error_hint(err, "begin one with \"git upgrade merge "
			   "RELEASE\"; see \"git upgrade list\"");
	return -1;
}

static int committed_by_hand(struct repo *r, const struct merge_state *s,
			     struct error *err)
{
	error_set(err, ERROR_REFUSED, "the merge of %s was committed already, "
		  "by hand", s->release);
	error_hint(err, "finish it with \"git upgrade merge %s\": copies, "
		   "steps and the record are missing", s->release);
	merge_state_drop(r);
	return -1;
}

/* Killed between the commit and the end: then it is simply done. */
static int already_committed(struct merge_done *done, struct repo *r,
			     const struct merge_state *s, struct error *err)
{
	struct record rec = RECORD_INIT;
	int ret = record_read(&rec, r, "HEAD", err) < 0 ? -1 : 0;

	if (!ret && (!rec.release || strcmp(rec.release, s->release)))
		ret = committed_by_hand(r, s, err);
	record_release(&rec);
	if (ret < 0)
		return -1;
	done->commit = head_commit(r);
	merge_state_drop(r);
	return 0;
}

static int continue_locked(struct merge_done *done, struct repo *r,
			   const struct product *product, int edit,
			   const struct reporter *reporter, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	int ret = merge_state_load(&s, r, err);

	if (ret < 0)
		goto out;
	if (!ret) {
		ret = nothing_to_do(r, err);
		goto out;
	}
	ret = clear_after_kill(r, &s, err);
	if (ret < 0)
		goto out;
	done->branch = xstrdup_or_null(s.branch);
	done->release = xstrdup(s.release);
	switch (merge_phase(&s, r)) {
	case PHASE_INTERRUPTED:
	case PHASE_PREPARED:
		FREE_AND_NULL(done->branch);
		FREE_AND_NULL(done->release);
		ret = start_over(done, r, &s, product, edit, reporter, err);
		break;
	case PHASE_MERGING:
		ret = continue_merging(done, r, &s, product, edit, reporter,
				       err);
		break;
	case PHASE_TAKEN_BACK:
	case PHASE_LEFT:
		ret = nothing_to_do(r, err);
		break;
	case PHASE_COMMITTED:
		end_merge(r, &s);
		ret = already_committed(done, r, &s, err);
		break;
	}
out:
	merge_state_release(&s);
	return ret;
}

int merge_continue(struct merge_done *done, struct repo *r,
		   const struct product *product, int edit,
		   const struct reporter *reporter, struct error *err)
{
	char *dir = merge_dir(r);
	int lock = -1, ret = -1;

	if (checkout_lock(&lock, r, dir, err) < 0)
		goto out;
	ret = continue_locked(done, r, product, edit, reporter, err);
	checkout_unlock(&lock, dir);
out:
	free(dir);
	return ret;
}

/*
 * An abort that was killed half-way had looked at all files before it moved
 * the first.  Now it takes those that are back already for edits, so all
 * that HEAD has are brought back first.
 */
static void bring_back(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	struct buf paths = BUF_INIT;

	if (!git_run(r, &paths, &ignored, "diff-index", "--cached", "-z",
		     "--name-only", "--no-renames", "--diff-filter=a", "HEAD",
		     "--", NULL) && paths.len)
		git_feed(r, &paths, NULL, &ignored, "--literal-pathspecs",
			 "checkout", "--quiet", "--no-recurse-submodules",
			 "--pathspec-from-file=-", "--pathspec-file-nul",
			 "HEAD", NULL);
	error_release(&ignored);
	buf_release(&paths);
}

/* By git itself; its locks are ours only while it runs. */
static int take_back(struct repo *r, struct merge_state *s, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int ret;

	if (s->busy)
		bring_back(r);
	else if (set_busy(r, s, 1, err) < 0)
		return -1;
	/* Else files that were merely touched keep git from it. */
	git_try(r, NULL, &ignored, "update-index", "-q", "--refresh", NULL);
	ret = git_run(r, NULL, err, "merge", "--abort", NULL);
	if (ret < 0) {
		err->changed = 1;
		set_busy(r, s, 0, &ignored);
	}
	error_release(&ignored);
	return ret;
}

static int abort_locked(struct repo *r, char **back_on, struct error *err)
{
	struct merge_state s = MERGE_STATE_INIT;
	char *dir = merge_dir(r);
	int ret = merge_state_load(&s, r, err);

	if (ret < 0)
		goto out;
	if (!ret) {
		/* Without the state, the journal still leads back. */
		ret = checkout_interrupted(dir) ?
			checkout_restore(r, dir, err) : nothing_to_do(r, err);
		if (!ret)
			*back_on = head_branch(r);
		goto out;
	}
	ret = clear_after_kill(r, &s, err);
	if (ret < 0)
		goto out;
	switch (merge_phase(&s, r)) {
	case PHASE_INTERRUPTED:
		ret = checkout_restore(r, dir, err);
		break;
	case PHASE_MERGING:
		ret = take_back(r, &s, err);
		break;
	case PHASE_PREPARED:
		ret = 0;
		break;
	case PHASE_TAKEN_BACK:
		/* Killed once it was taken back: go on from there. */
		end_merge(r, &s);
		ret = s.busy ? 0 : nothing_to_do(r, err);
		break;
	case PHASE_LEFT:
		ret = nothing_to_do(r, err);
		break;
	case PHASE_COMMITTED:
		end_merge(r, &s);
		error_set(err, ERROR_REFUSED, "the merge of %s was committed "
			  "already", s.release);
		error_hint(err, "undo that commit with \"git reset --keep "
			   "%s\"", s.head);
		merge_state_drop(r);
		ret = -1;
		break;
	}
	if (!ret)
		ret = drop_branch(r, &s, err);
	if (!ret) {
		merge_state_drop(r);
		*back_on = xstrdup(s.created ? s.created : s.branch);
	}
out:
	merge_state_release(&s);
	free(dir);
	return ret;
}

int merge_abort(struct repo *r, char **back_on, struct error *err)
{
	char *dir = merge_dir(r);
	int lock = -1, ret = -1;

	if (checkout_lock(&lock, r, dir, err) < 0)
		goto out;
	ret = abort_locked(r, back_on, err);
	checkout_unlock(&lock, dir);
out:
	free(dir);
	return ret;
}
