/* What is kept between commands, here and at a platform. */
#include "fuzz.h"

#include <string.h>

#include "flow/merge_state.h"
#include "state/held.h"
#include "state/ledger.h"
#include "state/lock.h"
#include "state/remote.h"

void fuzz_ledger(const char *text, size_t len)
{
	struct buf log = { (char *)text, len, 0 };
	struct event_list list = EVENT_LIST_INIT;

	ledger_parse(&list, &log);
	for (size_t i = 0; i < list.nr; i++)
		MUST(list.v[i].id && list.v[i].event);
	event_list_release(&list);
}

void fuzz_lock(const char *text, size_t len)
{
	struct buf blob = { (char *)text, len, 0 };
	struct env_lock l = ENV_LOCK_INIT;
	struct buf shown = BUF_INIT;

	env_lock_parse(&l, &blob);
	MUST(!l.nonce || lock_nonce_is_valid(l.nonce));
	env_lock_add(&shown, &l);
	MUST(!strpbrk(shown.s, "\n\033"));
	buf_release(&shown);
	env_lock_release(&l);
}

void fuzz_hold(const char *text, size_t len)
{
	struct buf blob = { (char *)text, len, 0 };
	struct env_hold h = ENV_HOLD_INIT;
	struct buf shown = BUF_INIT;

	env_hold_parse(&h, &blob);
	MUST(!h.undone || oid_is_valid(h.undone));
	env_hold_add(&shown, &h);
	MUST(!strpbrk(shown.s, "\n\033"));
	buf_release(&shown);
	env_hold_release(&h);
}

void fuzz_platform(const char *text, size_t len)
{
	struct buf blob = { (char *)text, len, 0 };
	struct env_list list = ENV_LIST_INIT;
	struct error err = ERROR_INIT;
	int ret = env_list_parse(&list, "platform", &blob, &err);

	for (size_t i = 0; i < list.nr; i++) {
		MUST(env_name_is_valid(list.v[i].name));
		MUST(*list.v[i].branch);
		MUST(env_list_find(&list, list.v[i].name) == &list.v[i]);
	}
	must_match(&err, ret < 0);
	env_list_release(&list);
}

void fuzz_merge_state(const char *text, size_t len)
{
	struct buf file = { (char *)text, len, 0 };
	struct merge_state s = MERGE_STATE_INIT;

	if (!merge_state_parse(&s, &file))
		MUST(s.head && s.release &&
		     (s.commit || s.start || s.autostash));
	merge_state_release(&s);
}
