#include "model/hops.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "model/adopted.h"
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

/* Of a commit that touched the record. */
static void add_change(struct changes *c, struct repo *r,
		       const struct release_list *list, const char *commit)
{
	char *before = xstrfmt("%s^1", commit);
	char *was = adopted_name_at(r, list, before);
	char *is = adopted_name_at(r, list, commit);

	if (is && (!was || strcmp(was, is))) {
		ALLOC_GROW(c->v, c->nr + 1, c->alloc);
		c->v[c->nr++] = (struct change){ xstrdup(commit), is };
		if (c->nr == 1)
			c->before = xstrdup_or_null(was);
		is = NULL;
	}
	free(before);
	free(was);
	free(is);
}

static int read_changes(struct changes *c, struct repo *r,
			const struct release_list *list, const char *base,
			const char *tip, struct error *err)
{
	struct strvec touched = STRVEC_INIT;
	char *without = xstrfmt("^%s", base);
	int ret = rev_list(r, &touched, err, "--first-parent", "--reverse",
			   tip, without, "--", RECORD_PATH, NULL);

	for (size_t i = 0; i < touched.nr; i++)
		add_change(c, r, list, touched.v[i]);
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

/* Beyond all before, and no later change goes back from it. */
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

static void add_hop(struct hops *h, struct repo *r, const char *change)
{
	char *before = xstrfmt("%s^1", change);
	char *commit = object_commit(r, before);

	if (commit) {
		strvec_push(&h->ends, commit);
		strvec_push(&h->begins, change);
	}
	free(before);
	free(commit);
}

int hops_read(struct hops *h, struct repo *r, const struct release_list *list,
	      const char *base, const char *tip, struct error *err)
{
	struct changes c = { NULL, 0, 0, NULL };
	int ret = read_changes(&c, r, list, base, tip, err);

	if (!ret && c.nr)
		add_hop(h, r, c.v[0].commit);
	for (size_t i = 0; !ret && i + 1 < c.nr; i++)
		if (is_on_the_way(&c, i, list))
			add_hop(h, r, c.v[i + 1].commit);
	changes_release(&c);
	return ret;
}

void hops_release(struct hops *h)
{
	strvec_release(&h->ends);
	strvec_release(&h->begins);
}
