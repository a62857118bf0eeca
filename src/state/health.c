#include "state/health.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* One that says how something ended; "pushed" and "retried" do not. */
static const struct event *newest_ending(const struct event_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		if (event_is_ending(&list->v[i]))
			return &list->v[i];
	return NULL;
}

static void note_times(struct health *h, const struct env_state *state,
		       const struct event *e)
{
	if (!are_same(e->outcome, "ok"))
		return;
	if (!h->deployed_at && are_same(e->event, "deployed") &&
	    are_same(e->commit, state->deployed))
		h->deployed_at = e->when;
	if (!h->verified_at && are_same(e->commit, state->verified))
		h->verified_at = e->when;
}

static void note_override(struct health *h, const struct event *e)
{
	h->overridden.event = xstrdup(e->event);
	h->overridden.who = xstrdup_or_null(e->who);
	h->overridden.said = xstrdup_or_null(e->said);
	h->overridden.reason = xstrdup_or_null(e->reason);
	h->overridden.when = e->when;
	strvec_pushv(&h->overridden.gates, e->gates.v);
}

void health_judge(struct health *h, const struct env_state *state,
		  const struct event_list *list)
{
	const struct event *last = newest_ending(list);

	for (size_t i = 0; i < list->nr && !h->overridden.event; i++)
		if (are_same(list->v[i].event, "overridden") &&
		    are_same(list->v[i].commit, state->deployed))
			note_override(h, &list->v[i]);
	for (size_t i = 0; i < list->nr; i++)
		note_times(h, state, &list->v[i]);
	if (last && !are_same(last->outcome, "ok")) {
		h->trouble = xstrdup(last->detail ? last->detail : "failed");
		h->commit = xstrdup_or_null(last->commit);
		h->trouble_at = last->when;
	}
	if (last && are_same(last->outcome, "down"))
		h->kind = HEALTH_DOWN;
	else if (are_same(state->deployed, state->verified))
		h->kind = HEALTH_GOOD;
	else if (state->deployed)
		h->kind = HEALTH_UNVERIFIED;
}

int health_read(struct health *h, struct repo *r, const char *env,
		const struct env_state *state, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret = ledger_read(&list, r, env, HEALTH_EVENTS, err);

	/* Locks that came and went may be all there is of late. */
	if (!ret && list.nr == HEALTH_EVENTS && !newest_ending(&list)) {
		event_list_release(&list);
		ret = ledger_read(&list, r, env, 0, err);
	}
	if (!ret)
		health_judge(h, state, &list);
	event_list_release(&list);
	return ret;
}

void health_release(struct health *h)
{
	free(h->trouble);
	free(h->commit);
	event_release(&h->overridden);
	*h = (struct health)HEALTH_INIT;
}

const char *health_name(enum health_kind kind)
{
	switch (kind) {
	case HEALTH_GOOD:
		return "healthy";
	case HEALTH_UNVERIFIED:
		return "unverified";
	case HEALTH_DOWN:
		return "down";
	case HEALTH_UNKNOWN:
		break;
	}
	return NULL;
}
