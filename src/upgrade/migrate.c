#include "upgrade/migrate.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/tree.h"
#include "upgrade/migrate_internal.h"

#include <stdlib.h>
#include <string.h>

/* A path that was asked about, and what is there by now. */
struct file {
	char *path;
	unsigned tree_mode;		/* 0: it was not there */
	char *tree_oid;
	unsigned mode;			/* 0: it is not there */
	char *oid;			/* when the migration at hand began */
	char *was;			/* moved here from, or NULL */
	struct buf text;
	int is_read, is_edited;
};

struct work {
	const struct migrate_request *req;
	struct migration_list *list;
	/* All of the tree, and of the one before; once asked for. */
	struct tree_list all, before;
	int have_all, have_before;
	struct strmap files;		/* by path */
	/* The migration at hand. */
	const struct migration *m;
	struct migrated *out;
	struct filling fill;
	struct strvec allowed;		/* of its `files` */
	int applies;			/* some edit was made, or is so */
};

const char *migrated_state_name(enum migrated_state state)
{
	switch (state) {
	case MIGRATION_CHANGED:
		return "changed";
	case MIGRATION_SO_ALREADY:
		return "already so";
	case MIGRATION_NOT_HERE:
		break;
	case MIGRATION_WAITING:
		return "waiting";
	}
	return "not applicable";
}

/* Files */

/* One path of a tree; mode 0: nothing is there. */
static int look_up(unsigned *mode, char **oid, struct work *w,
		   const char *path, struct error *err)
{
	struct tree_list found = TREE_LIST_INIT;
	const struct tree_entry *e = tree_list_find(&w->all, path);
	struct strvec paths = STRVEC_INIT;
	int ret;

	if (e) {
		*mode = e->mode;
		*oid = xstrdup(e->oid);
		return 0;
	}
	strvec_push(&paths, path);
	ret = tree_list_pick(&found, w->req->repo, w->req->tree, &paths, err);
	if (!ret && found.nr) {
		*mode = found.v[0].mode;
		*oid = xstrdup(found.v[0].oid);
	}
	strvec_release(&paths);
	tree_list_release(&found);
	return ret;
}

/* Never NULL but for an error; it stays where it is. */
static struct file *file_at(struct work *w, const char *path,
			    struct error *err)
{
	struct file *f = strmap_get(&w->files, path);

	if (f)
		return f;
	f = xcalloc(1, sizeof(*f));
	f->path = xstrdup(path);
	buf_init(&f->text);
	strmap_put(&w->files, path, f);
	if (look_up(&f->tree_mode, &f->tree_oid, w, path, err) < 0)
		return NULL;
	f->mode = f->tree_mode;
	f->oid = xstrdup_or_null(f->tree_oid);
	return f;
}

static int read_text(struct work *w, struct file *f, struct error *err)
{
	if (f->is_read)
		return 0;
	f->is_read = 1;
	return object_read(w->req->repo, f->oid, &f->text, err);
}

static void file_free(struct file *f)
{
	free(f->path);
	free(f->tree_oid);
	free(f->oid);
	free(f->was);
	buf_release(&f->text);
	free(f);
}

static int is_pattern(const char *text)
{
	return strpbrk(text, "*?") != NULL;
}

static void add_path(struct strmap *paths, const char *path)
{
	if (profile_may_migrate(path))
		strmap_put(paths, path, NULL);
}

static struct file *nth_file(const struct work *w, size_t i)
{
	return w->files.values[i];
}

/* What a pattern matches in a tree, and among files that moved. */
static int match(struct strmap *paths, struct work *w, const char *pattern,
		 struct error *err)
{
	if (!is_pattern(pattern)) {
		add_path(paths, pattern);
		return 0;
	}
	if (!w->have_all++ && tree_list_read(&w->all, w->req->repo,
					     w->req->tree, err) < 0)
		return -1;
	for (size_t i = 0; i < w->all.nr; i++)
		if (path_match(pattern, w->all.v[i].path))
			add_path(paths, w->all.v[i].path);
	for (size_t i = 0; i < w->files.nr; i++)
		if (nth_file(w, i)->mode &&
		    path_match(pattern, w->files.keys[i]))
			add_path(paths, w->files.keys[i]);
	return 0;
}

static int match_all(struct strmap *paths, struct work *w,
		     const struct strvec *patterns, struct error *err)
{
	for (size_t i = 0; i < patterns->nr; i++)
		if (match(paths, w, patterns->v[i], err) < 0)
			return -1;
	return 0;
}

