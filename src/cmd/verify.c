/*
 * git upgrade verify: check again what an environment runs, by whoever can:
 * its platform, or this clone where it is the host, or where an engine
 * deploys.  A host elsewhere nobody can ask; what it has published is told.
 */
#include "cmd/commands.h"
#include "cmd/deploy_view.h"
#include "cmd/health_view.h"
#include "cmd/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/client.h"
#include "flow/deploy.h"
#include "flow/destination.h"
#include "flow/trust.h"
#include "state/health.h"

struct verify_options {
	int json;
	const char *trust;
};

/* How it came out. */
struct finding {
	char *env;
	char *deployed, *release;	/* NULL: nothing, unknown */
	int verified;
	int down;			/* nothing serves */
	time_t at;			/* when, if not now; 0: now */
	char *detail;
	struct point_list points;
};

static const char *const synopsis[] = {
	"verify [--trust=<hash>] [--json] [<env>]", NULL
};

static const struct opt options[] = {
	OPTION_STRING(0, "trust", struct verify_options, trust, "hash",
		      "allow these commands of the configuration"),
	OPTION_FLAG(0, "json", struct verify_options, json,
		    "print the result as JSON"),
	OPTION_END
};

static void finding_release(struct finding *f)
{
	free(f->env);
	free(f->deployed);
	free(f->release);
	free(f->detail);
	point_list_release(&f->points);
}

