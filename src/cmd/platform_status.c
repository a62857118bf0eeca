/*
 * git upgrade platform status, git upgrade platform repair: how a platform
 * does, and what puts it right.
 */
#include "cmd/commands.h"
#include "cmd/lock_view.h"

#include "base/mem.h"
#include "deploy/lock.h"
#include "deploy/platform.h"
#include "deploy/removing.h"
#include "deploy/repair.h"
#include "doc/json.h"
#include "state/ledger.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>

struct status_options {
	int json;
};

static const struct opt status_options[] = {
	OPTION_FLAG(0, "json", struct status_options, json,
		    "for programs"),
	OPTION_END
};

struct env_report {
	const struct environment *env;
	struct env_state state;
	char *tip, *deployed, *verified, *failed;	/* the last 3: names */
	char *deploy_to;
	struct env_lock lock;
	int locked;
	struct env_hold held;
	int busy;
	int removing;
};

static char *name_of(struct platform *p, const char *commit)
{
	char *release;

	if (!commit)
		return NULL;
	release = platform_release_of(p, commit);
	return release ? release : xstrfmt("%.7s", commit);
}

static int report_read(struct env_report *r, struct platform *p,
		       const struct environment *env, struct error *err)
{
	r->env = env;
	if (env_state_read(&r->state, &p->repo, env->name, err) < 0)
		return -1;
	r->tip = platform_tip(p, env);
	r->deployed = name_of(p, r->state.deployed);
	r->verified = name_of(p, r->state.verified);
	r->failed = name_of(p, r->state.failed);
	r->deploy_to = platform_deploy_to(p, env);
	r->busy = worker_lock_is_held(&p->repo, env->name);
	r->removing = removing_is(&p->repo, env->name);
	r->locked = env_lock_read(&r->lock, &p->repo, env->name, err);
	if (r->locked < 0 ||
	    env_hold_read(&r->held, &p->repo, env->name, err) < 0)
		return -1;
	return 0;
}

static void report_release(struct env_report *r)
{
	env_state_release(&r->state);
	env_lock_release(&r->lock);
	env_hold_release(&r->held);
	free(r->tip);
	free(r->deployed);
	free(r->verified);
	free(r->failed);
	free(r->deploy_to);
}

static const char *doing(const struct env_report *r)
{
	if (r->removing)
		return "being removed";
	if (r->busy)
		return "deploying";
	if (!r->tip)
		return "nothing pushed yet";
	if (r->state.deployed && !strcmp(r->tip, r->state.deployed))
		return "up to date";
	if (r->state.failed && !strcmp(r->tip, r->state.failed))
		return "failed";
	return "not deployed yet";
}

static void status_text(const struct env_report *r, struct buf *out)
{
	buf_addf(out, "%-14s %-10s %-10s %s\n", r->env->name,
		 r->deployed ? r->deployed : "-",
		 r->verified ? r->verified : "-", doing(r));
	if (r->failed)
		buf_addf(out, "  failed       %s\n", r->failed);
	buf_addf(out, "  branch       %s (%.7s)\n", r->env->branch,
		 r->tip ? r->tip : "none");
	buf_addf(out, "  deploys to   %s\n", r->deploy_to);
	if (r->locked) {
		buf_adds(out, "  locked       ");
		env_lock_add(out, &r->lock);
		buf_addc(out, '\n');
	}
	if (r->held.oid) {
		buf_adds(out, "  held         ");
		env_hold_add(out, &r->held);
		buf_addc(out, '\n');
	}
}

static void status_json(const struct env_report *r, struct json *j)
{
	json_object(j, NULL);
	json_string(j, "name", r->env->name);
	json_string(j, "branch", r->env->branch);
	json_string(j, "deploy_to", r->deploy_to);
	json_string(j, "commit", r->tip);
	json_string(j, "deployed", r->state.deployed);
	json_string(j, "deployed_release", r->deployed);
	json_string(j, "verified", r->state.verified);
	json_string(j, "failed", r->state.failed);
	json_string(j, "state", doing(r));
	lock_view_json(j, r->locked ? &r->lock : NULL, -1);
	hold_view_json(j, &r->held);
	json_end(j);
}

/* A lock that stays keeps out every push to its branch. */
static void warn_of_locks(struct cmd *cmd, struct platform *p)
{
	struct strvec names = STRVEC_INIT;
	int busy = platform_stale_locks(p, &names);

	for (size_t i = 0; i < names.nr; i++)
		cmd_warn(cmd, "%s is in the way of pushes; %s", names.v[i],
			 busy ? "a git that works here may hold it" :
			 "a git that was killed has left it");
	if (names.nr)
		cmd_hint(cmd, "Platform", "the next push removes it%s, and so "
			 "does \"git upgrade platform repair %s\"",
			 busy ? ", when that git is done" : "",
			 p->repo.git_dir);
	strvec_release(&names);
}

