/*
 * What git writes to its hooks, read.  The formats are those of githooks(5)
 * and of git's Documentation/technical/protocol-common.txt.
 *
 * git is trusted to mean well, not to be the git we know: what does not read
 * is an error where a verdict hangs on it, and never passed over there.
 */
#ifndef HOOK_INPUT_H
#define HOOK_INPUT_H

#include <stddef.h>

#include "base/error.h"
#include "base/vec.h"

/* Everything on a descriptor, for hooks that are fed lines. */
int hook_read_lines(int fd, struct strvec *lines, struct error *err);

/*
 * One line of pre-push, "LOCAL-REF LOCAL-OID REMOTE-REF REMOTE-OID"; the
 * pointers lead into the line.  LOCAL-REF is what people typed, such as
 * "HEAD^{/fix me}", blanks and all, so the line is read from its end.
 */
struct push_update {
	const char *local_oid;
	const char *branch;	/* at the remote, short; NULL: no branch */
	const char *remote_oid;
};

/* Cuts the line up; -1 when it is none. */
int push_update_parse(struct push_update *u, char *line, struct error *err);

/*
 * One line of reference-transaction, "OLD NEW REF"; the pointers lead into
 * the line.  OLD and NEW may be "ref:TARGET" of a symbolic ref.
 */
struct ref_update {
	const char *old, *new, *ref;
};

/* Cuts the line up; -1 when it is none. */
int ref_update_parse(struct ref_update *u, char *line);

/* One command of a push, as proc-receive is handed it. */
struct command {
	char *old, *new, *ref;
};

struct command_list {
	struct command *v;
	size_t nr, alloc;
	int push_options;	/* both sides know them */
	int is_atomic;		/* all of them, or none */
	struct strvec options;	/* what was given as such */
};

#define COMMAND_LIST_INIT { .options = STRVEC_INIT }

/*
 * proc-receive's side of the protocol up to the first verdict: greets git on
 * `out` and reads the commands and push options from `in`.
 */
int command_list_read(struct command_list *list, int in, int out,
		      struct error *err);
void command_list_release(struct command_list *list);

#endif
