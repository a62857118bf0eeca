/*
 * Somebody has the environment to himself (state/lock.h): only who shows his
 * lock moves it.  Of a deletion nothing is said here, it is refused anyway.
 */
#include "gate/gate.h"

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	struct buf held = BUF_INIT;

	(void)err;
	if (!m->lock || env_lock_is_shown(m->lock, m->nonce))
		return 0;
	env_lock_add(&held, m->lock);
	verdict_refuse(v, "%s is locked %s", m->env, held.s);
	env_lock_hint(&v->hints, m->env);
	buf_release(&held);
	return 0;
}

const struct gate gate_lock = { "lock", judge };
