#include "cmd/override.h"

#include "base/mem.h"
#include "base/redact.h"
#include "flow/ask.h"

#include <stdlib.h>

static int refuse_fixed(struct cmd *cmd, const char *gate)
{
	error_set(&cmd->err, ERROR_USAGE, "nobody may override '%s'", gate);
	return error_hint(&cmd->err, "that goes for freeze, extensions, soak, "
			  "backup, and for conditions by their names, where "
			  "the environment's 'overrides' says so");
}

int override_read(struct cmd *cmd, struct overrides *o,
		  const struct strvec *gates, const char *reason)
{
	for (size_t i = 0; i < gates->nr; i++) {
		if (profile_gate_is_fixed(gates->v[i]))
			return refuse_fixed(cmd, gates->v[i]);
		if (!profile_is_name(gates->v[i]))
			return error_set(&cmd->err, ERROR_USAGE, "'%s' is no "
					 "gate", gates->v[i]);
		if (!strvec_has(&o->gates, gates->v[i]))
			strvec_push(&o->gates, gates->v[i]);
	}
	o->reason = redact_line(reason, OVERRIDE_REASON);
	if (gates->nr && !o->reason)
		return error_set(&cmd->err, ERROR_USAGE, "--override needs "
				 "--reason=TEXT: it is recorded");
	if (!gates->nr && reason)
		return error_set(&cmd->err, ERROR_USAGE, "--reason is about "
				 "--override");
	if (gates->nr)
		o->who = own_name(&cmd->repo);
	return 0;
}

void override_say(struct cmd *cmd, const struct push *p, int dry_run)
{
	struct strvec gates = STRVEC_INIT;
	struct buf said = BUF_INIT;

	verdicts_overridden(&p->verdicts, &gates, &said);
	for (size_t i = 0; i < gates.nr && (dry_run || !p->to.is_platform);
	     i++)
		cmd_say(cmd, "%s overridden: %s", gates.v[i],
			p->overrides->reason);
	for (size_t i = 0; p->overrides && i < p->overrides->gates.nr &&
	     !p->to.is_platform && !p->verdicts.refused; i++)
		if (!strvec_has(&gates, p->overrides->gates.v[i]))
			cmd_warn(cmd, "%s refuses nothing: there is nothing "
				 "to override", p->overrides->gates.v[i]);
	strvec_release(&gates);
	buf_release(&said);
}
