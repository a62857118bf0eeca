#include "flow/hooks.h"

#include "base/mem.h"
#include "git/ref.h"
#include "git/stale.h"
#include "model/product.h"

#include <stdlib.h>
#include <string.h>

static int add_given(struct env_list *list, const char *given,
		     struct error *err)
{
	const char *equals = strchr(given, '=');
	char *name = equals ? xstrndup(given, (size_t)(equals - given)) :
			      xstrdup(given);
	const char *branch = equals ? equals + 1 : given;
	int ret = 0;

	if (!env_name_is_valid(name))
		ret = error_set(err, ERROR_USAGE, "'%s' is no name for an "
				"environment: a-z, 0-9, '.', '_' and '-', "
				"letter or digit first", name);
	else if (!*branch)
		ret = error_set(err, ERROR_USAGE, "'%s' names no branch",
				given);
	else
		env_list_add(list, name, branch);
	free(name);
	return ret;
}

/* True when the branch is one that upstream publishes. */
int branch_is_upstreams(const struct repo *r, const struct product *pr,
			const char *branch)
{
	struct error ignored = ERROR_INIT;
	char *ref, *key, *remote;
	int yes;

	if (!pr->upstream)
		return 0;
	ref = xstrfmt("refs/remotes/%s/%s", pr->upstream, branch);
	key = xstrfmt("branch.%s.remote", branch);
	remote = repo_config(r, key);
	yes = (remote && !strcmp(remote, pr->upstream)) ||
	      !git_try(r, NULL, &ignored, "rev-parse", "--verify", "--quiet",
		       ref, NULL);
	error_release(&ignored);
	free(ref);
	free(key);
	free(remote);
	return yes;
}

static int add_head(struct env_list *list, struct repo *r, struct error *err)
{
	struct product product = PRODUCT_INIT;
	char *head = head_branch(r);
	int ret = -1;

	if (product_open(&product, r, NULL, err) < 0)
		goto out;
	if (head && env_name_is_valid(head) &&
	    !branch_is_upstreams(r, &product, head)) {
		env_list_add(list, head, head);
		ret = 0;
		goto out;
	}
	if (!head)
		error_set(err, ERROR_REFUSED, "no environment is known, and "
			  "HEAD is on no branch");
	else
		error_set(err, ERROR_REFUSED, "no environment is known, and "
			  "branch '%s' %s", head, env_name_is_valid(head) ?
			  "is upstream's" : "has no name for one");
	error_hint(err, "say which branch is one with \"git upgrade hooks "
		   "install --env production=BRANCH\"");
out:
	free(head);
	product_release(&product);
	return ret;
}

/* The environments of the configuration. */
static int configured_environments(struct env_list *list, struct repo *r,
				   struct error *err)
{
	struct product product = PRODUCT_INIT;
	int ret = product_open(&product, r, NULL, err);

	if (!ret)
		env_list_of_product(list, &product);
	product_release(&product);
	return ret;
}

int hooks_environments(struct env_list *list, struct repo *r,
		       const struct strvec *given, struct error *err)
{
	struct env_list known = ENV_LIST_INIT, asked = ENV_LIST_INIT;
	struct strvec platforms = STRVEC_INIT;
	int ret = -1;

	for (size_t i = 0; i < given->nr; i++)
		if (add_given(list, given->v[i], err) < 0)
			goto out;
	if (configured_environments(&known, r, err) < 0 ||
	    platform_remotes(&platforms, r, err) < 0)
		goto out;
	for (size_t i = 0; i < platforms.nr; i++)
		if (env_list_of_platform(&asked, r, platforms.v[i], err) < 0)
			goto out;
	for (size_t i = 0; i < asked.nr; i++)
		if (!env_list_find(&known, asked.v[i].name))
			env_list_add(list, asked.v[i].name,
				     asked.v[i].branch);
	if (list->nr || known.nr)
		ret = 0;
	else
		ret = add_head(list, r, err);
out:
	env_list_release(&known);
	env_list_release(&asked);
	strvec_release(&platforms);
	return ret;
}

static int configure_one(const struct environment *env,
			 const struct repo *r, struct error *err)
{
	char *key = xstrfmt("upgrade.%s.branch", env->name);
	int ret = git_run(r, NULL, err, "config", key, env->branch, NULL);

	free(key);
	return ret;
}

int hooks_configure(const struct env_list *list, const struct repo *r,
		    struct error *err)
{
	/* What git config leaves when it is killed. */
	static const char *const places[] = { "config.lock", NULL };
	struct stale_note note = STALE_NOTE_INIT;
	int ret = list->nr ?
		stale_note_begin(&note, r, "configuring", places, err) : 0;

	for (size_t i = 0; !ret && i < list->nr; i++)
		ret = configure_one(&list->v[i], r, err);
	stale_note_end(&note);
	repo_config_forget(r);
	return ret;
}
