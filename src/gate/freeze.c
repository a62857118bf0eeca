/*
 * Windows in which an environment is not changed (model/freeze.h).  A rollback
 * asks no gate: what ran before is no change to be afraid of.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "model/freeze.h"

#include <stdlib.h>

static void refuse(const struct move *m, const struct freeze_window *w,
		   time_t end, struct verdict *v)
{
	char *key = xstrfmt("environments.%s.freeze", m->env);
	struct buf frozen = BUF_INIT;

	freeze_add(&frozen, w, end);
	verdict_refuse(v, "%s is %s", m->env, frozen.s);
	verdict_hint(v, "wait until then, and %s", move_again(m));
	verdict_hint(v, "or have its owner take the window out: %s, in %s",
		     key, profile_origin(m->profile, key));
	buf_release(&frozen);
	free(key);
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct environment *env = profile_environment(m->profile,
							    m->env);
	const struct freeze_window *w = NULL;
	time_t end;

	(void)err;
	if (env && m->new)
		w = freeze_now(env, m->now, &end);
	if (w)
		refuse(m, w, end, v);
	return 0;
}

const struct gate gate_freeze = { "freeze", judge };
