/*
 * Backups: the request `backup`, whose field `do` says what.
 *
 *	create	with (names, by commas), label, nonce
 *	extend	id, span: seconds
 *	delete	id, reason
 *	prune	dry_run: "true"
 *	restore	id, only ("code", "data"), from (another environment), reason
 *
 * and in each who.  What is done goes on when whoever asked is gone.
 */
#include "hook/request_internal.h"

#include "base/mem.h"
#include "base/time.h"
#include "deploy/apart.h"
#include "deploy/backup.h"
#include "deploy/lock.h"
#include "deploy/owner.h"

#include <stdlib.h>
#include <string.h>

/* What is done, by the child. */
struct backup_job {
	const struct request *r;
	const struct backup_act *act;
	struct backup_asker by;
	char *who, *why;
};

struct backup_act {
	const char *name;
	int minds_lock;			/* of somebody else's (state/lock.h) */
	int (*run)(const struct backup_job *job, const struct reporter *say,
		   struct error *err);
};

static const char *field(const struct backup_job *job, const char *key)
{
	return value_text(job->r->fields, key);
}

static int create(const struct backup_job *job, const struct reporter *say,
		  struct error *err)
{
	char *label = request_short(job->r, "label");
	const char *nonce = field(job, "nonce"), *with = field(job, "with");
	struct backup_wish w = {
		.kind = BACKUP_MANUAL, .with = STRVEC_INIT, .label = label,
		.who = job->by.who,
		.nonce = nonce && lock_nonce_is_valid(nonce) ? nonce : NULL,
	};
	int ret;

	if (with)
		strvec_split(&w.with, with, ',');
	ret = backup_create(job->r->p, job->r->env, &w, say, NULL, err);
	strvec_release(&w.with);
	free(label);
	return ret;
}

static int extend(const struct backup_job *job, const struct reporter *say,
		  struct error *err)
{
	const char *span = field(job, "span");
	long seconds = span ? time_parse_span(span) : -1;

	if (seconds < 0)
		return error_set(err, ERROR_REFUSED, "a backup is extended to "
				 "a span of time");
	return backup_extend(job->r->p, job->r->env, field(job, "id"),
			     seconds, &job->by, say, err);
}

static int delete(const struct backup_job *job, const struct reporter *say,
		  struct error *err)
{
	return backup_delete(job->r->p, job->r->env, field(job, "id"),
			     &job->by, say, err);
}

static int prune(const struct backup_job *job, const struct reporter *say,
		 struct error *err)
{
	return backup_prune(job->r->p, job->r->env,
			    are_same(field(job, "dry_run"), "true"), &job->by,
			    say, err);
}

static int restore(const struct backup_job *job, const struct reporter *say,
		   struct error *err)
{
	const char *only = field(job, "only");
	int code = are_same(only, "code"), data = are_same(only, "data");
	const struct backup_return w = {
		.id = field(job, "id"), .from = field(job, "from"),
		.code = !data && !field(job, "from"), .data = !code,
		.by = job->by,
	};

	/* More than was asked for would be lost. */
	if ((only && !code && !data) || (!w.code && !w.data))
		return error_set(err, ERROR_REFUSED, "a restore is of code, "
				 "or data, or both");

	return backup_restore(job->r->p, job->r->env, &w, say, err);
}

static const struct backup_act acts[] = {
	{ "create", 0, create },
	{ "extend", 0, extend },
	{ "delete", 1, delete },
	{ "prune", 1, prune },
	{ "restore", 1, restore },
};

static const struct backup_act *find_act(const struct request *r,
					 struct error *err)
{
	const char *name = value_text(r->fields, "do");
	struct buf known = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		if (are_same(acts[i].name, name)) {
			buf_release(&known);
			return &acts[i];
		}
		buf_addf(&known, "%s%s", i ? ", " : "", acts[i].name);
	}
	error_set(err, ERROR_REFUSED, "this platform does nothing of that name "
		  "with backups");
	error_hint(err, "it knows: %s", known.s);
	buf_release(&known);
	return NULL;
}

static int work(void *data, const struct reporter *say, struct error *err)
{
	const struct backup_job *job = data;

	return job->act->run(job, say, err);
}

int request_backup(const struct request *r, struct error *err)
{
	struct backup_job job = { .r = r, .act = find_act(r, err) };
	int lock, ret = -1;
	char *what;

	if (!job.act ||
	    (job.act->minds_lock && request_check_lock(r, err) < 0) ||
	    owner_check_environment(r->p, r->env, err) < 0 ||
	    platform_read_releases(r->p, err) < 0)
		return -1;
	lock = worker_trylock(r->p, r->env->name, err);
	if (lock < 0)
		return -1;
	job.by.who = job.who = request_who(r);
	job.by.why = job.why = request_line(r, "reason");
	what = xstrfmt(LOCK_BACKUP " %s", job.act->name);
	ret = work_apart(r->p, lock, what, work, &job, r->hook->say, err);
	free(what);
	free(job.who);
	free(job.why);
	return ret;
}
