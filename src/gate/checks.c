/*
 * The conditions of an environment's own, `gates` in its configuration: each
 * must be met.  They were asked before (model/condition.h).  Each can be
 * overridden, by its name.
 */
#include "gate/gate.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>

/* "approved: by Olga; tickets: none is open" */
static void add(struct buf *out, const struct gate_check *check,
		const struct condition_answer *a)
{
	buf_addf(out, "%s%s: %s", out->len ? "; " : "", check->name,
		 a->evidence);
}

/* The way out that is recorded, which is said already, is the last one. */
static void refuse(const struct move *m, const char *reason,
		   struct verdict *v)
{
	char *key = xstrfmt("environments.%s.gates", m->env);
	struct strvec ways = v->hints;

	v->hints = (struct strvec)STRVEC_INIT;
	verdict_refuse(v, "%s", reason);
	verdict_hint(v, "see to it, and %s", move_again(m));
	verdict_hint(v, "what is asked is said by %s, in %s", key,
		     profile_origin(m->profile, key));
	for (size_t i = 0; i < ways.nr; i++)
		verdict_hint(v, "%s", ways.v[i]);
	strvec_release(&ways);
	free(key);
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct environment *env = profile_environment(m->profile,
							    m->env);
	struct buf good = BUF_INIT, bad = BUF_INIT, over = BUF_INIT;

	(void)err;
	if (!env || !env->nr_gates || !m->new)
		return 0;
	if (!m->answers)
		return verdict_unknown(v, "nobody has asked what %s wants to "
				       "be asked", m->env);
	for (size_t i = 0; i < env->nr_gates && i < m->answers->nr; i++)
		add(m->answers->v[i].good ? &good :
		    verdict_override(v, m, env->gates[i].name) ? &over : &bad,
		    &env->gates[i], &m->answers->v[i]);
	if (bad.len) {
		refuse(m, bad.s, v);
	} else if (over.len) {
		verdict_refuse(v, "%s", over.s);
		v->kind = VERDICT_OVERRIDDEN;
	} else {
		verdict_ok(v, "%s", good.s);
		v->is_telling = 1;
	}
	buf_release(&good);
	buf_release(&bad);
	buf_release(&over);
	return 0;
}

const struct gate gate_checks = { "checks", judge };
