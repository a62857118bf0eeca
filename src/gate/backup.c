/*
 * As long as the backup of the last upgrade is there, no other upgrade comes:
 * where the environment wants that.  What goes on with that upgrade passes, and
 * so does another one when that one has not come to pass.
 */
#include "gate/gate.h"

#include <string.h>

static const char *name_of(const struct adopted *a)
{
	return a && a->release ? a->release->name : NULL;
}

static void refuse(const struct move *m, const char *to, struct verdict *v)
{
	const struct backup *b = m->backup;
	struct buf stays = BUF_INIT;

	backup_add_stay(&stays, b);
	verdict_refuse(v, "%s, and until it is gone %s does not go on to %s",
		       stays.s, m->env, to);
	verdict_hint(v, "wait until then, and %s; a fix of %s is let in",
		     move_again(m), b->to ? b->to : "that release");
	verdict_hint(v, "or do without it: \"git upgrade backup delete %s "
		     "%s\"", m->env, b->id);
	buf_release(&stays);
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct environment *env = profile_environment(m->profile,
							    m->env);
	const struct backup *b = m->backup;
	const struct adopted *from, *to;

	if (!env || !env->backup.blocks || !b || !m->new ||
	    (!m->deployed && !m->old) ||
	    (m->lock && are_same(m->lock->nonce, b->path)))
		return 0;
	from = move_from(m, err);
	to = from ? move_to(m, err) : NULL;
	if (!to)
		return -1;
	/* What nobody can tell other gates judge. */
	if (!name_of(from) || !name_of(to) ||
	    !strcmp(name_of(from), name_of(to)) ||
	    are_same(name_of(to), b->to) ||
	    are_same(name_of(from), b->release))
		return 0;
	refuse(m, name_of(to), v);
	return 0;
}

const struct gate gate_backup = { "backup", judge };
