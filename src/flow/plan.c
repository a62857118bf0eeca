#include "flow/plan.h"

#include "base/buf.h"
#include "base/mem.h"
#include "flow/older.h"
#include "git/object.h"
#include "git/promisor.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/path.h"
#include "model/signature.h"
#include "upgrade/steps.h"

#include <stdlib.h>
#include <string.h>

/* A, from --from, the record or history. */
static int find_from(struct plan *p, const struct plan_request *req,
		     struct error *err)
{
	struct standing *s = &p->standing;

	int ret = req->commit ?
		standing_read_at(s, req->repo, req->product, req->commit, err) :
		standing_read(s, req->repo, req->product, err);

	if (ret < 0)
		return -1;
	p->head = s->head;
	if (req->from) {
		p->from = release_named(&req->product->releases, req->from,
					err);
		if (p->from)
			p->base = p->from == s->release ?
				  standing_base(s, req->repo) :
				  xstrdup(p->from->commit);
		return p->from ? 0 : -1;
	}
	if (standing_demand_unreverted(s, req->repo, req->release, err) < 0 ||
	    standing_demand(s, req->repo, req->release, err) < 0)
		return -1;
	p->from = s->release;
	p->base = standing_base(s, req->repo);
	return 0;
}

static int finish_first(const struct plan *p, struct error *err)
{
	const char *later = p->standing.adopted.later->name;
	int newer = adopted_is_newer_commits(&p->standing.adopted);

	if (newer)
		error_set(err, ERROR_REFUSED, "newer commits of %s were "
			  "merged by hand and are unfinished: the record does "
			  "not know of them", later);
	else
		error_set(err, ERROR_REFUSED, "the upgrade to %s was merged "
			  "by hand and is unfinished: the record still says "
			  "%s", later, p->from->name);
	return error_hint(err, "finish %s first with \"git upgrade merge "
			  "%s\"", newer ? "them" : "it", later);
}

static int warn_older(struct plan *p, const struct plan_request *req,
		      struct error *err)
{
	char *warning = NULL;
	int ret = older_warning(&warning, req->repo, p->base, p->from, p->to,
				err);

	if (warning)
		strvec_push_nodup(&p->warnings, warning);
	return ret;
}

/* The commit that brought the release here is what can be taken back. */
static int hint_back(const struct standing *s, struct repo *r,
		     const struct release *to, struct error *err)
{
	const char *start = s->adopted.start;
	struct strvec parents = STRVEC_INIT;
	struct error ignored = ERROR_INIT;
	char *name;

	if (start)
		commit_parents(r, start, &parents, &ignored);
	/* What has one parent is a rollback, or the record alone. */
	if (parents.nr > 1) {
		name = commit_short(r, start);
		error_hint(err, "take the upgrade to %s back with \"git revert "
			   "-m 1 %s\"", standing_name(s), name);
		free(name);
	} else {
		error_hint(err, "no upgrade was made here that could be taken "
			   "back; a branch on %s is begun with \"git switch "
			   "-c NAME %s\"", to->name, to->name);
	}
	error_release(&ignored);
	strvec_release(&parents);
	return -1;
}

/* path_check(), for the branch of `s`. */
static int check_hop(const struct plan_request *req, const struct standing *s,
		     const struct release *from, const struct release *to,
		     struct error *err)
{
	if (!path_check(&req->product->releases, &req->product->profile, from,
			to, err))
		return 0;
	if (err->kind != ERROR_REFUSED ||
	    version_cmp(&from->version, &to->version) <= 0)
		return -1;
	if (req->from)
		return error_hint(err, "that the files are on %s is what "
				  "--from says", from->name);
	return hint_back(s, req->repo, to, err);
}

static int find_to(struct plan *p, const struct plan_request *req,
		   struct error *err)
{
	const struct release_list *list = &req->product->releases;
	int same = 0;

