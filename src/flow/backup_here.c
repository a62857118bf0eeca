/*
 * Backups where this clone is the host of the environment: what elsewhere a
 * platform is asked for is done here, by a child that goes on when we are
 * gone, and published.
 */
#include "flow/backup_internal.h"

#include "base/mem.h"
#include "deploy/here.h"
#include "deploy/lock.h"
#include "flow/trust.h"
#include "git/object.h"
#include "state/backup.h"

#include <stdlib.h>

int backups_read_here(struct backups *b, struct error *err)
{
	return backups_read(&b->list, &b->here->platform.repo, b->to.env,
			    err);
}

int backups_open_here(struct backups *b, struct repo *r, const char *env,
		      struct error *err)
{
	b->here = xcalloc(1, sizeof(*b->here));
	*b->here = (struct host_deploy)HOST_DEPLOY_INIT;
	b->to.env = xstrdup(env);
	if (host_open(b->here, r, env, err) < 0)
		return -1;
	b->to.branch = xstrdup(b->here->env->branch);
	return 0;
}

static int begin(const struct backup_asked *a, struct error *err)
{
	return here_recover(a->p, a->env, err);
}

static void publish(const struct backup_asked *a, const struct reporter *say)
{
	struct error err = ERROR_INIT;

	if (here_publish(a->p, a->env, &err) < 0) {
		report(say, REPORT_LOG, "warning: %s", err.message);
		for (size_t i = 0; i < err.hints.nr; i++)
			report(say, REPORT_LOG, "hint: %s", err.hints.v[i]);
	}
	error_release(&err);
}

static char *ledger_tip(const struct backups *b)
{
	char *ref = xstrfmt("refs/upgrade/ledger/%s", b->to.env);
	char *tip = object_commit(&b->here->platform.repo, ref);

	free(ref);
	return tip;
}

int backups_ask_here(struct backups *b, struct repo *r,
		     const struct value *fields, const struct reporter *say,
		     struct error *err)
{
	static const struct backup_around around = { begin, publish };
	struct host_deploy *h = b->here;
	char *before, *after;
	int lock, ret;

	if (trust_demand_profile(r, &h->platform.profile, h->product.tree,
				 NULL, err) < 0)
		return -1;
	lock = worker_trylock(&h->platform, h->env->name, err);
	if (lock < 0)
		return -1;
	before = ledger_tip(b);
	/* The child sees a git of ours as another one at work. */
	repo_disconnect(r);
	ret = backups_act(&h->platform, h->env, fields, lock,
			  backup_act_only_looks(fields) ? NULL : &around, say,
			  err);
	after = ledger_tip(b);
	err->changed |= ret < 0 && backups_ledger_grew(before, after);
	free(before);
	free(after);
	return ret;
}
