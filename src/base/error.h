/*
 * The error contract.
 *
 * A function that can fail returns 0 or -1 and, on -1, has filled the
 * `struct error *` it was handed.  It never prints and never exits.  An
 * error says in its message what happened, in its hints what to type next,
 * and by its kind with which exit code the command ends.  The caller that
 * declared it (`struct error err = ERROR_INIT;`) releases it.
 *
 * Whoever passes an error on may put context in front with error_wrap() and
 * add hints.  Setting an error twice replaces the first.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/vec.h"

/* The exit codes of the design; ERROR_* kinds are turned into them. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_CONFLICT = 1,	/* conflicts; --exit-code says "none" */
	EXIT_REFUSED = 2,	/* a rule or gate said no; nothing changed */
	EXIT_DEPLOY = 3,	/* pushed, but deploy or verification failed */
	EXIT_PENDING = 4,	/* pushed, outcome not known yet */
	EXIT_FATAL = 128,
	EXIT_USAGE = 129
};

enum error_kind {
	ERROR_NONE = 0,
	ERROR_FATAL,
	ERROR_REFUSED,
	ERROR_CONFLICT,
	ERROR_DEPLOY,
	ERROR_PENDING,
	ERROR_USAGE
};

struct error {
	enum error_kind kind;
	/* One line without a full stop, no "error:" in front; NULL: none. */
	char *message;
	/* Lines for "hint: ". */
	struct strvec hints;
	/*
	 * Set by whoever has already changed something, so that the command
	 * does not claim that nothing was.
	 */
	int changed;
};

#define ERROR_INIT { ERROR_NONE, NULL, STRVEC_INIT, 0 }

/* All return -1, so that `return error_set(...)` reads well. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * ERROR_FATAL with ": " and strerror(errno) behind the message, and a hint
 * where one can do something about it.
 */
int error_errno(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int error_hint(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "CONTEXT: message" */
int error_wrap(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Move what `from` holds to `to`; `from` is empty afterwards. */
int error_move(struct error *to, struct error *from);
void error_release(struct error *err);
int error_exit_code(const struct error *err);

#endif
