/*
 * Having an environment to oneself while several commits are pushed, one
 * after the other; and waiting for somebody else who has.
 */
#include "flow/push_internal.h"

#include "base/mem.h"
#include "base/time.h"

#include <stdlib.h>

#define POLL_MIN 0.2
#define POLL_MAX 5.0

int push_read_lock(struct push *p, struct repo *r, struct error *err)
{
	int held;

	env_lock_release(&p->lock);
	p->is_locked = 0;
	/* Nobody else keeps locks; what is known here is another's. */
	if (!p->to.is_platform)
		return 0;
	held = env_lock_read(&p->lock, r, p->to.env, err);
	p->is_locked = held > 0;
	/* As long as it holds signals it was taken by us, just now. */
	if (held > 0 && !p->hold.holds_signals)
		hold_find(&p->hold, r, &p->lock);
	return held < 0 ? -1 : 0;
}

int push_needs_lock(const struct push *p)
{
	/* One that a killed push left is made one's own; no operator's. */
	return p->to.is_platform && p->hops.nr > 1 &&
	       !p->hold.holds_signals && (!p->hold.nonce || p->hold.of_push);
}

int push_take_lock(struct push *p, struct repo *r, struct error *err)
{
	char *last = adopted_name_at(r, &p->product.releases, p->tip);
	char *what = p->hops.nr > 1 ?
		xstrfmt("push of %zu hops to %s", p->hops.nr,
			last ? last : p->tip) :
		xstrfmt("push of %s", last ? last : p->tip);
	int ret;

	/* An operator's lock goes on when the push is over. */
	ret = p->hold.nonce && !p->hold.of_push ? 0 :
	      hold_take(&p->hold, r, &p->to, 1, what, NULL, err);
	free(what);
	free(last);
	return ret;
}

int push_give_back(struct push *p, struct repo *r, struct error *err)
{
	if (!hold_is_for_push(&p->hold, r))
		return 0;
	return hold_give_back(&p->hold, r, &p->to, err);
}

static void say_waiting(const struct push *p, const struct reporter *say)
{
	struct buf held = BUF_INIT;

	env_lock_add(&held, &p->lock);
	report(say, REPORT_NOTE, "%s is locked %s", p->to.env, held.s);
	report(say, REPORT_NOTE, "Waiting for it (Ctrl-C ends that; nothing "
	       "was changed)");
	buf_release(&held);
}

/* `held` as hold_look() has it; the lock is what was shown last. */
static int gave_up(const struct push *p, int interrupted, int held,
		   struct error *err)
{
	const char *how = interrupted ? "interrupted" : "waited in vain";

	env_lock_refuse(&p->lock, p->to.env, err);
	return held > 0 ? error_wrap(err, "%s", how) :
		error_wrap(err, "%s; when '%s' answered last", how,
			   p->to.remote);
}

/* Is it somebody else's still: 1, 0, or -1: nobody answers. */
static int is_held(struct push *p, struct repo *r, int *lost,
		   const struct reporter *say)
{
	struct env_lock now = ENV_LOCK_INIT;
	struct error trouble = ERROR_INIT;
	int held = hold_look(&now, r, &p->to, &trouble);

	/* Ctrl-C ended the git that asked, too. */
	if (held < 0 && !interrupt_is_pending() && !(*lost)++)
		report(say, REPORT_WARNING, "%s; trying again",
		       trouble.message);
	error_release(&trouble);
	if (held > 0) {
		env_lock_release(&p->lock);
		p->lock = now;
		return !hold_find(&p->hold, r, &p->lock);
	}
	env_lock_release(&now);
	return held;
}

int push_await_lock(struct push *p, struct repo *r, double limit,
		    const struct reporter *say, struct error *err)
{
	double end = time_monotonic() + limit, delay = POLL_MIN;
	struct interrupt signals;
	int held = 1, interrupted = 0, lost = 0;

	if (!p->is_locked || p->hold.nonce)
		return 0;
	/* Others may merge here meanwhile. */
	turn_end(&p->turn);
	interrupt_hold(&signals);
	say_waiting(p, say);
	while (held && !interrupted && time_monotonic() < end) {
		if (delay > end - time_monotonic())
			delay = end - time_monotonic();
		interrupted = interrupt_wait(time_jitter(delay)) != 0;
		if (!interrupted)
			held = is_held(p, r, &lost, say);
		delay = delay * 1.5 > POLL_MAX ? POLL_MAX : delay * 1.5;
	}
	if (interrupted)
		interrupt_forget();
	interrupt_release(&signals);
	return held || interrupted ? gave_up(p, interrupted, held, err) : 1;
}
