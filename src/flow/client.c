#include "flow/client_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/place.h"
#include "deploy/restore_mark.h"
#include "flow/trust.h"
#include "git/object.h"
#include "model/adopted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_MIN 0.2
#define POLL_MAX 3.0
/* So many logs are kept of an environment. */
#define LOGS_KEPT 50

/* Opening */

static int take_lock(struct client *c, struct error *err)
{
	char *folder = engine_run_folder(c->repo, c->env->name);
	char *path = path_join(folder, "lock");
	struct buf who = BUF_INIT;

	c->lock = holder_lock(path, O_CLOEXEC);
	if (c->lock >= 0) {
		holder_sign(c->lock, NULL);
	} else if (errno == EWOULDBLOCK) {
		holder_add(&who, path);
		error_set(err, ERROR_REFUSED, "somebody is at work on %s here "
			  "(%s)", c->env->name, who.s);
		error_hint(err, "see how it goes with \"git upgrade status\"");
	} else {
		error_errno(err, "cannot lock '%s'", path);
	}
	free(folder);
	free(path);
	buf_release(&who);
	return c->lock < 0 ? -1 : 0;
}

/* Programs run here, in the environment of whoever is here. */
static int open_platform(struct client *c, struct error *err)
{
	struct platform *p = &c->platform;
	const char *dir = c->repo->work_tree ? c->repo->work_tree :
					       c->repo->git_dir;

	if (repo_open(&p->repo, dir, err) < 0)
		return -1;
	p->place = &place_client;
	p->profile = c->product->profile;
	p->releases = c->product->releases;
	return 0;
}

void client_set_commit(struct client *c, const char *commit)
{
	char *copy = xstrdup(commit);

	free(c->commit);
	free(c->release);
	c->commit = copy;
	c->release = adopted_name_at(c->repo, &c->product->releases, copy);
	c->engine.commit = c->commit;
	c->engine.release = c->release;
}

/* Somebody was killed who was about to have it begun: did he? */
static int find_begun(struct client *c, struct error *err)
{
	int has = engine_has_begun(&c->engine);

	c->was_not_begun = !has;
	return has > 0 ? client_set_stage(c, RUN_BEGUN, err) : 0;
}

int client_open(struct client *c, struct repo *r, const struct product *pr,
		struct destination *to, const char *trust, struct error *err)
{
	const struct deployer *how;

	c->repo = r;
	c->product = pr;
	c->to = to;
	c->env = profile_environment(&pr->profile, to->env);
	if (!c->env || c->env->deploy == DEPLOY_BY_HOOKS ||
	    c->env->deploy == DEPLOY_BY_PULL)
		return error_set(err, ERROR_REFUSED, "the configuration of "
				 "this branch does not say how %s is deployed",
				 to->env);
	how = profile_deployer(&pr->profile, c->env, err);
	if (!how || trust_demand_profile(r, &pr->profile, pr->tree, trust,
					 err) < 0 ||
	    take_lock(c, err) < 0 ||
	    destination_publish(to, r, err) < 0 ||
	    open_platform(c, err) < 0 ||
	    engine_run_read(&c->run, r, c->env->name, err) < 0 ||
	    engine_open(&c->engine, &c->platform, c->env, how, &c->run,
			err) < 0)
		return -1;
	if (c->run.commit)
		client_set_commit(c, c->run.commit);
	if (!client_is_under_way(c))
		engine_tidy(&c->engine);
	return c->run.stage == RUN_ABOUT ? find_begun(c, err) : 0;
}

void client_release(struct client *c)
{
	if (c->lock >= 0)
		close(c->lock);
	engine_release(&c->engine);
	engine_run_release(&c->run);
	deploy_log_release(&c->log);
	c->platform.profile = (struct profile)PROFILE_INIT;
	c->platform.releases = (struct release_list)RELEASE_LIST_INIT;
	platform_release(&c->platform);
	verification_release(&c->verification);
	error_release(&c->told);
	free(c->commit);
	free(c->release);
	free(c->detail);
	*c = (struct client)CLIENT_INIT;
}

int client_check_restored(const struct client *c, struct error *err)
{
	char *top = c->platform.place->top(&c->platform, c->env);
	int ret = restore_mark_check(top, c->env->name, err);

	free(top);
	return ret;
}

int client_is_under_way(const struct client *c)
{
	return engine_run_is_open(&c->run) && !c->was_not_begun;
}

/* The log */

static int open_log(struct client *c, struct error *err)
{
	const char *env = c->env->name;

	if (c->log.fd >= 0)
		return 0;
	deploy_log_release(&c->log);
	if (deploy_log_resume(&c->log, &c->platform, env, c->run.log,
			      err) < 0)
		return -1;
	/* Who was killed had read more than he could write down. */
	if (c->run.logged && deploy_log_cut(&c->log, c->run.logged))
		FREE_AND_NULL(c->run.cursor);
	return 0;
}

