/*
 * What the target has and the source lacks.  A fix that was pushed to the
 * target alone would be gone after a promotion, and nobody would notice: so
 * each is to be picked onto the source, or dropped by name.
 *
 * They are the commits of the target's first-parent line since the last
 * promotion.  A rollback is none: with it the target is where it was at the
 * commit it went back to, and the search goes on there.
 */
#include "flow/promote_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

static void add_fix(struct promote *p, const struct step_of_line *s)
{
	ALLOC_GROW(p->fixes, p->nr_fixes + 1, p->alloc_fixes);
	p->fixes[p->nr_fixes++] = (struct promote_fix){
		.commit = xstrdup(s->commit), .subject = xstrdup(s->subject),
	};
}

/* The step a rollback went back to: where the line goes on. */
static size_t find_restored(const struct line *line, size_t at)
{
	const struct step_of_line *s = &line->v[at];

	for (size_t i = at + 1; i < line->nr; i++)
		if (s->restores ? !strcmp(s->restores, line->v[i].commit) :
		    !strcmp(s->tree, line->v[i].tree))
			return i;
	return line->nr;
}

/*
 * From the tip back to the last promotion, or to what both have: that commit,
 * free().  `*promoted` is the source's commit that was promoted, or NULL.
 */
static char *walk(struct promote *p, struct repo *r, const struct line *line,
		  char **promoted, struct error *err)
{
	const char *last = p->target;

	for (size_t i = 0; i < line->nr;) {
		const struct step_of_line *s = &line->v[i];

		if (s->source) {
			*promoted = xstrdup(s->source_commit);
			return xstrdup(s->commit);
		}
		if (s->undoes) {
			i = find_restored(line, i);
			last = i < line->nr ? line->v[i].commit :
			       s->restores ? s->restores : last;
			continue;
		}
		add_fix(p, s);
		i++;
	}
	return git_line(r, err, "merge-base", last, p->tip, NULL);
}

/* The files of a commit, with what no promotion is about as it will be. */
static char *level(const struct promote *p, struct repo *r,
		   const char *commit, struct error *err)
{
	char *tree = promotion_tree(r, p->env, p->target, commit, err), *same;
	struct strvec paths = STRVEC_INIT;
	struct tree_list record = TREE_LIST_INIT;
	struct tree_edit edit = { RECORD_PATH, 0, NULL };

	strvec_push(&paths, RECORD_PATH);
	if (tree && !tree_list_pick(&record, r, p->tree, &paths, err)) {
		if (record.nr) {
			edit.mode = record.v[0].mode;
			edit.oid = record.v[0].oid;
		}
		same = tree_edit(r, tree, &edit, 1, err);
		free(tree);
		tree = same;
	} else {
		FREE_AND_NULL(tree);
	}
	strvec_release(&paths);
	tree_list_release(&record);
	return tree;
}

/*
 * Would what came between two commits of the target change what is promoted?
 * 1, 0, -1.
 */
static int would_change(const struct promote *p, struct repo *r,
			const char *before, const char *after,
			struct error *err)
{
	struct merge_version base = { NULL, "before" };
	struct merge_version ours = { p->tree, "promoted" };
	struct merge_version theirs = { NULL, "fix" };
	struct merge_result m = MERGE_RESULT_INIT;
	char *from = level(p, r, before, err);
	char *to = from ? level(p, r, after, err) : NULL;
	int ret = -1;

	base.treeish = from;
	theirs.treeish = to;
	if (to && !mergetree_run(&m, r, &base, &ours, &theirs, err))
		ret = !m.clean || strcmp(m.tree, p->tree);
	merge_result_release(&m);
	free(from);
	free(to);
	return ret;
}

/* Does a commit of the source say that it was picked from this one? */
static int is_picked(const struct promote *p, struct repo *r,
		     const char *commit, struct error *err)
{
	char *grep = xstrfmt("--grep=(cherry picked from commit %s)", commit);
	char *without = xstrfmt("^%s", p->target);
	struct strvec found = STRVEC_INIT;
	int ret = rev_list(r, &found, err, "--max-count=1", "--fixed-strings",
			   grep, p->tip, without, NULL);

	if (!ret)
		ret = found.nr > 0;
	strvec_release(&found);
	free(grep);
	free(without);
	return ret;
}

