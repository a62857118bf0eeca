#include "flow/merge_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "flow/merge_commit.h"
#include "git/checkout.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "upgrade/preflight.h"

#include <stdlib.h>
#include <string.h>

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
			ret = merge_clear_after_kill(r, &s, err);
			if (ret >= 0 && phase == PHASE_PREPARED)
				ret = merge_drop_branch(r, &s, err);
			else if (ret >= 0 && phase != PHASE_LEFT)
				merge_end(r, &s);
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
char *merge_finish_tree(struct merge_done *done, struct repo *r,
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
int merge_commit_and_end(struct merge_done *done, struct repo *r,
			 struct merge_state *s, int edit, struct error *err)
{
	struct error ignored = ERROR_INIT;

	done->commit = merge_commit(r, s->clean, edit, err);
	if (done->commit)
		merge_state_drop(r);
	else
		merge_set_busy(r, s, 0, &ignored);
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
	    checkout_try_filters(req->repo, &m, err) < 0 ||
	    write_side_file(req->repo, "record", record->s, record->len,
			    err) < 0 ||
	    merge_state_write(&s, req->repo, err) < 0)
		goto out;
	if ((s.created &&
	     create_branch(req->repo, s.branch, s.head, err) < 0) ||
	    checkout_apply(req->repo, dir, &m, err) < 0) {
		struct error ignored = ERROR_INIT;

		if (!checkout_interrupted(dir)) {
			merge_drop_branch(req->repo, &s, &ignored);
			merge_state_drop(req->repo);
		}
		error_release(&ignored);
		goto out;
	}
	s.moved = 1;
	if (merge_set_busy(req->repo, &s, s.clean, err) < 0) {
		err->changed = 1;
		goto out;
	}
	if (!s.clean) {
		strvec_pushv(&done->conflicts, s.conflicts.v);
		ret = 0;
		goto out;
	}
	ret = merge_commit_and_end(done, req->repo, &s, req->edit, err);
out:
	merge_state_release(&s);
	free(dir);
	free(message);
	return ret;
}

int merge_begin_locked(struct merge_done *done,
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
		finished = merge_finish_tree(done, req->repo, req->product,
					     p->merge.tree, p->from->name,
					     p->to->name, &record,
					     req->reporter, err);
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
