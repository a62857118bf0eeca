/*
 * Requests: what a client asks of the platform besides moving a branch.  A
 * push of a blob to refs/upgrade/request/VERB/ENV is answered here and
 * creates no ref.
 */
#ifndef HOOK_REQUEST_H
#define HOOK_REQUEST_H

#include "deploy/platform.h"
#include "hook/hook.h"

/* Of what a client says about itself, in bytes. */
#define REQUEST_TEXT 200

/*
 * Who somebody says he is, and whom the connection knows; NULL: nobody.
 * free().
 */
char *request_name(const char *claimed);
/*
 * 0 carried out, whatever came of it; -1 with ERROR_REFUSED when it was not.
 * `object` is what was pushed.
 */
int request_answer(const struct hook *h, struct platform *p,
		   const char *ref, const char *object, struct error *err);

#endif
