#include "flow/destination_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/url.h"
#include "state/backup_publish.h"
#include "state/publish.h"

#include <stdlib.h>
#include <string.h>

int url_is_upstream(const struct remote_list *remotes,
		    const struct product *pr, const char *url)
{
	if (pr->upstream_url && url_same(pr->upstream_url, url))
		return 1;
	return pr->upstream && remote_is_at(remotes, pr->upstream, url);
}

/* Lists hold a remote's URLs one after the other. */
static void beside_upstream(struct strvec *names,
			    const struct remote_list *remotes,
			    const struct product *pr)
{
	for (size_t i = 0, next; i < remotes->nr; i = next) {
		const char *name = remotes->v[i].remote;
		int upstream = pr->upstream && !strcmp(name, pr->upstream);

		for (next = i; next < remotes->nr &&
		     !strcmp(remotes->v[next].remote, name); next++)
			upstream |= url_is_upstream(remotes, pr,
						    remotes->v[next].url);
		if (!upstream)
			strvec_push(names, name);
	}
}

int remotes_beside_upstream(struct strvec *names, const struct repo *r,
			    const struct product *pr, struct error *err)
{
	struct remote_list remotes = REMOTE_LIST_INIT;
	int ret = remote_list_read(&remotes, r, err);

	if (!ret)
		beside_upstream(names, &remotes, pr);
	remote_list_release(&remotes);
	return ret;
}

int discover_platform(struct repo *r, struct product *pr, struct error *err)
{
	struct ls_remote refs = LS_REMOTE_INIT;
	struct env_list list = ENV_LIST_INIT;
	struct remote_list remotes = REMOTE_LIST_INIT;
	char *configured = repo_config(r, "upgrade.upstream");
	int found = 0;

	if (configured || !pr->upstream)
		goto out;
	if (remote_list_read(&remotes, r, err) < 0)
		found = -1;
	else if (remote_list_has(&remotes, pr->upstream))
		found = ls_remote_read(&refs, r, pr->upstream, err) < 0 ?
			-1 : state_fetch(&list, r, pr->upstream, &refs, err);
	if (found > 0) {
		product_release(pr);
		if (product_open(pr, r, NULL, err) < 0)
			found = -1;
	}
out:
	free(configured);
	remote_list_release(&remotes);
	env_list_release(&list);
	ls_remote_release(&refs);
	return found;
}

/* The branch of an environment, as far as one knows without asking. */
static char *branch_known(struct repo *r, const struct product *pr,
			  const char *env)
{
	struct env_list list = ENV_LIST_INIT;
	const struct environment *e;
	char *branch = NULL;

	environments_known(&list, r, pr);
	e = env_list_find(&list, env);
	if (e)
		branch = xstrdup(e->branch);
	env_list_release(&list);
	return branch;
}

static char *configured_remote(const struct repo *r, const char *branch)
{
	char *remote = NULL;

	if (branch) {
		char *key = xstrfmt("branch.%s.pushRemote", branch);

		remote = repo_config(r, key);
		free(key);
	}
	return remote ? remote : repo_config(r, "remote.pushDefault");
}

/* A remote that was named for evidence alone is not meant for branches. */
static void push_candidates(struct strvec *names, const struct repo *r,
			    const struct remote_list *remotes,
			    const struct product *pr)
{
	struct strvec all = STRVEC_INIT;
	char *state = repo_config(r, "upgrade.stateRemote");

	beside_upstream(&all, remotes, pr);
	for (size_t i = 0; i < all.nr; i++)
		if (all.nr == 1 || !state || strcmp(all.v[i], state))
			strvec_push(names, all.v[i]);
	strvec_release(&all);
	free(state);
}

char *push_remote(const struct repo *r, const struct product *pr,
		  const char *branch)
{
	struct error ignored = ERROR_INIT;
	struct remote_list remotes = REMOTE_LIST_INIT;
	struct strvec names = STRVEC_INIT;
	char *remote = configured_remote(r, branch);

	if (!remote && !remote_list_read(&remotes, r, &ignored))
		push_candidates(&names, r, &remotes, pr);
	if (names.nr == 1)
		remote = xstrdup(names.v[0]);
	error_release(&ignored);
	remote_list_release(&remotes);
	strvec_release(&names);
	return remote;
}

