#include "git/mergetree.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/driver.h"
#include "git/merge_label.h"
#include "git/object.h"
#include "git/tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES ".gitattributes"
/* With more folders than this all there is is listed. */
#define MAX_NAMED 1000

static void add_folders(struct strmap *folders, const char *of)
{
	char *path = xstrdup(of), *slash;

	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (strmap_has(folders, path))
			break;
		strmap_put(folders, path, NULL);
	}
	free(path);
}

/* What both changed: their folders, and they where they are submodules. */
static void add_shared(struct strmap *folders, struct strvec *paths,
		       const struct tree_diff *a, const struct tree_diff *b)
{
	for (size_t i = 0; i < a->nr; i++) {
		const struct tree_change *c = &a->v[i];

		if (!tree_diff_find(b, c->path))
			continue;
		add_folders(folders, c->path);
		if (c->old_mode == 0160000 || c->new_mode == 0160000)
			strvec_push(paths, c->path);
	}
}

/*
 * What can count, or none for all there is.  Attributes are asked for where
 * texts are merged, renormalised or compared for renames, submodules where
 * both sides moved one: where nothing can have been renamed, and carried others
 * along, at paths that both changed.
 */
static int name_surroundings(struct strvec *paths, struct repo *r,
			     const char *base, const char *ours,
			     const char *theirs, struct error *err)
{
	struct tree_diff left = TREE_DIFF_INIT, right = TREE_DIFF_INIT;
	struct strmap folders = STRMAP_INIT;
	int ret = -1;

	if (tree_diff_read(&left, r, base, ours, 0, err) < 0 ||
	    tree_diff_read(&right, r, base, theirs, 0, err) < 0)
		goto out;
	ret = 0;
	if (tree_diff_may_rename(&left) || tree_diff_may_rename(&right))
		goto out;
	strvec_push(paths, ATTRIBUTES);
	add_shared(&folders, paths, &left, &right);
	for (size_t i = 0; i < folders.nr; i++)
		strvec_pushf(paths, "%s/" ATTRIBUTES, folders.keys[i]);
	if (folders.nr > MAX_NAMED)
		strvec_release(paths);
out:
	tree_diff_release(&left);
	tree_diff_release(&right);
	strmap_release(&folders);
	return ret;
}

/*
 * git looks into submodules to tell which side is ahead. It finds those whose
 * repositories are below ours by itself, not those that have them inside.
 */
static int link_submodule(const struct repo *r, const char *path,
			  const char *dir, struct error *err)
{
	char *inside = xstrfmt("%s/%s/.git", repo_top(r), path);
	char *file = xstrfmt("%s/%s/.git", dir, path);
	char *text = xstrfmt("gitdir: %s\n", inside);
	int ret = 0;

	if (dir_exists(inside) &&
	    (make_parent_dirs(file, err) < 0 ||
	     file_create(file, text, strlen(text), 0666, err) < 0))
		ret = -1;
	free(inside);
	free(file);
	free(text);
	return ret;
}

static int write_surrounding(struct repo *r, const struct tree_entry *e,
			     const char *dir, struct error *err)
{
	struct buf text = BUF_INIT, shown = BUF_INIT;
	char *path;
	int ret = 0;

	if (e->mode == 0160000)
		return link_submodule(r, e->path, dir, err);
	if (!mode_is_file(e->mode) || strcmp(path_base(e->path), ATTRIBUTES))
		return 0;
	path = path_join(dir, e->path);
	if (object_read(r, e->oid, &text, err) < 0)
		ret = -1;
	else if (driver_is_configured(r))
		driver_hide(&shown, &text);
	else
		buf_add(&shown, text.s, text.len);
	if (!ret && !make_parent_dirs(path, err))
		ret = file_create(path, shown.s, shown.len, 0666, err);
	else
		ret = -1;
	free(path);
	buf_release(&text);
	buf_release(&shown);
	return ret;
}

/* "MODE TYPE OID\tPATH", one of very many: most are of no interest. */
static int write_listed(struct repo *r, const char *line, const char *dir,
			struct error *err)
{
	const char *tab = strchr(line, '\t');
	struct tree_entry e;
	int ret;