	p->to = release_named(list, req->release, err);
	if (!p->to)
		return -1;
	if (p->standing.adopted.state == ADOPTED_UNFINISHED && !req->from) {
		if (p->to != p->standing.adopted.later)
			return finish_first(p, err);
		p->finishing = 1;
	}
	if (release_demand_unmoved(p->to, err) < 0)
		return -1;
	if (p->to == p->standing.release && p->to == p->from)
		same = standing_is_behind(&p->standing, req->repo, err);
	/* A release that is finished with its own commits is no hop. */
	same |= p->finishing && p->to == p->from;
	if (same < 0 || (!same && check_hop(req, &p->standing, p->from, p->to,
					    err) < 0))
		return -1;
	if (req->product->profile.verify &&
	    signature_demand(req->repo, p->to, list->source, err) < 0)
		return -1;
	return warn_older(p, req, err);
}

/* The hops from `from`, which is known, to the release asked for. */
static int find_hops(struct strvec *hops, const struct plan_request *req,
		     const struct standing *s, const struct release *from,
		     struct error *err)
{
	const struct release_list *list = &req->product->releases;
	const struct profile *profile = &req->product->profile;
	const struct release *to = release_named(list, req->release, err);
	struct path path = PATH_INIT;
	size_t before = hops->nr;
	int ret = 0;

	if (!to)
		return -1;
	/* Whether there is anything to do within a release the hop knows. */
	if (from == to)
		strvec_push(hops, to->name);
	else if (version_cmp(&from->version, &to->version) < 0)
		path_find(&path, list, profile, from, to);
	for (size_t i = 0; i < path.nr; i++)
		strvec_push(hops, path.v[i]->name);
	if (hops->nr == before)
		ret = check_hop(req, s, from, to, err);
	path_release(&path);
	return ret;
}

int plan_hops(struct strvec *hops, const struct plan_request *req,
	      struct error *err)
{
	struct plan p = PLAN_INIT;
	const struct release *from, *later;
	int ret = find_from(&p, req, err);

	if (ret < 0)
		goto out;
	from = p.from;
	later = p.standing.adopted.later;
	if (p.standing.adopted.state == ADOPTED_UNFINISHED && !req->from) {
		strvec_push(hops, later->name);
		if (release_find(&req->product->releases, req->release) ==
		    later)
			goto out;
		from = later;
	}
	ret = release_find(&req->product->releases, req->release) == from ?
		standing_is_behind(&p.standing, req->repo, err) : 0;
	/* Its own newer commits are one hop. */
	if (ret > 0)
		strvec_push(hops, from->name);
	ret = ret < 0 ? -1 : ret ? 0 : find_hops(hops, req, &p.standing, from,
						  err);
out:
	plan_release(&p);
	return ret;
}

/*
 * What the merge will read, of a clone that may not have it: the contents the
 * release brings, and the old ones of what both changed.
 */
static void prefetch(const struct repo *r, const struct tree_diff *theirs,
		     const struct tree_diff *ours)
{
	struct strvec oids = STRVEC_INIT;

	for (size_t i = 0; i < theirs->nr; i++) {
		const struct tree_change *c = &theirs->v[i];

		if (c->new_mode && c->new_mode != 0160000)
			strvec_push(&oids, c->new_oid);
		if (c->old_mode && c->old_mode != 0160000 &&
		    tree_diff_find(ours, c->path))
			strvec_push(&oids, c->old_oid);
	}
	strvec_sort(&oids, 1);
	promisor_prefetch(r, &oids);
	strvec_release(&oids);
}

static int count_changes(struct plan *p, const struct plan_request *req,
			 struct tree_diff *theirs, struct tree_diff *ours,
			 struct error *err)
{
	/* What a hand-made merge brought is no override. */
	const char *merge = p->standing.adopted.merge;
	char *before = p->finishing && merge ? xstrfmt("%s^1", merge) :
					       xstrdup(p->head);
	int ret = tree_diff_read(theirs, req->repo, p->base, p->to->commit, 0,
				 err);

