/*
 * Two pushed, and one came first: who it was, and how to go on.
 */
#include "flow/push_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

char *push_again(const struct push *p)
{
	const char *release = p->promotes_release;

	return p->promotes ?
		xstrfmt("git upgrade promote %s%s%s%s %s", release ?
			"--release=" : "", release ? release : "", release ?
			" " : "", p->promotes, p->to.env) :
		xstrfmt("git upgrade push %s", p->to.env);
}

static int lost(const struct push *p, struct repo *r, const char *tip,
		const char *reason, struct error *err)
{
	char *what = commit_described(r, tip), *again = push_again(p);

	error_set(err, ERROR_REFUSED, "%s came first: %s is there now, and "
		  "yours lacks it%s%s%s", what, p->to.branch,
		  reason ? " (" : "", reason ? reason : "",
		  reason ? ")" : "");
	error_hint(err, "see it with \"git log -p ..%.12s\"", tip);
	if (p->promotes)
		error_hint(err, "promote again: %s", again);
	else
		error_hint(err, "bring it into yours with \"git pull "
			   "--no-rebase %s %s\", then \"%s\"", p->to.remote,
			   p->to.branch, again);
	free(what);
	free(again);
	return 1;
}

/* The tip there where it is none that this push is built on; NULL. */
static const char *foreign_tip(const struct push *p, struct repo *r)
{
	const char *tip = destination_tip(&p->to);
	struct error ignored = ERROR_INIT;
	int has = 0;

	if (!tip)
		return NULL;
	if (object_find(r, tip, NULL, NULL, &ignored) > 0)
		has = commit_contains(r, p->tip, tip, &ignored);
	error_release(&ignored);
	return has ? NULL : tip;
}

int push_has_lost(struct push *p, struct repo *r, struct error *err)
{
	struct error ignored = ERROR_INIT;
	const char *tip = foreign_tip(p, r);

	if (!tip)
		return 0;
	destination_fetch_tip(&p->to, r, &ignored);
	error_release(&ignored);
	return lost(p, r, tip, NULL, err);
}

int push_explain_lost(struct push *p, struct repo *r, const char *reason,
		      struct error *err)
{
	struct error ignored = ERROR_INIT;
	const char *tip;
	int is_lost = 0;

	if (!destination_refresh(&p->to, r, &ignored)) {
		tip = foreign_tip(p, r);
		if (tip && destination_fetch_tip(&p->to, r, &ignored) < 0)
			error_release(&ignored);
		/* It may be that what was fetched is ours after all. */
		tip = foreign_tip(p, r);
		is_lost = tip && lost(p, r, tip, reason, err);
	}
	error_release(&ignored);
	return is_lost;
}