/* 1: the source has it, or its effect; 0, -1. */
static int is_answered(const struct promote *p, struct repo *r,
		       const struct promote_fix *fix, struct error *err)
{
	char *before = xstrfmt("%s^1", fix->commit);
	int ret = is_picked(p, r, fix->commit, err);

	if (!ret)
		ret = commit_contains(r, p->tip, fix->commit, err);
	if (!ret) {
		ret = would_change(p, r, before, fix->commit, err);
		ret = ret < 0 ? -1 : !ret;
	}
	free(before);
	return ret;
}

static void forget(struct promote *p, size_t from)
{
	for (size_t i = from; i < p->nr_fixes; i++) {
		free(p->fixes[i].commit);
		free(p->fixes[i].subject);
	}
	p->nr_fixes = from;
}

/* Only those stay that the source lacks. */
static int keep_unanswered(struct promote *p, struct repo *r,
			   struct error *err)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr_fixes; i++) {
		struct promote_fix fix = p->fixes[i];
		int answered = is_answered(p, r, &fix, err);

		if (answered < 0)
			return -1;
		/* Swapped, so that all of them are released. */
		if (!answered) {
			p->fixes[i] = p->fixes[nr];
			p->fixes[nr++] = fix;
		}
	}
	forget(p, nr);
	return 0;
}

static int drop(struct promote *p, struct repo *r, const char *name,
		struct error *err)
{
	char *commit = object_commit(r, name);

	for (size_t i = 0; commit && i < p->nr_fixes; i++)
		if (!strcmp(p->fixes[i].commit, commit)) {
			p->fixes[i].dropped = 1;
			free(commit);
			return 0;
		}
	free(commit);
	error_set(err, ERROR_REFUSED, "'%s' is no commit of %s's own since "
		  "something was promoted to it last", name, p->env->name);
	return error_hint(err, "without --drop you are told which there are");
}

static int refuse(const struct promote *p, size_t lost, struct error *err)
{
	error_set(err, ERROR_REFUSED, "%s has %zu commit%s of its own that %s "
		  "lacks, and that would be lost", p->env->name, lost,
		  lost == 1 ? "" : "s", p->env->promotes_from);
	error_hint(err, "pick them on %s, and push it there, oldest first:",
		   p->from.branch);
	for (size_t i = p->nr_fixes; i-- > 0;) {
		const struct promote_fix *fix = &p->fixes[i];
		struct buf subject = BUF_INIT;

		buf_add_line(&subject, fix->subject);
		if (!fix->dropped)
			error_hint(err, "  git cherry-pick -x %.12s  (%s)",
				   fix->commit, subject.s);
		buf_release(&subject);
	}
	return error_hint(err, "or lose one with --drop=COMMIT, which is "
			  "recorded");
}

/* The drops are looked for among all, answered or not. */
static int judge_fixes(struct promote *p, struct repo *r, const char *base,
		       const struct promote_request *q, struct error *err)
{
	size_t lost = 0;
	int changes;

	for (size_t i = 0; i < q->drop->nr; i++)
		if (drop(p, r, q->drop->v[i], err) < 0)
			return -1;
	if (!p->nr_fixes)
		return 0;
	changes = would_change(p, r, base, p->target, err);
	if (changes < 0)
		return -1;
	if (!changes)
		forget(p, 0);
	else if (keep_unanswered(p, r, err) < 0)
		return -1;
	for (size_t i = 0; i < p->nr_fixes; i++)
		lost += !p->fixes[i].dropped;
	return lost ? refuse(p, lost, err) : 0;
}

int promote_find_fixes(struct promote *p, struct repo *r,
		       const struct promote_request *q, struct error *err)
{
	struct line line = LINE_INIT;
	char *base = NULL, *promoted = NULL;
	int ret = -1;

	if (line_read(&line, r, p->target, p->tip, 0, err) < 0)
		goto out;
	base = walk(p, r, &line, &promoted, err);
	if (!base) {
		error_set(err, ERROR_REFUSED, "%s and %s have no history in "
			  "common", p->env->name, p->env->promotes_from);
		goto out;
	}
	/* It was promoted, and nothing came since. */
	if (are_same(promoted, p->tip) && !q->drop->nr)
		ret = 1;
	else
		ret = judge_fixes(p, r, base, q, err);
out:
	line_release(&line);
	free(base);
	free(promoted);
	return ret;
}