static void say_lines(struct client *c, const char *lines,
		      const struct reporter *say)
{
	struct strvec all = STRVEC_INIT;

	strvec_split(&all, lines, '\n');
	for (size_t i = 0; i < all.nr; i++) {
		deploy_log_say(&c->log, "%s", all.v[i]);
		report(say, REPORT_LOG, "%s", all.v[i]);
	}
	strvec_release(&all);
}

/* How far it was read is kept behind what was read. */
static int follow(struct client *c, int is_over, const struct reporter *say,
		  struct error *err)
{
	struct buf lines = BUF_INIT;
	char *before = xstrdup_or_null(c->run.cursor);
	int ret = engine_log(&c->engine, is_over, &lines, err);

	say_lines(c, lines.s, say);
	c->run.logged = deploy_log_size(&c->log);
	if (c->run.cursor && (!before || strcmp(before, c->run.cursor)) &&
	    engine_run_write(&c->run, c->repo, c->env->name, err) < 0)
		ret = -1;
	free(before);
	buf_release(&lines);
	return ret;
}

/* The last thing of all. */
static int finish(struct client *c, const char *outcome, struct error *err)
{
	int is_good = c->verification.ok;

	deploy_log_end(&c->log, outcome);
	free(c->run.outcome);
	c->run.outcome = xstrdup(strcmp(outcome, "ok") ? outcome :
				 is_good ? "verified" : "deployed");
	c->run.logged = deploy_log_size(&c->log);
	if (client_set_stage(c, RUN_ENDED, err) < 0)
		return -1;
	engine_tidy(&c->engine);
	deploy_log_prune(&c->platform, c->env->name, LOGS_KEPT);
	return 0;
}

/* Beginning */

static int unknown_begin(struct client *c, struct error *err)
{
	char *why = xstrdup_or_null(err->message);

	error_set(err, ERROR_PENDING, "%s: the deploy of %.7s was to begin, "
		  "and nobody here can tell whether it did%s%s", c->env->name,
		  c->commit, why ? ": " : "", why ? why : "");
	err->changed = 1;
	free(why);
	error_hint(err, "look at the platform; have it begun again with \"git "
		   "upgrade push --retry %s\"", c->env->name);
	return -1;
}

static int new_run(struct client *c, const char *commit, struct error *err)
{
	char *former = are_same(c->run.commit, commit) ?
		xstrdup_or_null(c->run.id ? c->run.id : c->run.former) : NULL;

	engine_run_release(&c->run);
	c->run.former = former;
	deploy_log_release(&c->log);
	c->was_not_begun = 0;
	client_set_commit(c, commit);
	if (deploy_log_open(&c->log, &c->platform, c->env->name, commit,
			    err) < 0)
		return -1;
	c->run.commit = xstrdup(commit);
	c->run.log = xstrdup(c->log.id);
	c->run.logged = deploy_log_size(&c->log);
	c->run.started = time(NULL);
	return client_set_stage(c, RUN_ABOUT, err);
}

/* Recorded, so that nobody elsewhere believes that it goes on. */
static int not_begun(struct client *c, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (err->kind == ERROR_PENDING)
		return unknown_begin(c, err);
	error_wrap(err, "it has not begun");
	free(c->detail);
	c->detail = xstrdup(err->message);
	deploy_log_error(&c->log, err);
	point_add(&c->verification.points, "platform", 0, "failed", c->detail);
	if (!client_record(c, "failed", "failed", &ignored))
		finish(c, "failed", &ignored);
	error_release(&ignored);
	error_wrap(err, "%s: the deploy of %.7s", c->env->name, c->commit);
	err->kind = ERROR_DEPLOY;
	err->changed = 1;
	return error_hint(err, "what served still serves; try again with "
			  "\"git upgrade push --retry %s\"", c->env->name);
}

/*
 * Of several who record at the same moment each sees who came before, so one
 * has it begun.
 */
static int withdraw(struct client *c, struct error *err)
{
	struct buf shown = BUF_INIT;
	char *who = NULL;
	int ret = client_came_second(c, &who, err);

	if (ret <= 0)
		return ret;
	client_set_stage(c, RUN_ENDED, err);
	buf_add_line(&shown, who);
	error_set(err, ERROR_PENDING, "%s: the deploy of %.7s was begun from "
		  "another clone at the same moment (by %s)", c->env->name,
		  c->commit, shown.s);
	err->changed = 1;
	error_hint(err, "see how it goes there, or with \"git upgrade "
		   "status\"; have it begun again with \"git upgrade push "
		   "--retry %s\"", c->env->name);
	buf_release(&shown);
	free(who);
	return -1;
}

