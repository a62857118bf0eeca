/*
 * How a library that works for a while says what it is doing.
 *
 * The library never prints: it hands lines to a reporter, and the command
 * that owns the terminal decides what becomes of them.  A NULL reporter is
 * silence.
 */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

enum report_kind {
	REPORT_STEP,		/* what is being done now, for a terminal */
	REPORT_NOTE,		/* worth keeping in the output */
	REPORT_WARNING,
	REPORT_LOG		/* a line from a program or a server */
};

struct reporter {
	void (*line)(void *data, enum report_kind kind, const char *text);
	void *data;
};

void report(const struct reporter *r, enum report_kind kind,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
