#include "state/former.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

/* So many events are looked at, from the newest on. */
#define EVENTS_READ 2000
/* And so many for a rollback that a push is on top of. */
#define EVENTS_JUDGED 50
#define MIN_DIGITS 7

void former_release(struct former *f)
{
	free(f->commit);
	free(f->tree);
	free(f->release);
	*f = (struct former)FORMER_INIT;
}

static int is_wanted(const struct event *e, const char *wanted)
{
	size_t len = strlen(wanted);

	return event_is_of(e, wanted) ||
	       (len >= MIN_DIGITS && !strncmp(e->commit, wanted, len));
}

/* The tree of a commit that may not be here. */
static char *tree_of(struct repo *r, const struct event_list *list,
		     const char *commit)
{
	char *tree = object_tree(r, commit);

	for (size_t i = 0; !tree && i < list->nr; i++)
		if (are_same(list->v[i].commit, commit))
			tree = xstrdup_or_null(list->v[i].tree);
	return tree;
}

/* What the ledger says, while it is gone through from its newest event on. */
struct search {
	const char *tip, *tree;		/* what is there; tree: or NULL */
	const char *wanted;
	struct strmap judged;		/* commits whose last word was read */
	struct strmap undone;		/* commits that were taken back */
	const char *until;		/* what is passed over; NULL: nothing */
	/* Where the tip is a way back: to what, but for a record; or NULL. */
	const struct event *way_back;
	const char *there;		/* the tree of that */
};

static int is_way_back(const struct event *e)
{
	return are_same(e->event, "rolledback") && e->undoes && e->restores;
}

static void note_ways_back(struct search *s, const struct event_list *list)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct event *e = &list->v[i];

		if (!is_way_back(e))
			continue;
		strmap_put(&s->undone, e->undoes, NULL);
		if (are_same(e->commit, s->tip))
			s->way_back = e;
	}
}

/*
 * What lies between a rollback and what it went back to is as if it had never
 * been.  1: this event does.
 */
static int is_undone(struct search *s, const struct event *e)
{
	if (!s->until && is_way_back(e))
		s->until = e->restores;
	if (are_same(e->commit, s->until) && event_is_ending(e))
		s->until = NULL;
	return s->until != NULL || strmap_has(&s->undone, e->commit);
}

static int is_there(struct search *s, const struct event *e)
{
	if (s->way_back && are_same(e->commit, s->way_back->restores))
		s->there = e->tree;
	return are_same(e->commit, s->tip) || are_same(e->tree, s->tree) ||
	       are_same(e->tree, s->there);
}

static int fits(struct search *s, const struct event *e)
{
	int undone = e->commit ? is_undone(s, e) : 0;

	if (!e->commit || !event_is_ending(e) ||
	    !strmap_put(&s->judged, e->commit, NULL) || is_there(s, e) ||
	    !event_is_good(e))
		return 0;
	return s->wanted ? is_wanted(e, s->wanted) : !undone;
}

/* A way back that has not ended well is not to be gone back from, again. */
static int check_way_back(const struct search *s,
			  const struct event_list *list, const char *env,
			  struct error *err)
{
	const struct event *e = s->way_back;
	const char *to;

	if (!e || s->wanted)
		return 0;
	for (size_t i = 0; i < list->nr; i++)
		if (are_same(list->v[i].commit, s->tip) &&
		    event_is_good(&list->v[i]))
			return 0;
	to = e->release ? e->release : "what was verified before";
	error_set(err, ERROR_REFUSED, "%s is on its way back to %s already%s%s",
		  env, to, e->who ? ", says " : "", e->who ? e->who : "");
	error_hint(err, "see how it goes with \"git upgrade status\"; where it "
		   "failed, try again with \"git upgrade push --retry %s\", in "
		   "a clone that has its commit", env);
	return error_hint(err, "to go back farther, say to what: git upgrade "
			  "rollback --to=RELEASE %s", env);
}

static int refuse(const char *env, const char *wanted, struct error *err)
{
	if (wanted)
		error_set(err, ERROR_REFUSED, "'%s' is nothing else that was "
			  "deployed to %s and verified", wanted, env);
	else
		error_set(err, ERROR_REFUSED, "nothing else was deployed to %s "
			  "and verified, so there is nothing to go back to",
			  env);
	return error_hint(err, "see what was with \"git upgrade log %s\"", env);
}

static void take(struct former *f, const struct event *e)
{
	f->commit = xstrdup(e->commit);
	f->tree = xstrdup(e->tree);
	f->release = xstrdup_or_null(e->release);
	f->when = e->when;
}

int former_find(struct former *f, struct repo *r, const char *env,
		const char *tip, const char *wanted, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct search s = { .tip = tip, .wanted = wanted,
			    .judged = STRMAP_INIT, .undone = STRMAP_INIT };
	char *tree = NULL;
	int ret = ledger_read_present(&list, r, env, EVENTS_READ, err);

	if (!ret) {
		s.tree = tree = tree_of(r, &list, tip);
		note_ways_back(&s, &list);
		ret = check_way_back(&s, &list, env, err);
	}
	for (size_t i = 0; !ret && !f->commit && i < list.nr; i++)
		if (fits(&s, &list.v[i]))
			take(f, &list.v[i]);
	if (!ret && !f->commit)
		ret = refuse(env, wanted, err);
	strmap_release(&s.judged);
	strmap_release(&s.undone);
	free(tree);
	event_list_release(&list);
	return ret;
}

int former_verified(struct former *f, struct repo *r, const char *env,
		    struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct search s = { .judged = STRMAP_INIT, .undone = STRMAP_INIT };
	int ret = ledger_read_present(&list, r, env, EVENTS_READ, err);

	if (!ret)
		note_ways_back(&s, &list);
	for (size_t i = 0; !ret && !f->commit && i < list.nr; i++)
		if (fits(&s, &list.v[i]))
			take(f, &list.v[i]);
	strmap_release(&s.judged);
	strmap_release(&s.undone);
	event_list_release(&list);
	return ret < 0 ? -1 : f->commit != NULL;
}

char *former_standing(struct repo *r, const char *env, const char *tip,
		      const char *deployed, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct error ignored = ERROR_INIT;
	char *commit = NULL;

	if (!tip || !deployed || !strcmp(tip, deployed) ||
	    ledger_read_present(&list, r, env, EVENTS_JUDGED, err) < 0)
		return NULL;
	/* In a clone some of these commits may not be here. */
	for (size_t i = 0; !commit && i < list.nr; i++) {
		const struct event *e = &list.v[i];

		if (is_way_back(e) && e->commit &&
		    commit_contains(r, tip, e->commit, &ignored) == 1 &&
		    commit_contains(r, deployed, e->commit, &ignored) == 0)
			commit = xstrdup(e->commit);
	}
	error_release(&ignored);
	event_list_release(&list);
	return commit;
}