	if (!ret)
		ret = tree_diff_read(ours, req->repo, p->base, before, 0, err);
	free(before);
	if (ret < 0)
		return -1;
	p->upstream_files = theirs->nr;
	for (size_t i = 0; i < ours->nr; i++) {
		if (!strcmp(ours->v[i].path, RECORD_PATH))
			continue;
		p->override_files++;
		p->both_files += tree_diff_find(theirs, ours->v[i].path) !=
				 NULL;
	}
	return 0;
}

/* Has a copy been written there? */
static int is_copy(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->copies.nr; i++)
		if (p->copies.v[i].result &&
		    !strcmp(p->copies.v[i].new_path, path))
			return 1;
	return 0;
}

/*
 * A new file in a folder that the other side renamed: git moves it along.
 * `left` is what the result and B differ in, `c` one of them.
 */
static int moved_along(const struct tree_change *c,
		       const struct tree_diff *left,
		       const struct tree_diff *ours)
{
	for (size_t i = 0; !c->new_mode && i < ours->nr; i++)
		if (!ours->v[i].old_mode &&
		    !strcmp(ours->v[i].new_oid, c->old_oid))
			return 1;
	/* One of B's: it is at one path only here, at another only there. */
	for (size_t i = 0; i < left->nr; i++)
		if ((!c->new_mode && !left->v[i].old_mode &&
		     !strcmp(c->old_oid, left->v[i].new_oid)) ||
		    (!c->old_mode && !left->v[i].new_mode &&
		     !strcmp(c->new_oid, left->v[i].old_oid)))
			return 1;
	return 0;
}

/* A version, or what became of it when texts in it were replaced. */
static const char *as_merged(const char *replaced, const char *real)
{
	return replaced ? replaced : real;
}

static const char *merged_theirs(const struct plan *p)
{
	return as_merged(p->replaced.theirs, p->to->commit);
}

static const char *merged_ours(const struct plan *p)
{
	return as_merged(p->replaced.ours, p->head);
}

static const char *merged_base(const struct plan *p)
{
	return as_merged(p->replaced.base, p->merge_base);
}

/*
 * Every path ours had not touched must be B's now.  A path that a rename of
 * ours or theirs moved is told apart by its old name being ours.
 */
static int check_untouched(struct plan *p, const struct plan_request *req,
			   const struct tree_diff *ours, struct error *err)
{
	struct tree_diff left = TREE_DIFF_INIT, renames = TREE_DIFF_INIT;
	int have_renames = 0, ret = -1;

	if (tree_diff_read(&left, req->repo, p->merge.tree, merged_theirs(p),
			   0, err) < 0)
		goto out;
	ret = 0;
	for (size_t i = 0; i < left.nr && !ret; i++) {
		const char *path = left.v[i].path;
		const struct tree_change *moved;

		if (tree_diff_find(ours, path) || is_copy(p, path) ||
		    strvec_has(&p->left_out, path) ||
		    moved_along(&left.v[i], &left, ours))
			continue;
		if (!have_renames++)
			ret = tree_diff_read(&renames, req->repo, p->base,
					     p->to->commit,
					     TREE_DIFF_RENAMES, err);
		moved = tree_diff_find(&renames, path);
		if (moved && moved->status == 'R' &&
		    tree_diff_find(ours, moved->old_path))
			continue;
		strvec_push(&p->stale, path);
	}
out:
	tree_diff_release(&left);
	tree_diff_release(&renames);
	return ret;
}

static void add_conflict(struct plan *p, const struct copy *c)
{
	struct merge_result *m = &p->merge;
	struct buf text = BUF_INIT;

	merge_result_add_stage(m, c->mode, c->base, 1, c->new_path);
	merge_result_add_stage(m, c->mode, c->ours, 2, c->new_path);
	merge_result_add_stage(m, c->mode, c->theirs, 3, c->new_path);
	buf_adds(&text, "CONFLICT (copy): Merge conflict in ");
	buf_add_path(&text, c->new_path);
	buf_adds(&text, ", a copy of ");
	buf_add_path(&text, c->new_template);
	merge_result_add_message(m, c->new_path, "CONFLICT (copy)", text.s);
	buf_release(&text);
}