/* Values */

static int is_placeholder(const struct profile *p, const char *text)
{
	for (size_t i = 0; i < p->placeholders.nr; i++)
		if (strstr(text, p->placeholders.v[i]))
			return 1;
	return 0;
}

/* The text of a key in a file as it was before; NULL. */
static char *text_before(struct work *w, const char *path, const char *key)
{
	char *name = xstrfmt("%s:%s", w->req->before, path), *found = NULL;
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (!strchr(path, '\n') &&
	    object_read_if(w->req->repo, name, &text, &ignored) > 0)
		found = key_text(&text, w->req->profile, path, key);
	if (found && is_placeholder(w->req->profile, found))
		FREE_AND_NULL(found);
	error_release(&ignored);
	buf_release(&text);
	free(name);
	return found;
}

/* Paths of the tree before that the migration is about. */
static int paths_before(struct strmap *paths, struct work *w,
			struct error *err)
{
	const struct strvec *patterns = &w->m->files;

	for (size_t i = 0; i < patterns->nr; i++) {
		const char *pattern = patterns->v[i];

		if (!is_pattern(pattern)) {
			add_path(paths, pattern);
			continue;
		}
		if (!w->have_before++ &&
		    tree_list_read(&w->before, w->req->repo, w->req->before,
				   err) < 0)
			return -1;
		for (size_t j = 0; j < w->before.nr; j++)
			if (path_match(pattern, w->before.v[j].path))
				add_path(paths, w->before.v[j].path);
	}
	return 0;
}

static int find_value(struct migrated_value *v, struct work *w,
		      const struct migration_value *rule, struct error *err)
{
	struct strmap paths = STRMAP_INIT;
	int ret = paths_before(&paths, w, err);

	for (size_t i = 0; !ret && i < rule->fallback_from.nr; i++)
		for (size_t j = 0; !v->text && j < paths.nr; j++) {
			v->text = text_before(w, paths.keys[j],
					      rule->fallback_from.v[i]);
			if (!v->text)
				continue;
			if (!profile_value_fits(rule->type, v->text)) {
				free(v->text);
				v->text = NULL;
				continue;
			}
			v->source = VALUE_IS_FOUND;
			v->where = xstrdup(paths.keys[j]);
		}
	strmap_release(&paths);
	return ret;
}

static int check_given(const struct migrated_value *v,
		       const struct migration *m, struct error *err)
{
	if (!v->text || profile_value_fits(v->type, v->text))
		return 0;
	error_set(err, ERROR_REFUSED, "the value %s of migration %s is to be "
		  "%s, not '%s'", v->name, m->name,
		  profile_value_type_name(v->type), v->text);
	error_hint(err, "give another with --set %s.%s=...", m->name,
		   v->name);
	return -1;
}

static int find_values(struct work *w, struct error *err)
{
	struct migrated *out = w->out;
	int ret = 0;

	out->values = xcalloc(w->m->nr_values + 1, sizeof(*out->values));
	for (size_t i = 0; !ret && i < w->m->nr_values; i++) {
		const struct migration_value *rule = &w->m->values[i];
		struct migrated_value *v = &out->values[out->nr_values++];

		v->name = xstrdup(rule->name);
		v->description = xstrdup_or_null(rule->description);
		v->type = rule->type;
		value_give(v, w->req->profile, w->m->name, w->req->given);
		ret = check_given(v, w->m, err);
		if (!ret && !v->text && w->req->before &&
		    rule->fallback_from.nr)
			ret = find_value(v, w, rule, err);
		if (!v->text && rule->fallback) {
			v->text = xstrdup(rule->fallback);
			v->source = VALUE_IS_DEFAULT;
		}
	}
	w->fill = (struct filling){ w->req->from, w->req->to, out->values,
				    out->nr_values, w->req->profile };
	return ret;
}

/* What was asked for by something that changes the result is used. */
static void note_values(struct work *w, int is_used)
{
	for (size_t i = 0; i < w->out->nr_values; i++) {
		struct migrated_value *v = &w->out->values[i];

		v->is_used |= v->is_asked && is_used;
		v->is_asked = 0;
	}
}

/* Conditions */

static void set_reason(struct work *w, char *reason)
{
	if (w->out->reason)
		free(reason);
	else
		w->out->reason = reason;
}

