#include "deploy/backup_act.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/time.h"
#include "deploy/apart.h"
#include "deploy/lock.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 200

struct backup_act {
	const char *name;
	int minds_lock;
	int (*run)(const struct backup_asked *a, const struct reporter *say,
		   struct error *err);
};

static const char *field(const struct backup_asked *a, const char *key)
{
	return value_text(a->fields, key);
}

static int check(const struct backup_asked *a, const struct reporter *say,
		 struct error *err)
{
	struct backup_wish w = { .with = STRVEC_INIT };
	const char *with = field(a, "with");
	int ret;

	if (with)
		strvec_split(&w.with, with, ',');
	ret = backup_check(a->p, a->env, &w, say, err);
	strvec_release(&w.with);
	return ret;
}

static int create(const struct backup_asked *a, const struct reporter *say,
		  struct error *err)
{
	char *label = redact_line(field(a, "label"), LABEL_MAX);
	const char *nonce = field(a, "nonce"), *with = field(a, "with");
	struct backup_wish w = {
		.kind = BACKUP_MANUAL, .with = STRVEC_INIT, .label = label,
		.who = a->by.who,
		.nonce = nonce && lock_nonce_is_valid(nonce) ? nonce : NULL,
	};
	int ret;

	if (with)
		strvec_split(&w.with, with, ',');
	ret = backup_create(a->p, a->env, &w, say, NULL, err);
	strvec_release(&w.with);
	free(label);
	return ret;
}

static int extend(const struct backup_asked *a, const struct reporter *say,
		  struct error *err)
{
	const char *span = field(a, "span");
	long seconds = span ? time_parse_span(span) : -1;

	if (seconds < 0)
		return error_set(err, ERROR_REFUSED, "a backup is extended to "
				 "a span of time");
	return backup_extend(a->p, a->env, field(a, "id"), seconds, &a->by,
			     say, err);
}

static int delete(const struct backup_asked *a, const struct reporter *say,
		  struct error *err)
{
	return backup_delete(a->p, a->env, field(a, "id"), &a->by, say, err);
}

static int prune(const struct backup_asked *a, const struct reporter *say,
		 struct error *err)
{
	return backup_prune(a->p, a->env,
			    are_same(field(a, "dry_run"), "true"), &a->by,
			    say, err);
}

static int restore(const struct backup_asked *a, const struct reporter *say,
		   struct error *err)
{
	const char *only = field(a, "only");
	int code = are_same(only, "code"), data = are_same(only, "data");
	const struct backup_return w = {
		.id = field(a, "id"), .from = field(a, "from"),
		.code = !data && !field(a, "from"), .data = !code,
		.by = a->by,
	};

	/* More than was asked for would be lost. */
	if ((only && !code && !data) || (!w.code && !w.data))
		return error_set(err, ERROR_REFUSED, "a restore is of code, "
				 "or data, or both");
	return backup_restore(a->p, a->env, &w, say, err);
}

static const struct backup_act acts[] = {
	{ "create", 0, create },
	{ "check", 0, check },
	{ "extend", 0, extend },
	{ "delete", 1, delete },
	{ "prune", 1, prune },
	{ "restore", 1, restore },
};

const struct backup_act *backup_act_find(const struct value *fields,
					 struct error *err)
{
	const char *name = value_text(fields, "do");
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

int backup_act_only_looks(const struct value *fields)
{
	return are_same(value_text(fields, "do"), "check") ||
	       are_same(value_text(fields, "dry_run"), "true");
}

int backup_act_minds_lock(const struct backup_act *act)
{
	return act->minds_lock;
}

/* What is done, by the child. */
struct backup_job {
	const struct backup_act *act;
	const struct backup_asked *asked;
	const struct backup_around *around;
};

static int work(void *data, const struct reporter *say, struct error *err)
{
	const struct backup_job *job = data;
	const struct backup_around *around = job->around;
	int ret = around ? around->begin(job->asked, err) : 0;

	if (!ret)
		ret = job->act->run(job->asked, say, err);
	if (around)
		around->end(job->asked, say);
	return ret;
}

int backup_act_apart(const struct backup_act *act,
		     const struct backup_asked *a, int lock,
		     const struct backup_around *around,
		     const struct reporter *say, struct error *err)
{
	struct backup_job job = { act, a, around };
	/* What who waits for it is told is under way. */
	char *what = xstrfmt(LOCK_BACKUP " %s", act->name);
	int ret = work_apart(a->p, lock, what, work, &job, say, err);

	free(what);
	return ret;
}
