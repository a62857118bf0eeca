#include "cmd/lock_view.h"

#include "base/time.h"

void lock_view_add(struct buf *out, const struct env_status *e)
{
	if (e->is_locked) {
		buf_addf(out, "%s is locked ", e->name);
		env_lock_add(out, &e->lock);
		buf_adds(out, e->is_ours ? " (in this clone)\n" : "\n");
	}
	if (e->held.oid) {
		buf_addf(out, "%s is held ", e->name);
		env_hold_add(out, &e->held);
		buf_addc(out, '\n');
	}
}

void lock_view_json(struct json *j, const struct env_lock *l, int ours)
{
	struct buf since = BUF_INIT;

	if (!l) {
		json_string(j, "lock", NULL);
		return;
	}
	if (l->since)
		time_add_rfc3339(&since, l->since);
	json_object(j, "lock");
	json_string(j, "who", l->who);
	json_string(j, "what", l->what);
	json_string(j, "why", l->why);
	json_string(j, "since", l->since ? since.s : NULL);
	if (ours >= 0)
		json_bool(j, "ours", ours);
	json_end(j);
	buf_release(&since);
}

void hold_view_json(struct json *j, const struct env_hold *h)
{
	struct buf since = BUF_INIT;

	if (!h->oid) {
		json_string(j, "held", NULL);
		return;
	}
	if (h->when)
		time_add_rfc3339(&since, h->when);
	json_object(j, "held");
	json_string(j, "who", h->who);
	json_string(j, "why", h->why);
	json_string(j, "undone", h->undone);
	json_string(j, "release", h->release);
	json_string(j, "since", h->when ? since.s : NULL);
	json_end(j);
	buf_release(&since);
}