static char *why_not(const struct migration_condition *c, const char *path)
{
	const char *in = c->in ? c->in : path;

	if (c->file)
		return xstrfmt("there is no %s", c->file);
	if (c->no_file)
		return xstrfmt("there is %s", c->no_file);
	if (c->exists)
		return xstrfmt("%s has no %s", in, c->exists);
	if (c->lacks)
		return xstrfmt("%s has %s", in, c->lacks);
	return xstrfmt("%s in %s is %s", c->equals ? c->equals : c->differs,
		       in, c->equals ? "another" : "just that");
}

/* 1 it holds, 0 it does not, for `reason`; -1 */
static int holds(struct work *w, const struct migration_condition *c,
		 const char *path, struct error *err)
{
	const char *at = c->file ? c->file : c->no_file ? c->no_file :
			 c->in ? c->in : path;
	struct file *f = file_at(w, at, err);
	int is_file, ret;

	if (!f)
		return -1;
	is_file = mode_is_file(f->mode);
	if (c->file || c->no_file) {
		ret = c->file ? f->mode != 0 : f->mode == 0;
	} else {
		if (is_file && read_text(w, f, err) < 0)
			return -1;
		ret = condition_holds(c, is_file ? &f->text : NULL, at,
				      &w->fill, err);
	}
	if (!ret)
		set_reason(w, why_not(c, path));
	return ret;
}

static int all_hold(struct work *w, const struct migration_condition *v,
		    size_t nr, const char *path, struct error *err)
{
	int ret = 1;

	for (size_t i = 0; ret > 0 && i < nr; i++)
		ret = holds(w, &v[i], path, err);
	return ret;
}

/* About one of the `files`, whichever it is. */
static int is_about_each(const struct migration_condition *c)
{
	return !c->file && !c->no_file && !c->in;
}

/* The migration's conditions: those about each file, or the others. */
static int conditions_hold(struct work *w, const char *path,
			   struct error *err)
{
	int ret = 1;

	for (size_t i = 0; ret > 0 && i < w->m->nr_conditions; i++)
		if (is_about_each(&w->m->conditions[i]) == (path != NULL))
			ret = holds(w, &w->m->conditions[i], path, err);
	return ret;
}

/* Of the files those that its conditions let in: 1, 0 for `reason`, -1. */
static int is_allowed(struct work *w, const char *path, struct error *err)
{
	struct file *f = file_at(w, path, err);

	if (!f)
		return -1;
	if (mode_is_file(f->mode))
		return conditions_hold(w, path, err);
	set_reason(w, xstrfmt(f->mode ? "%s is no file" : "there is no %s",
			      path));
	return 0;
}

static int find_allowed(struct work *w, struct error *err)
{
	struct strmap paths = STRMAP_INIT;
	int ret = match_all(&paths, w, &w->m->files, err);

	for (size_t i = 0; ret >= 0 && i < paths.nr; i++) {
		ret = is_allowed(w, paths.keys[i], err);
		if (ret > 0)
			strvec_push(&w->allowed, paths.keys[i]);
	}
	strmap_release(&paths);
	return ret < 0 ? -1 : 0;
}

/* Edits */

static int is_folder_above(struct work *w, const char *path,
			   struct error *err)
{
	int ret = 0;

	for (const char *slash = strchr(path, '/'); slash && !ret;
	     slash = strchr(slash + 1, '/')) {
		char *above = xmemdupz(path, (size_t)(slash - path));
		struct file *f = file_at(w, above, err);

		if (!f)
			ret = -1;
		else if (f->mode && f->mode != 040000)
			ret = error_set(err, ERROR_REFUSED, "%s is no folder",
					above);
		free(above);
	}
	return ret;
}

static int same_contents(struct work *w, struct file *a, struct file *b,
			 struct error *err)
{
	if (read_text(w, a, err) < 0 || read_text(w, b, err) < 0)
		return -1;
	return a->text.len == b->text.len &&
	       !memcmp(a->text.s, b->text.s, a->text.len);
}

/* The old place is empty from here on. */
static void take_over(struct file *to, struct file *from)
{
	free(to->was);
	to->was = from->was ? from->was : xstrdup(from->path);
	from->was = NULL;
	buf_release(&to->text);
	to->text = from->text;
	from->text = (struct buf)BUF_INIT;
	to->mode = from->mode;
	to->is_read = 1;
	to->is_edited = 1;
	from->mode = 0;
	from->is_read = from->is_edited = 0;
}

