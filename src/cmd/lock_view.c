#include "cmd/lock_view.h"

#include "base/time.h"

void lock_view_add(struct buf *out, const struct env_status *e)
{
	if (!e->is_locked)
		return;
	buf_addf(out, "%s is locked ", e->name);
	env_lock_add(out, &e->lock);
	buf_adds(out, e->is_ours ? " (in this clone)\n" : "\n");
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
