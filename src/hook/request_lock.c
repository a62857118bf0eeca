/*
 * Having an environment to oneself: a ref and an event in the ledger, in one
 * transaction.
 *
 *	lock	nonce, who, why, what: fine, when it has that nonce already
 *	unlock	nonce: one's own lock; fine, when it is not locked (any more)
 *		breaks, reason, who: somebody else's, of that nonce
 */
#include "hook/request_internal.h"

#include "base/mem.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

/* Of what a client says about itself, in bytes. */
#define MAX_TEXT 200

/* The same, short. */
static char *told(const struct request *r, const char *key)
{
	char *text = request_line(r, key);
	size_t len = text ? strlen(text) : 0;

	if (len <= MAX_TEXT)
		return text;
	/* Not in the middle of a character. */
	for (len = MAX_TEXT; len; len--)
		if (((unsigned char)text[len] & 0xc0) != 0x80)
			break;
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

/* Who he says he is, and whom the connection knows.  free(). */
static char *who_asks(const struct request *r)
{
	const char *known = request_asker();
	char *name = told(r, "who"), *both;

	if (!name || !known || !strcmp(name, known))
		return name ? name : xstrdup_or_null(known);
	both = xstrfmt("%s (%s)", name, known);
	free(name);
	return both;
}

/* Record it, and move the ref of the lock: all or nothing. */
static int record(const struct request *r, const char *event,
		  const char *who, const char *detail, const char *new,
		  const char *old, struct error *err)
{
	char *ref = env_lock_ref(r->env->name);
	struct ref_move move = { ref, new, old };
	/* Borrowed: never released. */
	struct event e = {
		.event = (char *)event, .env = r->env->name,
		.who = (char *)who, .detail = (char *)detail,
		.outcome = (char *)"ok",
	};
	int ret = ledger_append(&r->p->repo, &e, &move, 1, NULL, NULL, err);

	free(ref);
	return ret;
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
	char *detail, *oid;
	int ret = -1;

	l.nonce = xstrdup(nonce);
	l.who = who_asks(r);
	l.why = told(r, "why");
	l.what = told(r, "what");
	l.since = time(NULL);
	detail = lock_detail(&l);
	oid = env_lock_write(&l, &r->p->repo, err);
	if (oid)
		ret = record(r, "locked", l.who, detail, oid, NULL, err);
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
	char *who = who_asks(r), *detail = NULL;
	int ret;

	if (reason)
		detail = xstrfmt("the lock of %s was taken away: %s",
				 l->who ? l->who : "somebody", reason);
	ret = record(r, "unlocked", who, detail, NULL, l->oid, err);
	free(who);
	free(detail);
	return ret;
}

/* Somebody else's: only the one that was seen, and with a reason. */
static int break_lock(const struct request *r, const struct env_lock *l,
		      struct error *err)
{
	const char *seen = value_text(r->fields, "breaks");
	char *reason = told(r, "reason");
	int ret;

	if (!reason || (l->nonce && (!seen || strcmp(seen, l->nonce)))) {
		ret = env_lock_refuse(l, r->env->name, err);
	} else {
		ret = remove_lock(r, l, reason, err);
	}
	free(reason);
	return ret;
}

int request_unlock(const struct request *r, struct error *err)
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

int request_check_lock(const struct request *r, struct error *err)
{
	return look(r, value_text(r->fields, "lock"), err) < 0 ? -1 : 0;
}
