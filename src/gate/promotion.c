/*
 * Where an environment promotes from another one, each commit that its branch
 * gets is one of two things:
 *
 *	a promotion	(model/promotion.h) of what is verified at the source,
 *			and nothing but that; its own paths are as before
 *			where it is on the same release; none while the
 *			environment is held (state/held.h)
 *	a fix		of its own, which brings nothing that the source's
 *			branch has, neither commits nor all its files, and no
 *			other release in the end
 *
 * So neither a push of the source's branch nor a merge of it by hand gets
 * around the rest.  What the source's ledger says is what is known here.
 */
#include "gate/gate.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/promotion.h"
#include "model/record.h"
#include "state/held.h"
#include "state/ledger.h"
#include "state/proof.h"

#include <stdlib.h>
#include <string.h>

/* So many commits are looked back for what was promoted last. */
#define MAX_STEPS 500

struct judging {
	const struct move *m;
	const struct environment *env;
	struct verdict *v;
	char *source_tip;		/* that is here; NULL: none is known */
};

static int is_here(const struct move *m, const char *commit,
		   struct error *err)
{
	return commit ? object_find(m->repo, commit, NULL, NULL, err) : 0;
}

static void hint_promote(const struct judging *j)
{
	verdict_hint(j->v, "bring what %s has verified with \"git upgrade "
		     "promote %s %s\"", j->env->promotes_from,
		     j->env->promotes_from, j->env->name);
}

/*
 * What a commit is on, as people say it; of a release that is a branch, which
 * commit of it, too.  NULL: nobody can tell.  free().
 */
static char *find_release(const struct judging *j, const char *commit,
			  struct buf *shown)
{
	const struct release_list *list = j->m->releases;
	char *name = adopted_name_at(j->m->repo, list, commit);
	struct error ignored = ERROR_INIT;
	struct record rec = RECORD_INIT;

	if (name)
		buf_adds(shown, name);
	if (name && list->source == RELEASES_ARE_BRANCHES &&
	    record_read(&rec, j->m->repo, commit, &ignored) > 0 && rec.commit)
		buf_addf(shown, " (%.7s)", rec.commit);
	error_release(&ignored);
	record_release(&rec);
	return name;
}

/* A promotion */

static int judge_held(const struct judging *j, struct error *err)
{
	struct env_hold hold = ENV_HOLD_INIT;
	struct buf text = BUF_INIT;
	int held = env_hold_read(&hold, j->m->repo, j->env->name, err);

	if (held > 0) {
		env_hold_add(&text, &hold);
		verdict_refuse(j->v, "%s is held %s", j->env->name, text.s);
		verdict_hint(j->v, "when it may go on, say so: \"git upgrade "
			     "unlock %s --reason=TEXT\"", j->env->name);
		verdict_hint(j->v, "a fix of its own can be pushed all the "
			     "same");
	}
	env_hold_release(&hold);
	buf_release(&text);
	return held < 0 ? -1 : 0;
}

/*
 * Does the message say what the commit is?  The first of a branch has no
 * parent but the source's; of a host the first that it sees may be any.
 */
static void judge_form(const struct judging *j, const struct step_of_line *s)
{
	size_t nr = s->parents.nr;

	if ((nr == 2 || (nr == 1 && !j->m->old)) &&
	    !strcmp(s->parents.v[nr - 1], s->source_commit) &&
	    !strcmp(s->source, j->env->promotes_from))
		return;
	verdict_refuse(j->v, "%.7s says that it was promoted, and is no "
		       "promotion from %s: its message and its parents do "
		       "not agree", s->commit, j->env->promotes_from);
	hint_promote(j);
}

/* A clone may know of other paths than whoever judges. */
static void hint_own(const struct judging *j)
{
	char *key = xstrfmt("environments.%s.own", j->env->name);
	const char *origin = profile_origin(j->m->profile, key);

	if (strcmp(origin, "default"))
		verdict_hint(j->v, "which paths are its own is said by %s, in "
			     "%s", key, origin);
	else
		verdict_hint(j->v, "which paths are its own is not said "
			     "there: %s", key);
	free(key);
}

static int judge_tree(const struct judging *j, const struct step_of_line *s,
		      struct error *err)
{
	struct buf shown = BUF_INIT;
	char *path = NULL;
	int is = promotion_is_true(j->m->repo, j->env, s->tree,
				   s->source_commit, &path, err);

	if (!is) {
		buf_add_path(&shown, path);
		verdict_refuse(j->v, "%.7s is not what %s has at %.7s: %s "
			       "differs, and is none of %s's own paths",
			       s->commit, j->env->promotes_from,
			       s->source_commit, shown.s, j->env->name);
		hint_promote(j);
		hint_own(j);
	}
	buf_release(&shown);
	free(path);
	return is < 0 ? -1 : 0;
}