/* Put the copies' results over the merge's. */
static int work_in_copies(struct plan *p, const struct plan_request *req,
			  struct error *err)
{
	struct tree_edit *edits = NULL;
	size_t nr = 0, alloc = 0;
	int ret;

	for (size_t i = 0; i < p->copies.nr; i++) {
		struct copy *c = &p->copies.v[i];

		if (!c->result)
			continue;
		ALLOC_GROW(edits, nr + 2, alloc);
		if (strcmp(c->path, c->new_path))
			edits[nr++] = (struct tree_edit){ c->path, 0, NULL };
		edits[nr++] = (struct tree_edit){ c->new_path, c->mode,
						  c->result };
		for (size_t j = 0; j < p->merge.nr_stages; j++)
			if (!strcmp(p->merge.stages[j].path, c->new_path)) {
				if (c->outcome == COPY_UPDATED)
					strvec_push(&p->resolved,
						    c->new_path);
				break;
			}
		merge_result_resolve(&p->merge, c->path);
		merge_result_resolve(&p->merge, c->new_path);
		if (c->outcome == COPY_CONFLICT)
			add_conflict(p, c);
	}
	ret = merge_result_edit(&p->merge, req->repo, edits, nr, err);
	free(edits);
	return ret;
}

/* Who has merged by hand has settled them. */
static int locks(struct plan *p, const struct plan_request *req,
		 const struct tree_diff *theirs, const struct tree_diff *ours,
		 struct error *err)
{
	struct locks_request lr = {
		.repo = req->repo, .profile = &req->product->profile,
		.from = p->from->name, .release = p->to->name, .ours = ours,
		.theirs = theirs,
	};

	return p->finishing ? 0 :
	       locks_take(&p->locks, &p->merge, &lr, err);
}

static int structure(struct plan *p, const struct plan_request *req,
		     struct error *err)
{
	struct structure_request sr = {
		.repo = req->repo, .profile = &req->product->profile,
		.our_tree = p->head,
		.base_label = p->from->name,
		.our_label = req->branch ? req->branch : "HEAD",
		.their_label = p->to->name,
	};

	return req->lines_only || p->merge.clean ? 0 :
	       structure_resolve(&p->structured, &p->merge, &sr, err);
}

static int copies(struct plan *p, const struct plan_request *req,
		  struct error *err)
{
	struct strvec none = STRVEC_INIT;
	char *label = xstrfmt("%s (template)", p->to->name);
	struct copy_request cr = {
		.repo = req->repo,
		.profile = &req->product->profile,
		.releases = &req->product->releases,
		.from = p->from, .to = p->to,
		.from_tree = p->base, .to_tree = p->to->commit,
		.our_tree = p->head,
		.record = &p->standing.adopted.record,
		.replaced = &p->replaced,
		.confirmed = req->confirmed ? req->confirmed : &none,
		.our_label = req->branch, .their_label = label,
		.lines_only = req->lines_only,
	};
	int ret = copies_compute(&p->copies, &cr, err);

	free(label);
	return ret < 0 ? -1 : work_in_copies(p, req, err);
}

/* The last migration of a file has left it as it is; NULL: none did. */
static const char *migrated_blob(const struct migration_list *list,
				 const char *path)
{
	const char *blob = NULL;

	for (size_t i = 0; i < list->nr; i++)
		for (size_t j = 0; j < list->v[i].nr_files; j++)
			if (!strcmp(list->v[i].files[j].new_path, path))
				blob = list->v[i].files[j].new_blob;
	return blob;
}

/* What is to be said of a copy is said of the text that it gets. */
static int look_at_migrated(struct plan *p, const struct plan_request *req,
			    struct error *err)
{
	const struct profile *profile = &req->product->profile;

