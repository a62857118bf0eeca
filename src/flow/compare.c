#include "flow/compare.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"
#include "git/object.h"
#include "git/tree.h"
#include "upgrade/template.h"

#include <stdlib.h>
#include <string.h>

/* By name, by folder or by pattern. */
static int is_wanted(const struct strvec *paths, const char *path)
{
	if (!paths || !paths->nr)
		return 1;
	for (size_t i = 0; path && i < paths->nr; i++) {
		const char *rest = skip_prefix(path, paths->v[i]);

		if (!*paths->v[i] || (rest && (!*rest || *rest == '/')) ||
		    path_match(paths->v[i], path))
			return 1;
	}
	return 0;
}

int compare_wants_copy(const struct comparison *c, const struct copy *copy)
{
	const struct strvec *paths = c->paths;

	return is_wanted(paths, copy->path) ||
	       is_wanted(paths, copy->new_path) ||
	       is_wanted(paths, copy->old_template) ||
	       is_wanted(paths, copy->new_template);
}

/* What a copy becomes stands under its new path. */
int compare_wants(const void *comparison, const char *path)
{
	const struct comparison *c = comparison;
	const struct copy_list *copies = &c->plan.copies;
	int wants = is_wanted(c->paths, path);

	for (size_t i = 0; i < copies->nr && !wants; i++)
		wants = !strcmp(copies->v[i].new_path, path) &&
			compare_wants_copy(c, &copies->v[i]);
	return wants;
}

/* "ADDED\tREMOVED\tPATH\0" of `git diff-tree --numstat -z` by path. */
static int read_counts(struct strmap *counts, struct buf *text,
		       const struct repo *r, const char *a, const char *b,
		       struct error *err)
{
	if (git_run(r, text, err, "diff-tree", "-r", "-z", "--numstat",
		    "--no-renames", "--no-ext-diff", a, b, "--", NULL) < 0)
		return -1;
	for (char *at = text->s; at < text->s + text->len;) {
		char *tab = strchr(at, '\t');
		char *next = at + strlen(at) + 1;

		tab = tab ? strchr(tab + 1, '\t') : NULL;
		if (tab)
			strmap_put(counts, tab + 1, at);
		at = next;
	}
	return 0;
}

static struct line_count parse_count(const char *text)
{
	struct line_count n = { -1, -1 };
	char *end;

	if (*text == '-')
		return n;
	n.added = strtol(text, &end, 10);
	n.removed = strtol(end, NULL, 10);
	return n;
}

static int is_copy(const struct copy_list *copies, const char *path)
{
	for (size_t i = 0; i < copies->nr; i++)
		if (!strcmp(copies->v[i].path, path))
			return 1;
	return 0;
}

static int find_overlaps(struct comparison *c, const struct repo *r,
			 struct error *err)
{
	struct strmap theirs = STRMAP_INIT, ours = STRMAP_INIT;
	struct buf their_text = BUF_INIT, our_text = BUF_INIT;
	int ret = -1;

	if (read_counts(&theirs, &their_text, r, plan_base(&c->plan),
			plan_theirs(&c->plan), err) < 0 ||
	    read_counts(&ours, &our_text, r, plan_base(&c->plan),
			plan_ours(&c->plan), err) < 0)
		goto out;
	for (size_t i = 0; i < ours.nr; i++) {
		const char *path = ours.keys[i];
		struct overlap *o;

		if (!strmap_has(&theirs, path) ||
		    !is_wanted(c->paths, path) ||
		    is_copy(&c->plan.copies, path) ||
		    !strcmp(path, RECORD_PATH))
			continue;
		ALLOC_GROW(c->overlaps, c->nr_overlaps + 1,
			   c->alloc_overlaps);
		o = &c->overlaps[c->nr_overlaps++];
		o->path = xstrdup(path);
		o->upstream = parse_count(strmap_get(&theirs, path));
		o->ours = parse_count(ours.values[i]);
	}
	ret = 0;
out:
	strmap_release(&theirs);
	strmap_release(&ours);
	buf_release(&their_text);
	buf_release(&our_text);
	return ret;
}

static int is_paired(const struct copy_list *copies,
		     const struct tree_change *change)
{
	for (size_t i = 0; i < copies->nr; i++) {
		const struct copy *c = &copies->v[i];

		if ((c->old_template &&
		     !strcmp(c->old_template, change->old_path)) ||
		    (c->new_template &&
		     !strcmp(c->new_template, change->path)))
			return 1;
	}
	return 0;
}

