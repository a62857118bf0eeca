/*
 * git upgrade platform: a bare repository that deploys what is pushed to it.
 */
#include "cmd/commands.h"
#include "cmd/lock_view.h"
#include "cmd/upstream.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"
#include "deploy/lock.h"
#include "deploy/platform.h"
#include "deploy/repair.h"
#include "deploy/setup.h"
#include "doc/json.h"
#include "flow/trust.h"
#include "git/ref.h"
#include "model/product.h"
#include "model/profile_write.h"
#include "state/ledger.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>

struct init_options {
	struct strvec env;
	const char *deploy_to, *running, *profile, *trust;
	int dry_run;
};

static const struct opt init_options[] = {
	OPTION_LIST(0, "env", struct init_options, env, "name[=branch]",
		    "an environment (default: those of the clone)"),
	OPTION_STRING(0, "deploy-to", struct init_options, deploy_to, "path",
		      "where releases live (default: beside <dir>)"),
	OPTION_STRING(0, "running", struct init_options, running, "release",
		      "what the installation runs already"),
	OPTION_STRING(0, "profile", struct init_options, profile,
		      "name|file", "the product's profile"),
	OPTION_STRING(0, "trust", struct init_options, trust, "hash",
		      "allow these commands of the configuration"),
	OPTION_FLAG('n', "dry-run", struct init_options, dry_run,
		    "show what would be made"),
	OPTION_END
};

/* An absolute path of something that need not exist yet; free(). */
static char *absolute(const char *path, struct error *err)
{
	char *given = xstrdup(path), *dir = NULL, *real, *result = NULL;
	size_t len = strlen(given);

	while (len > 1 && given[len - 1] == '/')
		given[--len] = '\0';
	result = realpath(given, NULL);
	dir = path_dir(given);
	if (!result && len) {
		/* At least the folder it will be in must be told. */
		real = realpath(dir, NULL);
		if (!real && *dir == '/')
			real = xstrdup(dir);
		if (real)
			result = path_join(real, path_base(given));
		else
			error_errno(err, "'%s'", dir);
		free(real);
	}
	free(given);
	free(dir);
	return result;
}

static int is_file_name(const char *profile)
{
	return strchr(profile, '/') || ends_with(profile, ".yaml") ||
	       ends_with(profile, ".yml");
}

/*
 * What the clone knows beyond an embedded profile goes along, as the platform
 * reads no tree.  It will run the commands in it, so they must be trusted.
 */
static int copy_profile(struct platform_setup *s, struct cmd *cmd,
			const struct product *pr, const char *trust)
{
	struct buf text = BUF_INIT;

	int is_embedded = profile_is_embedded(&pr->profile), says = 0;

	s->profile = xstrdup(pr->profile.name);
	for (size_t i = 0; s->known && i < s->nr; i++)
		says |= profile_says_of_environment(s->known,
						    s->environments[i].name);
	/* What is there already keeps its own. */
	if (s->exists || (is_embedded && !says))
		return 0;
	if (trust_demand_profile(&cmd->repo, &pr->profile, pr->tree, trust,
				 &cmd->err) < 0)
		return -1;
	if (is_embedded)
		return 0;
	profile_write(&text, &pr->profile, s->upstream);
	s->profile_text = buf_detach(&text);
	return 0;
}

/* A file becomes the platform's own, word for word. */
static int read_file(struct platform_setup *s, const char *path,
		     struct profile *p, struct error *err)
{
	struct buf text = BUF_INIT;
	int ret = file_read(path, &text, err);

	if (!ret)
		ret = profile_parse(p, path, text.s, text.len, err);
	if (ret < 0) {
		buf_release(&text);
		return -1;
	}
	s->profile_text = buf_detach(&text);
	return 0;
}

static int choose_profile(struct platform_setup *s, struct cmd *cmd,
			  const struct init_options *o,
			  const struct product *pr)
{
	if (s->profile_text)
		return 0;
	if (!o->profile && pr)
		return copy_profile(s, cmd, pr, o->trust);
	s->profile = xstrdup(o->profile ? o->profile : "generic");
	return 0;
}

