/*
 * git push writes down what it brought to the remote.  Killed there it leaves
 * its lock behind, and no fetch would ever tell what is at that remote again.
 */
#include "flow/push_internal.h"

#include "base/mem.h"

#include <stdlib.h>

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
