#include "state/override.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"

#include <stdlib.h>

void overrides_take(struct overrides *o, const struct strvec *options)
{
	for (size_t i = 0; i < options->nr; i++) {
		const char *option = options->v[i];
		const char *gate = skip_prefix(option, OVERRIDE_OPTION);
		const char *why = skip_prefix(option, OVERRIDE_REASON_OPTION);
		const char *who = skip_prefix(option, OVERRIDE_WHO_OPTION);

		if (gate && !strvec_has(&o->gates, gate))
			strvec_push(&o->gates, gate);
		if (why) {
			free(o->reason);
			o->reason = redact_line(why, OVERRIDE_REASON);
		}
		if (who) {
			free(o->who);
			o->who = xstrdup(who);
		}
	}
}

void overrides_give(const struct overrides *o, struct strvec *options)
{
	for (size_t i = 0; i < o->gates.nr; i++)
		strvec_pushf(options, OVERRIDE_OPTION "%s", o->gates.v[i]);
	if (o->gates.nr && o->reason)
		strvec_pushf(options, OVERRIDE_REASON_OPTION "%s", o->reason);
	if (o->gates.nr && o->who)
		strvec_pushf(options, OVERRIDE_WHO_OPTION "%s", o->who);
}

int overrides_have(const struct overrides *o, const char *gate)
{
	return o && o->reason && strvec_has(&o->gates, gate);
}

void overrides_release(struct overrides *o)
{
	strvec_release(&o->gates);
	free(o->reason);
	free(o->who);
	*o = (struct overrides)OVERRIDES_INIT;
}

void override_event(struct event *e, const char *env, const char *commit,
		    const struct strvec *gates, const char *said,
		    const char *reason)
{
	struct buf detail = BUF_INIT;

	e->event = xstrdup("overridden");
	e->env = xstrdup(env);
	e->commit = xstrdup(commit);
	e->outcome = xstrdup("ok");
	e->reason = xstrdup(reason);
	e->said = xstrdup(said);
	for (size_t i = 0; i < gates->nr; i++) {
		strvec_push(&e->gates, gates->v[i]);
		buf_addf(&detail, "%s%s", i ? ", " : "", gates->v[i]);
	}
	buf_addf(&detail, " overridden: %s (%s)", reason, said);
	e->detail = buf_detach(&detail);
}

int override_is_newest(struct repo *r, const struct event *e,
		       struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int is = ledger_read(&list, r, e->env, 1, err);

	if (!is)
		is = list.nr && are_same(list.v[0].event, e->event) &&
		     are_same(list.v[0].commit, e->commit) &&
		     are_same(list.v[0].who, e->who) &&
		     are_same(list.v[0].detail, e->detail);
	event_list_release(&list);
	return is;
}
