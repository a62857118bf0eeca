/* An environment's branch is never deleted by a push. */
#include "gate/gate.h"

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	(void)err;
	if (m->new)
		return 0;
	verdict_refuse(v, "'%s' is the branch of environment %s and cannot "
		       "be deleted", m->branch, m->env);
	verdict_hint(v, "an environment is given up on the server, in "
		     "info/gitupgrade.yaml");
	return 0;
}

const struct gate gate_deletion = { "deletion", judge };
