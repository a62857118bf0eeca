/*
 * Fixes of an environment's own, and what only looks like one: commits, files
 * or a release that are to come by promotion.
 */
#include "gate/promotion_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/* So many commits are looked back for what was promoted last. */
#define MAX_STEPS 500

/*
 * After all of them it is on the release that was there, or that was promoted
 * last: the way there, over merges of others' work, may be any.
 */
static void judge_release(const struct judging *j, const struct line *line)
{
	const char *before = j->m->old;
	char *from, *to;

	for (size_t i = 0; i < line->nr; i++)
		if (line->v[i].source) {
			before = line->v[i].commit;
			break;
		}
	from = adopted_shown_at(j->m->repo, j->m->releases, before);
	to = adopted_shown_at(j->m->repo, j->m->releases, j->m->new);
	if (from && to && strcmp(from, to)) {
		verdict_refuse(j->v, "%.7s takes %s from %s to %s, which "
			       "comes by promotion alone", j->m->new,
			       j->env->name, from, to);
		promotion_hint(j);
		verdict_hint(j->v, "to go back: \"git upgrade rollback %s\"",
			     j->env->name);
	}
	free(from);
	free(to);
}

/* What is pushed, but for what it promotes and what `without` has (NULL: -). */
static int list_brought(struct strvec *commits, const struct judging *j,
			const struct line *line, const char *without,
			struct error *err)
{
	struct strvec args = STRVEC_INIT;
	int ret;

	strvec_push(&args, j->m->new);
	strvec_pushf(&args, "^%s", j->m->old);
	for (size_t i = 0; i < line->nr; i++)
		if (line->v[i].source)
			strvec_pushf(&args, "^%s", line->v[i].source_commit);
	if (without)
		strvec_pushf(&args, "^%s", without);
	strvec_push(&args, "--");
	ret = rev_list_of(j->m->repo, commits, &args, err);
	strvec_release(&args);
	return ret;
}

/* Of `brought` what the source's branch has. */
static int find_theirs(struct strmap *theirs, const struct judging *j,
		       const struct line *line, const struct strvec *brought,
		       struct error *err)
{
	struct strvec others = STRVEC_INIT;
	struct strmap own = STRMAP_INIT;
	int ret = list_brought(&others, j, line, j->source_tip, err);

	for (size_t i = 0; !ret && i < others.nr; i++)
		strmap_put(&own, others.v[i], NULL);
	for (size_t i = 0; !ret && i < brought->nr; i++)
		if (!strmap_has(&own, brought->v[i]))
			strmap_put(theirs, brought->v[i], NULL);
	strvec_release(&others);
	strmap_release(&own);
	return ret;
}

/*
 * What the source's branch gets in the same push, too, is not its by then, and
 * not this one's either.  What it gets by a merge may have come from here.
 */
static int find_next(struct strmap *theirs, const struct judging *j,
		     const struct strvec *brought, struct error *err)
{
	const char *next = j->m->source ? j->m->source->next : NULL;
	struct strvec line = STRVEC_INIT;
	struct strmap all = STRMAP_INIT;
	char *without = xstrfmt("^%s", j->source_tip);
	int ret = 0;

	if (next)
		ret = rev_list(j->m->repo, &line, err, "--first-parent", next,
			       without, "--", NULL);
	for (size_t i = 0; line.nr && i < brought->nr; i++)
		strmap_put(&all, brought->v[i], NULL);
	for (size_t i = 0; !ret && i < line.nr; i++)
		if (strmap_has(&all, line.v[i]))
			strmap_put(theirs, line.v[i], NULL);
	free(without);
	strvec_release(&line);
	strmap_release(&all);
	return ret;
}

/* The commit of the line that brought it, mostly by a merge. */
static const char *find_bringer(const struct judging *j,
				const struct line *line,
				const struct strmap *theirs)
{
	for (size_t i = line->nr; i-- > 0;) {
		const struct step_of_line *s = &line->v[i];

		if (s->source)
			continue;
		if (strmap_has(theirs, s->commit))
			return s->commit;
		for (size_t k = 0; k < s->parents.nr; k++)
			if (strmap_has(theirs, s->parents.v[k]))
				return s->commit;
	}
	return j->m->new;
}

