#include "flow/hold.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "flow/ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often a platform is asked that does not answer. */
#define TRIES 3

static char *note_path(const struct repo *r, const char *nonce)
{
	return xstrfmt("%s/upgrade/held/%s", r->common_dir, nonce);
}

static int write_note(const struct repo *r, const struct destination *d,
		      const char *nonce, int of_push, struct error *err)
{
	char *path = note_path(r, nonce);
	struct buf b = BUF_INIT;
	int ret;

	buf_addf(&b, "environment %s\nremote %s\nfor %s\n", d->env,
		 d->remote, of_push ? "push" : "operator");
	ret = file_put(path, b.s, b.len, 0600, err);
	buf_release(&b);
	free(path);
	return ret;
}

/* Of a lock that is gone, so it does not matter when it stays. */
static void forget_note(const struct repo *r, const char *nonce)
{
	char *path = note_path(r, nonce), *held = path_dir(path);
	char *ours = path_dir(held);

	unlink(path);
	/* Folders that nothing else is in. */
	if (!rmdir(held))
		rmdir(ours);
	free(path);
	free(held);
	free(ours);
}

/* 1: there is one, and whose lock it is; 0. */
static int read_note(const struct repo *r, const char *nonce, int *of_push)
{
	struct error ignored = ERROR_INIT;
	struct buf note = BUF_INIT;
	char *path = note_path(r, nonce);
	int is_there = !file_read(path, &note, &ignored);

	*of_push = strstr(note.s, "\nfor push\n") != NULL;
	buf_release(&note);
	error_release(&ignored);
	free(path);
	return is_there;
}

int hold_find(struct hold *h, const struct repo *r, const struct env_lock *l)
{
	int of_push = 0;
	int is_ours = l->nonce && read_note(r, l->nonce, &of_push);

	FREE_AND_NULL(h->nonce);
	if (is_ours) {
		h->nonce = xstrdup(l->nonce);
		h->of_push = of_push;
	}
	return is_ours;
}

int hold_is_for_push(const struct hold *h, const struct repo *r)
{
	int of_push = 0;

	if (!h->nonce || !h->of_push)
		return 0;
	return !read_note(r, h->nonce, &of_push) || of_push;
}

int hold_look(struct env_lock *l, struct repo *r, struct destination *d,
	      struct error *err)
{
	env_lock_release(l);
	if (destination_refresh(d, r, err) < 0 ||
	    destination_fetch_state(d, r, err) < 0)
		return -1;
	return env_lock_read(l, r, d->env, err);
}

int hold_demand_platform(const struct destination *d, struct error *err)
{
	if (d->is_platform)
		return 0;
	error_set(err, ERROR_REFUSED, "nothing at '%s' keeps locks: it is no "
		  "platform of git upgrade", d->remote);
	return error_hint(err, "make one with \"git upgrade platform init "
			  "DIR\" on the server");
}

static void ignore(void *data, enum report_kind kind, const char *text)
{
	(void)data;
	(void)kind;
	(void)text;
}

/* What it says it says again as its reason. */
static int ask(struct repo *r, const struct destination *d, const char *verb,
	       const char *const *texts, struct error *err)
{
	struct reporter quiet = { ignore, NULL };

	return ask_platform(r, d, verb, texts, &quiet, err);
}

/* Where nobody answers it is asked again: twice does no harm. */
static int ask_surely(struct repo *r, const struct destination *d,
		      const char *verb, const char *const *texts,
		      int interruptible, struct error *err)
{
	int ret = -1;

	for (int i = 0; ret < 0 && i < TRIES; i++) {
		error_release(err);
		ret = ask(r, d, verb, texts, err);
		if (ret < 0 && (err->kind != ERROR_PENDING ||
				(interruptible && interrupt_wait(0))))
			break;
	}
	return ret;
}

/* That lock: perhaps another one has the environment now. */
static int is_gone(const char *nonce, struct repo *r, struct destination *d)
{
	struct env_lock now = ENV_LOCK_INIT;
	struct error ignored = ERROR_INIT;
	int held = hold_look(&now, r, d, &ignored);
	int gone = !held || (held > 0 && !env_lock_is_shown(&now, nonce));

	env_lock_release(&now);
	error_release(&ignored);
	return gone;
}

static int maybe_locked(const struct destination *d, struct error *err)
{
	err->changed = 1;
	return error_hint(err, "if it is locked now: \"git upgrade unlock "
			  "%s\"", d->env);
}

/*
 * Nobody knows whether it was given: then it is not wanted any more.  Its note
 * stays, as what was asked for may still be on its way.
 */
