/* The rows of all commands; each is defined in the file named after it. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/cmd.h"

extern const struct command cmd_fetch;
extern const struct command cmd_merge;
extern const struct command cmd_plan;

#endif