	if (!tab || (!starts_with(line, "160000 ") &&
		     !ends_with(line, ATTRIBUTES)))
		return 0;
	e.mode = (unsigned)strtoul(line, NULL, 8);
	e.oid = xmemdupz(tab - r->hexsz, r->hexsz);
	e.path = (char *)tab + 1;
	ret = write_surrounding(r, &e, dir, err);
	free(e.oid);
	return ret;
}

static int write_all(struct repo *r, const char *ours, const char *dir,
		     struct error *err)
{
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "ls-tree", "-r", "-z", "--full-tree",
			  ours, NULL);

	for (const char *at = out.s; at < out.s + out.len && !ret;
	     at += strlen(at) + 1)
		ret = write_listed(r, at, dir, err);
	buf_release(&out);
	return ret;
}

/* The folder merge-tree runs in: our side's attributes, and submodules. */
static int write_surroundings(struct repo *r, const char *base,
			      const char *ours, const char *theirs,
			      const char *dir, struct error *err)
{
	struct strvec paths = STRVEC_INIT;
	struct tree_list list = TREE_LIST_INIT;
	int ret = name_surroundings(&paths, r, base, ours, theirs, err);

	if (!ret && !paths.nr)
		ret = write_all(r, ours, dir, err);
	else if (!ret)
		ret = tree_list_pick(&list, r, ours, &paths, err);
	for (size_t i = 0; i < list.nr && !ret; i++)
		ret = write_surrounding(r, &list.v[i], dir, err);
	strvec_release(&paths);
	tree_list_release(&list);
	return ret;
}

/* A version as a commit: itself, or a root commit for a bare tree. */
struct side {
	const struct merge_version *version;
	char *commit;
	int is_made;
};

static int side_init(struct side *s, struct repo *r,
		     const struct merge_version *version, struct error *err)
{
	static const char *const none[] = { NULL };
	char *type = NULL;

	s->version = version;
	/* Of a tree that is asked for its commit git complains itself. */
	if (object_find(r, version->treeish, &type, NULL, err) < 0)
		return -1;
	s->is_made = type && !strcmp(type, "tree");
	s->commit = s->is_made ?
		    object_write_commit(r, version->treeish, none, "@0 +0000",
					err) :
		    object_commit(r, version->treeish);
	free(type);
	if (!s->commit && !s->is_made)
		error_set(err, ERROR_FATAL, "there is no commit '%s'",
			  version->treeish);
	return s->commit ? 0 : -1;
}

static int parse_stage(struct merge_result *m, const char *line)
{
	const char *blank = strchr(line, ' '), *oid;
	struct merge_stage *s;
	size_t len;

	if (!blank)
		return -1;
	oid = blank + 1;
	len = strcspn(oid, " ");
	if (oid[len] != ' ' || oid[len + 1] < '1' || oid[len + 1] > '3' ||
	    oid[len + 2] != '\t' || !oid[len + 3])
		return -1;
	ALLOC_GROW(m->stages, m->nr_stages + 1, m->alloc_stages);
	s = &m->stages[m->nr_stages++];
	s->mode = (unsigned)strtoul(line, NULL, 8);
	s->oid = xmemdupz(oid, len);
	s->stage = oid[len + 1] - '0';
	s->path = xstrdup(oid + len + 3);
	return 0;
}

/*
 * "N\0" N paths "TYPE\0TEXT\n\0".  A submodule conflict appends text that
 * is not framed; where the count is no number the rest is left alone.
 */
static void parse_messages(struct merge_result *m, const char *at,
			   const char *end)
{
	while (at < end && isdigit((unsigned char)*at)) {
		struct merge_message *msg;
		long n = strtol(at, NULL, 10);

		ALLOC_GROW(m->messages, m->nr_messages + 1,
			   m->alloc_messages);
		msg = &m->messages[m->nr_messages++];
		strvec_init(&msg->paths);
		msg->type = msg->text = NULL;
		for (at += strlen(at) + 1; n > 0 && at < end; n--) {
			strvec_push(&msg->paths, at);
			at += strlen(at) + 1;
		}
		msg->type = xstrdup(at < end ? at : "");
		at += at < end ? strlen(at) + 1 : 0;
		msg->text = xmemdupz(at, at < end ? strcspn(at, "\n") : 0);
		at += at < end ? strlen(at) + 1 : 0;
	}
}

