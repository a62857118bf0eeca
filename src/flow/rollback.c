#include "flow/rollback.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/ask.h"
#include "flow/push_internal.h"

#include <stdlib.h>
#include <string.h>

/* Events among which the one about the tip is looked for. */
#define EVENTS_READ 50
/* How long a request that was cut is given to arrive after all, in seconds. */
#define ARRIVAL_LIMIT 3.0
#define POLL 0.2

static int check_platform(const struct push *p, struct error *err)
{
	if (p->to.is_platform)
		return 0;
	error_set(err, ERROR_REFUSED, "'%s' is no platform that could go back "
		  "by itself", p->to.remote);
	return error_hint(err, "make the way back here, and push it: \"git "
			  "revert\" of what is to be taken back");
}

/* By the ledger, as the commit need not be here. */
static int read_release(struct back *b, struct repo *r, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret = ledger_read(&list, r, b->push.to.env, EVENTS_READ, err);

	for (size_t i = 0; !ret && !b->release && i < list.nr; i++) {
		const struct event *e = &list.v[i];

		if (e->commit && !strcmp(e->commit, b->tip))
			b->release = xstrdup_or_null(e->release);
	}
	event_list_release(&list);
	return ret;
}

int back_prepare(struct back *b, struct repo *r, const char *env,
		 const char *wanted, const char *command, struct error *err)
{
	struct push *p = &b->push;

	if (product_open(&p->product, r, NULL, err) < 0 ||
	    destination_find(&p->to, r, &p->product, env, err) < 0 ||
	    check_platform(p, err) < 0 ||
	    (command && turn_begin(&p->turn, r, p->to.branch, command,
				   err) < 0))
		return -1;
	push_note_evidence(p);
	b->tip = xstrdup_or_null(destination_tip(&p->to));
	if (!b->tip)
		return error_set(err, ERROR_REFUSED, "there is no branch '%s' "
				 "at '%s'", p->to.branch, p->to.remote);
	if (push_read_lock(p, r, err) < 0 || read_release(b, r, err) < 0)
		return -1;
	return former_find(&b->former, r, p->to.env, b->tip, wanted, err);
}

static char *request(const struct back *b, const struct repo *r,
		     const char *wanted, const char *reason)
{
	char *who = own_name(r);
	struct json *j = json_new();
	struct buf out = BUF_INIT, nonce = BUF_INIT;
	char *why = redact_text(reason);

	buf_addf(&nonce, "%.9f", b->push.started);
	json_object(j, NULL);
	json_string(j, "expected", b->tip);
	json_string(j, "to", wanted);
	json_string(j, "restores", b->former.commit);
	json_string(j, "reason", why);
	json_string(j, "who", who);
	json_string(j, "follow", b->push.no_follow ? "false" : "true");
	json_string(j, "nonce", nonce.s);
	json_string(j, "lock", b->push.hold.nonce);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	free(who);
	buf_release(&nonce);
	free(why);
	return buf_detach(&out);
}

/* What the platform says that it made of our request: 1, 0, -1. */
static int read_answer(struct back *b, struct repo *r, struct error *err)
{
	struct push *p = &b->push;
	struct event_list list = EVENT_LIST_INIT;

	if (destination_refresh(&p->to, r, err) < 0 ||
	    destination_fetch_state(&p->to, r, err) < 0 ||
	    ledger_read(&list, r, p->to.env, EVENTS_READ, err) < 0)
		return -1;
	for (size_t i = 0; !p->commit && i < list.nr; i++) {
		const struct event *e = &list.v[i];

		if (e->undoes && e->restores && e->commit &&
		    !strcmp(e->undoes, b->tip) &&
		    !strcmp(e->restores, b->former.commit))
			p->commit = xstrdup(e->commit);
	}
	event_list_release(&list);
	return p->commit != NULL;
}

/* Nobody knows of it: it did not arrive, or not yet. */
static int nothing_made(struct back *b, struct error *err)
{
	struct push *p = &b->push;
	const char *tip = destination_tip(&p->to);

	if (tip && strcmp(tip, b->tip)) {
		error_set(err, ERROR_REFUSED, "somebody else moved '%s' to "
			  "%.7s meanwhile; nothing was taken back",
			  p->to.branch, tip);
		return error_hint(err, "look with \"git upgrade status\", and "
				  "try again");
	}
	error_set(err, ERROR_PENDING, "%s before '%s' moved; it may still do",
		  p->interrupted ? "interrupted" : "the connection was lost",
		  p->to.branch);
	err->changed = 1;
	return error_hint(err, "look with \"git upgrade status\"; \"git "
			  "upgrade rollback %s\" again goes back once at most",
			  p->to.env);
}

/* Which commit the platform made; after a cut it is given some time. */
static int find_commit(struct back *b, struct repo *r, struct error *err)
{
	struct push *p = &b->push;
	double end = time_monotonic() + (p->cut ? ARRIVAL_LIMIT : 0);
	int found;

	push_take_interrupt(p, r, 0);
	while (!(found = read_answer(b, r, err)) && !p->interrupted &&
	       time_monotonic() < end)
		push_take_interrupt(p, r, POLL);
	if (found < 0)
		return -1;
	if (!found)
		return nothing_made(b, err);
	p->sent = 1;
	return 0;
}

int back_send(struct back *b, struct repo *r, const char *wanted,
	      const char *reason, const struct reporter *say,
	      struct error *err)
{
	struct push *p = &b->push;
	char *json;
	int ret;

	p->started = time_monotonic();
	p->release = xstrdup_or_null(b->former.release);
	json = request(b, r, wanted, reason);
	ret = request_send(r, p->to.remote, "rollback", p->to.env, json, say,
			   err);
	/* Nobody answered: what happened shows in the ledger. */
	if (ret < 0 && err->kind == ERROR_PENDING) {
		error_release(err);
		*err = (struct error)ERROR_INIT;
		p->cut = 1;
		ret = 0;
	}
	free(json);
	return ret < 0 ? -1 : find_commit(b, r, err);
}

void back_release(struct back *b)
{
	push_release(&b->push);
	former_release(&b->former);
	free(b->tip);
	free(b->release);
	*b = (struct back)BACK_INIT;
}
