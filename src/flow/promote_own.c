/*
 * What is the target's own goes along with the release: copies whose template
 * is another one by now, and migrations.  They are carried out on the target's
 * files, as a merge does; else they would go stale while the record says that
 * they are current.
 *
 * Only the target's own files are touched: all others come from the source,
 * where a merge has seen to them.
 */
#include "flow/promote_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/tree.h"
#include "upgrade/copies.h"
#include "upgrade/migrate.h"

#include <stdlib.h>
#include <string.h>

/* From what the target is on to what the source is on. */
struct hop {
	struct promote *p;
	struct repo *repo;
	const struct promote_request *q;
	struct adopted from, to;
	struct tree_list own;		/* the target's own files */
	struct record record;		/* of what is promoted */
	int record_changed;
};

static const char *commit_of(const struct adopted *a)
{
	return a->base ? a->base : a->release->commit;
}

static int read_own(struct hop *h, struct error *err)
{
	struct tree_list all = TREE_LIST_INIT;
	int ret = tree_list_read(&all, h->repo, h->p->target, err);

	for (size_t i = 0; !ret && i < all.nr; i++) {
		struct tree_entry *e = &all.v[i];

		if (!profile_is_own(h->p->env, e->path))
			continue;
		ALLOC_GROW(h->own.v, h->own.nr + 1, h->own.alloc);
		h->own.v[h->own.nr++] = (struct tree_entry){
			e->mode, xstrdup(e->oid), xstrdup(e->path)
		};
	}
	tree_list_release(&all);
	return ret;
}

/* 1: there is a hop, and it is known; 0: there is none; -1. */
static int read_releases(struct hop *h, struct error *err)
{
	const struct release_list *list = &h->p->push.product.releases;

	if (adopted_read(&h->from, h->repo, list, h->p->target, err) < 0 ||
	    adopted_read(&h->to, h->repo, list, h->p->tip, err) < 0)
		return -1;
	/* What is wrong with them the gates have words for. */
	if (h->from.release && h->to.release)
		return strcmp(commit_of(&h->from), commit_of(&h->to)) != 0 &&
		       version_cmp(&h->from.release->version,
				   &h->to.release->version) <= 0;
	if (are_same(h->from.record.release, h->to.record.release) ||
	    !h->from.record.release || !h->to.record.release)
		return 0;
	error_set(err, ERROR_REFUSED, "from %s to %s copies and migrations of "
		  "%s's own may have to follow, and these releases are not "
		  "known here", h->from.record.release, h->to.record.release,
		  h->p->env->name);
	return error_hint(err, "ask upstream with \"git upgrade fetch\", then "
			  "promote again");
}

/* Put something into the promoted tree. */
static int put(struct hop *h, const struct tree_edit *edits, size_t nr,
	       struct error *err)
{
	char *tree = tree_edit(h->repo, h->p->tree, edits, nr, err);

	if (!tree)
		return -1;
	free(h->p->tree);
	h->p->tree = tree;
	return 0;
}

static void note(struct hop *h, const char *what, const char *path)
{
	struct buf line = BUF_INIT;

	buf_add_path(&line, path);
	buf_addf(&line, ": %s", what);
	strvec_push_nodup(&h->p->carried, buf_detach(&line));
}

/* Copies */

/*
 * The way out is the target's own as well: its file, and the record's line
 * about it, which says that the file has it.
 */
static int refuse_conflict(const struct hop *h, const struct copy *c,
			   struct error *err)
{
	const char *env = h->p->env->name;
	struct buf path = BUF_INIT, template = BUF_INIT;

	buf_add_path(&path, c->new_path);
	buf_add_path(&template, c->new_template);
	error_set(err, ERROR_REFUSED, "%s is %s's own, and conflicts with "
		  "what its template %s became in %s", path.s, env, template.s,
		  h->to.release->name);
	error_hint(err, "bring that into it on %s: git diff %.12s %.12s",
		   h->p->push.to.branch, c->base, c->theirs);
	error_hint(err, "then say there, in " RECORD_PATH ", that it has it: "
		   "copy %s %s %s", c->template_blob, template.s, path.s);
	error_hint(err, "commit both, \"git upgrade push %s\", and promote "
		   "again", env);
	buf_release(&path);
	buf_release(&template);
	return -1;
}

static int refuse_move(const struct hop *h, const struct copy *c,
		       struct error *err)
{
	const char *env = h->p->env->name;
	struct buf path = BUF_INIT, where = BUF_INIT;

	buf_add_path(&path, c->path);
	buf_add_path(&where, c->new_path);
	error_set(err, ERROR_REFUSED, "%s is %s's own, and %s has it as %s, "
		  "which is not", path.s, env, h->to.release->name, where.s);
	error_hint(err, "say that %s is as well, in environments.%s.own",
		   where.s, env);
	buf_release(&path);
	buf_release(&where);
	return -1;
}

