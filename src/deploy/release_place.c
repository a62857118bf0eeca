#include "deploy/place.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>

#define OLD_RELEASES_KEPT 3

static char *find_top(const struct platform *p, const struct environment *env)
{
	char *top, *own;

	if (env->deploy_to)
		return xstrdup(env->deploy_to);
	top = platform_default_top(p->repo.git_dir);
	own = path_join(top, env->name);
	free(top);
	return own;
}

/* Failed ones are kept until here, not longer: they may fill the disk. */
static int remove_failed(const char *top, struct error *err)
{
	struct release_dir d = RELEASE_DIR_INIT;
	struct strvec ids = STRVEC_INIT;
	int ret = 0;

	release_dir_marked(top, "failed", &ids);
	for (size_t i = 0; !ret && i < ids.nr; i++) {
		release_dir_set(&d, top, ids.v[i]);
		ret = release_dir_remove(&d, err);
	}
	release_dir_release(&d);
	strvec_release(&ids);
	return ret;
}

static int make(struct release_dir *d, struct platform *p,
		const char *commit, struct deploy_log *log, struct error *err)
{
	if (remove_failed(d->top, err) < 0)
		return -1;
	return release_dir_make(d, p, commit, log, err);
}

static int enter(const struct release_dir *d, struct platform *p,
		 const char *commit, struct error *err)
{
	(void)p;
	(void)commit;
	return release_dir_switch(d, err);
}

static int succeeded(const struct release_dir *d, struct platform *p,
		     struct error *err)
{
	long keep = p->profile.keep > 0 ? p->profile.keep :
					  OLD_RELEASES_KEPT;

	if (release_dir_mark(d, NULL, err) < 0)
		return -1;
	return release_dir_prune(d->top, keep, err);
}

/* Kept to be looked at, until the next try. */
static int failed(const struct release_dir *d, struct error *err)
{
	return release_dir_mark(d, "failed", err);
}

const struct place place_releases = {
	.by = "server",
	.again = "mend it and push again; or try the same commit again: git "
		 "upgrade push --retry",
	.mend = "on the server: git upgrade platform repair",
	.top = find_top,
	.make = make,
	.enter = enter,
	.serving = release_dir_current,
	.succeeded = succeeded,
	.failed = failed,
	.discard = release_dir_remove,
};