/* The table and, where a worker should be at work and is not, what to do. */
static int show_status(struct cmd *cmd, struct platform *p, int as_json)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;
	int ret = 0, stuck = 0;

	json_object(j, NULL);
	json_list(j, "environments");
	buf_addf(&out, "%-14s %-10s %-10s\n", "ENVIRONMENT", "DEPLOYED",
		 "VERIFIED");
	for (size_t i = 0; !ret && i < p->profile.nr_environments; i++) {
		struct env_report r = { .state = ENV_STATE_INIT,
					.lock = ENV_LOCK_INIT,
					.held = ENV_HOLD_INIT };

		ret = report_read(&r, p, &p->profile.environments[i],
				  &cmd->err);
		if (!ret) {
			status_text(&r, &out);
			status_json(&r, j);
			stuck |= !strcmp(doing(&r), "not deployed yet");
		}
		report_release(&r);
	}
	json_end(j);
	json_end(j);
	if (as_json) {
		buf_reset(&out);
		json_write(j, &out, JSON_INDENT);
	}
	if (!ret)
		cmd_print(cmd, &out);
	if (!ret && stuck)
		cmd_hint(cmd, "Platform", "nobody is at work; go on with "
			 "\"git upgrade platform repair %s\"",
			 p->repo.git_dir);
	json_free(j);
	buf_release(&out);
	return ret;
}

/* Whoever began that was killed, or a step has failed. */
static void hint_removals(struct cmd *cmd, const struct platform *p)
{
	struct strvec names = STRVEC_INIT;

	removing_list(&p->repo, &names);
	for (size_t i = 0; i < names.nr; i++)
		cmd_hint(cmd, "Platform", "%s is being removed; end that with "
			 "\"git upgrade platform remove --env=%s %s\"",
			 names.v[i], names.v[i], p->repo.git_dir);
	strvec_release(&names);
}

/* Environments written into the configuration that git knows nothing of. */
static int warn_unguarded(struct cmd *cmd, struct platform *p)
{
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];
		int guarded = platform_is_guarded(p, env, &cmd->err);

		if (guarded < 0)
			return -1;
		if (guarded)
			continue;
		cmd_warn(cmd, "the gate does not guard branch '%s' of "
			 "environment %s yet; nothing there is deployed",
			 env->branch, env->name);
		cmd_hint(cmd, "Platform", "bring the platform up to date: "
			 "git upgrade platform init %s", p->repo.git_dir);
	}
	return 0;
}

static int warn_bypasses(struct cmd *cmd, struct platform *p)
{
	struct strvec refs = STRVEC_INIT;
	int ret = platform_bypasses(p, &refs, &cmd->err);

	for (size_t i = 0; i < refs.nr; i++) {
		cmd_warn(cmd, "%s is a symbolic ref onto an environment's "
			 "branch: pushes to it pass the gate by", refs.v[i]);
		cmd_hint(cmd, "Platform", "remove it: git -C %s symbolic-ref "
			 "--delete %s", p->repo.git_dir, refs.v[i]);
	}
	strvec_release(&refs);
	return ret;
}

static int run_status(struct cmd *cmd, void *options, int argc, char **argv)
{
	struct status_options *o = options;
	struct platform p = PLATFORM_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (!platform_open(&p, argc ? argv[0] : ".", &cmd->err) &&
	    !platform_read_releases(&p, &cmd->err) &&
	    !show_status(cmd, &p, o->json) && !warn_unguarded(cmd, &p)) {
		warn_of_locks(cmd, &p);
		hint_removals(cmd, &p);
		ret = warn_bypasses(cmd, &p);
	}
	platform_release(&p);
	return ret;
}

static const char *const status_synopsis[] = {
	"platform status [--json] [<dir>]", NULL
};

const struct command cmd_platform_status = {
	.name = "platform status",
	.summary = "what a platform's environments run",
	.synopsis = status_synopsis,
	.options = status_options,
	.options_size = sizeof(struct status_options),
	.run = run_status,
};

static int run_repair(struct cmd *cmd, void *options, int argc, char **argv)
{
	struct reporter say = cmd_reporter(cmd);
	struct platform p = PLATFORM_INIT;
	int ret = -1;

	(void)options;
	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (!platform_open(&p, argc ? argv[0] : ".", &cmd->err) &&
	    !platform_read_releases(&p, &cmd->err) &&
	    !platform_repair(&p, &say, &cmd->err) &&
	    !show_status(cmd, &p, 0))
		ret = warn_bypasses(cmd, &p);
	platform_release(&p);
	return ret;
}

static const char *const repair_synopsis[] = {
	"platform repair [<dir>]", NULL
};

const struct command cmd_platform_repair = {
	.name = "platform repair",
	.summary = "clean up after a crash and deploy what is left to deploy",
	.synopsis = repair_synopsis,
	.needs = CHANGES,
	.run = run_repair,
};
