#include "state/former.h"

#include "base/mem.h"
#include "git/object.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

/* So many events are looked at, from the newest on. */
#define EVENTS_READ 2000
#define MIN_DIGITS 7

void former_release(struct former *f)
{
	free(f->commit);
	free(f->tree);
	free(f->release);
	*f = (struct former)FORMER_INIT;
}

static int same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* What was only said to run, when the platform was made, nobody verified. */
static int is_good(const struct event *e)
{
	return e->tree && e->who && same(e->outcome, "ok") &&
	       (same(e->event, "deployed") || same(e->event, "verified"));
}

static int is_wanted(const struct event *e, const char *wanted)
{
	size_t len = strlen(wanted);

	return same(e->release, wanted) ||
	       (len >= MIN_DIGITS && !strncmp(e->commit, wanted, len));
}

/* The tree of a commit that may not be here. */
static char *tree_of(struct repo *r, const struct event_list *list,
		     const char *commit)
{
	char *tree = object_tree(r, commit);

	for (size_t i = 0; !tree && i < list->nr; i++)
		if (same(list->v[i].commit, commit))
			tree = xstrdup_or_null(list->v[i].tree);
	return tree;
}

/* What the ledger says, while it is gone through from its newest event on. */
struct search {
	const char *tip, *tree;		/* what is there; tree: or NULL */
	const char *wanted;
	struct strmap judged;		/* commits whose last word was read */
	const char *until;		/* what is passed over; NULL: nothing */
};

/*
 * What lies between a rollback and what it went back to is as if it had never
 * been.  1: this event does.
 */
static int is_undone(struct search *s, const struct event *e)
{
	if (!s->until && same(e->event, "rolledback"))
		s->until = e->restores;
	if (same(e->commit, s->until) && event_is_ending(e))
		s->until = NULL;
	return s->until != NULL;
}

static int fits(struct search *s, const struct event *e)
{
	int undone = is_undone(s, e);

	if (!e->commit || !event_is_ending(e) ||
	    !strmap_put(&s->judged, e->commit, NULL) || !is_good(e))
		return 0;
	if (same(e->commit, s->tip) || same(e->tree, s->tree))
		return 0;
	return s->wanted ? is_wanted(e, s->wanted) : !undone;
}

static int refuse(const char *env, const char *wanted, struct error *err)
{
	if (wanted) {
		error_set(err, ERROR_REFUSED, "'%s' is nothing else that was "
			  "deployed to %s and verified", wanted, env);
		return error_hint(err, "see what was with \"git upgrade log "
				  "%s\"", env);
	}
	error_set(err, ERROR_REFUSED, "nothing else was deployed to %s and "
		  "verified, so there is nothing to go back to", env);
	return error_hint(err, "take the change back with \"git revert\", and "
			  "push that");
}

int former_find(struct former *f, struct repo *r, const char *env,
		const char *tip, const char *wanted, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct search s = { tip, NULL, wanted, STRMAP_INIT, NULL };
	char *tree = NULL;
	int ret = ledger_read(&list, r, env, EVENTS_READ, err);

	if (!ret)
		s.tree = tree = tree_of(r, &list, tip);
	for (size_t i = 0; !ret && !f->commit && i < list.nr; i++) {
		const struct event *e = &list.v[i];

		if (!fits(&s, e))
			continue;
		f->commit = xstrdup(e->commit);
		f->tree = xstrdup(e->tree);
		f->release = xstrdup_or_null(e->release);
		f->when = e->when;
	}
	if (!ret && !f->commit)
		ret = refuse(env, wanted, err);
	strmap_release(&s.judged);
	free(tree);
	event_list_release(&list);
	return ret;
}
