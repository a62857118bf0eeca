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
#include "git/shallow.h"
#include "git/tree.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

static void add_fix(struct promote *p, const struct step_of_line *s,
		    size_t mainline)
{
	ALLOC_GROW(p->fixes, p->nr_fixes + 1, p->alloc_fixes);
	p->fixes[p->nr_fixes++] = (struct promote_fix){
		.commit = xstrdup(s->commit), .subject = xstrdup(s->subject),
		.mainline = s->parents.nr > 1 ? mainline : 0,
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
 * A merge of what was there meanwhile, as "git pull" makes it, into a fix: the
 * line of the environment is that other parent's where anything was promoted
 * there, or gone back from.  Its number; 1: it is none.
 */
static int find_mainline(size_t *mainline, struct repo *r,
			 const struct step_of_line *s, struct error *err)
{
	int ret = 0;

	*mainline = 1;
	for (size_t i = 1; !ret && *mainline == 1 && i < s->parents.nr; i++) {
		struct line other = LINE_INIT;

		ret = line_read(&other, r, s->parents.v[i], s->parents.v[0], 0,
				err);
		for (size_t k = 0; k < other.nr; k++)
			if (step_is_promotion(&other.v[k]) ||
			    other.v[k].undoes)
				*mainline = i + 1;
		line_release(&other);
	}
	return ret;
}

/* A fix; where it is a merge the line may go on elsewhere: `*at` is set. */
static int take_fix(struct promote *p, struct repo *r, struct line *line,
		    size_t *at, struct error *err)
{
	const struct step_of_line *s = &line->v[*at];
	size_t mainline = 1;
	char *next = NULL;
	int ret = 0;

	if (s->parents.nr > 1)
		ret = find_mainline(&mainline, r, s, err);
	add_fix(p, s, mainline);
	++*at;
	if (!ret && mainline > 1) {
		next = xstrdup(s->parents.v[mainline - 1]);
		line_release(line);
		ret = line_read(line, r, next, p->tip, 0, err);
		*at = 0;
	}
	free(next);
	return ret;
}

/* Where nothing was promoted yet. */
static int find_common(char **base, const struct promote *p, struct repo *r,
		       const char *last, struct error *err)
{
	struct buf out = BUF_INIT;
	int code = git_try(r, &out, err, "merge-base", last, p->tip, NULL);
	int cut = code > 0 ? shallow_cuts(r, last, NULL, err) : 0;

	if (!code)
		*base = xmemdupz(out.s, strcspn(out.s, "\n"));
	buf_release(&out);
	if (code <= 0 || cut < 0)
		return code < 0 || cut < 0 ? -1 : 0;
	error_set(err, ERROR_REFUSED, "%s and %s have no history in common%s",
		  p->env->name, p->env->promotes_from, cut ?
		  ", as far as it is here" : "");
	if (cut)
		error_hint(err, "this clone is shallow: get the rest with "
			   "\"git fetch --unshallow %s\"", p->push.to.remote);
	return -1;
}

/*
 * From the tip back to the last promotion, or to what both have: that commit,
 * free().  `*promoted` is the source's commit that was promoted, or NULL.
 */
static int walk(char **base, struct promote *p, struct repo *r,
		struct line *line, char **promoted, struct error *err)
{
	char *last = xstrdup(p->target);
	int ret = 0;

	for (size_t i = 0; !ret && !*base && i < line->nr;) {
		const struct step_of_line *s = &line->v[i];
		const char *to = s->restores;
		int back = step_is_way_back(s, r, err);

		if (back < 0) {
			ret = -1;
		} else if (step_is_promotion(s)) {
			*promoted = xstrdup(s->source_commit);
			*base = xstrdup(s->commit);
		} else if (back) {
			i = find_restored(line, i);
			to = i < line->nr ? line->v[i].commit : to;
			if (to) {
				free(last);
				last = xstrdup(to);
			}
		} else {
			ret = take_fix(p, r, line, &i, err);
		}
	}
	if (!ret && !*base)
		ret = find_common(base, p, r, last, err);
	free(last);
	return ret;
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

/* "(cherry picked from commit OID)", as `git cherry-pick -x` says it. */
#define PICKED "(cherry picked from commit "

static void note_picks(struct strmap *picked, const char *text)
{
	while ((text = strstr(text, PICKED))) {
		size_t len = strcspn(text += strlen(PICKED), ")\n");
		char *oid = xstrndup(text, len);

		if (oid_is_valid(oid))
			strmap_put(picked, oid, NULL);
		free(oid);
	}
}

/*
 * What the source says it has picked, since the oldest of the fixes.  Not
 * since what the target has: with a rollback it has what it went back from.
 */
static int read_picks(struct strmap *picked, const struct promote *p,
		      struct repo *r, struct error *err)
{
	const struct promote_fix *oldest = &p->fixes[p->nr_fixes - 1];
	char *without = xstrfmt("^%s", oldest->commit);
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "log", "-z", "--no-show-signature",
			  "--no-color", "--no-notes", "--format=%B",
			  "--fixed-strings", "--grep=" PICKED, p->tip, without,
			  "--", NULL);

	for (size_t at = 0; !ret && at < out.len; at += strlen(out.s + at) + 1)
		note_picks(picked, out.s + at);
	buf_release(&out);
	free(without);
	return ret;
}

/* Of a merge: all that it brought was picked.  1, 0, -1. */
static int is_picked_whole(const struct promote *p, struct repo *r,
			   const struct promote_fix *fix,
			   const struct strmap *picked, struct error *err)
{
	char *without = xstrfmt("^%s^%zu", fix->commit, fix->mainline);
	char *tip = xstrfmt("^%s", p->tip);
	struct strvec brought = STRVEC_INIT;
	int ret = rev_list(r, &brought, err, "--no-merges", fix->commit,
			   without, tip, "--", NULL);

	ret = ret < 0 ? -1 : brought.nr > 0;
	for (size_t i = 0; ret > 0 && i < brought.nr; i++)
		ret = strmap_has(picked, brought.v[i]);
	strvec_release(&brought);
	free(without);
	free(tip);
	return ret;
}

/* 1: the source has it, or its effect; 0, -1. */
static int is_answered(const struct promote *p, struct repo *r,
		       const struct promote_fix *fix,
		       const struct strmap *picked, struct error *err)
{
	char *before = xstrfmt("%s^%zu", fix->commit,
			       fix->mainline ? fix->mainline : 1);
	int ret = strmap_has(picked, fix->commit);

	if (!ret && fix->mainline)
		ret = is_picked_whole(p, r, fix, picked, err);
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
	struct strmap picked = STRMAP_INIT;
	size_t nr = 0;
	int ret = read_picks(&picked, p, r, err);

	for (size_t i = 0; !ret && i < p->nr_fixes; i++) {
		struct promote_fix fix = p->fixes[i];
		int answered = is_answered(p, r, &fix, &picked, err);

		if (answered < 0)
			ret = -1;
		/* Swapped, so that all of them are released. */
		if (!answered) {
			p->fixes[i] = p->fixes[nr];
			p->fixes[nr++] = fix;
		}
	}
	strmap_release(&picked);
	if (!ret)
		forget(p, nr);
	return ret;
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

/* What is promoted is older than what the source has by now: no pick helps. */
static int is_old(const struct promote *p)
{
	return strcmp(p->tip, destination_tip(&p->from)) != 0;
}

/* Where the line begins: what is picked on the way there comes with it. */
static const char *first_source(const struct promote *p)
{
	const struct profile *profile = &p->config.profile;
	const char *first = p->env->promotes_from;

	for (size_t i = 0; i < profile->nr_environments; i++) {
		const struct environment *e = profile_environment(profile,
								  first);

		if (e && e->promotes_from)
			first = e->promotes_from;
	}
	return first;
}

/* A pick in the middle would itself be missed by the next promotion to it. */
static void hint_where(const struct promote *p, struct error *err)
{
	const char *first = first_source(p);

	if (!strcmp(first, p->env->promotes_from))
		error_hint(err, "pick them on %s, and push it there, oldest "
			   "first:", p->from.branch);
	else
		error_hint(err, "pick them on the branch of %s, push it there, "
			   "and promote that, oldest first:", first);
}

static int refuse(const struct promote *p, size_t lost, struct error *err)
{
	const char *how = is_old(p) ? "--drop=" : "git cherry-pick -x ";

	error_set(err, ERROR_REFUSED, "%s has %zu commit%s of its own that %s "
		  "lacks%s%.7s, and that would be lost", p->env->name, lost,
		  lost == 1 ? "" : "s", p->env->promotes_from, is_old(p) ?
		  " at " : "", is_old(p) ? p->tip : "");
	if (is_old(p))
		error_hint(err, "what %s got since then comes when that is "
			   "promoted; to do without until then, which is "
			   "recorded:", p->env->promotes_from);
	else
		hint_where(p, err);
	for (size_t i = p->nr_fixes; i-- > 0;) {
		const struct promote_fix *fix = &p->fixes[i];
		struct buf what = BUF_INIT;

		if (fix->mainline && !is_old(p))
			buf_addf(&what, "-m %zu ", fix->mainline);
		buf_addf(&what, "%.12s  (", fix->commit);
		buf_add_line(&what, fix->subject);
		if (!fix->dropped)
			error_hint(err, "  %s%s)", how, what.s);
		buf_release(&what);
	}
	return is_old(p) ? -1 : error_hint(err, "or lose one with "
					   "--drop=COMMIT, which is recorded");
}

/* Where the source's history is not all here, what both have looks so. */
static int refuse_or_cut(const struct promote *p, struct repo *r, size_t lost,
			 struct error *err)
{
	int cut = shallow_cuts(r, p->tip, p->target, err);

	if (!cut)
		return refuse(p, lost, err);
	if (cut < 0)
		return -1;
	error_set(err, ERROR_REFUSED, "this clone is shallow: its history ends "
		  "before it tells what %s has, and %s lacks", p->env->name,
		  p->env->promotes_from);
	return error_hint(err, "get the rest with \"git fetch --unshallow "
			  "%s\"", p->push.to.remote);
}

/* Only those stay that make a difference. */
static int sort_out(struct promote *p, struct repo *r, const char *base,
		    struct error *err)
{
	int changes = p->nr_fixes ?
		      would_change(p, r, base, p->target, err) : 0;

	if (changes < 0)
		return -1;
	if (changes)
		return keep_unanswered(p, r, err);
	forget(p, 0);
	return 0;
}

/* The drops are looked for among all, answered or not. */
static int judge_fixes(struct promote *p, struct repo *r, const char *base,
		       const struct promote_request *q, struct error *err)
{
	size_t lost = 0;

	for (size_t i = 0; i < q->drop->nr; i++)
		if (drop(p, r, q->drop->v[i], err) < 0)
			return -1;
	if (sort_out(p, r, base, err) < 0)
		return -1;
	for (size_t i = 0; i < p->nr_fixes; i++)
		lost += !p->fixes[i].dropped;
	return lost ? refuse_or_cut(p, r, lost, err) : 0;
}

int promote_find_fixes(struct promote *p, struct repo *r,
		       const struct promote_request *q, struct error *err)
{
	struct line line = LINE_INIT;
	char *base = NULL, *promoted = NULL;
	int ret = -1;

	if (line_read(&line, r, p->target, p->tip, 0, err) < 0 ||
	    walk(&base, p, r, &line, &promoted, err) < 0)
		goto out;
	/* It was promoted; what came since stays, unless it is dropped. */
	if (are_same(promoted, p->tip) && !q->drop->nr)
		ret = sort_out(p, r, base, err) < 0 ? -1 : 1;
	else
		ret = judge_fixes(p, r, base, q, err);
out:
	line_release(&line);
	free(base);
	free(promoted);
	return ret;
}