static int find_bare(struct comparison *c, const struct plan_request *req,
		     struct error *err)
{
	const struct profile *p = &req->product->profile;
	struct tree_diff changes = TREE_DIFF_INIT;
	int ret = tree_diff_read(&changes, req->repo, c->plan.base,
				 c->plan.to->commit, TREE_DIFF_RENAMES, err);

	for (size_t i = 0; i < changes.nr && !ret; i++) {
		const struct tree_change *ch = &changes.v[i];
		const struct copy_rule *was = NULL, *is = NULL;
		struct bare_template *b;

		if (ch->status != 'A')
			was = template_rule(p, c->plan.from->name,
					    ch->old_path, NULL);
		if (ch->status != 'D')
			is = template_rule(p, c->plan.to->name, ch->path,
					   NULL);
		if ((!was && !is) || is_paired(&c->plan.copies, ch) ||
		    (!is_wanted(c->paths, ch->path) &&
		     !is_wanted(c->paths, ch->old_path)))
			continue;
		ALLOC_GROW(c->bare, c->nr_bare + 1, c->alloc_bare);
		b = &c->bare[c->nr_bare++];
		b->status = ch->status;
		b->old_path = xstrdup(ch->old_path);
		b->path = xstrdup(ch->path);
		b->copy = is ? template_copy_path(is, ch->path) : NULL;
	}
	tree_diff_release(&changes);
	return ret;
}

int compare_with_release(struct comparison *c, const struct plan_request *req,
			 struct standing *s, const struct release *to,
			 const struct strvec *paths, struct error *err)
{
	c->paths = paths;
	if (plan_foresee(&c->plan, req, s, to, err) < 0 ||
	    find_overlaps(c, req->repo, err) < 0 ||
	    find_bare(c, req, err) < 0)
		return -1;
	return 0;
}

void comparison_release(struct comparison *c)
{
	plan_release(&c->plan);
	for (size_t i = 0; i < c->nr_overlaps; i++)
		free(c->overlaps[i].path);
	free(c->overlaps);
	for (size_t i = 0; i < c->nr_bare; i++) {
		free(c->bare[i].old_path);
		free(c->bare[i].path);
		free(c->bare[i].copy);
	}
	free(c->bare);
	*c = (struct comparison)COMPARISON_INIT;
}

/* git's output from the first hunk on, fit to be shown. */
static void add_hunks(struct buf *out, const struct buf *diff)
{
	const char *hunk = starts_with(diff->s, "@@ ") ? diff->s :
			   strstr(diff->s, "\n@@ ");
	struct buf shown = BUF_INIT;

	if (!hunk) {
		/* NOLINTNEXTLINE(*NonNullParamChecker): never NULL in a buf */
		if (strstr(diff->s, "\nBinary files "))
			buf_adds(out, "(binary)\n");
		return;
	}
	hunk += *hunk == '\n';
	redact_add(&shown, hunk, diff->len - (size_t)(hunk - diff->s));
	buf_add_clean(out, shown.s, shown.len);
	buf_release(&shown);
}

int compare_blobs(struct buf *out, struct repo *r, const char *a,
		  const char *b, struct error *err)
{
	struct buf diff = BUF_INIT;
	char *empty = NULL;
	int ret = -1;

	if (!a || !b) {
		empty = object_write_blob(r, "", 0, err);
		if (!empty)
			return -1;
	}
	if (!git_run(r, &diff, err, "diff", "--no-ext-diff", "--no-color",
		     "--no-textconv", a ? a : empty, b ? b : empty, "--",
		     NULL)) {
		add_hunks(out, &diff);
		ret = 0;
	}
	free(empty);
	buf_release(&diff);
	return ret;
}

int compare_path(struct buf *out, struct repo *r, const char *a,
		 const char *b, const char *path, struct error *err)
{
	struct buf diff = BUF_INIT, literal = BUF_INIT;
	int ret;

	buf_addf(&literal, ":(literal,top)%s", path);
	ret = git_run(r, &diff, err, "diff", "--no-ext-diff", "--no-color",
		      "--no-textconv", "--no-renames", a, b, "--", literal.s,
		      NULL);
	if (!ret)
		add_hunks(out, &diff);
	buf_release(&diff);
	buf_release(&literal);
	return ret;
}