	for (size_t i = 0; i < p->copies.nr; i++) {
		struct copy *c = &p->copies.v[i];
		const char *blob = migrated_blob(&p->migrations, c->new_path);

		if (blob && copy_look_again(c, req->repo, profile,
					    p->from->name, blob, err) < 0)
			return -1;
	}
	return 0;
}

int plan_migrate(struct plan *p, const struct plan_request *req,
		 struct error *err)
{
	struct strvec conflicts = STRVEC_INIT;
	struct migrate_request mr = {
		.repo = req->repo, .profile = &req->product->profile,
		.tree = p->merge.tree, .before = p->head,
		.from = p->from->name, .to = p->to->name,
		.given = req->values, .waiting = &conflicts,
	};
	int ret;

	migration_list_release(&p->migrations);
	plan_conflicts(p, &conflicts);
	ret = migrate_compute(&p->migrations, &mr, err);
	strvec_release(&conflicts);
	return ret < 0 ? -1 : look_at_migrated(p, req, err);
}

const char *plan_tree(const struct plan *p)
{
	return p->migrations.tree ? p->migrations.tree : p->merge.tree;
}

/* Would any run; and those whose work is not to be done by hand? */
static void steps(struct plan *p, const struct plan_request *req)
{
	struct strvec open = STRVEC_INIT;
	struct steps_request sr = {
		.repo = req->repo, .profile = &req->product->profile,
		.tree = plan_tree(p), .settled = &open,
	};

	for (size_t i = 0; i < p->locks.nr; i++)
		if (lock_is_open(&p->locks.v[i]))
			strvec_push(&open, p->locks.v[i].path);
	p->steps = steps_wanted(&sr);
	steps_missing(&sr, &p->missing);
	strvec_release(&open);
}

/* The record of the finished upgrade. */
static int make_record(struct plan *p, const struct plan_request *req,
		       struct error *err)
{
	struct record *rec = &p->record;

	rec->profile = xstrdup(req->product->profile.name);
	rec->release = xstrdup(p->to->name);
	rec->commit = xstrdup(p->to->commit);
	rec->tree = object_tree(req->repo, p->to->commit);
	copies_record(&p->copies, &p->standing.adopted.record, rec);
	return rec->tree ? 0 : error_set(err, ERROR_FATAL, "the tree of %s "
					 "is not here", p->to->name);
}

/*
 * Merged by hand already: what is left are copies, replacements and the
 * record.
 */
static char *find_merge_base(const struct plan *p)
{
	const char *base = p->standing.adopted.base;

	return xstrdup(!p->finishing ? p->base : base ? base :
		       p->to->commit);
}

const char *plan_base(const struct plan *p)
{
	return p->finishing ? p->base : merged_base(p);
}

const char *plan_ours(const struct plan *p)
{
	return p->finishing ? p->head : merged_ours(p);
}

const char *plan_theirs(const struct plan *p)
{
	return p->finishing ? p->to->commit : merged_theirs(p);
}

static struct replace_request replacing(struct plan *p,
					const struct plan_request *req,
					struct tree_diff *theirs,
					struct tree_diff *ours)
{
	return (struct replace_request){
		.repo = req->repo, .profile = &req->product->profile,
		.from = p->base, .to = p->to->commit, .base = p->merge_base,
		.ours = p->head, .theirs = p->to->commit,
		.their_changes = theirs,
		/* Merged by hand, ours are those before that. */
		.our_changes = p->finishing ? NULL : ours,
	};
}

static int replace(struct plan *p, const struct plan_request *req,
		   struct tree_diff *theirs, struct tree_diff *ours,
		   struct error *err)
{
	const struct replace_request rr = replacing(p, req, theirs, ours);

	return replace_trees(&p->replaced, &rr, err);
}

