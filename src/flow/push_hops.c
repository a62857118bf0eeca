/*
 * The commits to push, one after the other, when the releases on the way
 * are to be deployed one by one; see push.h.
 */
#include "flow/push_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/* Where the recorded release changes on the first-parent line. */
struct change {
	char *commit;
	char *release;			/* from here on */
};

struct changes {
	struct change *v;
	size_t nr, alloc;
	char *before;			/* the release before the first */
};

static void changes_release(struct changes *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		free(c->v[i].commit);
		free(c->v[i].release);
	}
	free(c->v);
	free(c->before);
}

static int read_changes(struct changes *c, const struct push *p,
			struct repo *r, const char *base, struct error *err)
{
	struct strvec touched = STRVEC_INIT;
	char *without = xstrfmt("^%s", base);
	int ret = rev_list(r, &touched, err, "--first-parent", "--reverse",
			   p->tip, without, "--", RECORD_PATH, NULL);

	for (size_t i = 0; i < touched.nr; i++) {
		char *before = xstrfmt("%s^1", touched.v[i]);
		char *was = commit_release_name(r, &p->product, before);
		char *is = commit_release_name(r, &p->product, touched.v[i]);

		free(before);
		if (is && (!was || strcmp(was, is))) {
			ALLOC_GROW(c->v, c->nr + 1, c->alloc);
			c->v[c->nr++] = (struct change){
				xstrdup(touched.v[i]), is };
			if (c->nr == 1)
				c->before = xstrdup_or_null(was);
			is = NULL;
		}
		free(was);
		free(is);
	}
	strvec_release(&touched);
	free(without);
	return ret;
}

static int is_later(const struct release_list *list, const char *a,
		    const char *b)
{
	const struct release *ra = a ? release_find(list, a) : NULL;
	const struct release *rb = b ? release_find(list, b) : NULL;

	return !ra || !rb || version_cmp(&ra->version, &rb->version) > 0;
}

/*
 * Only a release beyond all before is on the way; and one that a later change
 * goes back from was taken back again.
 */
static int is_on_the_way(const struct changes *c, size_t i,
			 const struct release_list *list)
{
	const char *release = c->v[i].release;

	if (!is_later(list, release, c->before))
		return 0;
	for (size_t j = i + 1; j < c->nr; j++)
		if (!is_later(list, c->v[j].release, release))
			return 0;
	return 1;
}

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

/* The last commit before a change; fixes travel with the hop before. */
static void add_before(struct push *p, struct repo *r, const char *change)
{
	char *before = xstrfmt("%s^1", change);
	char *commit = object_commit(r, before);

	if (commit && !is_passed(p, r, commit))
		strvec_push(&p->hops, commit);
	free(before);
	free(commit);
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
	struct changes c = { NULL, 0, 0, NULL };
	int ret = 0;

	if (base)
		ret = read_changes(&c, p, r, base, err);
	/* What is deployed and not verified comes first. */
	if (c.nr && p->before.deployed && !p->before.verified)
		add_before(p, r, c.v[0].commit);
	for (size_t i = 0; i + 1 < c.nr; i++)
		if (is_on_the_way(&c, i, &p->product.releases))
			add_before(p, r, c.v[i + 1].commit);
	strvec_push(&p->hops, p->tip);
	changes_release(&c);
	return ret;
}