/* From one release to another its own files may go along. */
static int is_hop(const struct judging *j, const char *before,
		  const char *after)
{
	struct buf was = BUF_INIT, is = BUF_INIT;
	char *from = find_release(j, before, &was);
	char *to = find_release(j, after, &is);
	int same = from && to && !strcmp(was.s, is.s);

	/* Of a branch nobody knows which commit, without a record. */
	if (same && j->m->releases->source == RELEASES_ARE_BRANCHES)
		same = strchr(is.s, '(') != NULL;
	free(from);
	free(to);
	buf_release(&was);
	buf_release(&is);
	return !same;
}

static int refuse_own(const struct judging *j, const struct step_of_line *s,
		      const char *path)
{
	struct buf shown = BUF_INIT;

	buf_add_path(&shown, path);
	verdict_refuse(j->v, "%.7s changes %s, which is %s's own, and goes to "
		       "no other release", s->commit, shown.s, j->env->name);
	hint_promote(j);
	hint_own(j);
	buf_release(&shown);
	return 0;
}

/* What is its own is as it was, unless a release changes it. */
static int judge_own(const struct judging *j, const struct step_of_line *s,
		     struct error *err)
{
	struct tree_diff diff = TREE_DIFF_INIT;
	const char *before = s->parents.v[0], *path = NULL;
	int ret = s->parents.nr < 2 ? 0 : is_here(j->m, before, err);

	if (ret > 0)
		ret = tree_diff_read(&diff, j->m->repo, before, s->tree, 0,
				     err);
	for (size_t i = 0; !ret && !path && i < diff.nr; i++)
		if (profile_is_own(j->env, diff.v[i].path))
			path = diff.v[i].path;
	if (path && !is_hop(j, before, s->source_commit))
		ret = refuse_own(j, s, path);
	tree_diff_release(&diff);
	return ret;
}

static void refuse_proof(const struct judging *j, const struct step_of_line *s,
			 const struct proof *p)
{
	const char *source = j->env->promotes_from;
	struct buf text = BUF_INIT;

	proof_add(&text, p);
	verdict_refuse(j->v, "%.7s of %s %s", s->source_commit, source,
		       p->kind == PROOF_NO_LEDGER ? "was not deployed there" :
						    text.s);
	verdict_hint(j->v, "see what is there with \"git upgrade status\", and "
		     "promote what is verified");
	if (p->kind == PROOF_FAILED)
		verdict_hint(j->v, "look at it again with \"git upgrade verify "
			     "%s\"", source);
	buf_release(&text);
}

static int judge_proof(const struct judging *j, const struct step_of_line *s,
		       struct error *err)
{
	const char *source = j->env->promotes_from;
	struct proof p = PROOF_INIT;
	int ret = proof_read(&p, j->m->repo, source, s->source_commit, err);
	struct buf text = BUF_INIT;

	if (ret < 0)
		goto out;
	proof_add(&text, &p);
	if (p.kind == PROOF_VERIFIED)
		verdict_ok(j->v, "%.7s of %s %s", s->source_commit, source,
			   text.s);
	else if (p.kind == PROOF_NO_LEDGER &&
		 !(j->m->source && j->m->source->is_here))
		verdict_unknown(j->v, "nothing is known here of %s, and so "
				"not whether %.7s was verified there", source,
				s->source_commit);
	else
		refuse_proof(j, s, &p);
out:
	proof_release(&p);
	buf_release(&text);
	return ret;
}

static int judge_promotion(const struct judging *j,
			   const struct step_of_line *s, struct error *err)
{
	judge_form(j, s);
	if (j->v->kind != VERDICT_REFUSED && judge_held(j, err) < 0)
		return -1;
	if (j->v->kind != VERDICT_REFUSED && judge_tree(j, s, err) < 0)
		return -1;
	if (j->v->kind != VERDICT_REFUSED && judge_own(j, s, err) < 0)
		return -1;
	return j->v->kind != VERDICT_REFUSED ? judge_proof(j, s, err) : 0;
}

/* Fixes */

/*
 * After all of them it is on the release that was there, or that was promoted
 * last: the way there, over merges of others' work, may be any.
 */
