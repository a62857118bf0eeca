#include "cmd/health_view.h"

#include "base/mem.h"
#include "base/time.h"

#include <stdlib.h>

char *commit_view(const char *release, const char *commit)
{
	if (!commit)
		return xstrdup("nothing");
	return release ? xstrfmt("%s (%.7s)", release, commit) :
			 xstrfmt("%.7s", commit);
}

static void add_ago(struct buf *out, const char *what, time_t when)
{
	if (!when)
		return;
	buf_addf(out, ", %s ", what);
	time_add_span(out, time(NULL) - when);
	buf_adds(out, " ago");
}

/* The last event was a failure, and service goes on. */
static void add_trouble(struct buf *out, const struct env_status *e)
{
	const struct health *h = &e->health;

	if (!h->trouble)
		return;
	if (h->kind == HEALTH_UNVERIFIED)
		buf_adds(out, ", not healthy ");
	else if (h->commit)
		buf_addf(out, "; %.7s failed ", h->commit);
	else
		buf_adds(out, "; failed ");
	time_add_span(out, time(NULL) - h->trouble_at);
	buf_adds(out, " ago: ");
	buf_add_line(out, h->trouble);
}

static const char *where(const struct env_status *e)
{
	if (e->runner == RUNNER_ENGINE)
		return "there";
	return e->runner == RUNNER_HERE ? "here" : "on its host";
}

static void add_down(struct buf *out, const struct env_status *e)
{
	const struct health *h = &e->health;

	buf_addf(out, "%s is down %s", e->name, where(e));
	if (h->kind == HEALTH_DOWN) {
		buf_adds(out, ", for ");
		time_add_span(out, time(NULL) - h->trouble_at);
		buf_adds(out, ": ");
		buf_add_line(out, h->trouble);
	}
	buf_addc(out, '\n');
}

static void add_runs(struct buf *out, const struct env_status *e)
{
	char *what = commit_view(e->deployed_release, e->state.deployed);

	if (e->runner == RUNNER_ENGINE)
		buf_addf(out, "%s runs %s", e->name, what);
	else
		buf_addf(out, "%s runs %s: %s", e->name, where(e), what);
	add_ago(out, "deployed", e->health.deployed_at);
	add_ago(out, "healthy", e->health.verified_at);
	add_trouble(out, e);
	buf_addc(out, '\n');
	free(what);
}

static void add_nothing(struct buf *out, const struct env_status *e)
{
	buf_addf(out, "%s: nothing was deployed %s yet", e->name, where(e));
	add_trouble(out, e);
	buf_addc(out, '\n');
}

static void add_unpublished(struct buf *out, const struct env_status *e)
{
	buf_addf(out, "%s: not published to '", e->name);
	buf_add_url(out, e->state_remote);
	buf_adds(out, e->publication.trouble ? "': " : "' yet");
	if (e->publication.trouble)
		buf_add_line(out, e->publication.trouble);
	buf_addc(out, '\n');
}

/* Of an engine: where what is known is only known here, and why. */
static void add_kept(struct buf *out, const struct env_status *e)
{
	if (e->state_remote)
		add_unpublished(out, e);
	else
		buf_addf(out, "%s: what is known of it is kept only here "
			 "(upgrade.stateRemote)\n", e->name);
}

/* One that was begun here, by us or by somebody who was killed. */
static void add_under_way(struct buf *out, const struct env_status *e)
{
	if (!engine_run_is_open(&e->run))
		return;
	buf_addf(out, "%s: a deploy of %.7s was begun ", e->name,
		 e->run.commit);
	time_add_span(out, time(NULL) - e->run.started);
	buf_adds(out, " ago, and nobody has seen its end\n");
}

/* "production: freeze overridden for what runs, by Olga, 2h ago: why" */
static void add_overridden(struct buf *out, const struct env_status *e)
{
	const struct event *o = &e->health.overridden;

	if (!o->event)
		return;
	buf_addf(out, "%s: ", e->name);
	for (size_t i = 0; i < o->gates.nr; i++) {
		buf_adds(out, i ? ", " : "");
		buf_add_line(out, o->gates.v[i]);
	}
	buf_adds(out, " overridden for what runs");
	if (o->who) {
		buf_adds(out, ", by ");
		buf_add_line(out, o->who);
	}
	buf_adds(out, ", ");
	time_add_span(out, time(NULL) - o->when);
	buf_adds(out, " ago: ");
	buf_add_line(out, o->reason ? o->reason : "no reason");
	buf_addc(out, '\n');
}

