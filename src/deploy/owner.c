#include "deploy/owner.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_same(const char *a, const char *b)
{
	char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
	int is = real_a && real_b && !strcmp(real_a, real_b);

	free(real_a);
	free(real_b);
	return is;
}

/* STORE/ENV; NULL: nothing says where.  free() */
static char *backups_of(const struct platform *p,
			const struct environment *env)
{
	const char *store = profile_backup_store(&p->profile, env);

	return store ? path_join(store, env->name) : NULL;
}

/* Is `folder` that of any environment of the platform in `dir`? */
static int is_used_by(const char *dir, const char *folder,
		      char *(*folder_of)(const struct platform *p,
					 const struct environment *env))
{
	struct platform p = PLATFORM_INIT;
	struct error ignored = ERROR_INIT;
	int is = 0;

	if (!platform_open(&p, dir, &ignored))
		for (size_t i = 0; !is && i < p.profile.nr_environments; i++) {
			char *own = folder_of(&p, &p.profile.environments[i]);

			is = own && is_same(own, folder);
			free(own);
		}
	error_release(&ignored);
	platform_release(&p);
	return is;
}

static char *owner_path(const char *top)
{
	return path_join(top, ".platform");
}

/* Add whose it is, nobody's being "". */
static int read_owner(const char *path, struct buf *out, struct error *err)
{
	struct error failed = ERROR_INIT;
	int ret = 0;

	if (file_read(path, out, &failed) < 0 && errno != ENOENT)
		ret = error_move(err, &failed);
	buf_rtrim(out);
	error_release(&failed);
	return ret;
}

static int check(const char *owner, const char *top, const char *git_dir,
		 struct error *err)
{
	if (!*owner || is_same(owner, git_dir) ||
	    !is_used_by(owner, top, platform_deploy_to))
		return 0;
	error_set(err, ERROR_REFUSED, "'%s' is where the platform '%s' deploys "
		  "to", top, owner);
	return error_hint(err, "give another folder with --deploy-to, or "
			  "deploy_to in info/gitupgrade.yaml of one of the "
			  "two");
}

int owner_check(const char *top, const char *git_dir, struct error *err)
{
	char *path = owner_path(top);
	struct buf owner = BUF_INIT;
	int ret = read_owner(path, &owner, err);

	if (!ret)
		ret = check(owner.s, top, git_dir, err);
	buf_release(&owner);
	free(path);
	return ret;
}

int owner_check_environment(const struct platform *p,
			    const struct environment *env, struct error *err)
{
	char *top = platform_deploy_to(p, env);
	int ret = owner_check(top, p->repo.git_dir, err);

	free(top);
	return ret;
}

int owner_is_ours(const char *top, const char *git_dir, struct buf *owner,
		  struct error *err)
{
	char *path = owner_path(top);
	int ret = read_owner(path, owner, err);

	free(path);
	return ret < 0 ? -1 : *owner->s && is_same(owner->s, git_dir);
}

int owner_give_up(const char *top, struct error *err)
{
	char *path = owner_path(top);
	int ret = file_remove(path, err);

	free(path);
	return ret;
}

/* `may` says whether who is named there has given it up. */
static int claim(const struct platform *p, const char *path,
		 const char *folder,
		 int (*may)(const char *owner, const char *folder,
			    const char *git_dir, struct error *err),
		 struct error *err)
{
	char *line = xstrfmt("%s\n", p->repo.git_dir);
	struct buf owner = BUF_INIT;
	int ret = read_owner(path, &owner, err);

	if (!ret && strcmp(owner.s, p->repo.git_dir)) {
		ret = may(owner.s, folder, p->repo.git_dir, err);
		if (!ret)
			ret = file_put(path, line, strlen(line), 0644, err);
	}
	buf_release(&owner);
	free(line);
	return ret;
}

int owner_claim(const struct platform *p, const struct environment *env,
		struct error *err)
{
	char *top = platform_deploy_to(p, env), *path = owner_path(top);
	int ret = claim(p, path, top, check, err);

	free(path);
	free(top);
	return ret;
}

static int check_store(const char *owner, const char *folder,
		       const char *git_dir, struct error *err)
{
	if (!*owner || is_same(owner, git_dir) ||
	    !is_used_by(owner, folder, backups_of))
		return 0;
	error_set(err, ERROR_REFUSED, "'%s' is where the platform '%s' keeps "
		  "its backups", folder, owner);
	return error_hint(err, "give another store to one of the two: "
			  "backup.store in " PLATFORM_CONFIG);
}

/* STORE/.ENV.platform, of a store that is a folder; free(). */
static char *store_owner_path(const struct platform *p,
			      const struct environment *env)
{
	return xstrfmt("%s/.%s.platform",
		       profile_backup_store(&p->profile, env), env->name);
}

int owner_claim_store(const struct platform *p, const struct environment *env,
		      struct error *err)
{
	char *folder = backups_of(p, env), *path = store_owner_path(p, env);
	int ret = claim(p, path, folder, check_store, err);

	free(path);
	free(folder);
	return ret;
}

int owner_give_up_store(const struct platform *p,
			const struct environment *env, struct error *err)
{
	char *folder = backups_of(p, env), *path;
	struct buf owner = BUF_INIT;
	int ret;

	if (!folder)
		return 0;
	path = store_owner_path(p, env);
	ret = read_owner(path, &owner, err);
	/* One that is removed twice may find it gone. */
	if (!ret && *owner.s && is_same(owner.s, p->repo.git_dir)) {
		rmdir(folder);
		if (!dir_exists(folder))
			ret = file_remove(path, err);
	}
	buf_release(&owner);
	free(path);
	free(folder);
	return ret;
}
