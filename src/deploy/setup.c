#include "deploy/setup.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "deploy/config_set.h"
#include "deploy/guard.h"
#include "deploy/owner.h"
#include "deploy/platform.h"
#include "doc/yaml.h"
#include "git/object.h"
#include "git/stale.h"
#include "model/profile_write.h"
#include "state/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * It is there, and locked, from before the first file of a new platform until
 * the folder is known as one.  A folder that has it was left by a kill.
 */
#define MAKING ".git-upgrade-making"

void platform_setup_release(struct platform_setup *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		free(s->environments[i].name);
		free(s->environments[i].branch);
		free(s->environments[i].deploy_to);
		free(s->environments[i].promotes_from);
		strvec_release(&s->environments[i].own);
	}
	free(s->environments);
	free(s->dir);
	free(s->profile);
	free(s->profile_text);
	free(s->upstream);
	*s = (struct platform_setup)PLATFORM_SETUP_INIT;
}

static int add_environment(struct platform_setup *s, const char *name,
			   const char *branch, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int bad;

	if (!environment_name_ok(name)) {
		error_set(err, ERROR_USAGE, "'%s' is no name for an "
			  "environment", name);
		return error_hint(err, "lower-case letters, digits, '.', "
				  "'_' and '-'; another branch name: "
				  "--env NAME=BRANCH");
	}
	bad = git_try(NULL, NULL, &ignored, "check-ref-format", "--branch",
		      branch, NULL);
	error_release(&ignored);
	if (bad)
		return error_set(err, ERROR_USAGE, "'%s' is no branch name",
				 branch);
	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->environments[i].name, name) ||
		    !strcmp(s->environments[i].branch, branch))
			return error_set(err, ERROR_USAGE, "environment %s "
					 "and environment %s are the same",
					 s->environments[i].name, name);
	ALLOC_GROW(s->environments, s->nr + 1, s->alloc);
	s->environments[s->nr++] = (struct environment){
		.name = xstrdup(name), .branch = xstrdup(branch),
		.own = STRVEC_INIT };
	return 0;
}

static const struct environment *
known_environment(const struct platform_setup *s, const char *name)
{
	return s->known ? profile_environment(s->known, name) : NULL;
}

int platform_setup_add(struct platform_setup *s, const char *text,
		       struct error *err)
{
	size_t len = strcspn(text, "=");
	char *name = xstrndup(text, len);
	const struct environment *known = known_environment(s, name);
	const char *branch = text[len] ? text + len + 1 :
			     known ? known->branch : name;
	int ret = add_environment(s, name, branch, err);

	free(name);
	return ret;
}

void platform_setup_promotions(struct platform_setup *s,
			       const struct profile *p)
{
	for (size_t i = 0; i < s->nr; i++) {
		struct environment *env = &s->environments[i];
		const struct environment *known = profile_environment(p,
							env->name);

		if (!known || !known->promotes_from)
			continue;
		env->promotes_from = xstrdup(known->promotes_from);
		strvec_pushv(&env->own, known->own.v);
	}
}

void platform_setup_deploy_to(struct platform_setup *s, const char *path)
{
	char *top = path ? xstrdup(path) : platform_default_top(s->dir);

	for (size_t i = 0; i < s->nr; i++) {
		struct environment *env = &s->environments[i];
		const struct environment *known;

		known = path ? NULL : known_environment(s, env->name);
		free(env->deploy_to);
		/* One environment needs no folder of its own. */
		if (known && known->deploy_to)
			env->deploy_to = xstrdup(known->deploy_to);
		else if (s->nr == 1)
			env->deploy_to = xstrdup(top);
		else
			env->deploy_to = path_join(top, env->name);
	}
	free(top);
}

static int is_empty_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int nr = 0;

	while (d && (entry = readdir(d)))
		nr += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	if (d)
		closedir(d);
	return !nr;
}

static int is_platform(const char *dir)
{
	struct error err = ERROR_INIT;
	struct repo r = REPO_INIT;
	char *path = NULL, *config = path_join(dir, "config");

	/* Not a repository somewhere above it. */
	if (file_exists(config) && !repo_open(&r, dir, &err))
		path = repo_config(&r, "upgradeplatform.path");
	error_release(&err);
	repo_release(&r);
	free(config);
	free(path);
	return path != NULL;
}