static int same_commit(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static int ask_platform(struct cmd *cmd, struct destination *to,
			struct event_list *events)
{
	struct reporter say = cmd_reporter(cmd);
	char *json = xstrfmt("{\"nonce\":\"%.9f\"}\n", time_monotonic());
	int ret = -1;

	if (!destination_state(to, "deployed")) {
		error_set(&cmd->err, ERROR_REFUSED,
			  "nothing is deployed to %s yet", to->env);
		error_hint(&cmd->err, "deploy it with \"git upgrade push "
			   "%s\"", to->env);
		goto out;
	}
	if (request_send(&cmd->repo, to->remote, "verify", to->env, json,
			 &say, &cmd->err) < 0 ||
	    destination_refresh(to, &cmd->repo, &cmd->err) < 0 ||
	    destination_fetch_state(to, &cmd->repo, &cmd->err) < 0 ||
	    ledger_read(events, &cmd->repo, to->env, HEALTH_EVENTS,
			&cmd->err) < 0)
		goto out;
	ret = 0;
out:
	free(json);
	return ret;
}

static void take_evidence(struct finding *f, struct repo *r,
			  const struct product *product,
			  const struct destination *to,
			  struct event_list *events)
{
	const char *verified = destination_state(to, "verified");
	const char *deployed = destination_state(to, "deployed");

	f->env = xstrdup(to->env);
	f->deployed = xstrdup_or_null(deployed);
	f->verified = same_commit(deployed, verified);
	f->release = adopted_name_at(r, &product->releases, deployed);
	/* Locks come and go meanwhile. */
	for (size_t i = 0; i < events->nr; i++) {
		if (!event_is_ending(&events->v[i]))
			continue;
		f->detail = xstrdup_or_null(events->v[i].detail);
		point_list_move(&f->points, &events->v[i].points);
		break;
	}
}

static int says_nothing(const struct destination *to, struct error *err)
{
	struct buf name = BUF_INIT;

	if (!to->state_remote) {
		error_set(err, ERROR_REFUSED, "%s is deployed by its host, "
			  "and nobody says here how it does", to->env);
		error_hint(err, "on the host: \"git upgrade verify %s\"",
			   to->env);
		return error_hint(err, "to read it here, have it published: "
				  "there and here, \"git config "
				  "upgrade.stateRemote REMOTE\"");
	}
	buf_add_url(&name, to->state_remote);
	error_set(err, ERROR_PENDING, "the host of %s has published nothing "
		  "to '%s' yet", to->env, name.s);
	buf_release(&name);
	return error_hint(err, "on the host: \"git upgrade deploy %s\"; what "
			  "it says there is where to go on", to->env);
}

/* What was delivered after what is deployed there. */
static void warn_behind(struct cmd *cmd, const struct destination *to,
			const struct health *h)
{
	const char *tip = destination_tip(to);
	const char *failed = destination_state(to, "failed");
	const char *deployed = destination_state(to, "deployed");

	if (!tip || (deployed && !strcmp(tip, deployed)))
		return;
	if (failed && !strcmp(tip, failed))
		cmd_warn(cmd, "what was delivered since, %.7s, failed there%s"
			 "%s", tip, h->trouble ? ": " : "",
			 h->trouble ? h->trouble : "");
	else
		cmd_warn(cmd, "what was delivered since, %.7s, is not "
			 "deployed there yet", tip);
}

/* Of the newest event in which something ended for what is deployed. */
static void take_points(struct finding *f, struct event_list *events,
			const char *deployed)
{
	for (size_t i = 0; deployed && i < events->nr; i++) {
		struct event *e = &events->v[i];

		if (!event_is_ending(e) || !e->commit ||
		    strcmp(e->commit, deployed))
			continue;
		point_list_move(&f->points, &e->points);
		break;
	}
}

/* What a host published about itself. */
static int read_published(struct cmd *cmd, struct finding *f,
			  const struct product *product,
			  const struct destination *to)
{
	struct env_state state = ENV_STATE_INIT;
	struct event_list events = EVENT_LIST_INIT;
	struct health h = HEALTH_INIT;
	int ret = -1;

	if (!destination_state(to, "ledger"))
		return says_nothing(to, &cmd->err);
	if (env_state_read(&state, &cmd->repo, to->env, &cmd->err) < 0 ||
	    ledger_read(&events, &cmd->repo, to->env, HEALTH_EVENTS,
			&cmd->err) < 0)
		goto out;
	health_judge(&h, &state, &events);
	take_points(f, &events, state.deployed);
	f->env = xstrdup(to->env);
	f->deployed = xstrdup_or_null(state.deployed);
	f->release = adopted_name_at(&cmd->repo, &product->releases,
				     state.deployed);
	f->verified = h.kind == HEALTH_GOOD;
	f->down = h.kind == HEALTH_DOWN;
	f->at = f->verified ? h.verified_at : h.trouble_at;
	f->detail = xstrdup_or_null(f->verified ? NULL : h.trouble);
	if (!f->down)
		warn_behind(cmd, to, &h);
	ret = 0;
out:
	env_state_release(&state);
	event_list_release(&events);
	health_release(&h);
	return ret;
}

/* What was begun here has to end first; it is verified as it does. */
static int look_by_engine(struct cmd *cmd, struct client *c)
{
	struct reporter say = cmd_reporter(cmd);
	enum client_outcome outcome = CLIENT_PENDING;
	const char *env = c->env->name;

	if (!client_is_under_way(c))
		return client_verify(c, &say, &cmd->err);
	if (client_wait(c, 0, &outcome, &say, &cmd->err) < 0)
		return client_unknown(c, &cmd->err);
	if (outcome != CLIENT_PENDING)
		return 0;
	error_set(&cmd->err, ERROR_PENDING, "%s: the deploy of %.7s has not "
		  "ended yet", env, c->commit);
	return error_hint(&cmd->err, "wait for it with \"git upgrade push "
			  "%s\"", env);
}

static int failed_by_engine(struct cmd *cmd, const struct client *c,
			    const struct destination *to)
{
	if (!same_commit(destination_state(to, "failed"), c->commit))
		return 0;
	error_set(&cmd->err, ERROR_DEPLOY, "%s: the deploy of %.7s failed: "
		  "%s", to->env, c->commit, c->detail ? c->detail : "unknown");
	cmd->err.changed = 1;
	return error_hint(&cmd->err, "what happened: git upgrade log %s",
			  to->env);
}

static int verify_by_engine(struct cmd *cmd, struct finding *f,
			    const struct product *product,
			    struct destination *to, const char *trust)
{
	struct client c = CLIENT_INIT;
	const char *verified, *deployed;
	int ret = -1;

	if (client_open(&c, &cmd->repo, product, to, trust, &cmd->err) < 0 ||
	    look_by_engine(cmd, &c) < 0 || failed_by_engine(cmd, &c, to) < 0)
		goto out;
	if (to->unpublished)
		cmd_warn(cmd, "what happened to %s is not published, and "
			 "known only here: %s", to->env, to->unpublished);
	verified = destination_state(to, "verified");
	deployed = destination_state(to, "deployed");
	f->env = xstrdup(to->env);
	f->deployed = xstrdup_or_null(deployed);
	f->release = adopted_name_at(&cmd->repo, &product->releases, deployed);
	f->verified = same_commit(deployed, verified);
	f->detail = xstrdup_or_null(c.detail);
	point_list_move(&f->points, &c.verification.points);
	ret = 0;
out:
	client_release(&c);
	return ret;
}

static int verify_there(struct cmd *cmd, struct finding *f,
			struct product *product, const char *env,
			const char *trust)
{
	struct destination to = DESTINATION_INIT;
	struct event_list events = EVENT_LIST_INIT;
	int ret = -1;

	if (destination_find(&to, &cmd->repo, product, env, &cmd->err) < 0)
		goto out;
	if (to.is_pulled) {
		ret = read_published(cmd, f, product, &to);
		goto out;
	}
	if (to.is_driven) {
		ret = verify_by_engine(cmd, f, product, &to, trust);
		goto out;
	}
	if (!to.is_platform) {
		error_set(&cmd->err, ERROR_REFUSED, "'%s' is no platform of "
			  "git upgrade: nothing there can be verified",
			  to.remote);
		goto out;
	}
	if (ask_platform(cmd, &to, &events) < 0)
		goto out;
	take_evidence(f, &cmd->repo, product, &to, &events);
	ret = 0;
out:
	event_list_release(&events);
	destination_release(&to);
	return ret;
}

/* The checks are in the work tree, and that may have gone on. */
static void warn_moved(struct cmd *cmd, const struct host_deploy *h)
{
	if (!strcmp(h->commit, h->before.deployed))
		return;
	cmd_warn(cmd, "the work tree is at %.7s, which is not what is "
		 "deployed", h->commit);
	cmd_hint(cmd, "Verify", "deploy it with \"git upgrade deploy %s\"",
		 h->env->name);
}

static void publish(struct cmd *cmd, struct host_deploy *h)
{
	struct error err = ERROR_INIT;

	if (host_publish(h, &err) < 0)
		deploy_warn(cmd, &err);
	error_release(&err);
}

static int verify_here(struct cmd *cmd, struct finding *f, const char *env,
		       const char *trust)
{
	struct host_deploy h = HOST_DEPLOY_INIT;
	struct verification v = VERIFICATION_INIT;
	int ret = -1;

	if (host_open(&h, &cmd->repo, env, &cmd->err) < 0 ||
	    trust_demand_profile(&cmd->repo, &h.platform.profile,
				 h.product.tree, trust, &cmd->err) < 0 ||
	    host_verify(&h, &v, &cmd->err) < 0)
		goto out;
	cmd_say(cmd, "  %-10s %s", "verify", v.summary.s);
	publish(cmd, &h);
	warn_moved(cmd, &h);
	f->env = xstrdup(h.env->name);
	f->deployed = xstrdup(h.before.deployed);
	f->release = xstrdup_or_null(h.release);
	f->verified = v.ok;
	f->detail = xstrdup(v.ok ? v.summary.s : v.reason.s);
	point_list_move(&f->points, &v.points);
	ret = 0;
out:
	verification_release(&v);
	host_release(&h);
	return ret;
}

static void print_json(struct cmd *cmd, const struct finding *f)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT, when = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "environment", f->env);
	json_string(j, "deployed", f->deployed);
	json_string(j, "release", f->release);
	json_bool(j, "verified", f->verified);
	json_bool(j, "down", f->down);
	if (f->at)
		time_add_rfc3339(&when, f->at);
	json_string(j, "published_at", f->at ? when.s : NULL);
	json_string(j, "detail", f->detail);
	points_json(&f->points, j, "points");
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
	buf_release(&when);
}