/* Those that are described, and that no other program deploys. */
static int add_described(struct platform_setup *s, const struct profile *p,
			 size_t nr, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < nr; i++) {
		const struct environment *env = &p->environments[i];
		char *text = xstrfmt("%s=%s", env->name, env->branch);

		if (env->deploy == DEPLOY_BY_HOOKS)
			ret = platform_setup_add(s, text, err);
		free(text);
	}
	return ret;
}

/* What the file says of them holds. */
static int add_of_file(struct platform_setup *s, struct cmd *cmd,
		       const struct init_options *o)
{
	const char *other = o->env.nr ? "--env" :
			    o->deploy_to ? "--deploy-to" : NULL;

	if (!other)
		return add_described(s, s->known, s->known->nr_environments,
				     &cmd->err);
	error_set(&cmd->err, ERROR_USAGE, "'%s' says which environments the "
		  "platform has, and so does %s", o->profile, other);
	return error_hint(&cmd->err, "leave %s away, or take \"environments\" "
			  "out of the file", other);
}

static int add_branch(struct platform_setup *s, struct cmd *cmd, int in_clone)
{
	char *branch = in_clone ? head_branch(&cmd->repo) : NULL;
	int ret;

	if (branch) {
		ret = platform_setup_add(s, branch, &cmd->err);
	} else {
		ret = error_set(&cmd->err, ERROR_USAGE,
				"no branch is checked out here: which "
				"environment shall the platform have?");
		error_hint(&cmd->err, "name it: --env production, or --env "
			   "NAME=BRANCH");
	}
	free(branch);
	return ret;
}

static int choose_environments(struct platform_setup *s, struct cmd *cmd,
			       const struct init_options *o,
			       const struct product *pr)
{
	int ret = 0;

	if (s->profile_text && s->known)
		return add_of_file(s, cmd, o);
	for (size_t i = 0; !ret && i < o->env.nr; i++)
		ret = platform_setup_add(s, o->env.v[i], &cmd->err);
	if (!ret && !s->nr && pr)
		ret = add_described(s, &pr->profile, pr->nr_configured,
				    &cmd->err);
	return ret || s->nr ? ret : add_branch(s, cmd, pr != NULL);
}

static void say_environment(struct cmd *cmd, const struct environment *env)
{
	cmd_say(cmd, "  %-12s %s: branch %s, deploys to %s", "environment",
		env->name, env->branch, env->deploy_to);
	if (env->promotes_from)
		cmd_say(cmd, "  %-12s %s promotes from %s, %zu own path%s", "",
			env->name, env->promotes_from, env->own.nr,
			env->own.nr == 1 ? "" : "s");
}

static void show_setup(struct cmd *cmd, const struct platform_setup *s)
{
	struct buf upstream = BUF_INIT;

	if (s->profile && s->profile_text)
		cmd_say(cmd, "  %-12s %s, as it is configured here", "profile",
			s->profile);
	else
		cmd_say(cmd, "  %-12s %s", "profile", s->profile ? s->profile :
			"its own (info/gitupgrade.yaml)");
	if (s->upstream)
		redact_add(&upstream, s->upstream, strlen(s->upstream));
	cmd_say(cmd, "  %-12s %s", "upstream", s->upstream ? upstream.s :
		"unknown: releases cannot be looked up");
	cmd_say(cmd, "  %-12s %zu known", "releases",
		s->releases ? s->releases->nr : 0);
	for (size_t i = 0; i < s->nr; i++)
		say_environment(cmd, &s->environments[i]);
	buf_release(&upstream);
}

/* What to type next, in the clone or anywhere. */
static void show_next(struct cmd *cmd, const struct platform_setup *s,
		      int in_clone)
{
	cmd_hint(cmd, "Platform", "its configuration: %s/%s", s->dir,
		 PLATFORM_CONFIG);
	cmd_hint(cmd, "Platform", in_clone ? "deploy to it with" :
		 "deploy to it from a clone with");
	cmd_hint(cmd, "Platform", "  git remote add platform %s", s->dir);
	cmd_hint(cmd, "Platform", "  git config remote.pushDefault platform");
	cmd_hint(cmd, "Platform", "  git upgrade push");
}

