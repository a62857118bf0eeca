/*
 * Backups: the request `backup`; its fields are those of deploy/backup_act.h,
 * and who.  What is done goes on when whoever asked is gone.
 */
#include "hook/request_internal.h"

#include "deploy/backup_act.h"
#include "deploy/lock.h"
#include "deploy/owner.h"

#include <stdlib.h>

int request_backup(const struct request *r, struct error *err)
{
	const struct backup_act *act = backup_act_find(r->fields, err);
	struct backup_asked asked = { .p = r->p, .env = r->env,
				      .fields = r->fields };
	char *who, *why;
	int lock, ret = -1;

	if (!act ||
	    (backup_act_minds_lock(act) && request_check_lock(r, err) < 0) ||
	    owner_check_environment(r->p, r->env, err) < 0 ||
	    platform_read_releases(r->p, err) < 0)
		return -1;
	lock = worker_trylock(r->p, r->env->name, err);
	if (lock < 0)
		return -1;
	asked.by.who = who = request_who(r);
	asked.by.why = why = request_line(r, "reason");
	ret = backup_act_apart(act, &asked, lock, NULL, r->hook->say, err);
	free(who);
	free(why);
	return ret;
}
