/*
 * Commands: one constant row each, which says everything main() needs to
 * parse its options, open what it needs and run it.
 *
 * `run` returns an exit code, or -1 with `cmd->err` filled: main() prints
 * the error and its hints, adds "Nothing was changed." where that is so and
 * the command is one that changes things, and derives the exit code.
 *
 * Only git-upgrade.c and src/cmd/ print.  Data goes to stdout, everything
 * said to people to stderr.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/opt.h"
#include "base/report.h"
#include "base/term.h"
#include "git/repo.h"

enum command_needs {
	NEED_REPO = 1 << 0,
	NEED_WORK_TREE = 1 << 1,	/* implies NEED_REPO */
	/* It changes something: an error ends in "Nothing was changed." */
	CHANGES = 1 << 2,
	/* Not in the list of commands: for hooks and git. */
	INTERNAL = 1 << 3,
	/* argv is passed as it is: no options of ours. */
	RAW_ARGS = 1 << 4
};

struct cmd {
	const struct command *command;
	struct repo repo;		/* open when NEED_REPO */
	struct term term;
	struct error err;
	int dashdash;			/* index of "--" among args, or -1 */
};

struct command {
	const char *name;		/* "merge", "platform init" */
	const char *summary;		/* for the list of commands */
	/* Lines after "git upgrade ", NULL-terminated. */
	const char *const *synopsis;
	const struct opt *options;	/* may be NULL */
	size_t options_size;
	unsigned needs;
	int (*run)(struct cmd *cmd, void *options, int argc, char **argv);
};

/* All of them, NULL-terminated, in the order of the list. */
extern const struct command *const commands[];

/* "usage: git upgrade ..." and the options. */
void command_usage(const struct command *c, struct buf *out);
/* ERROR_USAGE, unless `argc` is within min..max. */
int cmd_args(struct cmd *cmd, int argc, int min, int max);

/* "warning: ..." on stderr. */
void cmd_warn(struct cmd *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * "hint: ..." on stderr, unless advice.upgrade or advice.upgrade<name> is
 * false.
 */
void cmd_hint(struct cmd *cmd, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A line on stderr, clean of terminal escapes. */
void cmd_say(struct cmd *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Text on stderr that is formatted already: clean of what came from outside,
 * perhaps with colours of ours.
 */
void cmd_say_formatted(struct cmd *cmd, const struct buf *text);
/* Text on stdout (already formatted); flushes. */
void cmd_print(struct cmd *cmd, const struct buf *text);
/* The same through git's pager when stdout is a terminal. */
void cmd_page(struct cmd *cmd, const struct buf *text);
/*
 * Ask on the terminal; 1 for "y" or "yes".  Where standard input is none,
 * nothing is asked: -1, and the error names `flag`, which answers.
 */
int cmd_ask(struct cmd *cmd, const char *flag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Interrupted, say where to look; for commands that may leave something in
 * progress.
 */
void cmd_watch_interrupts(void);
/* "3.7.11 (5d1f0c2)", or without a release "5d1f0c2"; free(). */
char *cmd_name_commit(const char *release, const char *commit);
/* --[no-]structure, else upgrade.structure. */
int cmd_wants_structure(const struct cmd *cmd, int given);
/*
 * Ask for a line of text on the terminal, which there must be; 1 and `*text`
 * to free(), 0 when nothing was typed.
 */
int cmd_ask_text(struct cmd *cmd, char **text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Prints an error as main() does; for commands that go on. */
void cmd_print_error(struct cmd *cmd, const struct error *err);
/* A reporter that prints on stderr; steps only on a terminal. */
struct reporter cmd_reporter(struct cmd *cmd);

#endif
