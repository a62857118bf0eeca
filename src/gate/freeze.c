/*
 * Windows in which an environment is not changed (model/freeze.h).  A rollback
 * asks no gate: what ran before is no change to be afraid of.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "model/freeze.h"

#include <stdlib.h>

/* Of those that are on, the one that ends last; NULL: none is. */
static const struct freeze_window *find(const struct environment *env,
					time_t now, time_t *end)
{
	const struct freeze_window *found = NULL;

	for (size_t i = 0; i < env->nr_freeze; i++) {
		time_t this;

		if (!freeze_is_on(&env->freeze[i], now, &this) ||
		    (found && this <= *end))
			continue;
		found = &env->freeze[i];
		*end = this;
	}
	return found;
}

static void refuse(const struct move *m, const struct freeze_window *w,
		   time_t end, struct verdict *v)
{
	char *key = xstrfmt("environments.%s.freeze", m->env);
	struct buf until = BUF_INIT, window = BUF_INIT, reason = BUF_INIT;

	freeze_add_time(&until, w, end);
	freeze_add_window(&window, w);
	if (w->reason) {
		buf_adds(&reason, ": ");
		buf_add_line(&reason, w->reason);
	}
	verdict_refuse(v, "%s is frozen until %s (%s)%s", m->env, until.s,
		       window.s, reason.s);
	verdict_hint(v, "wait until then, and %s", move_again(m));
	verdict_hint(v, "or have its owner take the window out: %s, in %s",
		     key, profile_origin(m->profile, key));
	buf_release(&until);
	buf_release(&window);
	buf_release(&reason);
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
		w = find(env, m->now, &end);
	if (w)
		refuse(m, w, end, v);
	return 0;
}

const struct gate gate_freeze = { "freeze", judge };