static void judge_release(const struct judging *j, const struct line *line)
{
	const char *before = j->m->old;
	struct buf was = BUF_INIT, is = BUF_INIT;
	char *from, *to;

	for (size_t i = 0; i < line->nr; i++)
		if (line->v[i].source) {
			before = line->v[i].commit;
			break;
		}
	from = find_release(j, before, &was);
	to = find_release(j, j->m->new, &is);
	if (from && to && strcmp(was.s, is.s)) {
		verdict_refuse(j->v, "%.7s takes %s from %s to %s, which "
			       "comes by promotion alone", j->m->new,
			       j->env->name, was.s, is.s);
		hint_promote(j);
		verdict_hint(j->v, "to go back: \"git upgrade rollback %s\"",
			     j->env->name);
	}
	free(from);
	free(to);
	buf_release(&was);
	buf_release(&is);
}

/* What is pushed, but for what it promotes and what `without` has (NULL: -). */
static int list_brought(struct strvec *commits, const struct judging *j,
			const struct line *line, const char *without,
			struct error *err)
{
	struct proc p = PROC_INIT;
	struct buf out = BUF_INIT;
	int ret;

	git_proc(&p, j->m->repo, "rev-list", j->m->new, NULL);
	strvec_pushf(&p.argv, "^%s", j->m->old);
	for (size_t i = 0; i < line->nr; i++)
		if (line->v[i].source)
			strvec_pushf(&p.argv, "^%s", line->v[i].source_commit);
	if (without)
		strvec_pushf(&p.argv, "^%s", without);
	strvec_push(&p.argv, "--");
	p.out = &out;
	ret = git_check(&p, err);
	if (!ret)
		strvec_split(commits, out.s, '\n');
	proc_release(&p);
	buf_release(&out);
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
		hint_promote(j);
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
		has = is_here(j->m, source, err);
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
	hint_promote(j);
	return 0;
}

/* A source that lives here, and has no branch yet, has nothing. */
static int has_no_branch(const struct move_source *source)
{
	return source && source->is_here && !source->tip;
}

static int judge_fixes(const struct judging *j, const struct line *line,
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

/* All of it */

/* The source's branch, else what was deployed of it when last heard of. */
static int find_source(struct judging *j, struct error *err)
{
	const struct move_source *source = j->m->source;
	const char *tip = source ? source->tip : NULL;
	struct env_state state = ENV_STATE_INIT;
	int found = is_here(j->m, tip, err);

	if (!found) {
		if (env_state_read(&state, j->m->repo, j->env->promotes_from,
				   err) < 0)
			found = -1;
		tip = state.deployed;
		found = found ? found : is_here(j->m, tip, err);
	}
	if (found > 0)
		j->source_tip = xstrdup(tip);
	env_state_release(&state);
	return found < 0 ? -1 : 0;
}

static int judge_line(const struct judging *j, struct error *err)
{
	const struct move *m = j->m;
	struct line line = LINE_INIT;
	size_t promotions = 0;
	int ret = line_read(&line, m->repo, m->new, m->old, 0, err);

	for (size_t i = line.nr; !ret && i-- > 0;) {
		if (!line.v[i].source)
			continue;
		promotions++;
		ret = judge_promotion(j, &line.v[i], err);
		if (j->v->kind == VERDICT_REFUSED)
			break;
	}
	if (!ret && j->v->kind != VERDICT_REFUSED && promotions < line.nr)
		ret = judge_fixes(j, &line, err);
	line_release(&line);
	return ret;
}

/*
 * A new branch begins with a promotion, or with what the source has not: what
 * is older than both is not looked at.  To a host it only seems to be new.
 */
static int judge_first(const struct judging *j, struct error *err)
{
	const struct move *m = j->m;
	struct line line = LINE_INIT;
	int has = 0, ret = line_read(&line, m->repo, m->new, NULL, 1, err);

	if (!ret && line.nr && line.v[0].source)
		ret = judge_promotion(j, &line.v[0], err);
	else if (!ret && j->source_tip && !m->here)
		has = commit_contains(m->repo, j->source_tip, m->new, err);
	if (has > 0) {
		verdict_refuse(j->v, "%.7s is what the branch of %s has, and "
			       "no promotion", m->new, j->env->promotes_from);
		hint_promote(j);
	}
	line_release(&line);
	return has < 0 ? -1 : ret;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	struct judging j = { m, profile_environment(m->profile, m->env), v,
			     NULL };
	int ret = -1, found;

	if (!j.env || !j.env->promotes_from || !m->new)
		return 0;
	found = m->old ? is_here(m, m->old, err) : 1;
	if (!found)
		return verdict_unknown(v, "the commit before, %.7s, is not "
				       "here", m->old);
	if (found > 0 && !find_source(&j, err))
		ret = m->old ? judge_line(&j, err) : judge_first(&j, err);
	free(j.source_tip);
	return ret;
}

const struct gate gate_promotion = { "promotion", judge };