int mergetree_parse(struct merge_result *m, const struct buf *out,
		    size_t hexsz, struct error *err)
{
	const char *at = out->s, *end = out->s + out->len;

	if (strlen(at) != hexsz)
		return error_set(err, ERROR_FATAL,
				 "git merge-tree said something unexpected");
	m->tree = xstrdup(at);
	for (at += hexsz + 1; at < end && *at; at += strlen(at) + 1)
		if (parse_stage(m, at) < 0)
			return error_set(err, ERROR_FATAL, "git merge-tree "
					 "said something unexpected");
	if (at < end)
		parse_messages(m, at + 1, end);
	return 0;
}

/* The graft file and an empty file in place of `shallow`. */
static int write_grafts(const struct repo *r, const char *dir,
			const char *base, const char *ours,
			const char *theirs, struct strvec *env,
			struct error *err)
{
	struct buf b = BUF_INIT;
	char *grafts = path_join(dir, "grafts");
	char *empty = path_join(dir, "empty");
	char *shallow = path_join(r->common_dir, "shallow");
	int ret = -1;

	buf_addf(&b, "%s %s\n", ours, base);
	if (strcmp(ours, theirs))
		buf_addf(&b, "%s %s\n", theirs, base);
	buf_addf(&b, "%s\n", base);
	if (file_create(grafts, b.s, b.len, 0666, err) < 0 ||
	    file_create(empty, "", 0, 0666, err) < 0)
		goto out;
	strvec_pushf(env, "GIT_GRAFT_FILE=%s", grafts);
	if (file_exists(shallow))
		strvec_pushf(env, "GIT_SHALLOW_FILE=%s", empty);
	ret = 0;
out:
	buf_release(&b);
	free(grafts);
	free(empty);
	free(shallow);
	return ret;
}

static int run_merge(struct merge_result *m, struct repo *r, const char *dir,
		     const char *base, const char *ours,
		     const char *ours_label, const char *theirs,
		     const char *theirs_label, struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT, said = BUF_INIT;
	char *tree = path_join(dir, "tree");
	int ret = -1;

	git_proc(&p, r, "merge-tree", "--write-tree", "-z", "--messages",
		 ours_label, theirs_label, NULL);
	if (make_dirs(tree, err) < 0 ||
	    write_surroundings(r, base, ours, theirs, tree, err) < 0 ||
	    write_grafts(r, dir, base, ours, theirs, &p.env, err) < 0 ||
	    (driver_is_configured(r) &&
	     driver_hide_from(&p, r, dir, err) < 0))
		goto out;
	strvec_pushf(&p.env, "GIT_DIR=%s", r->git_dir);
	strvec_pushf(&p.env, "GIT_WORK_TREE=%s", tree);
	p.dir = tree;
	p.out = &out;
	p.err = &said;
	if (proc_run(&p, err) < 0)
		goto out;
	/* 1 is a conflict, or, with no output, a bad revision. */
	if (p.status > 1 || !out.len) {
		buf_rtrim(&said);
		error_set(err, ERROR_FATAL, "git merge-tree failed: %s",
			  said.s);
		goto out;
	}
	m->clean = !p.status;
	ret = mergetree_parse(m, &out, r->hexsz, err);
out:
	proc_release(&p);
	buf_release(&out);
	buf_release(&said);
	free(tree);
	return ret;
}

/* The label, when git resolves it to the commit; else the commit's name. */
static const char *usable_label(struct repo *r, const struct side *s)
{
	const char *label = s->version->label;
	char *found = label && *label != '-' && !s->is_made ?
		      object_commit(r, label) : NULL;
	int usable = found && !strcmp(found, s->commit);

	free(found);
	return usable ? label : s->commit;
}

static struct merge_label label_of(const struct side *s)
{
	const char *label = s->version->label;

