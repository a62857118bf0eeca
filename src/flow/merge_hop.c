#include "flow/merge_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"
#include "flow/merge_commit.h"
#include "git/checkout.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "upgrade/preflight.h"

#include <stdlib.h>
#include <string.h>

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

/* Why lines of the commit are none of its parents'. */
static void add_replaced(struct buf *b, const struct replaced_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct replaced *r = &list->v[i];

		if (!r->files.nr)
			continue;
		buf_adds(b, "Replaced: ");
		redact_add(b, r->from, strlen(r->from));
		buf_adds(b, " by ");
		redact_add(b, r->to, strlen(r->to));
		buf_addf(b, " in %zu file%s\n", r->files.nr,
			 r->files.nr == 1 ? "" : "s");
	}
}

static char *make_message(const struct plan *p, const struct product *product,
			  const struct repo *r)
{
	struct strvec conflicts = STRVEC_INIT;
	struct buf b = BUF_INIT;

	buf_addf(&b, "Upgrade to %s\n\nRelease %s of %s, merged with %s as "
		 "the base.\n", p->to->name, p->to->name,
		 product->profile.name, p->from->name);
	add_replaced(&b, &p->replaced);
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
	if (p->merge.clean)
		merge_add_migrated(&b, &p->migrations);
	buf_addf(&b, "\nUpgrade-From: %s\nUpgrade-To: %s\n", p->from->name,
		 p->to->name);
	plan_conflicts(p, &conflicts);
	if (conflicts.nr)
		add_conflicts(&b, &conflicts, r);
	strvec_release(&conflicts);
	return buf_detach(&b);
}

char *merge_add_record(struct repo *r, const char *tree,
		       const struct buf *record, struct error *err)
{
	char *blob = object_write_blob(r, record->s, record->len, err);
	char *with = NULL;

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
		.reporter = reporter, .settled = &done->settled,
	};
	char *with = NULL;

	if (steps_wanted(&sr)) {
		if (steps_run(&done->steps, &sr, err) < 0)
			goto out;
		tree = done->steps.tree;
	}
	with = merge_add_record(r, tree, record, err);
out:
	free(dir);
	free(scratch);
	return with;
}

int merge_keep_record(const struct repo *r, const struct buf *record,
		      struct error *err)
{
	char *dir = merge_dir(r), *path = path_join(dir, "record");
	int ret = file_replace(path, record->s, record->len, 0666, err);

	free(dir);
	free(path);
	return ret;
}

void merge_fill_state(struct merge_state *s, const struct plan *p)
{
	free(s->head);
	free(s->release);
	free(s->base);
	free(s->commit);
	s->head = xstrdup(p->head);
	s->release = xstrdup(p->to->name);
	s->base = xstrdup(p->from->name);
	s->commit = xstrdup(p->to->commit);
	plan_conflicts(p, &s->conflicts);
	s->clean = p->merge.clean;
	s->busy = 1;
}

void merge_fill_done(struct merge_done *done, const struct merge_state *s)
{
	free(done->branch);
	free(done->release);
	free(done->goal);
	free(done->start);
	done->branch = xstrdup_or_null(s->branch);
	done->release = xstrdup(s->release);
	done->goal = s->start ? xstrdup(merge_state_goal(s)) : NULL;
	done->start = xstrdup_or_null(s->start);
	done->left = s->hops.nr;
	done->aside = s->aside;
}

/* git may have made the commit, and have failed at what follows. */
static char *made_commit(struct repo *r, const struct merge_state *s,
			 struct error *err)
{
	if (merge_phase(s, r) != PHASE_COMMITTED)
		return NULL;
	error_release(err);
	return head_commit(r);
}

int merge_commit_and_end(struct merge_done *done, struct repo *r,
			 struct merge_state *s, int edit, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int ret = -1;

	done->commit = merge_commit(r, s->clean, edit, err);
	if (!done->commit)
		done->commit = made_commit(r, s, err);
	if (done->commit) {
		ret = merge_end_hop(done, r, s, done->commit, err);
	} else {
		/* The files are the new release's, whatever was wrong. */
		err->changed = 1;
		merge_set_busy(r, s, 0, &ignored);
	}
	error_release(&ignored);
	return ret;
}

/* On a new branch, if one was asked for. */
static int move_checkout(struct repo *r, const struct merge_state *s,
			 const struct checkout_move *m, struct error *err)
{
	char *dir = merge_dir(r);
	int ret = 0;

	if (s->created && merge_state_is_first(s))
		ret = create_branch(r, s->branch, s->head, err);
	if (!ret)
		ret = checkout_apply(r, dir, m, err);
	free(dir);
	return ret;
}

void merge_not_moved(struct repo *r, struct merge_state *s,
		     struct error *err)
{
	struct error why = ERROR_INIT;
	char *dir = merge_dir(r);

	if (!checkout_interrupted(dir) &&
	    ((merge_state_is_first(s) &&
	      merge_drop_branch(r, s, &why) < 0) ||
	     merge_state_unbegin(s, r, &why) < 0)) {
		err->changed = 1;
		error_hint(err, "it is not cleared away: %s", why.message);
		error_hint(err, "mend that, then go back with \"git upgrade "
			   "merge --abort\"");
	}
	error_release(&why);
	free(dir);
}

/* The checkout has moved to the commit that was made ahead. */
static int end_on(struct merge_done *done, struct repo *r,
		  struct merge_state *s, const char *commit,
		  struct error *err)
{
	done->commit = xstrdup(commit);
	merge_commit_followed(r);
	return merge_end_hop(done, r, s, commit, err);
}

