/*
 * Work that is told by its paths, and whether anything is left of other work:
 * by what the files are in the end, however they came to be so.
 *
 * A file of upstream's that was changed here is merged by an upgrade, and then
 * as neither side has it.  So long as it is as the upgrade left it, it is no
 * news; what the upgrade found there must have been none either.
 */
#include "model/extensions_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/record.h"

#include <stdlib.h>
#include <string.h>

/* Of so many commits it is asked what is left; of others all may be. */
#define COMMITS_ASKED 1000

/* What is another one than in all that is there, and upstream */

/* The record comes with every release. */
static int may_be_news(const struct tree_change *c, void *data)
{
	return strcmp(c->path, RECORD_PATH) != 0 &&
	       !profile_is_own(data, c->path);
}

static int is_in(const struct tree_change *c, void *data)
{
	return tree_diff_find(data, c->path) != NULL;
}

static int is_other_text(const struct tree_change *c, void *data)
{
	(void)data;
	return strcmp(c->old_oid, c->new_oid) != 0;
}

static int leave_known(struct extension_search *s, const char *from,
		       const char *to, int is_upstream, struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	int ret = tree_diff_read(&d, s->repo, from, to, 0, err);

	if (!ret && is_upstream)
		tree_diff_filter(&d, is_other_text, NULL);
	if (!ret)
		tree_diff_filter(&s->news, is_in, &d);
	tree_diff_release(&d);
	return ret;
}

static int read_changes(struct extension_search *s, const char *commit,
			struct error *err)
{
	const struct strvec *has = s->q->has;
	const char *upstream = s->q->upstream;
	int ret = 0;

	if (!has->nr)
		return 0;
	if (tree_diff_read(&s->news, s->repo, has->v[0], commit, 0, err) < 0)
		return -1;
	tree_diff_filter(&s->news, may_be_news, (void *)s->q->env);
	for (size_t i = 1; !ret && s->news.nr && i < has->nr; i++)
		ret = leave_known(s, has->v[i], commit, 0, err);
	if (!ret && s->news.nr && upstream)
		ret = leave_known(s, upstream, commit, 1, err);
	return ret;
}

/* What an upgrade made of them */

struct upgrade {
	struct tree_list from, to;	/* upstream's, before and then */
	struct tree_list before, after;	/* ours */
};

struct upgrades {
	struct strvec paths;
	struct tree_list *has;		/* one each of what is there */
	struct upgrade *v;		/* the oldest first */
	size_t nr, alloc;
};

/* "": none. */
static const char *blob_at(const struct tree_list *list, const char *path)
{
	const struct tree_entry *e = tree_list_find(list, path);

	return e ? e->oid : "";
}

/* Of a commit that may not be here. */
static int pick(struct tree_list *list, const struct extension_search *s,
		const char *commit, const struct strvec *paths,
		struct error *err)
{
	int ret = commit ? object_find(s->repo, commit, NULL, NULL, err) : 0;

	return ret > 0 ? tree_list_pick(list, s->repo, commit, paths, err) :
			 ret;
}

static void upgrade_release(struct upgrade *u)
{
	tree_list_release(&u->from);
	tree_list_release(&u->to);
	tree_list_release(&u->before);
	tree_list_release(&u->after);
}

/*
 * One whose record says that it is an upgrade, and which brings nothing else:
 * the release is what it merged, or it is a squash.
 */
static int add_upgrade(struct upgrades *all, const struct extension_search *s,
		       const struct coming *c, struct error *err)
{
	const char *before = c->parents.nr ? c->parents.v[0] : NULL;
	struct record was = RECORD_INIT, is = RECORD_INIT;
	struct upgrade u = { TREE_LIST_INIT, TREE_LIST_INIT, TREE_LIST_INIT,
			     TREE_LIST_INIT };
	int ret = before ? record_read(&is, s->repo, c->oid, err) : 0;

	if (ret > 0 && c->parents.nr > 1)
		ret = c->parents.nr == 2 &&
		      are_same(is.commit, c->parents.v[1]);
	if (ret > 0 && (record_read(&was, s->repo, before, err) < 0 ||
			pick(&u.from, s, was.commit, &all->paths, err) < 0 ||
			pick(&u.to, s, is.commit, &all->paths, err) < 0 ||
			pick(&u.before, s, before, &all->paths, err) < 0 ||
			pick(&u.after, s, c->oid, &all->paths, err) < 0))
		ret = -1;
	if (ret > 0) {
		ALLOC_GROW(all->v, all->nr + 1, all->alloc);
		all->v[all->nr++] = u;
	} else {
		upgrade_release(&u);
	}
	record_release(&was);
	record_release(&is);
	return ret < 0 ? -1 : 0;
}

/* The commits that change the record, the oldest first. */
static int list_upgrades(struct strvec *oids, const struct extension_search *s,
			 struct error *err)
{
	int ret = 0;

	for (size_t i = s->lineage.nr; !ret && i-- > 0;) {
		struct strvec args = STRVEC_INIT;

		strvec_pushl(&args, "--full-history", "--topo-order",
			     "--reverse", NULL);
		extension_push_range(&args, s, &s->lineage.v[i]);
		strvec_push(&args, RECORD_PATH);
		ret = rev_list_of(s->repo, oids, &args, err);
		strvec_release(&args);
	}
	return ret;
}