static int is_half_made(const char *dir)
{
	char *mark = path_join(dir, MAKING);
	int is = file_exists(mark);

	free(mark);
	return is;
}

/* It was torn down (deploy/remove.h), and the repository is left. */
static int was_platform(const char *dir)
{
	char *config = path_join(dir, "config");
	char *info = path_join(dir, "info");
	struct dirent *entry;
	DIR *d = file_exists(config) ? opendir(info) : NULL;
	int was = 0;

	while (d && !was && (entry = readdir(d)))
		was = starts_with(entry->d_name, "removed-") &&
		      ends_with(entry->d_name, ".yaml");
	if (d)
		closedir(d);
	free(config);
	free(info);
	return was;
}

static int has_config(const char *dir)
{
	char *path = path_join(dir, PLATFORM_CONFIG);
	int has = file_exists(path);

	free(path);
	return has;
}

int platform_setup_check(struct platform_setup *s, struct error *err)
{
	if (!file_exists(s->dir))
		return 0;
	if (!dir_exists(s->dir))
		return error_set(err, ERROR_REFUSED, "'%s' is no folder",
				 s->dir);
	s->exists = is_platform(s->dir);
	if (s->exists || is_empty_dir(s->dir) || is_half_made(s->dir))
		return 0;
	if (was_platform(s->dir)) {
		/* Somebody put it back, and it holds. */
		s->exists = has_config(s->dir);
		return 0;
	}
	error_set(err, ERROR_REFUSED, "'%s' is not empty, and no platform "
		  "of ours", s->dir);
	return error_hint(err, "name a new folder, or move that one away");
}