static int move_file(struct work *w, const struct migration_edit *e,
		     struct error *err)
{
	struct file *from = file_at(w, e->move, err);
	struct file *to = from ? file_at(w, e->to, err) : NULL;
	int same = 1;

	if (!to || is_folder_above(w, e->to, err) < 0)
		return -1;
	if (!from->mode) {
		if (!to->mode)
			set_reason(w, xstrfmt("there is no %s", e->move));
		w->applies |= to->mode != 0;
		return 0;
	}
	if (!mode_is_file(from->mode)) {
		set_reason(w, xstrfmt("%s is no file", e->move));
		return 0;
	}
	w->applies = 1;
	if (to->mode)
		same = mode_is_file(to->mode) ?
		       same_contents(w, from, to, err) : 0;
	if (same < 0 || read_text(w, from, err) < 0)
		return -1;
	if (!same)
		return error_set(err, ERROR_REFUSED, "there are %s and %s, and "
				 "they differ: one of them has to go",
				 e->move, e->to);
	take_over(to, from);
	return 1;
}

/* 1 changed, 0 not, -1. */
static int edit_file(struct work *w, const struct migration_edit *e,
		     const char *path, struct error *err)
{
	struct file *f = file_at(w, path, err);
	int ret;

	if (!f)
		return -1;
	if (!mode_is_file(f->mode)) {
		set_reason(w, xstrfmt(f->mode ? "%s is no file" :
				      "there is no %s", path));
		return 0;
	}
	ret = all_hold(w, e->conditions, e->nr_conditions, path, err);
	note_values(w, 0);
	if (ret <= 0)
		return ret;
	if (read_text(w, f, err) < 0)
		return -1;
	w->applies = 1;
	ret = migrate_text(&f->text, path, e, &w->fill, err);
	note_values(w, ret > 0);
	f->is_edited |= ret > 0;
	return ret;
}

static int make_edit(struct work *w, const struct migration_edit *e,
		     struct error *err)
{
	struct strmap paths = STRMAP_INIT;
	int ret = 0;

	if (e->move) {
		ret = all_hold(w, e->conditions, e->nr_conditions, NULL, err);
		return ret > 0 ? move_file(w, e, err) : ret;
	}
	if (e->in.nr)
		ret = match_all(&paths, w, &e->in, err);
	for (size_t i = 0; !e->in.nr && i < w->allowed.nr; i++)
		add_path(&paths, w->allowed.v[i]);
	for (size_t i = 0; ret >= 0 && i < paths.nr; i++)
		ret = edit_file(w, e, paths.keys[i], err);
	strmap_release(&paths);
	return ret;
}

/* What cannot be is said with where, and with the ways out. */
static int explain(const struct work *w, size_t i, struct error *err)
{
	const char *what, *name = profile_edit_name(&w->m->edits[i], &what);

	error_wrap(err, "migration %s, edit %zu (%s %s)", w->m->name, i + 1,
		   name, what);
	err->kind = ERROR_REFUSED;
	return -1;
}

static int hint_out(const struct work *w, struct error *err)
{
	error_hint(err, "mend the file, then run the same command again");
	return error_hint(err, "or do without: \"migrations: {%s: ~}\" in "
			  ".gitupgrade.yaml, or in the file that \"git config "
			  "upgrade.config\" names", w->m->name);
}

static int make_edits(struct work *w, struct error *err)
{
	for (size_t i = 0; i < w->m->nr_edits; i++)
		if (make_edit(w, &w->m->edits[i], err) < 0)
			return explain(w, i, err);
	return 0;
}

/* What came of it */

static void add_file(struct migrated *out, const struct file *f,
		     const char *path, const char *old, const char *new)
{
	ALLOC_GROW(out->files, out->nr_files + 1, out->alloc_files);
	out->files[out->nr_files++] = (struct migrated_file){
		xstrdup(path), xstrdup(f->path), f->mode,
		xstrdup_or_null(old), xstrdup_or_null(new)
	};
}

/* What the file was that has moved to where `f` is. */
static const char *old_blob(const struct work *w, const struct file *f)
{
	const struct file *from = f->was ? strmap_get(&w->files, f->was) :
				  NULL;

	return from ? from->oid : f->oid;
}