/* -1, 0: it is as it is to be; 1: it changes. */
static int judge_copy(const struct hop *h, const struct copy *c,
		      struct error *err)
{
	if (c->outcome == COPY_CONFLICT)
		return refuse_conflict(h, c, err);
	if (c->outcome != COPY_UPDATED)
		return 0;
	if (!profile_is_own(h->p->env, c->new_path))
		return refuse_move(h, c, err);
	return 1;
}

static int put_copy(struct hop *h, const struct copy *c, struct error *err)
{
	struct tree_edit edits[] = {
		{ c->path, 0, NULL },
		{ c->new_path, c->mode, c->result },
	};
	int moves = strcmp(c->path, c->new_path) != 0;

	note(h, moves ? "moved, with its template" : "merged with its "
	     "template", c->new_path);
	return put(h, edits + !moves, 1 + (size_t)moves, err);
}

static void forget_line(struct record *rec, const char *path)
{
	for (size_t i = rec->nr_copies; i-- > 0;)
		if (!strcmp(rec->copies[i].path, path))
			record_remove_copy(rec, i);
}

/* Its line: of the template it was merged with, or has already. */
static void put_line(struct hop *h, const struct copy *c)
{
	if (c->outcome != COPY_CURRENT && c->outcome != COPY_UPDATED)
		return;
	forget_line(&h->record, c->path);
	if (!c->landed)
		record_set_copy(&h->record, c->template_blob, c->new_template,
				c->new_path);
	h->record_changed = 1;
}

static int put_copies(struct hop *h, const struct copy_list *list,
		      struct error *err)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct copy *c = &list->v[i];
		int changes;

		if (!profile_is_own(h->p->env, c->path))
			continue;
		changes = judge_copy(h, c, err);
		if (changes < 0 || (changes && put_copy(h, c, err) < 0))
			return -1;
		put_line(h, c);
		if (c->outcome == COPY_BINARY)
			note(h, "left as it is, its template changed and is "
			     "no text", c->path);
	}
	return 0;
}

static int carry_copies(struct hop *h, struct error *err)
{
	struct promote *p = h->p;
	struct strvec none = STRVEC_INIT;
	struct copy_list list = COPY_LIST_INIT;
	struct copy_request cr = {
		.repo = h->repo, .profile = &p->push.product.profile,
		.releases = &p->push.product.releases,
		.from = h->from.release, .to = h->to.release,
		.from_tree = commit_of(&h->from),
		.to_tree = commit_of(&h->to), .our_tree = p->target,
		.record = &h->from.record, .confirmed = &none,
		.our_label = p->env->name, .their_label = h->to.release->name,
	};
	int ret = copies_compute(&list, &cr, err);

	if (!ret)
		ret = put_copies(h, &list, err);
	copy_list_release(&list);
	return ret;
}

static int put_record(struct hop *h, struct error *err)
{
	struct buf text = BUF_INIT;
	struct tree_edit edit = { RECORD_PATH, 0100644, NULL };
	char *blob;
	int ret = -1;

	record_write(&h->record, &text);
	blob = object_write_blob(h->repo, text.s, text.len, err);
	edit.oid = blob;
	if (blob)
		ret = put(h, &edit, 1, err);
	buf_release(&text);
	free(blob);
	return ret;
}

/* Migrations */

/* Does one of these patterns match a file of the target's own? */
static int match_own(const struct hop *h, const struct strvec *patterns)
{
	for (size_t i = 0; i < patterns->nr; i++)
		for (size_t k = 0; k < h->own.nr; k++)
			if (path_match(patterns->v[i], h->own.v[k].path))
				return 1;
	return 0;
}

/* Is one for a file of the target's own? */
static int may_migrate(const struct hop *h, const struct migration *m)
{
	int may = match_own(h, &m->files);

	for (size_t i = 0; !may && i < m->nr_edits; i++) {
		const struct migration_edit *e = &m->edits[i];

		may = match_own(h, &e->in) ||
		      (e->move && tree_list_find(&h->own, e->move));
	}
	return may;
}

static void hint_own(const struct hop *h, const char *path,
		     struct error *err)
{
	struct buf shown = BUF_INIT;

	buf_add_path(&shown, path);
	error_hint(err, "say that %s is %s's own as well, in "
		   "environments.%s.own", shown.s, h->p->env->name,
		   h->p->env->name);
	buf_release(&shown);
}

/* Where the source's stands at the new place, that is why it could not be. */
static int hint_moves(const struct hop *h, const struct profile *profile,
		      struct error *err)
{
	for (size_t i = 0; i < profile->nr_migrations; i++)
		for (size_t k = 0; k < profile->migrations[i].nr_edits; k++) {
			const struct migration_edit *e =
				&profile->migrations[i].edits[k];

			if (e->move && tree_list_find(&h->own, e->move) &&
			    !profile_is_own(h->p->env, e->to))
				hint_own(h, e->to, err);
		}
	return -1;
}