static int take_back(struct hold *h, struct repo *r, struct destination *d,
		     struct error *err)
{
	struct error unknown = ERROR_INIT;
	const char *const texts[] = { "nonce", h->nonce, NULL };

	if (ask_surely(r, d, "unlock", texts, 0, &unknown) < 0 &&
	    !is_gone(h->nonce, r, d)) {
		maybe_locked(d, err);
	} else {
		error_release(err);
		error_set(err, ERROR_FATAL, "the lock of %s could not be "
			  "taken: the connection to '%s' was lost", d->env,
			  d->remote);
	}
	error_release(&unknown);
	return -1;
}

/*
 * Refused: mostly because somebody else was quicker.  But it may have been
 * given when it was asked for before, and nobody answered.
 */
static int explain(struct hold *h, struct repo *r, struct destination *d,
		   struct error *err)
{
	struct env_lock now = ENV_LOCK_INIT;
	struct error ignored = ERROR_INIT;
	int held = hold_look(&now, r, d, &ignored), ret = -1;

	if (held < 0) {
		maybe_locked(d, err);
	} else if (!held) {
		forget_note(r, h->nonce);
		error_hint(err, "nothing was locked; an older git-upgrade on "
			   "the server knows no locks");
	} else {
		error_release(err);
		ret = !env_lock_is_shown(&now, h->nonce);
	}
	if (ret > 0) {
		forget_note(r, h->nonce);
		env_lock_refuse(&now, d->env, err);
	}
	env_lock_release(&now);
	error_release(&ignored);
	return ret;
}

static int take(struct hold *h, struct repo *r, struct destination *d,
		const char *what, const char *why, struct error *err)
{
	const char *texts[] = { "nonce", NULL, "what", what, "why", why,
				NULL };
	int ret;

	h->nonce = lock_nonce_new(err);
	if (!h->nonce || write_note(r, d, h->nonce, h->of_push, err) < 0)
		return -1;
	texts[1] = h->nonce;
	ret = ask_surely(r, d, "lock", texts, h->of_push, err);
	if (ret < 0 && err->kind == ERROR_PENDING)
		ret = take_back(h, r, d, err);
	else if (ret < 0)
		ret = explain(h, r, d, err);
	return ret;
}

static void release_signals(struct hold *h)
{
	if (h->holds_signals)
		interrupt_release(&h->signals);
	h->holds_signals = 0;
}

int hold_take(struct hold *h, struct repo *r, struct destination *d,
	      int of_push, const char *what, const char *why,
	      struct error *err)
{
	struct env_lock now = ENV_LOCK_INIT;
	int held = env_lock_read(&now, r, d->env, err);

	hold_release(h);
	if (of_push) {
		interrupt_hold(&h->signals);
		h->holds_signals = 1;
	}
	h->of_push = of_push;
	if (held > 0 && !hold_find(h, r, &now)) {
		env_lock_refuse(&now, d->env, err);
	} else if (held > 0) {
		/* What was a push's is the operator's now, or its again. */
		held = write_note(r, d, h->nonce, of_push, err);
		h->of_push = of_push;
	} else if (!held) {
		held = take(h, r, d, what, why, err);
	}
	if (held)
		hold_release(h);
	env_lock_release(&now);
	return held;
}

int hold_give_back(struct hold *h, struct repo *r, struct destination *d,
		   struct error *err)
{
	const char *const texts[] = { "nonce", h->nonce, NULL };
	int ret = ask_surely(r, d, "unlock", texts, 0, err);

	if (ret < 0 && is_gone(h->nonce, r, d)) {
		error_release(err);
		ret = 0;
	}
	if (!ret)
		forget_note(r, h->nonce);
	release_signals(h);
	return ret;
}

int hold_break(struct repo *r, struct destination *d,
	       const struct env_lock *l, const char *reason,
	       struct error *err)
{
	const char *const texts[] = { "breaks", l->nonce ? l->nonce : "",
				      "reason", reason, NULL };
	int ret = ask(r, d, "unlock", texts, err);

	if (ret < 0 && err->kind == ERROR_PENDING && l->nonce &&
	    is_gone(l->nonce, r, d)) {
		error_release(err);
		ret = 0;
	}
	return ret;
}

int hold_let_go(struct repo *r, struct destination *d,
		const struct env_hold *h, const char *reason,
		struct error *err)
{
	const char *const texts[] = { "releases", h->oid, "reason", reason,
				      NULL };

	return ask(r, d, "unlock", texts, err);
}

void hold_release(struct hold *h)
{
	release_signals(h);
	free(h->nonce);
	*h = (struct hold)HOLD_INIT;
}
