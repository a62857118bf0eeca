/*
 * Having an environment to oneself: a ref and an event in the ledger, in one
 * transaction.
 *
 *	lock	nonce, who, why, what: fine, when it has that nonce already
 *	unlock	nonce: one's own lock; fine, when it is not locked (any more)
 *		breaks, reason, who: somebody else's, of that nonce
 *		releases, reason, who: no lock, but the hold (state/held.h) of
 *		that OID
 */
#include "hook/request_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "state/held.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

/* Record it, and move the ref of the lock: all or nothing. */
static int record(const struct request *r, const char *ref,
		  const char *event, const char *who, const char *detail,
		  const char *new, const char *old, struct error *err)
{
	struct ref_move move = { ref, new, old };
	/* Borrowed: never released. */
	struct event e = {
		.event = (char *)event, .env = r->env->name,
		.who = (char *)who, .detail = (char *)detail,
		.outcome = (char *)"ok",
	};

	return ledger_append(&r->p->repo, &e, &move, 1, NULL, NULL, err);
}

/* "push of 3 hops: why" */
static char *lock_detail(const struct env_lock *l)
{
	if (!l->what || !l->why)
		return xstrdup_or_null(l->what ? l->what : l->why);
	return xstrfmt("%s: %s", l->what, l->why);
}

static int take(const struct request *r, const char *nonce,
		struct error *err)
{
	struct env_lock l = ENV_LOCK_INIT;
	char *detail, *oid, *ref = env_lock_ref(r->env->name);
	int ret = -1;

	l.nonce = xstrdup(nonce);
	l.who = request_who(r);
	l.why = request_short(r, "why");
	l.what = request_short(r, "what");
	l.since = time(NULL);
	detail = lock_detail(&l);
	oid = env_lock_write(&l, &r->p->repo, err);
	if (oid)
		ret = record(r, ref, "locked", l.who, detail, oid, NULL, err);
	free(ref);
	free(oid);
	free(detail);
	env_lock_release(&l);
	return ret;
}

/* 1: it is locked with that nonce; 0: it is not locked; -1: by others. */
static int look(const struct request *r, const char *nonce,
		struct error *err)
{
	struct env_lock now = ENV_LOCK_INIT;
	int held = env_lock_read(&now, &r->p->repo, r->env->name, err);

	if (held > 0 && !env_lock_is_shown(&now, nonce))
		held = env_lock_refuse(&now, r->env->name, err);
	env_lock_release(&now);
	return held;
}

int request_lock(const struct request *r, struct error *err)
{
	const char *nonce = value_text(r->fields, "nonce");
	struct error late = ERROR_INIT;
	int held;

	if (!nonce || !lock_nonce_is_valid(nonce))
		return error_set(err, ERROR_REFUSED, "a lock needs a nonce, "
				 "of 8 to 64 letters and digits");
	held = look(r, nonce, err);
	if (held || !take(r, nonce, err))
		return held < 0 ? -1 : 0;
	/* Somebody else was quicker, or the same request twice. */
	if (err->kind == ERROR_REFUSED)
		held = look(r, nonce, &late);
	if (held < 0)
		error_move(err, &late);
	if (held > 0)
		error_release(err);
	error_release(&late);
	return held > 0 ? 0 : -1;
}

static int remove_lock(const struct request *r, const struct env_lock *l,
		       const char *reason, struct error *err)
{
	char *who = request_who(r), *ref = env_lock_ref(r->env->name);
	char *detail = NULL;
	int ret;

	if (reason)
		detail = xstrfmt("the lock of %s was taken away: %s",
				 l->who ? l->who : "somebody", reason);
	ret = record(r, ref, "unlocked", who, detail, NULL, l->oid, err);
	free(ref);
	free(who);
	free(detail);
	return ret;
}

/* Somebody else's: only the one that was seen, and with a reason. */
static int break_lock(const struct request *r, const struct env_lock *l,
		      struct error *err)
{
	const char *seen = value_text(r->fields, "breaks");
	char *reason = request_short(r, "reason");
	int ret;

	if (!reason || (l->nonce && (!seen || strcmp(seen, l->nonce)))) {
		ret = env_lock_refuse(l, r->env->name, err);
	} else {
		ret = remove_lock(r, l, reason, err);
	}
	free(reason);
	return ret;
}

static int remove_hold(const struct request *r, const struct env_hold *h,
		       const char *reason, struct error *err)
{
	char *who = request_who(r), *ref = env_hold_ref(r->env->name);
	struct buf detail = BUF_INIT;
	int ret;

	buf_addf(&detail, "held since the rollback of %s: %s", h->release ?
		 h->release : "what was deployed", reason);
	ret = record(r, ref, "released", who, detail.s, NULL, h->oid, err);
	buf_release(&detail);
	free(ref);
	free(who);
	return ret;
}

/* Only the hold that was seen: there may have been another rollback. */
static int release_hold(const struct request *r, const char *seen,
			struct error *err)
{
	char *reason = request_short(r, "reason");
	struct env_hold now = ENV_HOLD_INIT;
	int ret = env_hold_read(&now, &r->p->repo, r->env->name, err);

	if (!ret)
		ret = error_set(err, ERROR_REFUSED, "%s is not held",
				r->env->name);
	else if (ret > 0 && strcmp(seen, now.oid))
		ret = error_set(err, ERROR_REFUSED, "%s was rolled back once "
				"more meanwhile, and is held for that",
				r->env->name);
	else if (ret > 0 && !reason)
		ret = error_set(err, ERROR_REFUSED, "a hold is released for a "
				"reason");
	else if (ret > 0)
		ret = remove_hold(r, &now, reason, err);
	env_hold_release(&now);
	free(reason);
	return ret;
}

static int open_lock(const struct request *r, struct error *err)
{
	const char *nonce = value_text(r->fields, "nonce");
	struct env_lock now = ENV_LOCK_INIT;
	int held = env_lock_read(&now, &r->p->repo, r->env->name, err);
	int ret = held;

	if (held > 0 && env_lock_is_shown(&now, nonce))
		ret = remove_lock(r, &now, NULL, err);
	else if (held > 0 && !nonce)
		ret = break_lock(r, &now, err);
	else if (held > 0)
		ret = env_lock_refuse(&now, r->env->name, err);
	else if (!held && !nonce)
		ret = error_set(err, ERROR_REFUSED, "%s is not locked",
				r->env->name);
	env_lock_release(&now);
	return ret;
}

int request_unlock(const struct request *r, struct error *err)
{
	const char *seen = value_text(r->fields, "releases");

	return seen ? release_hold(r, seen, err) : open_lock(r, err);
}

int request_check_lock(const struct request *r, struct error *err)
{
	return look(r, value_text(r->fields, "lock"), err) < 0 ? -1 : 0;
}
