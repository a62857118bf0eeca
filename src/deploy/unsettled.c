#include "deploy/unsettled.h"

#include "base/mem.h"
#include "deploy/place.h"
#include "state/ledger.h"

#include <stdlib.h>

/* Events among which the last deploy is looked for. */
#define EVENTS_READ 100

/* What an event says of the data: they are of one release, or perhaps not. */
enum word { SAYS_NOTHING, SAYS_WHOLE, SAYS_BEGUN, SAYS_FAILED };

static enum word word_of(const struct event *e)
{
	if (are_same(e->event, "backup-restored"))
		return are_same(e->outcome, "ok") ? SAYS_WHOLE : SAYS_NOTHING;
	if (are_same(e->event, "pushed") || are_same(e->event, "retried"))
		return SAYS_BEGUN;
	if (are_same(e->event, "failed"))
		return are_same(e->migrated, "no") ? SAYS_NOTHING :
						     SAYS_FAILED;
	return event_is_ending(e) ? SAYS_WHOLE : SAYS_NOTHING;
}

int unsettled_find(struct unsettled *u, struct platform *p,
		   const struct environment *env, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	enum word word = SAYS_NOTHING;
	int ret = 0;

	if (p->place->is_client)
		ret = ledger_read(&list, &p->repo, env->name, EVENTS_READ,
				  err);
	for (size_t i = 0; word == SAYS_NOTHING && i < list.nr; i++) {
		word = word_of(&list.v[i]);
		if (word != SAYS_BEGUN && word != SAYS_FAILED)
			continue;
		u->commit = xstrdup_or_null(list.v[i].commit);
		u->failed = word == SAYS_FAILED;
	}
	event_list_release(&list);
	return ret;
}

void unsettled_release(struct unsettled *u)
{
	free(u->commit);
	*u = (struct unsettled)UNSETTLED_INIT;
}