int client_begin(struct client *c, const char *commit, int again,
		 struct error *err)
{
	/* Then it was we who recorded it before. */
	int was_ours = c->was_not_begun && are_same(c->run.commit, commit);

	if (are_same(c->run.commit, commit)) {
		if (c->run.stage == RUN_BEGUN)
			return 0;
		if (client_is_under_way(c) && !again)
			return unknown_begin(c, err);
	}
	if (new_run(c, commit, err) < 0)
		return -1;
	FREE_AND_NULL(c->detail);
	if (client_record(c, "pushed", "ok", err) < 0)
		return -1;
	if (!again && !was_ours && !engine_is_by_push(&c->engine) &&
	    withdraw(c, err) < 0)
		return -1;
	if (engine_begin(&c->engine, err) < 0)
		return not_begun(c, err);
	return client_set_stage(c, RUN_BEGUN, err);
}

/* The end */

/* What is not here cannot be searched for failures. */
static int fail_unread(struct client *c)
{
	struct verification *v = &c->verification;

	buf_addf(&v->reason, "the log could not be read: %s", c->run.unread);
	point_add(&v->points, "platform", 1, "ok", NULL);
	point_add(&v->points, "log", 0, "failed", v->reason.s);
	points_add_line(&v->points, &v->summary);
	return 0;
}

/* One that is to be searched. */
int client_has_unread_log(const struct client *c)
{
	return c->run.unread && are_same(c->run.commit, c->commit) &&
	       c->platform.profile.log_failures.nr;
}

int client_check(struct client *c, const char *log, struct error *err)
{
	struct step_context context = {
		.platform = &c->platform, .env = c->env->name,
		.release = c->release, .commit = c->commit,
		.dir = repo_top(&c->platform.repo), .at = c->env,
	};

	verification_release(&c->verification);
	c->verification = (struct verification)VERIFICATION_INIT;
	if ((client_has_unread_log(c) ? fail_unread(c) :
	     verify_release(&c->verification, &context, log, err)) < 0)
		return -1;
	free(c->detail);
	c->detail = xstrdup(c->verification.ok ? c->verification.summary.s :
						 c->verification.reason.s);
	return 0;
}

static int conclude_success(struct client *c, enum client_outcome *outcome,
			    const struct reporter *say, struct error *err)
{
	int ok;

	report(say, REPORT_STEP, "Verifying %s", c->env->name);
	if (client_check(c, c->log.path, err) < 0)
		return -1;
	ok = c->verification.ok;
	deploy_log_say(&c->log, "  %-10s %s", "verify",
		       c->verification.summary.s);
	report(say, REPORT_NOTE, "  %-10s %s", "verify",
	       c->verification.summary.s);
	if (client_record_end(c, "deployed", ok ? "ok" : "failed", err) < 0)
		return -1;
	*outcome = ok ? CLIENT_VERIFIED : CLIENT_UNVERIFIED;
	return finish(c, "ok", err);
}

static int conclude_failure(struct client *c, const char *why,
			    enum client_outcome *outcome, struct error *err)
{
	free(c->detail);
	c->detail = xstrdup(*why ? why : "the platform says so");
	deploy_log_say(&c->log, "error: %s", c->detail);
	point_list_release(&c->verification.points);
	point_add(&c->verification.points, "platform", 0, "failed", c->detail);
	if (client_record_end(c, "failed", "failed", err) < 0)
		return -1;
	*outcome = CLIENT_FAILED;
	return finish(c, "failed", err);
}

/* Waiting */

/* Once each: it is tried again and again. */
static void tell_trouble(struct client *c, struct error *err,
			 const struct reporter *say)
{
	if (!c->told.message || strcmp(c->told.message, err->message))
		report(say, REPORT_WARNING, "%s; trying again", err->message);
	error_release(&c->told);
	c->told = (struct error)ERROR_INIT;
	error_move(&c->told, err);
}

/* -1: interrupted. */
static int follow_to_end(struct client *c, const struct reporter *say)
{
	struct error err = ERROR_INIT;
	int ret = follow(c, 1, say, &err);
	int interrupted = interrupt_is_pending();

	if (!interrupted)
		FREE_AND_NULL(c->run.unread);
	if (!interrupted && ret < 0) {
		c->run.unread = xstrdup(err.message);
		report(say, REPORT_WARNING, "%s", err.message);
	}
	error_release(&err);
	return interrupted ? -1 : 0;
}