/* Of a platform the table says the rest. */
static void add_unverified(struct buf *out, const struct env_status *e)
{
	const struct health *h = &e->health;

	if (h->kind != HEALTH_UNVERIFIED || !h->trouble)
		return;
	buf_addf(out, "%s is not verified, for ", e->name);
	time_add_span(out, time(NULL) - h->trouble_at);
	buf_adds(out, ": ");
	buf_add_line(out, h->trouble);
	buf_addc(out, '\n');
}

/* "production: removed 2d ago, by Olga: moved away" */
static void add_removed(struct buf *out, const struct env_status *e)
{
	const struct event *gone = &e->removed;

	if (!gone->id)
		return;
	buf_addf(out, "%s: removed ", e->name);
	time_add_span(out, time(NULL) - gone->when);
	buf_adds(out, " ago");
	if (gone->who) {
		buf_adds(out, ", by ");
		buf_add_line(out, gone->who);
	}
	if (gone->detail) {
		buf_adds(out, ": ");
		buf_add_line(out, gone->detail);
	}
	buf_addc(out, '\n');
}

void health_view_add(struct buf *out, const struct env_status *e)
{
	add_overridden(out, e);
	add_removed(out, e);
	if (e->runner != RUNNER_HERE && e->runner != RUNNER_HOST &&
	    e->runner != RUNNER_ENGINE) {
		add_unverified(out, e);
		return;
	}
	if (e->runner == RUNNER_HOST && !e->state_remote) {
		buf_addf(out, "%s: its host publishes nothing that is known "
			 "here\n", e->name);
		return;
	}
	if (e->here.down || e->health.kind == HEALTH_DOWN)
		add_down(out, e);
	else if (e->state.deployed)
		add_runs(out, e);
	else
		add_nothing(out, e);
	if (e->here.holder)
		buf_addf(out, "%s is being deployed here: %s\n", e->name,
			 e->here.holder);
	if (e->here.killed)
		buf_addf(out, "%s: a deploy here was killed\n", e->name);
	add_under_way(out, e);
	if (e->runner == RUNNER_ENGINE && !e->is_published)
		add_kept(out, e);
	if (e->runner == RUNNER_HERE && e->state_remote &&
	    !e->is_published && !e->here.holder)
		add_unpublished(out, e);
}

static void json_time(struct json *j, const char *key, time_t when)
{
	struct buf text = BUF_INIT;

	if (when)
		time_add_rfc3339(&text, when);
	json_string(j, key, when ? text.s : NULL);
	buf_release(&text);
}

static const char *runner_name(enum env_runner runner)
{
	switch (runner) {
	case RUNNER_PLATFORM:
		return "platform";
	case RUNNER_HOST:
		return "host";
	case RUNNER_HERE:
		return "here";
	case RUNNER_ENGINE:
		return "engine";
	case RUNNER_UNKNOWN:
		break;
	}
	return NULL;
}

static void json_overridden(struct json *j, const struct event *o)
{
	if (!o->event) {
		json_string(j, "overridden", NULL);
		return;
	}
	json_object(j, "overridden");
	json_strings(j, "gates", &o->gates);
	json_string(j, "said", o->said);
	json_string(j, "reason", o->reason);
	json_string(j, "who", o->who);
	json_time(j, "when", o->when);
	json_end(j);
}

static void json_removed(struct json *j, const struct event *gone)
{
	if (!gone->id) {
		json_string(j, "removed", NULL);
		return;
	}
	json_object(j, "removed");
	json_string(j, "who", gone->who);
	json_time(j, "when", gone->when);
	json_string(j, "reason", gone->detail);
	json_end(j);
}

void health_view_json(struct json *j, const struct env_status *e)
{
	const struct health *h = &e->health;

	json_string(j, "runs", runner_name(e->runner));
	json_string(j, "health", health_name(e->here.down ? HEALTH_DOWN :
					     h->kind));
	json_time(j, "deployed_at", h->deployed_at);
	json_time(j, "verified_at", h->verified_at);
	json_string(j, "last_failure", h->trouble);
	json_removed(j, &e->removed);
	json_time(j, "last_failure_at", h->trouble_at);
	json_overridden(j, &h->overridden);
	json_string(j, "deploying", engine_run_is_open(&e->run) ?
		    e->run.commit : e->here.holder);
	if (e->runner == RUNNER_HERE || e->runner == RUNNER_ENGINE)
		json_bool(j, "published", e->is_published);
	else
		json_string(j, "published", NULL);
}
