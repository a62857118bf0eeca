/*
 * The hop from what is deployed to what is pushed must be one the product
 * supports.  Judged from the last deployed commit where that is known:
 * deploys coalesce, so two legal pushes may arrive as one illegal hop.
 */
#include "gate/gate.h"

#include "model/path.h"
#include "model/record.h"

#include <string.h>

static int judge_hop(const struct move *m, const struct adopted *from,
		     const struct adopted *to, struct verdict *v,
		     struct error *err)
{
	struct error why = ERROR_INIT;
	int ret = 0;

	/* An unfinished upgrade is the record gate's to explain. */
	if (!from->release || !to->release)
		return verdict_unknown(v, "%s has no release to compare",
				       from->release ? "the pushed commit" :
				       "what is there now");
	if (from->release == to->release)
		return 0;
	if (!path_check(m->releases, m->profile, from->release, to->release,
			&why))
		return 0;
	if (why.kind == ERROR_REFUSED) {
		verdict_refuse(v, "%s", why.message);
		for (size_t i = 0; i < why.hints.nr; i++)
			verdict_hint(v, "%s", why.hints.v[i]);
	} else {
		ret = error_move(err, &why);
	}
	error_release(&why);
	return ret;
}

/* Without a list the records still tell from where to where it goes. */
static int judge_records(const struct move *m, const char *base,
			 struct verdict *v, struct error *err)
{
	struct record from = RECORD_INIT, to = RECORD_INIT;
	int ret = -1;

	if (record_read(&from, m->repo, base, err) < 0 ||
	    record_read(&to, m->repo, m->new, err) < 0)
		goto out;
	ret = 0;
	if (!from.release || !to.release)
		verdict_unknown(v, "no release of upstream is known here");
	else if (strcmp(from.release, to.release))
		verdict_unknown(v, "no release of upstream is known here; by "
				"the records it goes from %s to %s",
				from.release, to.release);
	/* From a release to itself is no hop, whatever there is besides. */
	if (v->kind == VERDICT_UNKNOWN)
		verdict_hint_fetch(v, m);
out:
	record_release(&from);
	record_release(&to);
	return ret;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct adopted *from, *to;

	if (!m->new || (!m->deployed && !m->old))
		return 0;
	if (!m->releases->nr)
		return judge_records(m, m->deployed ? m->deployed : m->old, v,
				     err);
	from = move_from(m, err);
	to = from ? move_to(m, err) : NULL;
	return to ? judge_hop(m, from, to, v, err) : -1;
}

const struct gate gate_legal_hop = { "legal-hop", judge };
