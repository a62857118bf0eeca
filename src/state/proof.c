#include "state/proof.h"

#include "base/mem.h"
#include "base/time.h"
#include "git/object.h"

#include <stdlib.h>
#include <string.h>

/* So many events are looked at, from the newest on. */
#define EVENTS_READ 2000

static void take(struct proof *p, const struct event *e, enum proof_kind kind)
{
	p->kind = kind;
	p->when = e->when;
	p->who = xstrdup_or_null(e->who);
	p->detail = xstrdup_or_null(e->detail);
	p->commit = xstrdup_or_null(e->commit);
}

static int is_about(const struct event *e, const char *commit,
		    const char *tree)
{
	return commit ? are_same(e->commit, commit) : are_same(e->tree, tree);
}

/* The ledger, while it is gone through from its newest event on. */
struct search {
	struct strmap undone;		/* by which event, a commit */
	/* What it went back over: up to the end of `restores`; or NULL. */
	const struct event *back;
};

static void note_way_back(struct search *s, const struct event *e)
{
	if (e->undoes && !strmap_has(&s->undone, e->undoes))
		strmap_put(&s->undone, e->undoes, (void *)e);
	if (e->undoes && e->restores && !s->back)
		s->back = e;
	if (s->back && event_is_ending(e) &&
	    are_same(e->commit, s->back->restores))
		s->back = NULL;
}

/*
 * When an event was, at the earliest.  What is older in the ledger came before
 * it, so a clock that was behind then, as where a machine has just begun, makes
 * nothing older; one that was ahead, and still is, says nothing.
 */
static time_t not_before(const struct event_list *list, size_t at)
{
	time_t when = list->v[at].when, now = time_now();

	for (size_t i = at + 1; i < list->nr; i++)
		if (list->v[i].when > when && list->v[i].when <= now)
			when = list->v[i].when;
	return when;
}

/*
 * The event at `at` is the last word on it, and good.  How long has it been
 * good?  A failure in between, or a rollback, begins anew; and what says that
 * it was later than what came after it had a wrong clock.
 */
static time_t good_since(const struct event_list *list, size_t at,
			 const char *commit, const char *tree)
{
	struct strmap undone = STRMAP_INIT;
	time_t since = list->v[at].when;
	size_t first = at;

	for (size_t i = at + 1; i < list->nr; i++) {
		const struct event *e = &list->v[i];

		if (e->undoes)
			strmap_put(&undone, e->undoes, (void *)e);
		if (!event_is_ending(e) || !is_about(e, commit, tree))
			continue;
		if (!event_is_good(e) || e->when > since ||
		    strmap_has(&undone, e->commit))
			break;
		since = e->when;
		first = i;
	}
	strmap_release(&undone);
	return not_before(list, first);
}

/* The last word on a commit, or, where that is NULL, on a tree. */
static void find(struct proof *p, const struct event_list *list,
		 const char *commit, const char *tree)
{
	struct search s = { STRMAP_INIT, NULL };

	for (size_t i = 0; p->kind == PROOF_NONE && i < list->nr; i++) {
		const struct event *e = &list->v[i], *back;

		note_way_back(&s, e);
		if (!event_is_ending(e) || !is_about(e, commit, tree))
			continue;
		back = e->commit ? strmap_get(&s.undone, e->commit) : NULL;
		if (back || s.back)
			take(p, back ? back : s.back, PROOF_TAKEN_BACK);
		else
			take(p, e, event_is_good(e) ? PROOF_VERIFIED :
						      PROOF_FAILED);
		if (p->kind == PROOF_VERIFIED)
			p->since = good_since(list, i, commit, tree);
	}
	/* It may have been verified longer ago than is read. */
	if (p->kind == PROOF_NONE && commit && strmap_has(&s.undone, commit))
		take(p, strmap_get(&s.undone, commit), PROOF_TAKEN_BACK);
	strmap_release(&s.undone);
}

/* Its event may be farther back than is read. */
static int stands(struct repo *r, const char *env, const char *commit,
		  struct error *err)
{
	struct env_state state = ENV_STATE_INIT;
	int ret = env_state_read(&state, r, env, err);

	if (!ret)
		ret = are_same(state.verified, commit);
	env_state_release(&state);
	return ret;
}

int proof_events(struct event_list *list, struct repo *r, const char *env,
		 struct error *err)
{
	return ledger_read_present(list, r, env, EVENTS_READ, err);
}

int proof_read(struct proof *p, struct repo *r, const char *env,
	       const char *commit, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret = proof_events(&list, r, env, err);
	char *tree = NULL;

	if (ret || !list.nr)
		goto out;
	p->kind = PROOF_NONE;
	find(p, &list, commit, NULL);
	tree = p->kind == PROOF_NONE ? object_tree(r, commit) : NULL;
	if (tree)
		find(p, &list, NULL, tree);
	if (p->kind == PROOF_NONE) {
		ret = stands(r, env, commit, err);
		/* It stood before all that was read. */
		if (ret > 0) {
			p->kind = PROOF_VERIFIED;
			p->since = list.v[list.nr - 1].when;
		}
		ret = ret < 0 ? -1 : 0;
	}
out:
	free(tree);
	event_list_release(&list);
	return ret;
}

char *proof_of_release(const struct event_list *list, const char *release)
{
	char *commit = NULL;

	for (size_t i = 0; !commit && i < list->nr; i++) {
		const struct event *e = &list->v[i];
		struct proof p = { .kind = PROOF_NONE };

		if (!e->commit || !event_is_good(e) ||
		    !event_is_of(e, release))
			continue;
		find(&p, list, e->commit, NULL);
		if (p.kind == PROOF_VERIFIED)
			commit = xstrdup(e->commit);
		proof_release(&p);
	}
	return commit;
}

void proof_add(struct buf *out, const struct proof *p)
{
	static const char *const words[] = {
		[PROOF_NO_LEDGER] = "not known here",
		[PROOF_NONE] = "was not deployed there",
		[PROOF_VERIFIED] = "was verified there",
		[PROOF_FAILED] = "is not verified there, by what was seen",
		[PROOF_TAKEN_BACK] = "was taken back there",
	};

	buf_adds(out, words[p->kind]);
	if (p->kind <= PROOF_NONE || !p->when)
		return;
	buf_addc(out, ' ');
	time_add_span(out, time_now() - p->when);
	buf_adds(out, " ago");
	if (p->detail && p->kind != PROOF_VERIFIED) {
		buf_adds(out, ": ");
		buf_add_line(out, p->detail);
	}
}

void proof_release(struct proof *p)
{
	free(p->who);
	free(p->detail);
	free(p->commit);
	*p = (struct proof)PROOF_INIT;
}