/* Of what was not looked at now: ", as its host said 2h ago" */
static char *when_said(const struct finding *f)
{
	struct buf b = BUF_INIT;

	if (f->at) {
		buf_adds(&b, ", as its host said ");
		time_add_span(&b, time(NULL) - f->at);
		buf_adds(&b, " ago");
	}
	return buf_detach(&b);
}

static int tell(struct cmd *cmd, const struct finding *f)
{
	char *what = commit_view(f->release, f->deployed);
	char *when = when_said(f);

	if (f->verified) {
		cmd_say(cmd, "%s: %s is verified%s.", f->env, what, when);
	} else {
		error_set(&cmd->err, ERROR_DEPLOY, f->down ?
			  "%s: %s was deployed, and nothing serves now%s%s%s" :
			  "%s: %s is deployed, but not verified%s%s%s", f->env,
			  what, when, f->detail ? ": " : "",
			  f->detail ? f->detail : "");
		cmd->err.changed = 1;
		error_hint(&cmd->err, "what happened: git upgrade log %s",
			   f->env);
	}
	free(what);
	free(when);
	return f->verified ? EXIT_OK : -1;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct verify_options *o = opts;
	struct product product = PRODUCT_INIT;
	struct finding f = { .env = NULL };
	const char *name = argc ? argv[0] : NULL;
	const struct environment *own;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (product_open_warning(cmd, &product) < 0)
		goto out;
	own = host_environment(&cmd->repo, &product, name);
	if ((own ? verify_here(cmd, &f, own->name, o->trust) :
		   verify_there(cmd, &f, &product, name, o->trust)) < 0)
		goto out;
	if (o->json)
		print_json(cmd, &f);
	ret = tell(cmd, &f);
out:
	finding_release(&f);
	product_release(&product);
	return ret;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "check again what an environment runs",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct verify_options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