static int choose_remote(struct destination *d, struct repo *r,
			 const struct remote_list *remotes,
			 const struct product *pr, const char *env,
			 const char *branch, struct error *err)
{
	struct strvec names = STRVEC_INIT;
	int ret = 0;

	/* Before anything is known, a branch has the environment's name. */
	d->remote = configured_remote(r, branch ? branch : env);
	if (d->remote)
		return 0;
	push_candidates(&names, r, remotes, pr);
	if (names.nr == 1)
		d->remote = xstrdup(names.v[0]);
	else
		ret = refuse_remotes(&names, r, pr, env, branch, err);
	strvec_release(&names);
	return ret;
}

static int check_url(struct destination *d, struct repo *r,
		     const struct remote_list *remotes,
		     const struct product *pr, struct error *err)
{
	const char *url = remote_push_url(remotes, d->remote, err);
	struct buf shown = BUF_INIT;

	if (!url)
		return -1;
	buf_add_url(&shown, url);
	d->url = buf_detach(&shown);
	if (!url_is_upstream(remotes, pr, url)) {
		ssh_share_begin(&d->share, r, url);
		return 0;
	}
	error_set(err, ERROR_REFUSED, "remote '%s' is upstream (%s); your "
		  "production branch does not go there", d->remote, d->url);
	error_hint(err, "name the remote your environments are on with");
	error_hint(err, "  git remote add platform URL");
	error_hint(err, "  git config remote.pushDefault platform");
	return -1;
}

static const struct environment *find_environment(const struct env_list *list,
						  const char *env,
						  const char *branch)
{
	return env ? env_list_find(list, env) :
		     env_list_of_branch(list, branch);
}

static int is_engine(enum deploy_driver driver)
{
	return driver == DEPLOY_BY_COMMAND || driver == DEPLOY_BY_HTTP;
}

/*
 * A platform's repository may also be what the host of another environment
 * pulls, or an engine deploys.
 */
static void add_others(struct destination *d, const struct product *pr,
		       const char *env, const char *branch)
{
	struct env_list configured = ENV_LIST_INIT;
	const struct environment *e;

	env_list_of_product(&configured, pr);
	e = find_environment(&configured, env, branch);
	if (e && e->deploy != DEPLOY_BY_HOOKS &&
	    !find_environment(&d->environments, env, branch)) {
		env_list_add(&d->environments, e->name, e->branch);
		d->environments.v[d->environments.nr - 1].deploy = e->deploy;
	}
	env_list_release(&configured);
}

static int choose_environment(struct destination *d, struct repo *r,
			      const struct product *pr, const char *env,
			      const char *branch, struct error *err)
{
	const struct environment *e = find_environment(&d->environments, env,
						       branch);

	if (!e && !d->is_platform && !env && !d->environments.nr) {
		/* Nothing there deploys; the branch goes by its own name. */
		d->env = xstrdup(branch);
		d->branch = xstrdup(branch);
		return 0;
	}
	if (!e)
		return refuse_environment(d, r, pr, env, branch, err);
	d->env = xstrdup(e->name);
	d->branch = xstrdup(e->branch);
	d->is_pulled = e->deploy == DEPLOY_BY_PULL;
	d->is_driven = is_engine(e->deploy);
	d->is_platform &= !d->is_pulled && !d->is_driven;
	return 0;
}

static int is_elsewhere(const struct destination *d)
{
	return d->state_remote && strcmp(d->state_remote, d->remote);
}

static const struct ls_remote *state_refs(const struct destination *d)
{
	return is_elsewhere(d) ? &d->state : &d->refs;
}

static int read_state(struct destination *d, struct repo *r,
		      struct error *err)
{
	return ls_remote_read_below(&d->state, r, d->state_remote,
				    "refs/upgrade/", 0, err);
}