static int warn_replaced(struct plan *p, const struct plan_request *req,
			 struct tree_diff *theirs, struct error *err)
{
	const struct replace_request rr = replacing(p, req, theirs, NULL);
	struct strvec copies = STRVEC_INIT;
	int ret;

	for (size_t i = 0; i < p->copies.nr; i++)
		strvec_push(&copies, p->copies.v[i].new_path);
	ret = replaced_warn(&p->warnings, &p->replaced, &rr, p->to->name,
			    &copies, err);
	strvec_release(&copies);
	return ret;
}

static int merge(struct plan *p, const struct plan_request *req,
		 struct error *err)
{
	const struct merge_version versions[] = {
		{ merged_base(p), p->from->name },
		{ merged_ours(p), req->branch ? req->branch : "HEAD" },
		{ merged_theirs(p), p->to->name },
	};

	return mergetree_run(&p->merge, req->repo, &versions[0], &versions[1],
			     &versions[2], err);
}

static int leave_out(struct plan *p, const struct plan_request *req,
		     const struct tree_diff *theirs, struct error *err)
{
	struct without_request wr = {
		.repo = req->repo, .profile = &req->product->profile,
		.base = merged_base(p), .ours = merged_ours(p),
		.theirs = merged_theirs(p), .their_changes = theirs,
	};

	return without_take(&p->left_out, &p->merge, &wr, err);
}

/* With both releases found: all the rest. */
static int compute(struct plan *p, const struct plan_request *req,
		   struct error *err)
{
	struct tree_diff theirs = TREE_DIFF_INIT, ours = TREE_DIFF_INIT;
	int ret = -1;

	p->merge_base = find_merge_base(p);
	if (count_changes(p, req, &theirs, &ours, err) < 0)
		goto out;
	prefetch(req->repo, &theirs, &ours);
	if (replace(p, req, &theirs, &ours, err) < 0 ||
	    merge(p, req, err) < 0 || leave_out(p, req, &theirs, err) < 0 ||
	    locks(p, req, &theirs, &ours, err) < 0 ||
	    structure(p, req, err) < 0 || copies(p, req, err) < 0 ||
	    check_untouched(p, req, &ours, err) < 0 ||
	    warn_replaced(p, req, &theirs, err) < 0 ||
	    plan_migrate(p, req, err) < 0 || make_record(p, req, err) < 0)
		goto out;
	steps(p, req);
	ret = 0;
out:
	tree_diff_release(&theirs);
	tree_diff_release(&ours);
	return ret;
}

int plan_compute(struct plan *p, const struct plan_request *req,
		 struct error *err)
{
	if (find_from(p, req, err) < 0 || find_to(p, req, err) < 0)
		return -1;
	return compute(p, req, err);
}

int plan_foresee(struct plan *p, const struct plan_request *req,
		 struct standing *s, const struct release *to,
		 struct error *err)
{
	p->standing = *s;
	*s = (struct standing)STANDING_INIT;
	p->head = p->standing.head;
	p->from = p->standing.release;
	p->base = standing_base(&p->standing, req->repo);
	p->to = to;
	p->finishing = p->standing.adopted.state == ADOPTED_UNFINISHED &&
		       to == p->standing.adopted.later;
	return compute(p, req, err);
}

void plan_release(struct plan *p)
{
	free(p->base);
	free(p->merge_base);
	standing_release(&p->standing);
	strvec_release(&p->left_out);
	replaced_list_release(&p->replaced);
	merge_result_release(&p->merge);
	lock_list_release(&p->locks);
	structured_list_release(&p->structured);
	copy_list_release(&p->copies);
	migration_list_release(&p->migrations);
	record_release(&p->record);
	strvec_release(&p->resolved);
	strvec_release(&p->stale);
	strvec_release(&p->warnings);
	strvec_release(&p->missing);
	*p = (struct plan)PLAN_INIT;
}

void plan_conflicts(const struct plan *p, struct strvec *paths)
{
	merge_result_paths(&p->merge, paths);
}
