/*
 * What git runs us for: one function a hook, in the file named after it.
 *
 * `git upgrade hook NAME` opens nothing and parses nothing; it hands over
 * the arguments and the descriptors the hook speaks its protocol on, prints
 * what `say` is given, and exits with what is returned (-1: the error is
 * printed, exit 1).
 */
#ifndef HOOK_HOOK_H
#define HOOK_HOOK_H

#include "base/error.h"
#include "base/report.h"

struct hook {
	int argc;
	char **argv;		/* git's arguments, without the name */
	int in, out;		/* the protocol */
	int follow;		/* where a followed log goes */
	/* For people.  Lines begin with "error: " or "hint: " where git
	 * colours them. */
	const struct reporter *say;
};

/*
 * On a client: the remote's name and its URL, and on `in` the lines
 * "LOCAL-REF LOCAL-OID REMOTE-REF REMOTE-OID".  Branches of environments are
 * judged as the platform would, everything else passes unseen.
 */
int hook_pre_push(const struct hook *h, struct error *err);
/* On a host that pulls: "1" after a squash, else "0". */
int hook_post_merge(const struct hook *h, struct error *err);

/* On a platform. */
int hook_proc_receive(const struct hook *h, struct error *err);
int hook_post_receive(const struct hook *h, struct error *err);
int hook_reference_transaction(const struct hook *h, struct error *err);
/* DIR ENV [COMMIT PID]: not git's, but started the same way. */
int hook_worker(const struct hook *h, struct error *err);

#endif