/* Is anything among that which the source's branch has? */
static int judge_brought(const struct judging *j, const struct line *line,
			 struct error *err)
{
	struct strvec brought = STRVEC_INIT;
	struct strmap theirs = STRMAP_INIT;
	int ret = 0;

	if (j->source_tip)
		ret = list_brought(&brought, j, line, NULL, err);
	if (!ret && brought.nr)
		ret = find_theirs(&theirs, j, line, &brought, err) < 0 ? -1 :
		      find_next(&theirs, j, &brought, err);
	if (theirs.nr) {
		verdict_refuse(j->v, "%.7s brings what the branch of %s has, "
			       "and is no promotion",
			       find_bringer(j, line, &theirs),
			       j->env->promotes_from);
		promotion_hint(j);
	}
	strvec_release(&brought);
	strmap_release(&theirs);
	return ret;
}

/* 1: but for its own paths, `commit` has the files of `source`; 0, -1. */
static int has_files(const struct judging *j, const char *commit,
		     const char *source, struct error *err)
{
	char *tree = object_tree(j->m->repo, commit), *path = NULL;
	int has = tree ? promotion_is_true(j->m->repo, j->env, tree, source,
					   &path, err) : 0;

	free(tree);
	free(path);
	return has;
}

/* Those of what was promoted last: who takes a fix back is there again. */
static int has_former_files(const struct judging *j, struct error *err)
{
	const char *source = NULL;
	struct line line = LINE_INIT;
	int has = line_read(&line, j->m->repo, j->m->old, NULL, MAX_STEPS,
			    err);

	for (size_t i = 0; !source && i < line.nr; i++)
		if (step_is_promotion(&line.v[i]))
			source = line.v[i].source_commit;
	if (!has && source)
		has = promotion_is_here(j->m, source, err);
	if (has > 0)
		has = has_files(j, j->m->new, source, err);
	line_release(&line);
	return has;
}

/* 1: what is pushed has fewer commits than the source that it lacks; 0, -1. */
static int has_fewer(const struct judging *j, const struct line *line,
		     struct error *err)
{
	struct strvec ours = STRVEC_INIT, theirs = STRVEC_INIT;
	char *without = xstrfmt("^%s", j->m->new);
	int ret = list_brought(&ours, j, line, NULL, err);

	if (!ret)
		ret = rev_list(j->m->repo, &theirs, err, "--no-merges",
			       j->source_tip, without, "--", NULL);
	ret = ret < 0 ? -1 : theirs.nr > ours.nr;
	strvec_release(&ours);
	strvec_release(&theirs);
	free(without);
	return ret;
}

/*
 * A squash of that branch is no fix, though it has none of its commits: fewer
 * of them make the same files.  (As many are picked ones, which may be.)  It is
 * none where these were there before, or were promoted.
 */
static int judge_files(const struct judging *j, const struct line *line,
		       struct error *err)
{
	const struct move *m = j->m;
	int is = !j->source_tip ? 1 :
		 commit_contains(m->repo, m->new, j->source_tip, err);

	if (!is)
		is = !has_files(j, m->new, j->source_tip, err);
	if (!is)
		is = !has_fewer(j, line, err);
	if (!is)
		is = has_files(j, m->old, j->source_tip, err);
	if (!is)
		is = has_former_files(j, err);
	if (is || err->kind)
		return err->kind ? -1 : 0;
	verdict_refuse(j->v, "%.7s makes the files those of the branch of %s, "
		       "and is no promotion", m->new, j->env->promotes_from);
	promotion_hint(j);
	return 0;
}

/* A source that lives here, and has no branch yet, has nothing. */
static int has_no_branch(const struct move_source *source)
{
	return source && source->is_here && !source->tip;
}

int promotion_judge_fixes(const struct judging *j, const struct line *line,
			  struct error *err)
{
	if (judge_brought(j, line, err) < 0 ||
	    (j->v->kind != VERDICT_REFUSED && judge_files(j, line, err) < 0))
		return -1;
	if (j->v->kind != VERDICT_REFUSED)
		judge_release(j, line);
	if (j->v->kind == VERDICT_OK && !j->source_tip &&
	    !has_no_branch(j->m->source))
		verdict_unknown(j->v, "nothing is known here of %s, and so "
				"not whether what is pushed is its",
				j->env->promotes_from);
	return 0;
}