int destination_refresh(struct destination *d, struct repo *r,
			struct error *err)
{
	if (ls_remote_read(&d->refs, r, d->remote, err) < 0)
		return -1;
	return is_elsewhere(d) ? read_state(d, r, err) : 0;
}

int destination_has_evidence(const struct destination *d)
{
	return d->is_platform || d->is_driven || d->state_remote;
}

const char *destination_state(const struct destination *d, const char *kind)
{
	if (!destination_has_evidence(d))
		return NULL;
	if (d->is_driven)
		return state_shown(&d->own, kind, d->env);
	return state_shown(state_refs(d), kind, d->env);
}

/* What stands here now. */
static int read_own(struct destination *d, struct repo *r, struct error *err)
{
	static const char *const kinds[] = {
		"deployed", "verified", "failed", "ledger"
	};

	ls_remote_release(&d->own);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char *ref = xstrfmt("refs/upgrade/%s/%s", kinds[i], d->env);
		char *oid = NULL;

		if (object_find(r, ref, NULL, &oid, err) > 0)
			strmap_put(&d->own.map, ref, oid);
		free(ref);
	}
	return err->kind ? -1 : 0;
}

static int fetch_driven(struct destination *d, struct repo *r,
			struct error *err)
{
	if (d->state_remote &&
	    (evidence_fetch(r, d->env, d->state_remote, state_refs(d),
			    err) < 0 ||
	     backups_fetch(r, d->env, d->state_remote, state_refs(d),
			   err) < 0))
		return -1;
	return read_own(d, r, err);
}

int destination_publish(struct destination *d, struct repo *r,
			struct error *err)
{
	struct error why = ERROR_INIT;
	int ret = 0;

	FREE_AND_NULL(d->unpublished);
	if (d->state_remote) {
		int is = !evidence_is_unpublished(r, d->env, d->state_remote);

		if (!is)
			ret = evidence_publish(r, d->env, d->state_remote,
					       NULL, &why);
		if (!ret)
			ret = backups_publish(r, d->env, d->state_remote,
					      &why);
		if (ret > 0 || (!ret && !is))
			ret = destination_refresh(d, r, &why);
		if (ret < 0)
			d->unpublished = xstrdup(why.message);
	}
	error_release(&why);
	return fetch_driven(d, r, err);
}

int destination_fetch_state(struct destination *d, struct repo *r,
			    struct error *err)
{
	struct env_list list = ENV_LIST_INIT;
	int ret = 0;

	if (d->is_driven)
		return fetch_driven(d, r, err);
	if (d->is_platform)
		ret = state_fetch(&list, r, d->remote, &d->refs, err);
	else if (d->state_remote)
		ret = state_fetch_published(r, d->state_remote,
					    state_refs(d), d->env, err);
	env_list_release(&list);
	return ret < 0 ? -1 : 0;
}

/* Where the host, or the clients, publish, and what is there. */
static int find_state(struct destination *d, struct repo *r,
		      const struct product *pr, struct error *err)
{
	const struct environment *e = env_list_find(&d->environments, d->env);

	if (!d->is_pulled && !d->is_driven)
		return 0;
	d->state_remote = state_remote(r, &pr->profile, e, d->remote);
	if (is_elsewhere(d) && read_state(d, r, err) < 0)
		return error_hint(err, "it is named by \"git config "
				  "upgrade.stateRemote\"; go without with "
				  "\"git config upgrade.stateRemote .\"");
	return destination_fetch_state(d, r, err);
}

const char *destination_tip(const struct destination *d)
{
	char *ref = xstrfmt("refs/heads/%s", d->branch);
	const char *oid = ls_remote_get(&d->refs, ref);

	free(ref);
	return oid;
}

int destination_fetch_tip(const struct destination *d, struct repo *r,
			  struct error *err)
{
	const char *tip = destination_tip(d);
	int found = tip ? object_find(r, tip, NULL, NULL, err) : 1;

	if (found)
		return found < 0 ? -1 : 0;
	return git_run(r, NULL, err, "fetch", "--quiet", "--no-tags",
		       "--no-write-fetch-head", "--no-auto-maintenance",
		       "--no-recurse-submodules", "--", d->remote, d->branch,
		       NULL);
}

