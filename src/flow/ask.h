/*
 * Asking a platform for something (hook/request.h), in the user's name.
 */
#ifndef FLOW_ASK_H
#define FLOW_ASK_H

#include "base/error.h"
#include "base/report.h"
#include "flow/destination.h"
#include "git/repo.h"

/*
 * How platforms are told who asks: "Olga Operator", as in her commits; NULL:
 * nobody said.  free().
 */
char *own_name(const struct repo *r);
/*
 * `texts` are fields and what they say, up to NULL; those of NULL are left
 * out.  Errors as of request_send().
 */
int ask_platform(struct repo *r, const struct destination *d,
		 const char *verb, const char *const *texts,
		 const struct reporter *say, struct error *err);

#endif
