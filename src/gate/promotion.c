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
#include "gate/promotion_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/promotion.h"
#include "state/held.h"
#include "state/ledger.h"
#include "state/proof.h"

#include <stdlib.h>
#include <string.h>

int promotion_is_here(const struct move *m, const char *commit,
		      struct error *err)
{
	return commit ? object_find(m->repo, commit, NULL, NULL, err) : 0;
}

void promotion_hint(const struct judging *j)
{
	verdict_hint(j->v, "bring what %s has verified with \"git upgrade "
		     "promote %s %s\"", j->env->promotes_from,
		     j->env->promotes_from, j->env->name);
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
	promotion_hint(j);
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
		promotion_hint(j);
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
	char *from = adopted_shown_at(j->m->repo, j->m->releases, before);
	char *to = adopted_shown_at(j->m->repo, j->m->releases, after);
	int same = are_same(from, to);

	/* Of a branch nobody knows which commit, without a record. */
	if (same && j->m->releases->source == RELEASES_ARE_BRANCHES)
		same = strchr(to, '(') != NULL;
	free(from);
	free(to);
	return !same;
}

static int refuse_own(const struct judging *j, const struct step_of_line *s,
		      const char *path)
{
	struct buf shown = BUF_INIT;

	buf_add_path(&shown, path);
	verdict_refuse(j->v, "%.7s changes %s, which is %s's own, and goes to "
		       "no other release", s->commit, shown.s, j->env->name);
	promotion_hint(j);
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
	int ret = s->parents.nr < 2 ? 0 : promotion_is_here(j->m, before, err);

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

/* All of it */

/* The source's branch, else what was deployed of it when last heard of. */
static int find_source(struct judging *j, struct error *err)
{
	const struct move_source *source = j->m->source;
	const char *tip = source ? source->tip : NULL;
	struct env_state state = ENV_STATE_INIT;
	int found = promotion_is_here(j->m, tip, err);

	if (!found) {
		if (env_state_read(&state, j->m->repo, j->env->promotes_from,
				   err) < 0)
			found = -1;
		tip = state.deployed;
		found = found ? found : promotion_is_here(j->m, tip, err);
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
		ret = promotion_judge_fixes(j, &line, err);
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
		promotion_hint(j);
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
	found = m->old ? promotion_is_here(m, m->old, err) : 1;
	if (!found)
		return verdict_unknown(v, "the commit before, %.7s, is not "
				       "here", m->old);
	if (found > 0 && !find_source(&j, err))
		ret = m->old ? judge_line(&j, err) : judge_first(&j, err);
	free(j.source_tip);
	return ret;
}

const struct gate gate_promotion = { "promotion", judge };