static int has_section(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (text && *text) {
		if (!strncmp(text, name, len) && text[len] == ':')
			return 1;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return 0;
}

static void add_copied(const struct platform_setup *s, struct buf *out)
{
	buf_addf(out, "# What this platform deploys, and how: a copy of what "
		 "the clone it was\n# made in knew about %s.  Read at every "
		 "push; nothing a push brings\n# can change it.  "
		 "gitupgrade-profile(5) describes the keys.\n", s->profile);
}

void platform_setup_config(const struct platform_setup *s, struct buf *out)
{
	const char *text = s->profile_text;

	if (text) {
		if (s->profile)
			add_copied(s, out);
		buf_adds(out, text);
		if (!ends_with(text, "\n"))
			buf_addc(out, '\n');
	} else {
		buf_addf(out,
			 "# What this platform deploys, and how.  Read at "
			 "every push; nothing a push\n"
			 "# brings can change it.  What is written here is "
			 "laid over the profile, key by\n"
			 "# key; gitupgrade-profile(5) describes the keys.\n"
			 "format: 1\nprofile: %s\n", s->profile);
	}
	if (s->upstream && !has_section(text, "upstream")) {
		buf_adds(out, "\n# Where releases this platform does not know "
			 "yet are looked up.\nupstream:\n  remote: ");
		yaml_add_quoted(out, s->upstream);
		buf_addc(out, '\n');
	}
	if (has_section(text, "environments"))
		return;
	buf_adds(out, "\n# A push to `branch` deploys into `deploy_to`: "
		 "releases/, the link current,\n# and shared/.\n");
	profile_write_environments(out, s->known, s->environments, s->nr);
}

/*
 * Absolute folders only: "." in it would be wherever a step runs.  Nor what
 * git puts in front when it runs a subcommand.
 */
static char *clean_path(void)
{
	struct error err = ERROR_INIT;
	char *own = git_line(NULL, &err, "--exec-path", NULL);
	const char *path = getenv("PATH");
	struct strvec parts = STRVEC_INIT;
	struct buf b = BUF_INIT;

	strvec_split(&parts, path ? path : "", ':');
	for (size_t i = 0; i < parts.nr; i++)
		if (*parts.v[i] == '/' && (!own || strcmp(parts.v[i], own)))
			buf_addf(&b, "%s%s", b.len ? ":" : "", parts.v[i]);
	if (!b.len)
		buf_adds(&b, "/usr/local/bin:/usr/bin:/bin");
	strvec_release(&parts);
	error_release(&err);
	free(own);
	return buf_detach(&b);
}

/*
 * The release list comes from the clone: what its owner fetched from
 * upstream is what he believes.  Never forced, so that a moved tag shows.
 */
static int copy_releases(const struct platform_setup *s, struct platform *p,
			 const struct reporter *say, struct error *err)
{
	struct buf specs = BUF_INIT;
	struct error why = ERROR_INIT;

	if (!s->clone || !s->releases || !s->releases->nr)
		return 0;
	for (size_t i = 0; i < s->releases->nr; i++)
		if (s->releases->v[i].commit)
			buf_addf(&specs, "%s:refs/upgrade/releases/%s\n",
				 s->releases->v[i].ref,
				 s->releases->v[i].name);
	if (git_feed(&p->repo, &specs, NULL, &why, "fetch", "--quiet",
		     "--no-tags", "--no-write-fetch-head", "--no-auto-gc",
		     "--stdin", s->clone->common_dir, NULL) < 0)
		report(say, REPORT_WARNING, "not every release could be "
		       "copied from this clone: %s", why.message);
	error_release(&why);
	buf_release(&specs);
	return platform_read_releases(p, err);
}

static int set_running(const struct platform_setup *s, struct platform *p,
		       const struct environment *env, struct error *err)
{
	const struct release *r = release_named(&p->releases, s->running,
						err);
	struct env_state now = ENV_STATE_INIT;
	char *ref = xstrfmt("refs/upgrade/deployed/%s", env->name);
	struct event e = EVENT_INIT;
	int ret = -1;

	if (!r || env_state_read(&now, &p->repo, env->name, err) < 0)
		goto out;
	if (now.deployed) {
		ret = strcmp(now.deployed, r->commit) ?
		      error_set(err, ERROR_REFUSED, "%s runs what was "
				"deployed to it already (%.7s)", env->name,
				now.deployed) : 0;
		goto out;
	}
	/* Borrowed but for the tree: never released. */
	e.event = (char *)"deployed";
	e.env = env->name;
	e.commit = r->commit;
	e.tree = object_tree(&p->repo, r->commit);
	e.release = r->name;
	e.outcome = (char *)"ok";
	e.detail = (char *)"said to run when the platform was made";
	{
		struct ref_move move = { ref, r->commit, NULL };

		ret = ledger_append(&p->repo, &e, &move, 1, NULL, NULL, err);
	}
out:
	env_state_release(&now);
	free(e.tree);
	free(ref);
	return ret;
}

static int make_repository(const struct platform_setup *s, struct error *err)
{
	struct proc git = PROC_INIT;
	int ret;

	git_proc(&git, NULL, "init", "--quiet", "--bare", "--template=",
		 NULL);
	if (s->clone && s->clone->hexsz == 64)
		strvec_push(&git.argv, "--object-format=sha256");
	strvec_pushl(&git.argv, "--", s->dir, NULL);
	repo_clear_env(&git.env);
	git.quiet_out = 1;
	ret = git_check(&git, err);
	proc_release(&git);
	return ret;
}

/* Everything that marks it as ours and that platform_open() needs. */
static int mark_repository(const struct platform_setup *s, struct error *err)
{
	char *config = path_join(s->dir, PLATFORM_CONFIG);
	char *path = clean_path();
	const char *home = getenv("HOME");
	struct repo r = REPO_INIT;
	struct buf b = BUF_INIT;
	int ret = -1;

	if (repo_open(&r, s->dir, err) < 0 ||
	    config_set(&r, "upgradeplatform.path", path, err) < 0 ||
	    (home && config_set(&r, "upgradeplatform.home", home, err) < 0))
		goto out;
	ret = 0;
	if (file_exists(config))
		goto out;
	platform_setup_config(s, &b);
	ret = make_parent_dirs(config, err);
	if (!ret)
		/* The upstream's URL may hold a password. */
		ret = file_replace(config, b.s, b.len, 0600, err);
out:
	repo_release(&r);
	buf_release(&b);
	free(config);
	free(path);
	return ret;
}

static int is_being_made(const struct platform_setup *s, const char *mark,
			 struct error *err)
{
	struct buf who = BUF_INIT;

	if (errno != EWOULDBLOCK)
		return error_errno(err, "cannot create '%s'", mark);
	holder_add(&who, mark);
	error_set(err, ERROR_REFUSED, "the platform '%s' is being made by %s",
		  s->dir, who.s);
	buf_release(&who);
	return -1;
}

/* Of a git that was killed: none is at work here, it would hold the mark. */
static int remove_locks(const struct platform_setup *s, struct error *err)
{
	char *config = path_join(s->dir, "config.lock");
	char *head = path_join(s->dir, "HEAD.lock");
	int ret = file_remove(config, err) < 0 || file_remove(head, err) < 0;

	free(config);
	free(head);
	return ret ? -1 : 0;
}

/* A repository that is to be one; `lock` is to be closed when it is. */
static int make_platform(const struct platform_setup *s, int *lock,
			 struct error *err)
{
	char *mark = path_join(s->dir, MAKING);
	int ret;

	*lock = holder_lock(mark, 0);
	ret = *lock < 0 ? is_being_made(s, mark, err) : 0;
	free(mark);
	if (ret < 0)
		return -1;
	holder_sign(*lock, "git upgrade platform init");
	return remove_locks(s, err) < 0 ? -1 : make_repository(s, err);
}

static int drop_mark(const struct platform_setup *s, struct error *err)
{
	char *mark = path_join(s->dir, MAKING);
	int ret = file_remove(mark, err);

	free(mark);
	return ret;
}

static int point_head(struct platform *p, struct error *err)
{
	char *ref;
	int ret;

	if (!p->profile.nr_environments)
		return 0;
	ref = xstrfmt("refs/heads/%s", p->profile.environments[0].branch);
	ret = git_run(&p->repo, NULL, err, "symbolic-ref", "HEAD", ref, NULL);
	free(ref);
	return ret;
}

/* A text that cannot be read must not become a platform. */
static int check_config(const struct platform_setup *s, struct error *err)
{
	struct profile profile = PROFILE_INIT;
	struct buf b = BUF_INIT;
	int ret;

	platform_setup_config(s, &b);
	ret = profile_parse(&profile, "the configuration of the platform",
			    b.s, b.len, err);
	if (!ret && !profile.nr_environments)
		ret = error_set(err, ERROR_REFUSED, "the platform has no "
				"environment");
	profile_release(&profile);
	buf_release(&b);
	return ret;
}

static int check_folders(const struct platform_setup *s, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < s->nr; i++)
		ret = owner_check(s->environments[i].deploy_to, s->dir, err);
	return ret;
}