/* The files as they are now are how the next migration finds them. */
static int write_file(struct work *w, struct file *f, struct error *err)
{
	char *blob;

	if (!f->is_edited)
		return 0;
	blob = object_write_blob(w->req->repo, f->text.s, f->text.len, err);
	if (!blob)
		return -1;
	if (f->was || !f->oid || strcmp(f->oid, blob))
		add_file(w->out, f, f->was ? f->was : f->path,
			 old_blob(w, f), blob);
	free(f->oid);
	f->oid = blob;
	return 0;
}

static int cmp_files(const void *a, const void *b)
{
	const struct migrated_file *x = a, *y = b;

	return strcmp(x->new_path, y->new_path);
}

static int write_files(struct work *w, struct error *err)
{
	struct migrated *out = w->out;

	for (size_t i = 0; i < w->files.nr; i++)
		if (write_file(w, nth_file(w, i), err) < 0)
			return -1;
	for (size_t i = 0; i < w->files.nr; i++) {
		struct file *f = nth_file(w, i);

		FREE_AND_NULL(f->was);
		f->is_edited = 0;
		if (!f->mode)
			FREE_AND_NULL(f->oid);
	}
	if (out->nr_files)
		qsort(out->files, out->nr_files, sizeof(*out->files),
		      cmp_files);
	return 0;
}

/* Conflicts */

static int is_waiting(const struct work *w, const struct strmap *paths)
{
	for (size_t i = 0; i < paths->nr; i++)
		if (strvec_has(w->req->waiting, paths->keys[i]))
			return 1;
	return 0;
}

static void add_conditions(struct strmap *paths,
			   const struct migration_condition *v, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const char *path = v[i].in ? v[i].in : v[i].file ? v[i].file :
				   v[i].no_file;

		if (path)
			add_path(paths, path);
	}
}

/* All that the migration looks at. */
static int find_paths(struct strmap *paths, struct work *w,
		      struct error *err)
{
	const struct migration *m = w->m;
	int ret = match_all(paths, w, &m->files, err);

	add_conditions(paths, m->conditions, m->nr_conditions);
	for (size_t i = 0; !ret && i < m->nr_edits; i++) {
		const struct migration_edit *e = &m->edits[i];

		ret = match_all(paths, w, &e->in, err);
		add_conditions(paths, e->conditions, e->nr_conditions);
		if (e->move) {
			add_path(paths, e->move);
			add_path(paths, e->to);
		}
	}
	return ret;
}

/* 1: one of them is in conflict; then all values may be needed. */
static int has_to_wait(struct work *w, struct error *err)
{
	struct strmap paths = STRMAP_INIT;
	int ret;

	if (!w->req->waiting || !w->req->waiting->nr)
		return 0;
	ret = find_paths(&paths, w, err) < 0 ? -1 : is_waiting(w, &paths);
	for (size_t i = 0; ret > 0 && i < w->out->nr_values; i++)
		w->out->values[i].is_used = 1;
	strmap_release(&paths);
	return ret;
}

/* One migration, and all of them */

static int migrate(struct work *w, struct error *err)
{
	struct migrated *out = w->out;
	int ret = has_to_wait(w, err);

	if (ret) {
		out->state = MIGRATION_WAITING;
		return ret < 0 ? -1 : 0;
	}
	ret = conditions_hold(w, NULL, err);
	if (ret > 0)
		ret = find_allowed(w, err) < 0 || make_edits(w, err) < 0 ?
		      -1 : 0;
	if (ret < 0) {
		if (!starts_with(err->message, "migration "))
			error_wrap(err, "migration %s", w->m->name);
		err->kind = ERROR_REFUSED;
		return hint_out(w, err);
	}
	if (write_files(w, err) < 0)
		return -1;
	out->state = out->nr_files ? MIGRATION_CHANGED :
		     w->applies ? MIGRATION_SO_ALREADY : MIGRATION_NOT_HERE;
	if (out->state == MIGRATION_NOT_HERE)
		set_reason(w, xstrdup("no file of it is there"));
	else
		FREE_AND_NULL(out->reason);
	return 0;
}

static int migrate_one(struct work *w, const struct migration *m,
		       struct error *err)
{
	struct migration_list *list = w->list;
	int ret;

	ALLOC_GROW(list->v, list->nr + 1, list->alloc);
	w->out = &list->v[list->nr++];
	*w->out = (struct migrated){
		.state = MIGRATION_NOT_HERE, .name = xstrdup(m->name),
		.description = xstrdup_or_null(m->description),
		.note = xstrdup_or_null(m->note),
	};
	w->m = m;
	w->applies = 0;
	ret = find_values(w, err);
	if (!ret)
		ret = migrate(w, err);
	strvec_release(&w->allowed);
	return ret;
}

