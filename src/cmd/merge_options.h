/* What merge and plan share: plan says what merge would do with these. */
#ifndef CMD_MERGE_OPTIONS_H
#define CMD_MERGE_OPTIONS_H

#include "cmd/cmd.h"
#include "doc/json.h"
#include "flow/plan.h"

struct merge_options {
	int go_on, abort, path, autostash, structure;
	int dry_run, no_fetch, yes, no_edit, json;
	const char *from, *branch, *trust;
	struct strvec confirm, set;
};

/* The members of a plan; -1 when its migrations cannot be shown. */
int plan_json(struct cmd *cmd, struct json *j, const struct plan *p);
/* `git upgrade plan`, also for `merge --dry-run`. */
int plan_run(struct cmd *cmd, void *options, int argc, char **argv);

#endif
