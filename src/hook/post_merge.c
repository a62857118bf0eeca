/*
 * post-merge, on a host that pulls: what came is deployed, by the very
 * command a person would type.  git calls it after "git pull" and "git
 * merge", fast-forward or not, and takes no notice of how it ends; it does
 * not call it after a rebase.
 */
#include "hook/hook.h"

#include "base/mem.h"
#include "git/ref.h"
#include "model/product.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The environment whose branch was merged into; NULL: none.  free(). */
static char *environment_here(struct error *err)
{
	struct repo r = REPO_INIT;
	struct product product = PRODUCT_INIT;
	const struct environment *env = NULL;
	char *head = NULL, *name = NULL;

	if (repo_open(&r, NULL, err) < 0)
		goto out;
	head = head_branch(&r);
	if (!head || product_open(&product, &r, NULL, err) < 0)
		goto out;
	env = profile_environment_of(&product.profile, head);
	name = env ? xstrdup(env->name) : NULL;
out:
	free(head);
	product_release(&product);
	repo_release(&r);
	return name;
}

int hook_post_merge(const struct hook *h, struct error *err)
{
	char *env;

	/* --squash made no commit, so there is nothing new to deploy. */
	if (h->argc > 0 && !strcmp(h->argv[0], "1"))
		return 0;
	env = environment_here(err);
	if (!env)
		return err->kind ? -1 : 0;
	execlp("git-upgrade", "git-upgrade", "deploy", env, (char *)NULL);
	free(env);
	return error_errno(err, "cannot run git-upgrade");
}
