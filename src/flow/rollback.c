#include "flow/rollback.h"

#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/push_internal.h"

#include <stdlib.h>
#include <string.h>

/* Events among which the one about the tip is looked for. */
#define EVENTS_READ 50

static int check_platform(const struct push *p, struct error *err)
{
	if (p->to.is_platform)
		return 0;
	error_set(err, ERROR_REFUSED, "'%s' is no platform that could go back "
		  "by itself", p->to.remote);
	return error_hint(err, "make the way back here, and push it: \"git "
			  "revert -m 1 COMMIT\" of the upgrade");
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

static char *request(const struct back *b, const char *reason)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT, nonce = BUF_INIT;

	buf_addf(&nonce, "%.9f", b->push.started);
	json_object(j, NULL);
	json_string(j, "expected", b->tip);
	json_string(j, "to", b->former.commit);
	json_string(j, "reason", reason);
	json_string(j, "follow", b->push.no_follow ? "false" : "true");
	json_string(j, "nonce", nonce.s);
	json_string(j, "lock", b->push.hold.nonce);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	buf_release(&nonce);
	return buf_detach(&out);
}

/* Which commit the platform made: what is new at the branch. */
static int find_commit(struct back *b, struct repo *r, struct error *err)
{
	struct push *p = &b->push;
	const char *tip;

	if (destination_refresh(&p->to, r, err) < 0)
		return -1;
	tip = destination_tip(&p->to);
	if (tip && strcmp(tip, b->tip)) {
		p->commit = xstrdup(tip);
		p->sent = 1;
		return 0;
	}
	error_set(err, ERROR_PENDING, "the connection was lost, and '%s' has "
		  "not moved yet", p->to.branch);
	err->changed = 1;
	return error_hint(err, "look with \"git upgrade status\", and try "
			  "again: it is done once at most");
}

int back_send(struct back *b, struct repo *r, const char *reason,
	      const struct reporter *say, struct error *err)
{
	struct push *p = &b->push;
	char *json;
	int ret;

	p->started = time_monotonic();
	p->release = xstrdup_or_null(b->former.release);
	json = request(b, reason);
	ret = request_send(r, p->to.remote, "rollback", p->to.env, json, say,
			   err);
	/* Nobody answered: what happened shows at the branch. */
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