	return (struct merge_label){ s->is_made && label ? s->commit : NULL,
				     label ? label : "", 0 };
}

static int label_all(struct merge_result *m, struct repo *r,
		     const struct side *base, const struct side *ours,
		     const struct side *theirs, struct error *err)
{
	struct merge_label labels[] = {
		label_of(base), label_of(ours), label_of(theirs)
	};

	labels[0].is_base = 1;
	return merge_label_all(m, r, labels, ARRAY_SIZE(labels), err);
}

/* A side that is the base itself leaves nothing to merge. */
static int take_other(struct merge_result *m, struct repo *r,
		      const struct side *base, const struct side *ours,
		      const struct side *theirs, struct error *err)
{
	const struct side *other = strcmp(base->commit, ours->commit) ?
				   ours : theirs;

	m->tree = object_tree(r, other->commit);
	m->clean = 1;
	return m->tree ? 0 : error_set(err, ERROR_FATAL, "'%s' has no tree",
				       other->commit);
}

static int merge_sides(struct merge_result *m, struct repo *r,
		       const struct side *base, const struct side *ours,
		       const struct side *theirs, struct error *err)
{
	struct error ignored = ERROR_INIT;
	char *dir;
	int ret;

	if (!strcmp(base->commit, ours->commit) ||
	    !strcmp(base->commit, theirs->commit))
		return take_other(m, r, base, ours, theirs, err);
	dir = repo_temp_dir(r, err);
	if (!dir)
		return -1;
	ret = run_merge(m, r, dir, base->commit, ours->commit,
			usable_label(r, ours), theirs->commit,
			usable_label(r, theirs), err);
	remove_tree(dir, &ignored);
	error_release(&ignored);
	free(dir);
	return ret < 0 ? -1 : label_all(m, r, base, ours, theirs, err);
}

int mergetree_run(struct merge_result *m, struct repo *r,
		  const struct merge_version *base,
		  const struct merge_version *ours,
		  const struct merge_version *theirs, struct error *err)
{
	struct side a = { NULL, NULL, 0 }, p = a, b = a;
	int ret = -1;

	if (!side_init(&a, r, base, err) && !side_init(&p, r, ours, err) &&
	    !side_init(&b, r, theirs, err))
		ret = merge_sides(m, r, &a, &p, &b, err);
	free(a.commit);
	free(p.commit);
	free(b.commit);
	return ret;
}

static void message_release(struct merge_message *msg)
{
	strvec_release(&msg->paths);
	free(msg->type);
	free(msg->text);
}

static void stage_release(struct merge_stage *s)
{
	free(s->oid);
	free(s->path);
}

void merge_result_release(struct merge_result *m)
{
	free(m->tree);
	for (size_t i = 0; i < m->nr_stages; i++)
		stage_release(&m->stages[i]);
	for (size_t i = 0; i < m->nr_messages; i++)
		message_release(&m->messages[i]);
	free(m->stages);
	free(m->messages);
	*m = (struct merge_result)MERGE_RESULT_INIT;
}

static int has_stages(const struct merge_result *m,
		      const struct merge_message *msg)
{
	for (size_t i = 0; i < m->nr_stages; i++)
		if (strvec_has(&msg->paths, m->stages[i].path))
			return 1;
	return 0;
}

/* "Unclear where to rename DIR to" leaves nothing in the index. */
static int is_bare_conflict(const struct merge_result *m,
			    const struct merge_message *msg)
{
	return starts_with(msg->type, "CONFLICT") && !has_stages(m, msg);
}

void merge_result_paths(const struct merge_result *m, struct strvec *paths)
{
	for (size_t i = 0; i < m->nr_stages; i++)
		strvec_push(paths, m->stages[i].path);
	for (size_t i = 0; !m->clean && i < m->nr_messages; i++)
		if (is_bare_conflict(m, &m->messages[i]) &&
		    m->messages[i].paths.nr)
			strvec_push(paths, m->messages[i].paths.v[0]);
	strvec_sort(paths, 1);
}

