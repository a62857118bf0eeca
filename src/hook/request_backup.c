/*
 * Backups: the request `backup`; its fields are those of deploy/backup_act.h,
 * and who.  What is done goes on when whoever asked is gone.
 */
#include "hook/request_internal.h"

#include "deploy/apart.h"
#include "deploy/backup_act.h"
#include "deploy/lock.h"
#include "deploy/owner.h"

#include <stdlib.h>

/* What is done, by the child. */
struct backup_job {
	const struct backup_act *act;
	struct backup_asked asked;
};

static int work(void *data, const struct reporter *say, struct error *err)
{
	const struct backup_job *job = data;

	return backup_act_run(job->act, &job->asked, say, err);
}

int request_backup(const struct request *r, struct error *err)
{
	struct backup_job job = {
		.act = backup_act_find(r->fields, err),
		.asked = { .p = r->p, .env = r->env, .fields = r->fields },
	};
	char *who, *why;
	int lock, ret = -1;
	char *what;

	if (!job.act ||
	    (backup_act_minds_lock(job.act) &&
	     request_check_lock(r, err) < 0) ||
	    owner_check_environment(r->p, r->env, err) < 0 ||
	    platform_read_releases(r->p, err) < 0)
		return -1;
	lock = worker_trylock(r->p, r->env->name, err);
	if (lock < 0)
		return -1;
	job.asked.by.who = who = request_who(r);
	job.asked.by.why = why = request_line(r, "reason");
	what = backup_act_shown(job.act);
	ret = work_apart(r->p, lock, what, work, &job, r->hook->say, err);
	free(what);
	free(who);
	free(why);
	return ret;
}
