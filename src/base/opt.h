/*
 * Command line options: one table a command, from which parsing, `-h` and
 * completion all come.
 *
 * A row says where in the command's options struct its value lives, so the
 * tables are constant and nothing is kept in file-scope variables.  Rules of
 * git's own parser: `--name=VALUE` or `--name VALUE`, `-nVALUE` or
 * `-n VALUE`, `--no-name` for flags, `--` ends options, options and
 * arguments may be mixed, a unique prefix of a long name is enough.
 *
 * Strings point into argv; lists are copied and released by opt_release().
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"

enum opt_type {
	OPT_END,
	OPT_FLAG,	/* int: 1, or 0 after --no-NAME */
	OPT_SWITCH,	/* int: 1, -1 after --no-NAME; 0: neither */
	OPT_STRING,	/* const char * */
	OPT_MAYBE,	/* the same; "" where none stands behind a `=` */
	OPT_LIST,	/* struct strvec, one entry a use */
	OPT_NUMBER	/* long, not negative */
};

struct opt {
	enum opt_type type;
	char letter;		/* 0: none */
	const char *name;	/* NULL: none */
	size_t offset;
	const char *arg;	/* what its value is called */
	const char *help;
};

#define OPTION_FLAG(l, n, st, f, h) \
	{ OPT_FLAG, l, n, offsetof(st, f), NULL, h }
#define OPTION_SWITCH(l, n, st, f, h) \
	{ OPT_SWITCH, l, n, offsetof(st, f), NULL, h }
#define OPTION_STRING(l, n, st, f, a, h) \
	{ OPT_STRING, l, n, offsetof(st, f), a, h }
#define OPTION_MAYBE(l, n, st, f, a, h) \
	{ OPT_MAYBE, l, n, offsetof(st, f), a, h }
#define OPTION_LIST(l, n, st, f, a, h) \
	{ OPT_LIST, l, n, offsetof(st, f), a, h }
#define OPTION_NUMBER(l, n, st, f, a, h) \
	{ OPT_NUMBER, l, n, offsetof(st, f), a, h }
#define OPTION_END { OPT_END, 0, NULL, 0, NULL, NULL }

/*
 * Parse argv[0..argc), which does not hold the command's name.  `values` is
 * the options struct, zeroed.  The arguments that are no options are moved
 * to the front of argv, `*nr_args` says how many.  `*dashdash` gets the
 * index among them at which a `--` stood, or -1; may be NULL.
 */
int opt_parse(const struct opt *table, void *values, int argc, char **argv,
	      int *nr_args, int *dashdash, struct error *err);
void opt_release(const struct opt *table, void *values);

/* The rows as `-h` prints them. */
void opt_usage(const struct opt *table, struct buf *out);
/* "--name --name= ..." for completion; `=` where a value follows. */
void opt_complete(const struct opt *table, struct buf *out);

#endif