static int read_upgrades(struct upgrades *all, const struct extension_search *s,
			 struct error *err)
{
	const struct strvec *has = s->q->has;
	struct strvec oids = STRVEC_INIT;
	int ret = list_upgrades(&oids, s, err);

	all->has = xcalloc(has->nr, sizeof(*all->has));
	for (size_t i = 0; !ret && oids.nr && i < has->nr; i++)
		ret = tree_list_pick(&all->has[i], s->repo, has->v[i],
				     &all->paths, err);
	for (size_t i = 0; !ret && i < oids.nr; i++) {
		const struct coming *c = strmap_get(&s->index, oids.v[i]);

		if (c)
			ret = add_upgrade(all, s, c, err);
	}
	strvec_release(&oids);
	return ret;
}

static void upgrades_release(struct upgrades *all, size_t nr_has)
{
	for (size_t i = 0; i < all->nr; i++)
		upgrade_release(&all->v[i]);
	for (size_t i = 0; all->has && i < nr_has; i++)
		tree_list_release(&all->has[i]);
	free(all->v);
	free(all->has);
	strvec_release(&all->paths);
}

struct asking {
	const struct upgrades *all;
	size_t nr_has;
};

/* Is it what no upgrade left there? */
static int is_news(const struct tree_change *c, void *data)
{
	const struct asking *a = data;
	const struct upgrades *all = a->all;
	struct strvec known = STRVEC_INIT;
	int ret;

	for (size_t i = 0; i < a->nr_has; i++)
		strvec_push(&known, blob_at(&all->has[i], c->path));
	for (size_t i = 0; i < all->nr; i++) {
		const struct upgrade *u = &all->v[i];
		const char *theirs = blob_at(&u->to, c->path);

		if (*theirs && strcmp(theirs, blob_at(&u->from, c->path)) &&
		    strvec_has(&known, blob_at(&u->before, c->path)))
			strvec_push(&known, blob_at(&u->after, c->path));
	}
	ret = !strvec_has(&known, c->status == 'D' ? "" : c->new_oid);
	strvec_release(&known);
	return ret;
}

static int leave_upgraded(struct extension_search *s, struct error *err)
{
	struct upgrades all = { STRVEC_INIT, NULL, NULL, 0, 0 };
	struct asking a = { &all, s->q->has->nr };
	int ret;

	for (size_t i = 0; i < s->news.nr; i++)
		strvec_push(&all.paths, s->news.v[i].path);
	ret = read_upgrades(&all, s, err);
	if (!ret && all.nr)
		tree_diff_filter(&s->news, is_news, &a);
	upgrades_release(&all, a.nr_has);
	return ret;
}

int extension_news_read(struct extension_search *s, const char *commit,
			struct error *err)
{
	int ret = read_changes(s, commit, err);

	return ret || !s->news.nr ? ret : leave_upgraded(s, err);
}

/* By path */

void extension_paths_find(struct extension_search *s)
{
	for (size_t i = 0; i < s->news.nr; i++) {
		const struct tree_change *c = &s->news.v[i];
		const char *rule = profile_extension_path(s->q->env, c->path);

		/* What became of a file that has gone is no matter. */
		if (rule && c->status != 'D')
			extension_add(s, EXTENSION_PATH, rule, c->path);
	}
}

/* What is left of commits */

/* 1: nothing of what it changed is news in the end; 0, -1. */
static int is_gone(struct extension_search *s, const struct coming *c,
		   struct error *err)
{
	struct tree_diff d = TREE_DIFF_INIT;
	int ret = c->parents.nr ? object_find(s->repo, c->parents.v[0], NULL,
					      NULL, err) : 0;

	if (ret > 0 && tree_diff_read(&d, s->repo, c->parents.v[0], c->oid, 0,
				      err) < 0)
		ret = -1;
	for (size_t i = 0; ret > 0 && i < d.nr; i++)
		ret = !tree_diff_find(&s->news, d.v[i].path);
	tree_diff_release(&d);
	return ret;
}

/* Asked once each. */
static int ask_gone(struct extension_search *s, struct strmap *asked,
		    const struct coming *c, struct error *err)
{
	int ret;

	if (strmap_has(asked, c->oid) || asked->nr >= COMMITS_ASKED)
		return strmap_get(asked, c->oid) != NULL;
	ret = is_gone(s, c, err);
	strmap_put(asked, c->oid, ret > 0 ? s : NULL);
	return ret;
}

int extension_drop_gone(struct extension_search *s, struct error *err)
{
	struct extension_list *list = s->list;
	struct strmap asked = STRMAP_INIT;
	size_t nr = 0;
	int ret = 0;

	for (size_t i = 0; i < list->nr; i++) {
		struct extension *e = &list->v[i];
		const struct coming *c = e->rule == EXTENSION_PATH ? NULL :
					 strmap_get(&s->index, e->what);
		int gone = 0;

		if (s->q->any && nr)
			c = NULL;
		/* All that came with it may be gone by now. */
		if (c && c->brought_by && ret >= 0)
			gone = ask_gone(s, &asked, c->brought_by, err);
		if (c && !gone && ret >= 0)
			gone = ask_gone(s, &asked, c, err);
		ret = gone < 0 ? -1 : ret;
		if (gone > 0) {
			free(e->name);
			free(e->what);
		} else {
			list->v[nr++] = *e;
		}
	}
	list->nr = nr;
	strmap_release(&asked);
	return ret;
}
