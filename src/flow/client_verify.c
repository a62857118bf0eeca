/*
 * Looking again at what is deployed, where an engine does that (flow/client.h).
 *
 * Who may push to the state remote may write there what he likes.  So what was
 * not seen here is asked of the engine itself, as far as it can tell.
 */
#include "flow/client_internal.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int client_has_seen(const struct client *c, const char *commit, int verified)
{
	const char *outcome = c->run.outcome;

	return c->run.stage == RUN_ENDED && are_same(c->run.commit, commit) &&
	       (are_same(outcome, "verified") ||
		(!verified && are_same(outcome, "deployed")));
}

int client_confirm(struct client *c, const char *commit,
		   enum engine_word *word, struct buf *why, struct error *err)
{
	struct engine_run other = ENGINE_RUN_INIT;
	int ret;

	if (are_same(c->run.commit, commit))
		other.id = xstrdup_or_null(c->run.id);
	client_set_commit(c, commit);
	c->engine.run = &other;
	ret = engine_confirm(&c->engine, word, why, err);
	c->engine.run = &c->run;
	engine_run_release(&other);
	return ret;
}

static int deny(struct client *c, const char *why)
{
	struct verification *v = &c->verification;

	verification_release(v);
	*v = (struct verification)VERIFICATION_INIT;
	free(c->detail);
	c->detail = xstrdup(why);
	c->is_denied = 1;
	point_add(&v->points, "platform", 0, "failed", why);
	points_add_line(&v->points, &v->summary);
	return 0;
}

/* Nobody could be asked; the rest was looked at. */
static void say_as_recorded(struct client *c)
{
	struct verification *v = &c->verification;

	if (!v->points.nr || !v->points.v[0].ok)
		return;
	free(v->points.v[0].word);
	v->points.v[0].word = xstrdup("as recorded");
	buf_reset(&v->summary);
	points_add_line(&v->points, &v->summary);
}

static int check_deployed(struct client *c, const struct reporter *say,
			  struct error *err)
{
	char *log = NULL;
	int ret = 0;

	if (client_has_unread_log(c))
		ret = client_read_rest(c, say, err);
	log = deploy_log_of(&c->platform, c->env->name, c->commit);
	if (!ret)
		ret = client_check(c, log, err);
	free(log);
	return ret;
}

static int look_again(struct client *c, const struct reporter *say,
		      struct error *err)
{
	enum engine_word word = ENGINE_CONFIRMS;
	struct buf why = BUF_INIT;
	int ret = 0;

	if (!client_has_seen(c, c->commit, 0))
		ret = client_confirm(c, c->commit, &word, &why, err);
	if (ret < 0)
		client_unknown(c, err);
	else if (word == ENGINE_DENIES)
		deny(c, why.s);
	else
		ret = check_deployed(c, say, err);
	if (!ret && word == ENGINE_SAYS_NOTHING)
		say_as_recorded(c);
	buf_release(&why);
	return ret;
}

int client_check_again(struct client *c, int *ok, const struct reporter *say,
		       struct error *err)
{
	if (client_check(c, NULL, err) < 0)
		return -1;
	*ok = c->verification.ok;
	if (*ok)
		return 0;
	report(say, REPORT_NOTE, "  %-10s %s", "verify",
	       c->verification.summary.s);
	return client_record(c, "verified", "failed", err);
}

/* Of a deploy that was seen here. */
static int keep_outcome(struct client *c, struct error *err)
{
	if (!client_has_seen(c, c->commit, 0))
		return 0;
	free(c->run.outcome);
	c->run.outcome = xstrdup(c->verification.ok ? "verified" :
						      "deployed");
	return engine_run_write(&c->run, c->repo, c->env->name, err);
}

static int not_deployed(struct client *c, struct error *err)
{
	error_set(err, ERROR_DEPLOY, "%s: %.7s is not deployed, as was "
		  "recorded: %s", c->env->name, c->commit, c->detail);
	err->changed = 1;
	return error_hint(err, "the record says so now, and nobody knows what "
			  "is deployed: \"git upgrade push %s\"",
			  c->env->name);
}

int client_verify(struct client *c, const struct reporter *say,
		  struct error *err)
{
	const char *deployed = destination_state(c->to, "deployed");
	time_t started;

	if (client_check_restored(c, err) < 0)
		return -1;
	if (!deployed) {
		error_set(err, ERROR_REFUSED, "nothing is known to be "
			  "deployed to %s yet", c->env->name);
		return error_hint(err, "deploy it with \"git upgrade push "
				  "%s\"", c->env->name);
	}
	client_set_commit(c, deployed);
	started = c->run.started;
	if (look_again(c, say, err) < 0)
		return -1;
	c->run.started = 0;
	report(say, REPORT_NOTE, "  %-10s %s", "verify",
	       c->verification.summary.s);
	if (client_record(c, "verified", c->verification.ok ? "ok" : "failed",
			  err) < 0)
		return -1;
	c->run.started = started;
	return c->is_denied ? not_deployed(c, err) : keep_outcome(c, err);
}