static int has_conflicts(const struct merge_result *m)
{
	int yes = m->nr_stages > 0;

	for (size_t i = 0; i < m->nr_messages && !yes; i++)
		yes = is_bare_conflict(m, &m->messages[i]);
	return yes;
}

struct merge_sides merge_result_sides(const struct merge_result *m,
				      const char *path)
{
	struct merge_sides s = { NULL, NULL, NULL };

	for (size_t i = 0; i < m->nr_stages; i++) {
		const struct merge_stage *stage = &m->stages[i];

		if (strcmp(stage->path, path))
			continue;
		if (stage->stage == 1)
			s.base = stage;
		else if (stage->stage == 2)
			s.ours = stage;
		else
			s.theirs = stage;
	}
	return s;
}

int merge_result_edit(struct merge_result *m, struct repo *r,
		      const struct tree_edit *edits, size_t nr,
		      struct error *err)
{
	char *tree;

	if (!nr)
		return 0;
	tree = tree_edit(r, m->tree, edits, nr, err);
	if (!tree)
		return -1;
	free(m->tree);
	m->tree = tree;
	return 0;
}

void merge_result_add_stage(struct merge_result *m, unsigned mode,
			    const char *oid, int stage, const char *path)
{
	struct merge_stage *s;

	if (!oid)
		return;
	ALLOC_GROW(m->stages, m->nr_stages + 1, m->alloc_stages);
	s = &m->stages[m->nr_stages++];
	s->mode = mode;
	s->oid = xstrdup(oid);
	s->stage = stage;
	s->path = xstrdup(path);
	m->clean = 0;
}

void merge_result_add_message(struct merge_result *m, const char *path,
			      const char *type, const char *text)
{
	struct merge_message *msg;

	ALLOC_GROW(m->messages, m->nr_messages + 1, m->alloc_messages);
	msg = &m->messages[m->nr_messages++];
	strvec_init(&msg->paths);
	strvec_push(&msg->paths, path);
	msg->type = xstrdup(type);
	msg->text = xstrdup(text);
}

void merge_result_resolve(struct merge_result *m, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->nr_stages; i++) {
		struct merge_stage stage = m->stages[i];

		if (strcmp(stage.path, path))
			m->stages[kept++] = stage;
		else
			stage_release(&stage);
	}
	m->nr_stages = kept;
	kept = 0;
	for (size_t i = 0; i < m->nr_messages; i++) {
		struct merge_message msg = m->messages[i];

		if (!strvec_has(&msg.paths, path))
			m->messages[kept++] = msg;
		else
			message_release(&msg);
	}
	m->nr_messages = kept;
	if (!m->clean)
		m->clean = !has_conflicts(m);
}

int quarantine_begin(struct quarantine *q, struct repo *r, struct error *err)
{
	char *real = NULL;
	struct buf alternates = BUF_INIT;
	const char *inherited = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");
	int ret = -1;

	real = repo_git_path(r, "objects", err);
	if (!real)
		goto out;
	q->dir = repo_temp_dir(r, err);
	if (!q->dir)
		goto out;
	/* A colon would end the entry, so it is always quoted as git does. */
	buf_add_quoted(&alternates, real);
	if (inherited && *inherited)
		buf_addf(&alternates, ":%s", inherited);
	strvec_pushf(&r->env, "GIT_OBJECT_DIRECTORY=%s", q->dir);
	strvec_pushf(&r->env, "GIT_ALTERNATE_OBJECT_DIRECTORIES=%s",
		     alternates.s);
	/* A reader that is running does not see the new folder. */
	repo_disconnect(r);
	ret = 0;
out:
	free(real);
	buf_release(&alternates);
	return ret;
}

void quarantine_end(struct quarantine *q, struct repo *r)
{
	struct error ignored = ERROR_INIT;

	if (!q->dir)
		return;
	repo_disconnect(r);
	for (int i = 0; i < 2 && r->env.nr; i++) {
		free(r->env.v[--r->env.nr]);
		r->env.v[r->env.nr] = NULL;
	}
	remove_tree(q->dir, &ignored);
	error_release(&ignored);
	FREE_AND_NULL(q->dir);
}
