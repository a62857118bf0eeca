#include "git/module.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void module_settings_release(struct module_settings *s)
{
	strvec_release(&s->keys);
	strvec_release(&s->values);
}

static int is_handed_on(const char *key)
{
	static const char *const prefixes[] = {
		"core.askpass", "core.fsync", "core.gitproxy",
		"core.sshcommand", "credential.", "filter.", "http.", "lfs.",
		"protocol.", "ssh.", "url.",
	};

	/* These are where the objects of the platform itself are. */
	if (!strcmp(key, "lfs.url") || !strcmp(key, "lfs.pushurl"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (starts_with(key, prefixes[i]))
			return 1;
	return 0;
}

int module_settings_read(struct module_settings *s, const struct repo *r,
			 struct error *err)
{
	struct buf all = BUF_INIT;
	/* The account's own are read in every repository anyway. */
	int ret = git_run(r, &all, err, "config", "--null", "--local",
			  "--includes", "--list", NULL);

	for (const char *at = all.s; !ret && at < all.s + all.len;
	     at += strlen(at) + 1) {
		size_t len = strcspn(at, "\n");

		char *key = xmemdupz(at, len);

		if (is_handed_on(key)) {
			strvec_push(&s->keys, key);
			strvec_push(&s->values,
				    at[len] ? at + len + 1 : "true");
		}
		free(key);
	}
	buf_release(&all);
	return ret;
}

static void hand_on(struct module *m, const struct module_settings *s)
{
	struct strvec *env = &m->repo.env;

	for (size_t i = 0; i < s->keys.nr; i++) {
		strvec_pushf(env, "GIT_CONFIG_KEY_%zu=%s", i, s->keys.v[i]);
		strvec_pushf(env, "GIT_CONFIG_VALUE_%zu=%s", i,
			     s->values.v[i]);
	}
	m->nr_settings = s->keys.nr;
	if (s->keys.nr)
		strvec_pushf(env, "GIT_CONFIG_COUNT=%zu", s->keys.nr);
	/* As wherever what is pushed decides what is deployed. */
	strvec_push(env, "GIT_NO_REPLACE_OBJECTS=1");
}

char *module_path(const struct repo *r, const char *name)
{
	return xstrfmt("%s/modules/%s", r->common_dir, name);
}

static int has_entry(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	int has = file_exists(path);

	free(path);
	return has;
}

static int looks_like_git(const char *dir)
{
	return has_entry(dir, "HEAD") && has_entry(dir, "objects") &&
	       has_entry(dir, "refs");
}

static int in_the_way(const char *name, const char *path, struct error *err)
{
	error_set(err, ERROR_REFUSED, "'%s' is in the way of submodule '%s'",
		  path, name);
	return error_hint(err, "if nobody needs it, remove it on the server: "
			  "it is fetched again");
}

/* "a/hooks" would be inside of what is "a"; git refuses that, too. */
static int check_above(const struct repo *r, const char *name,
		       struct error *err)
{
	int ret = 0;

	for (const char *at = strchr(name, '/'); at && !ret;
	     at = strchr(at + 1, '/')) {
		char *above = xmemdupz(name, (size_t)(at - name));
		char *path = module_path(r, above);

		if (looks_like_git(path)) {
			ret = error_set(err, ERROR_REFUSED, "submodule '%s' "
					"would be inside of submodule '%s'",
					name, above);
			error_hint(err, "if that is one of the past, remove "
				   "'%s' on the server: it is fetched again "
				   "where it is needed", path);
		}
		free(above);
		free(path);
	}
	return ret;
}

/* A power cut must not leave a repository by name alone. */
static int move_in(const char *from, const char *to, const char *name,
		   struct error *err)
{
	int fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int synced = fd >= 0 && !syncfs(fd);

	if (fd >= 0)
		close(fd);
	if (!synced)
		return error_errno(err, "cannot write out '%s'", from);
	if (make_parent_dirs(to, err) < 0)
		return -1;
	if (!rename(from, to))
		return 0;
	if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
		return error_errno(err, "cannot make '%s'", to);
	/* Whoever was faster made the same. */
	return looks_like_git(to) ? 0 : in_the_way(name, to, err);
}

static int make(const struct repo *r, const char *name, const char *path,
		struct error *err)
{
	char *dir = repo_temp_dir(r, err);
	char *fresh = dir ? path_join(dir, "module") : NULL;
	struct error ignored = ERROR_INIT;
	int ret = -1;

	if (dir && git_run(r, NULL, err, "init", "--quiet", "--bare",
			   "--template=", r->hexsz == 64 ?
			   "--object-format=sha256" : "--object-format=sha1",
			   "--", fresh, NULL) == 0)
		ret = move_in(fresh, path, name, err);
	if (dir)
		remove_tree(dir, &ignored);
	error_release(&ignored);
	free(fresh);
	free(dir);
	return ret;
}

/* git looks in the folders above, too, where there is none. */
static int is_at(const struct repo *r, const char *path)
{
	char *real = realpath(path, NULL);
	int is = are_same(real, r->git_dir);

	free(real);
	return is;
}

int module_open(struct module *m, const struct repo *r, const char *name,
		const struct module_settings *s, struct error *err)
{
	char *path = module_path(r, name);
	int ret = -1;

	if (check_above(r, name, err) < 0 ||
	    (!looks_like_git(path) && make(r, name, path, err) < 0))
		goto out;
	if (repo_open(&m->repo, path, err) < 0)
		goto out;
	if (!is_at(&m->repo, path) || m->repo.hexsz != r->hexsz) {
		in_the_way(name, path, err);
		goto out;
	}
	hand_on(m, s);
	ret = 0;
out:
	free(path);
	return ret;
}

void module_say_origin(struct module *m, const char *url)
{
	struct strvec *env = &m->repo.env;

	strvec_pushf(env, "GIT_CONFIG_KEY_%zu=remote.origin.url",
		     m->nr_settings);
	strvec_pushf(env, "GIT_CONFIG_VALUE_%zu=%s", m->nr_settings, url);
	m->nr_settings++;
	strvec_pushf(env, "GIT_CONFIG_COUNT=%zu", m->nr_settings);
}

void module_release(struct module *m)
{
	repo_release(&m->repo);
	m->nr_settings = 0;
}
