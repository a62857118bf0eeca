#include "model/inquiry.h"

#include <string.h>

int inquiry_begin(struct inquiry *q, const struct repo *r,
		  const struct product *pr, struct error *err)
{
	int branches = pr->profile.source == RELEASES_ARE_BRANCHES;

	if (!pr->upstream)
		return 0;
	q->theirs = branches ? "refs/heads/" : "refs/tags/";
	if (remote_refs_begin(&q->asking, r, pr->upstream, pr->upstream_url,
			      branches ? "--heads" : "--tags", err) < 0)
		return -1;
	q->is_open = 1;
	return 0;
}

int inquiry_is_slow(const struct inquiry *q, int timeout)
{
	return q->is_open && !proc_is_ready(&q->asking.git, timeout);
}

static int finish(struct inquiry *q, struct error *err)
{
	q->is_open = 0;
	if (remote_refs_finish(&q->asking, &q->refs, err) < 0)
		return -1;
	for (size_t i = 0; i < q->refs.nr; i++) {
		const char *name = skip_prefix(q->refs.v[i].name, q->theirs);

		if (name)
			strmap_put(&q->oids, name, q->refs.v[i].oid);
	}
	q->state = INQUIRY_SAME;
	return 0;
}

/* What is known to have moved is where it was seen last. */
static int is_same(const struct inquiry *q, const struct release *release)
{
	const char *oid = strmap_get(&q->oids, release->name);

	return oid && !strcmp(oid, release->moved ? release->moved :
			      release->object);
}

enum inquiry_answer inquiry_answer(struct inquiry *q,
				   const struct release_list *list,
				   const struct release *release,
				   struct error *err)
{
	if (q->is_open && finish(q, err) < 0)
		return INQUIRY_FAILED;
	if (q->state != INQUIRY_SAME)
		return q->state;
	if (release)
		return is_same(q, release) ? INQUIRY_SAME : INQUIRY_DIFFERENT;
	for (size_t i = 0; i < list->nr; i++)
		if (!is_same(q, &list->v[i]))
			return INQUIRY_DIFFERENT;
	return INQUIRY_SAME;
}

void inquiry_release(struct inquiry *q)
{
	remote_asking_release(&q->asking);
	strmap_release(&q->oids);
	remote_refs_release(&q->refs);
	*q = (struct inquiry)INQUIRY_INIT;
}