static int find_remote(struct destination *d, struct repo *r,
		       const struct product *pr, const char *env,
		       const char *branch, struct error *err)
{
	struct remote_list remotes = REMOTE_LIST_INIT;
	int ret = -1;

	FREE_AND_NULL(d->remote);
	FREE_AND_NULL(d->url);
	if (!remote_list_read(&remotes, r, err) &&
	    !choose_remote(d, r, &remotes, pr, env, branch, err))
		ret = check_url(d, r, &remotes, pr, err);
	remote_list_release(&remotes);
	return ret;
}

/* The remote; where only upstream is left, after asking what that is. */
static int find_or_discover(struct destination *d, struct repo *r,
			    struct product *pr, const char *env,
			    const char *branch, struct error *err)
{
	struct error ignored = ERROR_INIT;
	int ret = find_remote(d, r, pr, env, branch, err);

	if (ret < 0 && err->kind == ERROR_REFUSED &&
	    discover_platform(r, pr, &ignored) > 0) {
		error_release(err);
		*err = (struct error)ERROR_INIT;
		ret = find_remote(d, r, pr, env, branch, err);
	}
	error_release(&ignored);
	return ret;
}

static int no_branch(struct error *err)
{
	error_set(err, ERROR_REFUSED, "HEAD is on no branch, so no "
		  "environment is checked out");
	return error_hint(err, "name one, as in \"git upgrade push "
			  "production\"");
}

/* `branch` may be NULL, where it is not known yet. */
static int ask_remote(struct destination *d, struct repo *r,
		      struct product *pr, const char *env,
		      const char *branch, struct error *err)
{
	char *ref;

	if (find_or_discover(d, r, pr, env, branch, err) < 0 ||
	    ls_remote_begin(&d->asking, r, d->remote, err) < 0)
		return -1;
	if (branch) {
		ref = xstrfmt("refs/remotes/%s/%s", d->remote, branch);
		d->expected = object_commit(r, ref);
		free(ref);
	}
	return 0;
}

int destination_begin(struct destination *d, struct repo *r,
		      struct product *pr, const char *env, struct error *err)
{
	char *branch = env ? branch_known(r, pr, env) : head_branch(r);
	int ret;

	if (!branch)
		return env ? ask_remote(d, r, pr, env, NULL, err) :
			     no_branch(err);
	ret = ask_remote(d, r, pr, env, branch, err);
	free(branch);
	return ret;
}

static int hear(struct destination *d, struct repo *r, struct product *pr,
		struct error *err)
{
	if (product_finish(pr, r, err) < 0)
		return -1;
	if (!ls_remote_finish(&d->asking, &d->refs, err))
		return 0;
	return error_hint(err, "see where it leads with \"git remote -v\"");
}

int destination_find(struct destination *d, struct repo *r,
		     struct product *pr, const char *env, struct error *err)
{
	char *head = NULL;
	int ret = -1;

	if ((!d->asking.git.is_running &&
	     destination_begin(d, r, pr, env, err) < 0) ||
	    hear(d, r, pr, err) < 0)
		return -1;
	head = head_branch(r);
	d->is_platform = state_fetch(&d->environments, r, d->remote,
				     &d->refs, err);
	if (d->is_platform < 0)
		goto out;
	if (d->is_platform)
		add_others(d, pr, env, head);
	else
		env_list_of_product(&d->environments, pr);
	ret = choose_environment(d, r, pr, env, head, err);
	if (!ret)
		ret = find_state(d, r, pr, err);
out:
	free(head);
	return ret;
}

void destination_release(struct destination *d)
{
	ls_asking_release(&d->asking);
	ssh_share_end(&d->share);
	free(d->expected);
	free(d->remote);
	free(d->url);
	free(d->env);
	free(d->branch);
	free(d->state_remote);
	free(d->unpublished);
	ls_remote_release(&d->refs);
	ls_remote_release(&d->state);
	ls_remote_release(&d->own);
	env_list_release(&d->environments);
	*d = (struct destination)DESTINATION_INIT;
}
