/*
 * The commits to push, one after the other, when the releases on the way
 * are to be deployed one by one; see push.h.
 */
#include "flow/push_internal.h"

#include "base/mem.h"
#include "git/ref.h"
#include "model/hops.h"

#include <stdlib.h>
#include <string.h>

/* The branch there is beyond it: it cannot be pushed any more. */
static int is_passed(const struct push *p, const struct repo *r,
		     const char *commit)
{
	const char *old = destination_tip(&p->to);
	struct error ignored = ERROR_INIT;
	int yes = old && strcmp(old, commit) &&
		  commit_contains(r, old, commit, &ignored) == 1;

	error_release(&ignored);
	return yes;
}

/*
 * From what is known to be good; NULL: nothing is, or it is elsewhere.  A host
 * that publishes nothing has pulled what is there, as far as one knows.
 */
static const char *find_base(const struct push *p, const struct repo *r)
{
	const char *base = p->before.verified ? p->before.verified :
			   p->before.deployed;
	struct error ignored = ERROR_INIT;
	int has;

	if (!base && p->to.is_pulled)
		base = destination_tip(&p->to);
	has = base && commit_contains(r, p->tip, base, &ignored) == 1;

	error_release(&ignored);
	return has ? base : NULL;
}

int push_find_hops(struct push *p, struct repo *r, struct error *err)
{
	const char *base = find_base(p, r);
	struct hops h = HOPS_INIT;
	int ret = 0;

	if (base)
		ret = hops_read(&h, r, &p->product.releases, base, p->tip,
				err);
	for (size_t i = 0; i < h.ends.nr; i++)
		/* What is deployed and not verified comes first. */
		if ((i || (p->before.deployed && !p->before.verified)) &&
		    !is_passed(p, r, h.ends.v[i]))
			strvec_push(&p->hops, h.ends.v[i]);
	strvec_push(&p->hops, p->tip);
	hops_release(&h);
	return ret;
}
