/*
 * Backups where this clone is the host of the environment: what elsewhere a
 * platform is asked for is done here, by a child that goes on when we are
 * gone, and published.
 */
#include "flow/backup_internal.h"

#include "base/mem.h"
#include "base/redact.h"
#include "deploy/apart.h"
#include "deploy/backup_act.h"
#include "deploy/here.h"
#include "deploy/lock.h"
#include "flow/ask.h"
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

/* What is done, by the child. */
struct here_job {
	const struct backup_act *act;
	struct backup_asked asked;
};

static void publish(struct platform *p, const struct environment *env,
		    const struct reporter *say)
{
	struct error err = ERROR_INIT;

	if (here_publish(p, env, &err) < 0) {
		report(say, REPORT_LOG, "warning: %s", err.message);
		for (size_t i = 0; i < err.hints.nr; i++)
			report(say, REPORT_LOG, "hint: %s", err.hints.v[i]);
	}
	error_release(&err);
}

static int work(void *data, const struct reporter *say, struct error *err)
{
	const struct here_job *job = data;
	const struct backup_asked *a = &job->asked;
	int ret = here_recover(a->p, a->env, err);

	if (!ret)
		ret = backup_act_run(job->act, a, say, err);
	publish(a->p, a->env, say);
	return ret;
}

static char *ledger_tip(const struct backups *b)
{
	char *ref = xstrfmt("refs/upgrade/ledger/%s", b->to.env);
	char *tip = object_commit(&b->here->platform.repo, ref);

	free(ref);
	return tip;
}

static int run_act(struct backups *b, struct repo *r,
		   const struct value *fields, const struct reporter *say,
		   struct error *err)
{
	struct host_deploy *h = b->here;
	struct here_job job = {
		.act = backup_act_find(fields, err),
		.asked = { .p = &h->platform, .env = h->env,
			   .fields = fields },
	};
	char *who, *why, *what, *before = NULL, *after = NULL;
	int lock, ret;

	if (!job.act ||
	    trust_demand_profile(r, &h->platform.profile, h->product.tree,
				 NULL, err) < 0)
		return -1;
	lock = worker_trylock(&h->platform, h->env->name, err);
	if (lock < 0)
		return -1;
	before = ledger_tip(b);
	job.asked.by.who = who = own_name(r);
	why = redact_line(value_text(fields, "reason"), 0);
	job.asked.by.why = why;
	what = backup_act_shown(job.act);
	/* The child sees a git of ours as another one at work. */
	repo_disconnect(r);
	ret = work_apart(&h->platform, lock, what, work, &job, say, err);
	free(what);
	after = ledger_tip(b);
	err->changed |= ret < 0 && !are_same(before, after);
	free(who);
	free(why);
	free(before);
	free(after);
	return ret;
}

int backups_ask_here(struct backups *b, struct repo *r,
		     const char *const *texts, const struct reporter *say,
		     struct error *err)
{
	struct value *fields = backups_fields(texts);
	int ret = run_act(b, r, fields, say, err);

	value_free(fields);
	return ret;
}
