/*
 * A push that was judged is sent, its deploy is followed, and people are told
 * what became of it: for push, and for promote.
 */
#ifndef CMD_PUSH_RUN_H
#define CMD_PUSH_RUN_H

#include "cmd/cmd.h"
#include "flow/push.h"

/* The exit code, or -1. */
int push_run(struct cmd *cmd, struct push *p, int no_wait, long timeout);

/* For JSON: why it was refused, or what the event says; NULL: neither. */
const char *push_detail(const struct cmd *cmd, const struct push *p);

#endif
