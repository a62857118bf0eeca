#include "upgrade/locks.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "upgrade/steps.h"

#include <stdlib.h>
#include <string.h>

struct work {
	const struct locks_request *req;
	struct merge_result *merge;
	struct lock_list *list;
	struct tree_edit *edits;
	size_t nr, alloc;
};

/* A file on all sides, or new on both, that both made something else of. */
static int is_torn(const struct tree_change *ours,
		   const struct tree_change *theirs)
{
	return ours && mode_is_file(ours->new_mode) &&
	       mode_is_file(theirs->new_mode) &&
	       strcmp(ours->new_oid, theirs->new_oid);
}

int lock_is_open(const struct lock *l)
{
	return !l->step || l->missing;
}

/* Its command is what the rule says, or else what the step would have run. */
static struct lock *new_lock(struct work *w, const char *path,
			     const struct steps_request *sr,
			     const struct merge_step *step,
			     const struct lock_rule *rule)
{
	struct lock_list *list = w->list;
	struct lock l = { .path = xstrdup(path),
			  .command = xstrdup_or_null(rule->command) };

	if (step) {
		l.step = xstrdup(step->name);
		l.missing = xstrdup_or_null(step_missing(sr, step));
	}
	if (step && !l.command)
		l.command = step_command(sr, step);
	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	list->v[list->nr] = l;
	return &list->v[list->nr++];
}

static void add_conflict(struct work *w, const struct tree_change *ours,
			 const struct tree_change *theirs,
			 const struct lock *lock)
{
	struct buf text = BUF_INIT;
	const char *path = theirs->path;

	if (theirs->old_mode)
		merge_result_add_stage(w->merge, theirs->old_mode,
				       theirs->old_oid, 1, path);
	merge_result_add_stage(w->merge, ours->new_mode, ours->new_oid, 2,
			       path);
	merge_result_add_stage(w->merge, theirs->new_mode, theirs->new_oid, 3,
			       path);
	buf_adds(&text, "CONFLICT (lock file): ");
	buf_add_path(&text, path);
	buf_addf(&text, " is that of %s", w->req->release);
	if (lock->missing)
		buf_addf(&text, ", and '%s' of step %s is not installed",
			 lock->missing, lock->step);
	if (lock->command)
		buf_addf(&text, "; bring it up to date with: %s",
			 lock->command);
	merge_result_add_message(w->merge, path, "CONFLICT (lock file)",
				 text.s);
	buf_release(&text);
}

static void take(struct work *w, const struct tree_change *ours,
		 const struct tree_change *theirs,
		 const struct lock_rule *rule)
{
	const struct steps_request sr = {
		.repo = w->req->repo, .profile = w->req->profile,
		.tree = w->merge->tree, .from = w->req->from,
		.to = w->req->release,
	};
	const struct lock *lock =
		new_lock(w, theirs->path, &sr,
			 steps_owner(&sr, theirs->path), rule);

	ALLOC_GROW(w->edits, w->nr + 1, w->alloc);
	w->edits[w->nr++] = (struct tree_edit){
		theirs->path, theirs->new_mode, theirs->new_oid
	};
	merge_result_resolve(w->merge, theirs->path);
	if (lock_is_open(lock))
		add_conflict(w, ours, theirs, lock);
}

int locks_take(struct lock_list *list, struct merge_result *m,
	       const struct locks_request *req, struct error *err)
{
	struct work w = { .req = req, .merge = m, .list = list };
	int ret;

	for (size_t i = 0; req->profile->nr_locks && i < req->theirs->nr;
	     i++) {
		const struct tree_change *theirs = &req->theirs->v[i];
		const struct tree_change *ours =
			tree_diff_find(req->ours, theirs->path);
		const struct lock_rule *rule = is_torn(ours, theirs) ?
			profile_lock_of(req->profile, theirs->path) : NULL;

		if (rule)
			take(&w, ours, theirs, rule);
	}
	ret = merge_result_edit(m, req->repo, w.edits, w.nr, err);
	free(w.edits);
	return ret;
}

void lock_list_release(struct lock_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		free(list->v[i].path);
		free(list->v[i].step);
		free(list->v[i].missing);
		free(list->v[i].command);
	}
	free(list->v);
	*list = (struct lock_list)LOCK_LIST_INIT;
}