/* A hop from before `since` to it, or to what is later, up to `until`. */
static int is_crossed(const struct profile *p, const struct migration *m,
		      const char *from, const char *to)
{
	struct version v;

	return !version_parse(&v, p->scheme, from) &&
	       version_cmp_prefix(&v, p->scheme, m->since) < 0 &&
	       profile_in_range(p, to, m->since, m->until);
}

int migrate_may_ask(const struct profile *p, const char *from, const char *to,
		    const struct strvec *given)
{
	int may = 0;

	for (size_t i = 0; i < p->nr_migrations; i++) {
		const struct migration *m = &p->migrations[i];

		for (size_t j = 0; is_crossed(p, m, from, to) &&
		     j < m->nr_values; j++) {
			struct migrated_value v = { .name = m->values[j].name };

			value_give(&v, p, m->name, given);
			may |= !v.text;
			free(v.text);
		}
	}
	return may;
}

/* Those that are crossed, the earliest first. */
static size_t find_crossed(const struct migration **v,
			   const struct migrate_request *req)
{
	const struct profile *p = req->profile;
	size_t nr = 0;

	for (size_t i = 0; i < p->nr_migrations; i++) {
		const struct migration *m = &p->migrations[i];
		size_t at = nr;

		if (!is_crossed(p, m, req->from, req->to))
			continue;
		for (; at && version_cmp_prefixes(p->scheme, v[at - 1]->since,
						  m->since) > 0; at--)
			v[at] = v[at - 1];
		v[at] = m;
		nr++;
	}
	return nr;
}

static int write_tree(struct work *w, struct error *err)
{
	struct tree_edit *edits = xcalloc(w->files.nr + 1, sizeof(*edits));
	size_t nr = 0;

	/* What goes first, so that a folder may be where a file was. */
	for (size_t i = 0; i < w->files.nr; i++)
		if (nth_file(w, i)->tree_mode && !nth_file(w, i)->mode)
			edits[nr++] = (struct tree_edit){ w->files.keys[i],
							  0, NULL };
	for (size_t i = 0; i < w->files.nr; i++) {
		const struct file *f = nth_file(w, i);

		if (f->mode && (f->mode != f->tree_mode ||
				strcmp(f->oid, f->tree_oid)))
			edits[nr++] = (struct tree_edit){ f->path, f->mode,
							  f->oid };
	}
	if (nr)
		w->list->tree = tree_edit(w->req->repo, w->req->tree, edits,
					  nr, err);
	free(edits);
	return nr && !w->list->tree ? -1 : 0;
}

int migrate_compute(struct migration_list *list,
		    const struct migrate_request *req, struct error *err)
{
	struct work w = { .req = req, .list = list, .all = TREE_LIST_INIT,
			  .before = TREE_LIST_INIT, .files = STRMAP_INIT,
			  .allowed = STRVEC_INIT };
	const struct migration **crossed =
		xcalloc(req->profile->nr_migrations + 1, sizeof(*crossed));
	size_t nr = find_crossed(crossed, req);
	int ret = 0;

	for (size_t i = 0; !ret && i < nr; i++)
		ret = migrate_one(&w, crossed[i], err);
	if (!ret)
		ret = write_tree(&w, err);
	for (size_t i = 0; i < w.files.nr; i++)
		file_free(nth_file(&w, i));
	strmap_release(&w.files);
	free(crossed);
	tree_list_release(&w.all);
	tree_list_release(&w.before);
	return ret;
}

static void migrated_release(struct migrated *m)
{
	free(m->name);
	free(m->description);
	free(m->note);
	free(m->reason);
	for (size_t i = 0; i < m->nr_files; i++) {
		free(m->files[i].path);
		free(m->files[i].new_path);
		free(m->files[i].old_blob);
		free(m->files[i].new_blob);
	}
	for (size_t i = 0; i < m->nr_values; i++) {
		free(m->values[i].name);
		free(m->values[i].description);
		free(m->values[i].text);
		free(m->values[i].where);
	}
	free(m->files);
	free(m->values);
}

void migration_list_release(struct migration_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		migrated_release(&list->v[i]);
	free(list->v);
	free(list->tree);
	*list = (struct migration_list)MIGRATION_LIST_INIT;
}
