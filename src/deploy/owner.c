#include "deploy/owner.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_same(const char *a, const char *b)
{
	char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
	int is = real_a && real_b && !strcmp(real_a, real_b);

	free(real_a);
	free(real_b);
	return is;
}

/* Does the platform in `dir` deploy to `top`? */
static int deploys_to(const char *dir, const char *top)
{
	struct platform p = PLATFORM_INIT;
	struct error ignored = ERROR_INIT;
	int does = 0;

	if (!platform_open(&p, dir, &ignored))
		for (size_t i = 0; !does && i < p.profile.nr_environments;
		     i++) {
			char *own = platform_deploy_to(&p,
						&p.profile.environments[i]);

			does = is_same(own, top);
			free(own);
		}
	error_release(&ignored);
	platform_release(&p);
	return does;
}

static char *owner_path(const char *top)
{
	return path_join(top, ".platform");
}

/* Add whose it is, nobody's being "". */
static int read_owner(const char *top, struct buf *out, struct error *err)
{
	char *path = owner_path(top);
	struct error failed = ERROR_INIT;
	int ret = 0;

	if (file_read(path, out, &failed) < 0 && errno != ENOENT)
		ret = error_move(err, &failed);
	buf_rtrim(out);
	error_release(&failed);
	free(path);
	return ret;
}

static int check(const char *owner, const char *top, const char *git_dir,
		 struct error *err)
{
	if (!*owner || is_same(owner, git_dir) || !deploys_to(owner, top))
		return 0;
	error_set(err, ERROR_REFUSED, "'%s' is where the platform '%s' deploys "
		  "to", top, owner);
	return error_hint(err, "give another folder with --deploy-to, or "
			  "deploy_to in info/gitupgrade.yaml of one of the "
			  "two");
}

int owner_check(const char *top, const char *git_dir, struct error *err)
{
	struct buf owner = BUF_INIT;
	int ret = read_owner(top, &owner, err);

	if (!ret)
		ret = check(owner.s, top, git_dir, err);
	buf_release(&owner);
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
	if (read_owner(top, owner, err) < 0)
		return -1;
	return *owner->s && is_same(owner->s, git_dir);
}

int owner_give_up(const char *top, struct error *err)
{
	char *path = owner_path(top);
	int ret = file_remove(path, err);

	free(path);
	return ret;
}

int owner_claim(const struct platform *p, const struct environment *env,
		struct error *err)
{
	char *top = platform_deploy_to(p, env), *path = owner_path(top);
	char *line = xstrfmt("%s\n", p->repo.git_dir);
	struct buf owner = BUF_INIT;
	int ret = read_owner(top, &owner, err);

	if (!ret && strcmp(owner.s, p->repo.git_dir)) {
		ret = check(owner.s, top, p->repo.git_dir, err);
		if (!ret)
			ret = file_put(path, line, strlen(line), 0644, err);
	}
	buf_release(&owner);
	free(line);
	free(path);
	free(top);
	return ret;
}
