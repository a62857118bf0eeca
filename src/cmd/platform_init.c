/*
 * git upgrade platform init: a bare repository that deploys what is pushed to
 * it.
 */
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"
#include "deploy/platform.h"
#include "deploy/setup.h"
#include "flow/trust.h"
#include "git/ref.h"
#include "model/product.h"
#include "model/profile_write.h"

#include <errno.h>
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

/*
 * An absolute path of something that need not exist yet, nor the folders it is
 * to be in; free().
 */
static char *absolute(const char *path, struct error *err)
{
	char *given = xstrdup(path), *result, *dir, *top = NULL;
	size_t len = strlen(given);
	const char *name;

	while (len > 1 && given[len - 1] == '/')
		given[--len] = '\0';
	result = realpath(given, NULL);
	name = path_base(given);
	if (result || !len || errno != ENOENT || !strcmp(name, "..")) {
		if (!result)
			error_errno(err, "'%s'", given);
	} else {
		dir = path_dir(given);
		top = absolute(dir, err);
		result = top ? path_join(top, name) : NULL;
		free(dir);
	}
	free(top);
	free(given);
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
