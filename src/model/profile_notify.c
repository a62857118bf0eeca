/*
 * The schema of notifications: who is told of what the ledger records.
 */
#include "model/profile_internal.h"

#include "base/buf.h"
#include "base/mem.h"

#include <string.h>

#define DAY (24 * 3600L)

/* What an event, or its outcome, can be called: state/ledger.h. */
static const char *const events[] = {
	"deployed", "failed", "verified", "restored", "down", "retried",
	"rolledback", "overridden", "removed"
};

static int check_event(struct reader *r, const struct value *v,
		       const char *text)
{
	struct buf known = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(text, events[i]))
			return 0;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		buf_addf(&known, "%s%s", i ? ", " : "", events[i]);
	schema_fail(r, v, "expected one of %s, not '%s'", known.s, text);
	buf_release(&known);
	return -1;
}

const struct field profile_notify_fields[] = {
	{ FIELD(TEXTS, "run", notification, run.argv), .required = 1 },
	{ FIELD(TEXTS, "on", notification, on), .check = check_event },
	{ FIELD(SPAN, "timeout", notification, run.timeout), .min = 1,
	  .max = DAY, .fallback = 60 },
	FIELD_END
};

const struct notification *profile_notification(const struct profile *p,
						const char *env)
{
	const struct environment *e = profile_environment(p, env);

	if (e && e->notify.run.argv.nr)
		return &e->notify;
	return p->notify.run.argv.nr ? &p->notify : NULL;
}