/* 1: it has ended, and is recorded; 0: not yet; -1. */
static int look_once(struct client *c, enum client_outcome *outcome,
		     const struct reporter *say, struct error *err)
{
	enum deploy_state state = DEPLOY_PENDING;
	struct buf text = BUF_INIT;
	char *id = xstrdup_or_null(c->run.id);
	struct error log = ERROR_INIT;
	int ret = engine_status(&c->engine, &state, &text, err);

	if (!ret && c->run.id && !id)
		ret = engine_run_write(&c->run, c->repo, c->env->name, err);
	if (ret < 0)
		goto out;
	if (state == DEPLOY_PENDING) {
		if (follow(c, 0, say, &log) < 0)
			tell_trouble(c, &log, say);
	} else if (follow_to_end(c, say) < 0) {
		/* Called away: whoever comes back reads the rest of it. */
		state = DEPLOY_PENDING;
	}
	if (state == DEPLOY_SUCCESS)
		ret = conclude_success(c, outcome, say, err);
	else if (state == DEPLOY_FAILURE)
		ret = conclude_failure(c, text.s, outcome, err);
	if (!ret)
		ret = state != DEPLOY_PENDING;
out:
	error_release(&log);
	free(id);
	buf_release(&text);
	return ret;
}

static void say_waiting(const struct client *c, long timeout,
			const struct reporter *say)
{
	struct buf span = BUF_INIT;

	time_add_span(&span, timeout);
	report(say, REPORT_NOTE, "Waiting for the deploy of %s, up to %s "
	       "(Ctrl-C leaves it running)", c->env->name, span.s);
	buf_release(&span);
}

/* The platform said when to come back, or how often we ask. */
static double pause_of(const struct client *c, double delay, double end)
{
	double now = time_monotonic(), pause = delay;

	if (c->engine.not_before > now + pause)
		pause = c->engine.not_before - now;
	return pause > end - now ? end - now : pause;
}

int client_wait(struct client *c, long timeout, enum client_outcome *outcome,
		const struct reporter *say, struct error *err)
{
	double end = time_monotonic() + (double)timeout, delay = POLL_MIN;
	int said = 0;

	*outcome = CLIENT_PENDING;
	if (c->run.stage == RUN_ABOUT)
		return unknown_begin(c, err);
	if (open_log(c, err) < 0)
		return -1;
	for (;;) {
		int ret = look_once(c, outcome, say, err);

		if (ret > 0)
			return 0;
		if (ret < 0 && (!c->engine.is_passing || !timeout))
			return -1;
		if (ret < 0)
			tell_trouble(c, err, say);
		if (time_monotonic() >= end || c->interrupted)
			return 0;
		if (!said++)
			say_waiting(c, timeout, say);
		if (interrupt_wait(pause_of(c, delay, end)))
			c->interrupted = 1;
		/* Not before it said, if that is too late for us. */
		if (c->engine.not_before > time_monotonic())
			return 0;
		delay = delay * 1.5 > POLL_MAX ? POLL_MAX : delay * 1.5;
	}
}

/* Nothing that went wrong here says that the deploy did. */
int client_unknown(const struct client *c, struct error *err)
{
	if (err->kind == ERROR_DEPLOY || err->kind == ERROR_PENDING)
		return -1;
	error_wrap(err, "%s: how the deploy goes cannot be told",
		   c->env->name);
	err->kind = ERROR_PENDING;
	err->changed = 1;
	return error_hint(err, "ask again with \"git upgrade push %s\"",
			  c->env->name);
}

/* Before and after */

static int other_under_way(struct client *c, const char *commit,
			   struct error *err)
{
	error_set(err, ERROR_REFUSED, "%s: the deploy of %.7s is under way, "
		  "and %.7s would meet it", c->env->name, c->commit, commit);
	return error_hint(err, "wait for its end with \"git upgrade verify "
			  "%s\"", c->env->name);
}

int client_settle(struct client *c, const char *commit,
		  const struct reporter *say, struct error *err)
{
	enum client_outcome outcome;

	if (!client_is_under_way(c) || are_same(c->run.commit, commit))
		return 0;
	if (c->run.stage == RUN_ABOUT) {
		report(say, REPORT_WARNING, "nobody knows whether the deploy "
		       "of %.7s was begun", c->commit);
		return client_set_stage(c, RUN_ENDED, err);
	}
	if (client_wait(c, 0, &outcome, say, err) < 0)
		return error_wrap(err, "%s: the deploy of %.7s, which was "
				  "begun before", c->env->name, c->commit);
	return outcome == CLIENT_PENDING ? other_under_way(c, commit, err) : 0;
}

int client_read_rest(struct client *c, const struct reporter *say,
		     struct error *err)
{
	if (open_log(c, err) < 0)
		return -1;
	follow_to_end(c, say);
	c->run.logged = deploy_log_size(&c->log);
	return engine_run_write(&c->run, c->repo, c->env->name, err);
}