static int set_up(const struct platform_setup *s, struct platform *p,
		  const struct reporter *say, struct error *err)
{
	if (mark_repository(s, err) < 0 || drop_mark(s, err) < 0 ||
	    platform_open(p, s->dir, err) < 0 || guard_configure(p, err) < 0 ||
	    guard_install_hooks(p, say, err) < 0 || point_head(p, err) < 0 ||
	    copy_releases(s, p, say, err) < 0)
		return -1;
	if (s->running && platform_read_releases(p, err) < 0)
		return -1;
	for (size_t i = 0; s->running && i < p->profile.nr_environments; i++)
		if (set_running(s, p, &p->profile.environments[i], err) < 0)
			return -1;
	return guard_write_identity(p, err);
}

int platform_setup_run(const struct platform_setup *s,
		       const struct reporter *say, struct error *err)
{
	static const char *const places[] = {
		"config.lock", "HEAD.lock", "refs/upgrade/", NULL
	};
	struct stale_note note = STALE_NOTE_INIT;
	struct platform p = PLATFORM_INIT;
	struct repo r = REPO_INIT;
	int lock = -1, ret = 0;

	if (!s->exists && (check_config(s, err) < 0 ||
			   check_folders(s, err) < 0 ||
			   make_platform(s, &lock, err) < 0))
		ret = -1;
	if (!ret)
		ret = repo_open(&r, s->dir, err);
	if (!ret)
		ret = stale_note_begin(&note, &r, "setup", places, err);
	if (!ret)
		ret = set_up(s, &p, say, err);
	if (ret < 0)
		stale_note_leave(&note);
	else
		stale_note_end(&note);
	if (lock >= 0)
		close(lock);
	platform_release(&p);
	repo_release(&r);
	return ret;
}
