#include "flow/client_internal.h"

#include "base/mem.h"
#include "git/object.h"
#include "model/adopted.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Events of the ledger that are searched for one commit. */
#define EVENTS_READ 50

int client_set_stage(struct client *c, enum run_stage stage,
		     struct error *err)
{
	c->run.stage = stage;
	return engine_run_write(&c->run, c->repo, c->env->name, err);
}

/* "Olga Operator <olga@ops.example>"; NULL: git does not know. */
static char *who_are_we(struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *who = git_line(r, &ignored, "var", "GIT_COMMITTER_IDENT", NULL);
	char *end = who ? strrchr(who, '>') : NULL;

	if (end)
		end[1] = '\0';
	error_release(&ignored);
	return who;
}

static void make_event(struct event *e, struct client *c, const char *event,
		       const char *outcome, const char *deployed)
{
	int is_beginning = !strcmp(event, "pushed");

	e->event = xstrdup(event);
	e->env = xstrdup(c->env->name);
	e->commit = xstrdup(c->commit);
	e->tree = object_tree(c->repo, c->commit);
	e->release = xstrdup_or_null(c->release);
	e->from = adopted_name_at(c->repo, &c->product->releases, deployed);
	e->who = who_are_we(c->repo);
	e->by = xstrdup("client");
	e->outcome = xstrdup(outcome);
	e->detail = xstrdup_or_null(c->detail);
	if (!is_beginning && c->run.started)
		e->seconds = (long)(time(NULL) - c->run.started);
}

struct moves {
	char *refs[3];			/* deployed, verified, failed */
	struct ref_move v[3];
	size_t nr;
};

static void moves_init(struct moves *m, const char *env)
{
	m->refs[0] = xstrfmt("refs/upgrade/deployed/%s", env);
	m->refs[1] = xstrfmt("refs/upgrade/verified/%s", env);
	m->refs[2] = xstrfmt("refs/upgrade/failed/%s", env);
	m->nr = 0;
}

static void moves_add(struct moves *m, size_t which, const char *new,
		      const char *old)
{
	m->v[m->nr++] = (struct ref_move){ m->refs[which], new, old };
}

static void moves_release(struct moves *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(m->refs); i++)
		free(m->refs[i]);
}

/* What is deployed and was found not to be good is not verified. */
static void find_moves(struct moves *m, const struct client *c,
		       const struct env_state *s, const char *event,
		       const char *outcome)
{
	int is_deployed = !strcmp(event, "deployed");
	const char *good = strcmp(outcome, "ok") ? NULL : c->commit;

	if (is_deployed || !strcmp(event, "verified")) {
		moves_add(m, 0, c->is_denied ? NULL : c->commit,
			  s->deployed);
		moves_add(m, 1, good, s->verified);
	}
	if (is_deployed)
		moves_add(m, 2, NULL, s->failed);
	else if (!strcmp(event, "failed"))
		moves_add(m, 2, c->commit, s->failed);
}

int client_record(struct client *c, const char *event, const char *outcome,
		  struct error *err)
{
	struct env_state s = ENV_STATE_INIT;
	struct event e = EVENT_INIT;
	struct moves m;
	int ret = env_state_read(&s, c->repo, c->env->name, err);

	moves_init(&m, c->env->name);
	if (!ret) {
		make_event(&e, c, event, outcome, s.deployed);
		find_moves(&m, c, &s, event, outcome);
		point_list_move(&e.points, &c->verification.points);
		ret = ledger_append(c->repo, &e, m.v, m.nr, NULL, NULL, err);
		point_list_move(&c->verification.points, &e.points);
	}
	event_release(&e);
	moves_release(&m);
	env_state_release(&s);
	return ret < 0 ? -1 : destination_publish(c->to, c->repo, err);
}

/*
 * Refs that move together do not when git is killed in the middle of it: then
 * all of it is recorded once more.
 */
static int have_moved(struct client *c, const char *event,
		      const char *outcome)
{
	struct error ignored = ERROR_INIT;
	struct env_state s = ENV_STATE_INIT;
	struct moves m;
	int have = !env_state_read(&s, c->repo, c->env->name, &ignored);

	moves_init(&m, c->env->name);
	find_moves(&m, c, &s, event, outcome);
	for (size_t i = 0; i < m.nr; i++)
		have &= !m.v[i].new ? !m.v[i].old :
			m.v[i].old && !strcmp(m.v[i].new, m.v[i].old);
	moves_release(&m);
	env_state_release(&s);
	error_release(&ignored);
	return have;
}

/* Something has ended since it was begun. */
static int has_ended(struct client *c, const char *event)
{
	struct error ignored = ERROR_INIT;
	struct event_list list = EVENT_LIST_INIT;
	int has = 0;

	ledger_read(&list, c->repo, c->env->name, EVENTS_READ, &ignored);
	for (size_t i = 0; i < list.nr && !has; i++) {
		const struct event *e = &list.v[i];

		if (!e->commit || strcmp(e->commit, c->commit))
			continue;
		if (!strcmp(e->event, "pushed"))
			break;
		has = !strcmp(e->event, event);
	}
	error_release(&ignored);
	event_list_release(&list);
	return has;
}

int client_came_second(struct client *c, char **who, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret = ledger_read(&list, c->repo, c->env->name, EVENTS_READ, err);
	const struct event *ours = event_before(&list, NULL);
	const struct event *e = ours ? event_before(&list, ours) : NULL;

	if (!ret && e && !strcmp(e->event, "pushed") &&
	    are_same(e->commit, c->commit)) {
		*who = xstrdup(e->who ? e->who : "somebody");
		ret = 1;
	}
	event_list_release(&list);
	return ret;
}

int client_record_end(struct client *c, const char *event,
		      const char *outcome, struct error *err)
{
	if (has_ended(c, event) && have_moved(c, event, outcome))
		return destination_publish(c->to, c->repo, err);
	return client_record(c, event, outcome, err);
}
