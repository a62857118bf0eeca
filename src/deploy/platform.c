#include "deploy/platform.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/place.h"
#include "git/fetch.h"
#include "git/object.h"
#include "git/ref.h"
#include "model/adopted.h"

#include <stdlib.h>
#include <string.h>

static int not_ours(const char *dir, struct error *err)
{
	error_set(err, ERROR_REFUSED, "'%s' is no platform", dir);
	error_hint(err, "name the folder of its repository, on the server: "
		   "/srv/shop.git, say");
	return error_hint(err, "or make one with \"git upgrade platform init "
			  "%s\"", dir);
}

/* People write folders with and without a '/' at the end. */
static void trim_place(struct environment *env)
{
	size_t len = env->deploy_to ? strlen(env->deploy_to) : 0;

	while (len > 1 && env->deploy_to[len - 1] == '/')
		env->deploy_to[--len] = '\0';
}

/* As it would be without links, as far as it is there; free(). */
static char *real_folder(const char *path)
{
	char *real = realpath(path, NULL), *dir, *parent;
	const char *name = path_base(path);

	if (real || strlen(path) <= 1)
		return real ? real : xstrdup(path);
	dir = path_dir(path);
	parent = real_folder(dir);
	real = *name && strcmp(name, ".") ? path_join(parent, name) :
					    xstrdup(parent);
	free(dir);
	free(parent);
	return real;
}

/* Two environments in one folder would switch each other off. */
static int check_places(struct platform *p, struct error *err)
{
	struct profile *profile = &p->profile;
	struct strvec tops = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; !ret && i < profile->nr_environments; i++) {
		struct environment *env = &profile->environments[i];
		char *top;

		trim_place(env);
		top = platform_deploy_to(p, env);
		strvec_push_nodup(&tops, real_folder(top));
		free(top);
		for (size_t k = 0; !ret && k < i; k++)
			if (!strcmp(tops.v[k], tops.v[i]))
				ret = error_set(err, ERROR_REFUSED,
						"environments %s and %s "
						"deploy to the same folder "
						"(%s)",
						profile->environments[k].name,
						env->name, profile->origin);
	}
	strvec_release(&tops);
	return ret;
}

/* What is pushed here is deployed here. */
static int check_drivers(const struct platform *p, struct error *err)
{
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];

		if (env->deploy == DEPLOY_BY_HOOKS)
			continue;
		error_set(err, ERROR_REFUSED, "environment %s says 'deploy: "
			  "%s', and a platform deploys what is pushed to it "
			  "(%s)", env->name, deploy_driver_name(env->deploy),
			  p->profile.origin);
		return error_hint(err, env->deploy == DEPLOY_BY_PULL ?
				  "take that line out; a host that pulls "
				  "needs no platform, see git-upgrade(1)" :
				  "take that line out; what deploys needs no "
				  "platform of ours, see git-upgrade(1)");
	}
	return 0;
}

int platform_open(struct platform *p, const char *dir, struct error *err)
{
	char *config = NULL;
	int ret = -1;

	if (!dir_exists(dir))
		return not_ours(dir, err);
	if (repo_open(&p->repo, dir, err) < 0)
		return -1;
	strvec_push(&p->repo.env, "GIT_NO_REPLACE_OBJECTS=1");
	p->place = &place_releases;
	config = repo_path(&p->repo, PLATFORM_CONFIG);
	p->path = repo_config(&p->repo, "upgradeplatform.path");
	p->home = repo_config(&p->repo, "upgradeplatform.home");
	if (!p->path || !file_exists(config)) {
		not_ours(dir, err);
		goto out;
	}
	ret = profile_load_file(&p->profile, config, err);
	if (!ret)
		ret = check_places(p, err);
	if (!ret)
		ret = check_drivers(p, err);
out:
	free(config);
	return ret;
}

void platform_release(struct platform *p)
{
	release_list_release(&p->releases);
	profile_release(&p->profile);
	repo_release(&p->repo);
	free(p->path);
	free(p->home);
	free(p->state_remote);
	*p = (struct platform)PLATFORM_INIT;
}

int platform_reload(struct platform *p, struct error *err)
{
	struct platform now = PLATFORM_INIT;

	if (platform_open(&now, p->repo.git_dir, err) < 0 ||
	    platform_read_releases(&now, err) < 0) {
		platform_release(&now);
		return -1;
	}
	platform_release(p);
	*p = now;
	return 0;
}

/*
 * A clone that was never asked to fetch reads its tags.  Here anybody who may
 * push can push a tag: without a list of our own there is none.
 */
int platform_read_releases(struct platform *p, struct error *err)
{
	release_list_release(&p->releases);
	return release_list_read(&p->releases, &p->repo, &p->profile, NULL,
				 err);
}

/* A branch goes on, and the list may be behind. */
static int is_behind(struct platform *p, const struct release *known,
		     const char *commit)
{
	struct error ignored = ERROR_INIT;
	int has = 1;

	if (p->releases.source == RELEASES_ARE_BRANCHES && commit &&
	    known->commit)
		has = commit_contains(&p->repo, known->commit, commit,
				      &ignored);
	error_release(&ignored);
	return has <= 0;
}

