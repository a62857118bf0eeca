/*
 * Where an environment says `soak`, what is promoted to it was verified at the
 * source for so long already, at this very commit (or tree, as the gate
 * `promotion` has it).  By the source's ledger: a time that has not come yet
 * is no evidence.
 *
 * That it was verified at all is the gate `promotion`'s to say.
 */
#include "gate/gate.h"

#include "base/buf.h"
#include "base/time.h"
#include "git/object.h"
#include "model/promotion.h"
#include "state/proof.h"

#include <string.h>

struct soaking {
	const struct move *m;
	const struct environment *env;
	const struct step_of_line *step;
	time_t now;
};

/* "staging has verified 5d1f0c2" */
static void add_what(struct buf *out, const struct soaking *s)
{
	buf_addf(out, "%s has verified %.7s", s->env->promotes_from,
		 s->step->source_commit);
}

static void refuse_future(const struct soaking *s, time_t when,
			  struct verdict *v)
{
	struct buf at = BUF_INIT;

	time_add_local(&at, when);
	verdict_refuse(v, "the ledger of %s says that %.7s was verified there "
		       "on %s, which is yet to come", s->env->promotes_from,
		       s->step->source_commit, at.s);
	verdict_hint(v, "set the clocks right, and look at it again with \"git "
		     "upgrade verify %s\"", s->env->promotes_from);
	buf_release(&at);
}

static void refuse_early(const struct soaking *s, time_t since,
			 struct verdict *v)
{
	struct buf what = BUF_INIT, age = BUF_INIT, need = BUF_INIT;
	struct buf end = BUF_INIT, left = BUF_INIT;
	time_t over = since + s->env->soak;

	add_what(&what, s);
	time_add_span(&age, s->now - since);
	time_add_exact_span(&need, s->env->soak);
	time_add_local(&end, over);
	time_add_span(&left, over - s->now);
	verdict_refuse(v, "%s for %s, and %s needs %s: it has on %s", what.s,
		       age.s, s->env->name, need.s, end.s);
	verdict_hint(v, "wait until then (%s), and %s", left.s,
		     move_again(s->m));
	buf_release(&what);
	buf_release(&age);
	buf_release(&need);
	buf_release(&end);
	buf_release(&left);
}

static void accept(const struct soaking *s, time_t since, struct verdict *v)
{
	struct buf age = BUF_INIT, need = BUF_INIT;

	time_add_span(&age, s->now - since);
	time_add_exact_span(&need, s->env->soak);
	verdict_ok(v, "verified %s ago, %s needed", age.s, need.s);
	v->is_telling = 1;
	buf_release(&age);
	buf_release(&need);
}

/* How it stands is one thing for what is known here, another for the rest. */
static void judge_proof(const struct soaking *s, const struct proof *p,
			struct verdict *v)
{
	if (p->kind == PROOF_NO_LEDGER &&
	    !(s->m->source && s->m->source->is_here))
		verdict_unknown(v, "nothing is known here of %s, and so not "
				"since when %.7s is verified there",
				s->env->promotes_from, s->step->source_commit);
	if (p->kind != PROOF_VERIFIED)
		return;
	if (p->since > s->now)
		refuse_future(s, p->since, v);
	else if (s->now - p->since < s->env->soak)
		refuse_early(s, p->since, v);
	else
		accept(s, p->since, v);
}

static int judge_step(struct soaking *s, struct verdict *v, struct error *err)
{
	struct proof p = PROOF_INIT;
	int ret;

	/* One that does not read is refused for that. */
	if (!s->step->source || !*s->step->source_commit)
		return 0;
	ret = proof_read(&p, s->m->repo, s->env->promotes_from,
			 s->step->source_commit, err);
	if (!ret)
		judge_proof(s, &p, v);
	proof_release(&p);
	return ret;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	struct soaking s = {
		.m = m, .env = profile_environment(m->profile, m->env),
		.now = m->now,
	};
	struct line line = LINE_INIT;
	int ret, has;

	if (!s.env || !s.env->promotes_from || !s.env->soak || !m->new)
		return 0;
	has = m->old ? object_find(m->repo, m->old, NULL, NULL, err) : 1;
	if (has <= 0)
		return has < 0 ? -1 :
		       verdict_unknown(v, "the commit before, %.7s, is not "
				       "here", m->old);
	/* A branch that is new begins with one: its newest. */
	ret = line_read(&line, m->repo, m->new, m->old, m->old ? 0 : 1, err);
	for (size_t i = line.nr; !ret && i-- > 0;) {
		if (v->kind == VERDICT_REFUSED)
			break;
		s.step = &line.v[i];
		ret = judge_step(&s, v, err);
	}
	line_release(&line);
	return ret;
}

const struct gate gate_soak = { "soak", judge };
