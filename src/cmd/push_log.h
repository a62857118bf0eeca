/*
 * What a platform prints while a command of ours has it deploy.
 *
 * It says for users of plain git what the command says itself: that is left
 * out.  Its errors come again as the reason or in the ledger, and how to try
 * again as a hint of ours; they are kept for the case that they do not.
 */
#ifndef CMD_PUSH_LOG_H
#define CMD_PUSH_LOG_H

#include "cmd/cmd.h"

struct push_log {
	struct cmd *cmd;
	const char *env;
	int as_is;			/* leave nothing out */
	struct strvec errors;		/* kept back */
	struct buf text;		/* all of it, or the end */
};

/* For struct reporter; `data` is the struct push_log. */
void push_log_line(void *data, enum report_kind kind, const char *text);
/* Of a deploy that failed: what there is to type about the reason. */
void push_log_hints(const struct push_log *log, struct error *err);
/* Say what was kept back. */
void push_log_errors(struct push_log *log);

#endif
