/*
 * What is left of a git that was killed in the middle of a push, on either
 * side.  Here it writes down what it brought to the remote; its lock on that
 * stays, and no fetch would ever tell what is at that remote again.
 */
#include "flow/push_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void push_note_begin(struct push *p, struct repo *r)
{
	char *tracking = xstrfmt("refs/remotes/%s/", p->to.remote);
	const char *const places[] = { tracking, NULL };
	struct error ignored = ERROR_INIT;

	/* While others are at work here it is for the next push to do. */
	if (stale_note_begin(&p->note, r, "pushing", places, &ignored) < 0)
		error_release(&ignored);
	free(tracking);
}

int push_refused_there(const struct push *p, const char *reason,
		       struct error *err)
{
	char *again;

	error_set(err, ERROR_REFUSED, "%s refused: %s", p->to.remote, reason);
	/* git's words for a lock that is there already. */
	if (!p->to.is_platform || strcmp(reason, "failed to update ref"))
		return -1;
	again = push_again(p);
	error_hint(err, "another git may be moving %s there, or one that was "
		   "killed has left its lock", p->to.branch);
	error_hint(err, "try again with \"%s\"", again);
	free(again);
	return error_hint(err, "if that does not help, on the server: \"git "
			  "upgrade platform status DIR\" tells more");
}