/* The moment everything is ready: move, then commit or leave a conflict. */
static int carry_out(struct merge_done *done, const struct merge_request *req,
		     struct merge_state *s, int changes, const char *tree,
		     const struct buf *record, struct error *err)
{
	const struct plan *p = &done->plan;
	char *message = make_message(p, req->product, req->repo);
	char *reflog = xstrfmt("commit (merge): Upgrade to %s", p->to->name);
	struct checkout_move m = {
		.head = p->head, .tree = tree,
		.stages = p->merge.stages, .nr_stages = p->merge.nr_stages,
		.conflicts = !p->merge.clean,
		.merge_head = p->to->commit, .message = message,
		.reflog = reflog, .is_clean = !changes,
	};
	char *commit = NULL;
	int ret = -1;

	merge_fill_state(s, p);
	merge_fill_done(done, s);
	if (s->clean && !req->edit &&
	    merge_commit_ahead(&commit, req->repo, &m, err) < 0)
		goto out;
	m.commit = commit;
	if ((changes && merge_put_aside(done, req->repo, s, err) < 0) ||
	    checkout_obstacles(req->repo, &m, err) < 0 ||
	    checkout_try_filters(req->repo, &m, err) < 0 ||
	    merge_keep_record(req->repo, record, err) < 0 ||
	    merge_state_write(s, req->repo, err) < 0)
		goto out;
	if (move_checkout(req->repo, s, &m, err) < 0) {
		merge_not_moved(req->repo, s, err);
		goto out;
	}
	s->moved = 1;
	if (commit) {
		ret = end_on(done, req->repo, s, commit, err);
		goto out;
	}
	if (merge_set_busy(req->repo, s, s->clean, err) < 0) {
		err->changed = 1;
		goto out;
	}
	if (!s->clean) {
		strvec_pushv(&done->conflicts, s->conflicts.v);
		ret = 0;
		goto out;
	}
	ret = merge_commit_and_end(done, req->repo, s, req->edit, err);
out:
	free(commit);
	free(reflog);
	free(message);
	return ret;
}

/*
 * The first hop did not come about: changes that were put aside for it come
 * back, and nothing remains.
 */
static void not_begun(struct repo *r, struct merge_state *s,
		      struct error *err)
{
	char *dir = merge_dir(r);
	struct error why = ERROR_INIT;
	enum autostash_end end;

	if (s->moved || checkout_interrupted(dir) ||
	    !merge_state_is_first(s)) {
		free(dir);
		return;
	}
	if (merge_over(&end, r, s, &why) < 0) {
		error_hint(err, "the changes you had could not be brought "
			   "back: %s", why.message);
		error_hint(err, "try again with \"git upgrade merge "
			   "--abort\"");
		err->changed = 1;
	} else if (end == AUTOSTASH_LISTED) {
		merge_hint_aside(end, err);
		err->changed = 1;
	}
	error_release(&why);
	free(dir);
}

struct replan {
	struct plan *plan;
	const struct plan_request *req;
};

static int replan(void *data, struct error *err)
{
	const struct replan *r = data;

	return plan_migrate(r->plan, r->req, err);
}

/* What the migrations of a plan ask for; kept where they have to wait. */
static int demand_values(struct plan *p, const struct plan_request *pr,
			 const struct merge_request *req,
			 struct merge_state *s, struct error *err)
{
	struct replan r = { p, pr };
	const struct value_demand d = { req, s, &p->migrations, replan, &r };

	if (merge_demand_values(&d, err) < 0)
		return -1;
	if (!p->merge.clean)
		migration_keep_values(&p->migrations, &s->values);
	return 0;
}

int merge_hop(struct merge_done *done, const struct merge_request *req,
	      struct merge_state *s, struct error *err)
{
	struct plan *p = &done->plan;
	char *branch = head_branch(req->repo), *finished = NULL;
	char *dir = merge_dir(req->repo);
	struct preflight pre = PREFLIGHT_INIT;
	struct buf record = BUF_INIT;
	struct plan_request pr = {
		.repo = req->repo, .product = req->product,
		.release = s->release, .from = s->from,
		.confirmed = &s->confirmed,
		/* The side markers name: a branch yet to be made is none. */
		.branch = branch,
		.lines_only = s->lines_only, .values = &s->values,
	};
	int aside = req->autostash && !s->aside, changes = 0, ret = -1;

	preflight_begin(&pre, req->repo, dir);
	if (plan_compute(p, &pr, err) < 0 ||
	    preflight_check(&pre, aside ? &changes : NULL, req->repo, dir,
			    err) < 0 ||
	    demand_values(p, &pr, req, s, err) < 0)
		goto out;
	if (req->planned && req->planned(req->data, p, err) < 0)
		goto out;
	record_write(&p->record, &record);
	if (p->merge.clean) {
		finished = merge_finish_tree(done, req->repo, req->product,
					     plan_tree(p), p->from->name,
					     p->to->name, &record,
					     req->reporter, err);
		if (!finished)
			goto out;
	}
	ret = carry_out(done, req, s, changes,
			finished ? finished : p->merge.tree, &record, err);
out:
	preflight_end(&pre);
	if (ret < 0 && s->aside)
		not_begun(req->repo, s, err);
	free(branch);
	free(dir);
	free(finished);
	buf_release(&record);
	return ret;
}
