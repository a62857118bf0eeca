#include "flow/destination_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

void environments_known(struct env_list *list, struct repo *r,
			const struct product *pr)
{
	struct error ignored = ERROR_INIT;
	struct strvec remotes = STRVEC_INIT;

	platform_remotes(&remotes, r, &ignored);
	for (size_t i = 0; i < remotes.nr; i++)
		env_list_of_platform(list, r, remotes.v[i], &ignored);
	env_list_of_product(list, pr);
	error_release(&ignored);
	strvec_release(&remotes);
}

/* The remote that said it has that environment when it was asked last. */
static const char *remote_with(const struct strvec *names, struct repo *r,
			       const char *env)
{
	struct error ignored = ERROR_INIT;
	const char *found = NULL;

	for (size_t i = 0; env && !found && i < names->nr; i++) {
		struct env_list list = ENV_LIST_INIT;

		env_list_of_platform(&list, r, names->v[i], &ignored);
		if (env_list_find(&list, env))
			found = names->v[i];
		env_list_release(&list);
	}
	error_release(&ignored);
	return found;
}

/* Which of them is most likely meant. */
static const char *likely_remote(const struct strvec *names, struct repo *r,
				 const char *env, const char *branch)
{
	const char *found = remote_with(names, r, env);

	if (!found && env && strvec_has(names, env))
		found = env;
	if (!found && strvec_has(names, branch))
		found = branch;
	return found ? found : names->v[0];
}

static int unknown_environment(const struct env_list *known, const char *env,
			       struct error *err)
{
	struct nearest n = nearest_to(env);
	const char *near = NULL;
	struct buf list = BUF_INIT, shown = BUF_INIT;

	for (size_t i = 0; i < known->nr; i++) {
		buf_addf(&list, "%s%s", i ? ", " : "", known->v[i].name);
		if (is_nearest(&n, known->v[i].name))
			near = known->v[i].name;
	}
	buf_add_line(&shown, env);
	error_set(err, ERROR_REFUSED, "'%s' is no environment that is known "
		  "here", shown.s);
	if (near)
		error_hint(err, "did you mean '%s'?", near);
	error_hint(err, "there are: %s", list.s);
	buf_release(&list);
	buf_release(&shown);
	return -1;
}

static int several_remotes(const struct strvec *names, struct repo *r,
			   const char *env, const char *branch,
			   struct error *err)
{
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < names->nr; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", names->v[i]);
	error_set(err, ERROR_REFUSED,
		  "there are several remotes to push to: %s", list.s);
	buf_release(&list);
	if (branch)
		error_hint(err, "choose one for branch '%s' with \"git config "
			   "branch.%s.pushRemote %s\"", branch, branch,
			   likely_remote(names, r, env, branch));
	return error_hint(err, "%s \"git config remote.pushDefault %s\"",
			  branch ? "or, where all environments are at one, "
			  "say so with" : "choose one with", names->v[0]);
}

int refuse_remotes(const struct strvec *names, struct repo *r,
		   const struct product *pr, const char *env,
		   const char *branch, struct error *err)
{
	struct env_list known = ENV_LIST_INIT;

	environments_known(&known, r, pr);
	if (env && !branch && known.nr) {
		unknown_environment(&known, env, err);
	} else if (names->nr) {
		several_remotes(names, r, env, branch, err);
	} else {
		error_set(err, ERROR_REFUSED,
			  "there is no remote to push to but upstream's");
		error_hint(err, "name the one your environments are on with");
		error_hint(err, "  git remote add platform URL");
	}
	env_list_release(&known);
	return -1;
}

/* Without a name it is what to type that is missing. */
static void hint_environments(const struct env_list *list, const char *env,
			      struct error *err)
{
	error_hint(err, "its environments are");
	for (size_t i = 0; i < list->nr; i++)
		error_hint(err, "  %s%-12s (branch %s)",
			   env ? "" : "git upgrade push ", list->v[i].name,
			   list->v[i].branch);
}

/* One that is configured may be at another remote. */
static void hint_elsewhere(const struct destination *d, struct repo *r,
			   const struct product *pr, const char *env,
			   struct error *err)
{
	struct error ignored = ERROR_INIT;
	struct env_list known = ENV_LIST_INIT;
	struct strvec names = STRVEC_INIT;
	const struct environment *e;
	const char *remote;

	environments_known(&known, r, pr);
	e = env_list_find(&known, env);
	platform_remotes(&names, r, &ignored);
	remote = remote_with(&names, r, env);
	if (e && strcmp(d->remote, remote ? remote : ""))
		error_hint(err, "where it is at another remote, say so: \"git "
			   "config branch.%s.pushRemote %s\"", e->branch,
			   remote ? remote : "REMOTE");
	error_release(&ignored);
	strvec_release(&names);
	env_list_release(&known);
}

int refuse_environment(const struct destination *d, struct repo *r,
		       const struct product *pr, const char *env,
		       const char *branch, struct error *err)
{
	struct buf what = BUF_INIT;

	buf_add_line(&what, env ? env : branch);
	error_set(err, ERROR_REFUSED, "%s'%s' is no environment of '%s'",
		  env ? "" : "branch ", what.s, d->remote);
	buf_release(&what);
	if (!d->environments.nr)
		return error_hint(err, "say which branch it is with \"git "
				  "config upgrade.NAME.branch BRANCH\"");
	hint_environments(&d->environments, env, err);
	if (env)
		hint_elsewhere(d, r, pr, env, err);
	if (d->is_platform)
		error_hint(err, "more are added there: to \"environments\" in "
			   "its info/gitupgrade.yaml, and then \"git upgrade "
			   "platform init DIR\"");
	return -1;
}