/* What is the target's own does not become the source's. */
static int check_moves(const struct hop *h, const struct migration_list *list,
		       struct error *err)
{
	const struct environment *env = h->p->env;

	for (size_t i = 0; i < list->nr; i++)
		for (size_t k = 0; k < list->v[i].nr_files; k++) {
			const struct migrated_file *f = &list->v[i].files[k];
			struct buf from = BUF_INIT, to = BUF_INIT;

			if (!profile_is_own(env, f->path) ||
			    profile_is_own(env, f->new_path))
				continue;
			buf_add_path(&from, f->path);
			buf_add_path(&to, f->new_path);
			error_set(err, ERROR_REFUSED, "%s is %s's own, and "
				  "migration %s moves it to %s, which is not",
				  from.s, env->name, list->v[i].name, to.s);
			hint_own(h, f->new_path, err);
			buf_release(&from);
			buf_release(&to);
			return -1;
		}
	return 0;
}

/* The first of them that it changed; NULL: none. */
static const char *own_file_of(const struct hop *h, const struct migrated *m)
{
	for (size_t i = 0; i < m->nr_files; i++)
		if (profile_is_own(h->p->env, m->files[i].path))
			return m->files[i].path;
	return NULL;
}

static int refuse_missing(const struct migrated *m, const char *path,
			  const struct migrated_value *v, struct error *err)
{
	struct buf shown = BUF_INIT;

	buf_add_path(&shown, path);
	error_set(err, ERROR_REFUSED, "migration %s of %s needs the value %s, "
		  "which only you know", m->name, shown.s, v->name);
	buf_release(&shown);
	if (v->description)
		error_hint(err, "%s: %s", v->name, v->description);
	return error_hint(err, "give it with --set=%s.%s=TEXT", m->name,
			  v->name);
}

static int check_values(const struct hop *h, const struct migration_list *list,
			struct error *err)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct migrated *m = &list->v[i];
		const char *path = own_file_of(h, m);

		for (size_t k = 0; path && k < m->nr_values; k++)
			if (m->values[k].is_used && !m->values[k].text)
				return refuse_missing(m, path, &m->values[k],
						      err);
	}
	return 0;
}

/* Of all that they made, what is the target's own. */
static int put_migrated(struct hop *h, const char *tree, struct error *err)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	int ret = tree_diff_read(&diff, h->repo, h->p->tree, tree, 0, err);

	for (size_t i = 0; !ret && i < diff.nr; i++) {
		const struct tree_change *c = &diff.v[i];
		struct tree_edit edit = { c->path, c->new_mode, c->new_oid };

		if (!profile_is_own(h->p->env, c->path))
			continue;
		note(h, "migrated", c->path);
		ret = put(h, &edit, 1, err);
	}
	tree_diff_release(&diff);
	return ret;
}

static int carry_migrations(struct hop *h, struct error *err)
{
	struct promote *p = h->p;
	const struct profile *profile = &p->push.product.profile;
	struct migration_list list = MIGRATION_LIST_INIT;
	struct migrate_request mr = {
		.repo = h->repo, .profile = profile, .tree = p->tree,
		.before = p->target, .from = h->from.release->name,
		.to = h->to.release->name, .given = h->q->values,
	};
	int needed = 0, ret = 0;

	for (size_t i = 0; !needed && i < profile->nr_migrations; i++)
		needed = may_migrate(h, &profile->migrations[i]);
	if (!needed)
		return 0;
	if (migrate_check_given(profile, h->q->values, err) < 0)
		ret = -1;
	else if (migrate_compute(&list, &mr, err) < 0)
		ret = hint_moves(h, profile, err);
	else if (check_moves(h, &list, err) < 0 ||
		 check_values(h, &list, err) < 0)
		ret = -1;
	else if (list.tree)
		ret = put_migrated(h, list.tree, err);
	migration_list_release(&list);
	return ret;
}

int promote_carry_own(struct promote *p, struct repo *r,
		      const struct promote_request *q, struct error *err)
{
	struct hop h = { .p = p, .repo = r, .q = q, .from = ADOPTED_INIT,
			 .to = ADOPTED_INIT, .own = TREE_LIST_INIT,
			 .record = RECORD_INIT };
	int ret = read_own(&h, err);

	if (!ret && h.own.nr)
		ret = read_releases(&h, err);
	if (ret > 0) {
		ret = record_read(&h.record, r, p->tree, err) < 0 ? -1 :
		      carry_copies(&h, err);
		if (!ret && h.record_changed)
			ret = put_record(&h, err);
		if (!ret)
			ret = carry_migrations(&h, err);
	}
	adopted_release(&h.from);
	adopted_release(&h.to);
	tree_list_release(&h.own);
	record_release(&h.record);
	return ret;
}