static int init_or_show(struct cmd *cmd, struct init_options *o,
			struct platform_setup *s, int in_clone)
{
	struct reporter say = cmd_reporter(cmd);
	struct buf config = BUF_INIT, shown = BUF_INIT;

	if (o->dry_run && !s->exists) {
		cmd_say(cmd, "Would make the platform %s", s->dir);
		show_setup(cmd, s);
		platform_setup_config(s, &config);
		redact_add(&shown, config.s, config.len);
		cmd_print(cmd, &shown);
		buf_release(&config);
		buf_release(&shown);
		return EXIT_OK;
	}
	if (o->dry_run) {
		cmd_say(cmd, "%s is a platform already; its hooks and "
			"configuration would be brought up to date", s->dir);
		return EXIT_OK;
	}
	if (platform_setup_run(s, &say, &cmd->err) < 0) {
		cmd->err.changed = dir_exists(s->dir);
		return -1;
	}
	if (s->exists) {
		cmd_say(cmd, "%s is a platform already; its hooks and "
			"configuration are up to date", s->dir);
		if (o->env.nr || o->deploy_to || o->profile)
			cmd_warn(cmd, "environments and profile of an "
				 "existing platform are changed in %s/%s",
				 s->dir, PLATFORM_CONFIG);
		return EXIT_OK;
	}
	cmd_say(cmd, "Made the platform %s", s->dir);
	show_setup(cmd, s);
	show_next(cmd, s, in_clone);
	return EXIT_OK;
}

static int run_init(struct cmd *cmd, void *options, int argc, char **argv)
{
	struct init_options *o = options;
	struct platform_setup s = PLATFORM_SETUP_INIT;
	struct product pr = PRODUCT_INIT;
	struct profile own = PROFILE_INIT;
	struct error no_clone = ERROR_INIT;
	char *to = NULL;
	int in_clone, ret = -1;

	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	s.dir = absolute(argv[0], &cmd->err);
	s.running = o->running;
	in_clone = !repo_open(&cmd->repo, NULL, &no_clone);
	if (!s.dir || (in_clone && product_open_warning(cmd, &pr) < 0))
		goto out;
	if (o->profile && is_file_name(o->profile) &&
	    read_file(&s, o->profile, &own, &cmd->err) < 0)
		goto out;
	if (in_clone) {
		s.clone = &cmd->repo;
		s.releases = &pr.releases;
		s.upstream = xstrdup_or_null(pr.upstream_url);
		/* Who names a profile wants that, and nothing besides. */
		s.known = o->profile ? NULL : &pr.profile;
	}
	if (own.nr_environments)
		s.known = &own;
	if (o->deploy_to)
		to = absolute(o->deploy_to, &cmd->err);
	if (platform_setup_check(&s, &cmd->err) < 0 ||
	    choose_environments(&s, cmd, o, in_clone ? &pr : NULL) < 0 ||
	    choose_profile(&s, cmd, o, in_clone ? &pr : NULL) < 0 ||
	    (o->deploy_to && !to))
		goto out;
	platform_setup_deploy_to(&s, to);
	if (in_clone || own.nr_environments)
		platform_setup_promotions(&s, own.nr_environments ? &own :
					      &pr.profile);
	ret = init_or_show(cmd, o, &s, in_clone);
out:
	error_release(&no_clone);
	platform_setup_release(&s);
	product_release(&pr);
	profile_release(&own);
	free(to);
	return ret;
}

static const char *const init_synopsis[] = {
	"platform init [<options>] <dir>", NULL
};

const struct command cmd_platform_init = {
	.name = "platform init",
	.summary = "make a repository that deploys what is pushed to it",
	.synopsis = init_synopsis,
	.options = init_options,
	.options_size = sizeof(struct init_options),
	.needs = CHANGES,
	.run = run_init,
};

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
