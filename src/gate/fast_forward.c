/*
 * History only grows: what was deployed must stay reachable, or nobody can
 * say any more what ran.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/* Mostly it is one commit ahead: then history need not be walked. */
static int is_parent(const struct move *m)
{
	char *name = xstrfmt("%s^1", m->new);
	char *parent = object_commit(m->repo, name);
	int is = parent && !strcmp(parent, m->old);

	free(name);
	free(parent);
	return is;
}

/* On a host: what is checked out lacks what was deployed in its place. */
static int refuse_here(const struct move *m, struct verdict *v)
{
	verdict_refuse(v, "%s does not have what is deployed here, %.7s (no "
		       "fast-forward)", m->branch, m->old);
	verdict_hint(v, "bring it back with \"git merge %.7s\", and deploy "
		     "again", m->old);
	verdict_hint(v, "to take a change back, deploy a \"git revert\" of "
		     "it");
	return 0;
}

/* Somebody was quicker, mostly: who that was is the first question. */
static int refuse(const struct move *m, struct verdict *v)
{
	char *what = commit_described(m->repo, m->old);

	verdict_refuse(v, "%s has %s now, which this would lose (no "
		       "fast-forward)", m->branch, what);
	free(what);
	if (move_promotion(m)) {
		verdict_hint(v, "promote on top of that: %s",
			     move_promotion(m));
		return 0;
	}
	verdict_hint(v, "bring it into yours, and push again:");
	verdict_hint(v, "  git pull --no-rebase REMOTE %s", m->branch);
	verdict_hint(v, "to take a change back, push a \"git revert\" of it");
	return 0;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	int code;

	if (!m->old || !m->new || is_parent(m))
		return 0;
	code = git_try(m->repo, NULL, err, "merge-base", "--is-ancestor",
		       m->old, m->new, NULL);
	if (code < 0)
		return -1;
	if (!code)
		return 0;
	if (code != 1)
		return verdict_unknown(v, "the commit before, %.7s, is not "
				       "here", m->old);
	if (m->here)
		return refuse_here(m, v);
	return refuse(m, v);
}

const struct gate gate_fast_forward = { "fast-forward", judge };
