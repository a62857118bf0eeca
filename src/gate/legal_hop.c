/*
 * The hop from what is deployed to what is pushed must be one the product
 * supports.  Judged from the last deployed commit where that is known:
 * deploys coalesce, so two legal pushes may arrive as one illegal hop.
 */
#include "gate/gate.h"

#include "model/adopted.h"
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
	struct adopted from = ADOPTED_INIT, to = ADOPTED_INIT;
	const char *base = m->deployed ? m->deployed : m->old;
	int ret = -1;

	if (!m->new || !base)
		return 0;
	if (!m->releases->nr)
		return judge_records(m, base, v, err);
	if (adopted_read(&from, m->repo, m->releases, base, err) < 0 ||
	    adopted_read(&to, m->repo, m->releases, m->new, err) < 0)
		goto out;
	ret = judge_hop(m, &from, &to, v, err);
out:
	adopted_release(&from);
	adopted_release(&to);
	return ret;
}

const struct gate gate_legal_hop = { "legal-hop", judge };