/* Only the platform's owner can know whether that is meant to be. */
static int refuse_rewritten(const struct platform *p,
			    const struct release *known, struct error *err)
{
	struct buf url = BUF_INIT;

	error_release(err);
	buf_add_url(&url, p->profile.upstream);
	error_set(err, ERROR_REFUSED, "upstream rewrote the branch of release "
		  "%s, which is %.7s here: it is not followed", known->name,
		  known->commit);
	error_hint(err, "if that is meant to be, say so on the server:");
	error_hint(err, "  git -C %s fetch %s +refs/heads/%s:%s",
		   p->repo.git_dir, url.s, known->name, known->ref);
	buf_release(&url);
	return -1;
}

int platform_look_up(struct platform *p, const char *release,
		     const char *commit, struct error *err)
{
	const struct release *known = release_find(&p->releases, release);
	struct proc git = PROC_INIT;
	int ret, status;

	if (known && (!is_behind(p, known, commit) || !p->profile.upstream))
		return 1;
	if (!p->profile.upstream)
		return error_set(err, ERROR_FATAL,
				 "release %s is not in the release list, and "
				 PLATFORM_CONFIG " names no upstream to ask",
				 release);
	if (git_try(&p->repo, NULL, err, "check-ref-format",
		    "--allow-onelevel", release, NULL))
		return 0;
	git_proc(&git, &p->repo, "fetch", "--quiet", "--no-tags",
		 "--no-write-fetch-head", "--no-auto-gc", "--end-of-options",
		 NULL);
	strvec_push(&git.argv, remote_argument(&git, &p->repo,
					       p->profile.upstream));
	strvec_pushf(&git.argv, "refs/%s/%s:" RELEASE_REFS "%s",
		     p->profile.source == RELEASES_ARE_BRANCHES ? "heads" :
		     "tags", release, release);
	strvec_push(&git.env, "GIT_TERMINAL_PROMPT=0");
	git.quiet_out = 1;
	ret = git_check(&git, err);
	status = git.status;
	proc_release(&git);
	/* 1: it was fetched, and would not be a fast-forward. */
	if (ret < 0 && known && status == 1)
		return refuse_rewritten(p, known, err);
	if (ret < 0 && err->message &&
	    strstr(err->message, "couldn't find remote ref")) {
		error_release(err);
		return 0;
	}
	if (ret < 0)
		return error_wrap(err, "release %s was looked up at upstream",
				  release);
	if (platform_read_releases(p, err) < 0)
		return -1;
	return release_find(&p->releases, release) != NULL;
}

const struct environment *platform_environment(const struct platform *p,
					       const char *name,
					       struct error *err)
{
	const struct environment *env = profile_environment(&p->profile,
							    name);
	struct buf names = BUF_INIT;

	if (env)
		return env;
	for (size_t i = 0; i < p->profile.nr_environments; i++)
		buf_addf(&names, "%s%s", i ? ", " : "",
			 p->profile.environments[i].name);
	error_set(err, ERROR_REFUSED, "there is no environment '%s' here",
		  name);
	error_hint(err, "there are: %s", names.len ? names.s : "none");
	buf_release(&names);
	return NULL;
}

const struct environment *platform_environment_of(const struct platform *p,
						  const char *ref)
{
	const char *branch = skip_prefix(ref, "refs/heads/");

	return branch ? profile_environment_of(&p->profile, branch) : NULL;
}

/* What a platform that says nothing deploys to: a folder beside it. */
char *platform_default_top(const char *dir)
{
	size_t len = strlen(dir);

	if (ends_with(dir, ".git") && !ends_with(dir, "/.git"))
		len -= 4;
	return xstrfmt("%.*s-deploy", (int)len, dir);
}

char *platform_deploy_to(const struct platform *p,
			 const struct environment *env)
{
	return p->place->top(p, env);
}

int platform_is_guarded(const struct platform *p,
			const struct environment *env, struct error *err)
{
	char *ref = xstrfmt("refs/heads/%s", env->branch);
	struct strvec guarded = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret = git_try(&p->repo, &out, err, "config", "--get-all",
			  "receive.procReceiveRefs", NULL);

	strvec_split(&guarded, out.s, '\n');
	ret = ret < 0 ? -1 : strvec_has(&guarded, ref);
	strvec_release(&guarded);
	buf_release(&out);
	free(ref);
	return ret;
}

char *platform_dir(const struct platform *p, const char *kind,
		   const char *env, struct error *err)
{
	char *dir = xstrfmt("%s/upgrade/%s/%s", p->repo.common_dir, kind,
			    env);

	if (make_dirs(dir, err) < 0)
		FREE_AND_NULL(dir);
	return dir;
}

char *platform_tip(struct platform *p, const struct environment *env)
{
	char *ref = xstrfmt("refs/heads/%s", env->branch);
	char *tip = object_commit(&p->repo, ref);

	free(ref);
	return tip;
}

/* A name nobody has looked up yet may hold anything. */
static int is_plain(const char *name)
{
	return *name && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz"
			       "0123456789._+-") == strlen(name);
}

char *platform_release_of(struct platform *p, const char *commit)
{
	struct adopted a = ADOPTED_INIT;
	struct error err = ERROR_INIT;
	char *name = NULL;

	if (!adopted_read(&a, &p->repo, &p->releases, commit, &err)) {
		if (a.release)
			name = xstrdup(a.release->name);
		else if (a.recorded && a.record.release &&
			 is_plain(a.record.release))
			name = xstrdup(a.record.release);
	}
	error_release(&err);
	adopted_release(&a);
	return name;
}

int environment_name_ok(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char rest[] =
		"abcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && strchr(first, *name) &&
	       strspn(name, rest) == strlen(name) && !strstr(name, "..") &&
	       !ends_with(name, ".") && !ends_with(name, ".lock");
}
