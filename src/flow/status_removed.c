/* Environments that are configured here, and were torn down where they were. */
#include "flow/status_internal.h"

#include "base/buf.h"

int status_find_removed(struct env_status *e, struct repo *r,
			struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret;

	/* Elsewhere it would be one of that name that came later. */
	if (e->runner != RUNNER_UNKNOWN || e->state.deployed)
		return 0;
	ret = ledger_read(&list, r, e->name, 1, err);
	if (!ret && list.nr && are_same(list.v[0].event, "removed")) {
		e->removed = list.v[0];
		list.v[0] = (struct event)EVENT_INIT;
	}
	event_list_release(&list);
	return ret;
}
