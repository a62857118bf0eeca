#include "hook/hook.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/vec.h"
#include "flow/destination.h"
#include "flow/push.h"
#include "gate/gate.h"
#include "hook/input.h"
#include "model/product.h"
#include "state/ledger.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>

/* "git upgrade push" has judged this very move already. */
static int is_judged(const struct push_update *u)
{
	const char *judged = getenv(PUSH_JUDGED_ENV);
	char *this = xstrfmt("%s:refs/heads/%s", u->local_oid, u->branch);
	int same = judged && !strcmp(judged, this);

	free(this);
	return same;
}

/*
 * The environments behind that remote, without asking it: what it said when
 * it was last asked, and what is configured.  A push by URL is looked up
 * among all platforms.
 */
static int known_environments(struct env_list *list, struct repo *r,
			      const char *remote, const char *url,
			      struct error *err)
{
	struct strvec platforms = STRVEC_INIT;
	struct remote_list remotes = REMOTE_LIST_INIT;
	int by_url = !strcmp(remote, url), ret = -1;

	if (platform_remotes(&platforms, r, err) < 0 ||
	    (by_url && platforms.nr &&
	     remote_list_read(&remotes, r, err) < 0))
		goto out;
	for (size_t i = 0; i < platforms.nr; i++) {
		const char *name = platforms.v[i];

		if (strcmp(name, remote) &&
		    !(by_url && remote_is_at(&remotes, name, url)))
			continue;
		if (env_list_of_platform(list, r, name, err) < 0)
			goto out;
	}
	ret = env_list_of_config(list, r, err);
out:
	strvec_release(&platforms);
	remote_list_release(&remotes);
	return ret;
}

static void say_refusal(const struct reporter *say, const char *env,
			const struct verdict *v)
{
	report(say, REPORT_NOTE, "upgrade: %s: %s: %s", env, v->gate,
	       v->reason);
	for (size_t i = 0; i < v->hints.nr; i++)
		report(say, REPORT_NOTE, "upgrade: hint: %s", v->hints.v[i]);
}

/* 1 refused, 0 fine, -1 error */
static int judge(const struct push_update *u, const struct environment *e,
		 struct repo *r, const struct reporter *say,
		 struct error *err)
{
	struct product product = PRODUCT_INIT;
	struct env_state state = ENV_STATE_INIT;
	struct verdict_list list = VERDICT_LIST_INIT;
	struct move m = { .repo = r, .profile = &product.profile,
			  .releases = &product.releases, .env = e->name,
			  .branch = e->branch };
	int ret = -1;

	m.old = oid_is_null(u->remote_oid) ? NULL : u->remote_oid;
	m.new = oid_is_null(u->local_oid) ? NULL : u->local_oid;
	if (product_open(&product, r, m.new, err) < 0 ||
	    env_state_read(&state, r, e->name, err) < 0)
		goto out;
	m.deployed = state.deployed;
	if (gates_judge(&m, &list, err) < 0)
		goto out;
	for (size_t i = 0; i < list.nr; i++)
		if (list.v[i].kind == VERDICT_REFUSED)
			say_refusal(say, e->name, &list.v[i]);
	ret = list.refused != 0;
out:
	verdict_list_release(&list);
	env_state_release(&state);
	product_release(&product);
	return ret;
}

/* 1 when any of the updates is refused. */
static int judge_all(struct strvec *lines, const struct env_list *envs,
		     struct repo *r, const struct reporter *say,
		     struct error *err)
{
	int refused = 0;

	for (size_t i = 0; i < lines->nr; i++) {
		const struct environment *e;
		struct push_update u;
		int no;

		if (push_update_parse(&u, lines->v[i], err) < 0)
			return -1;
		e = u.branch ? env_list_of_branch(envs, u.branch) : NULL;
		if (!e || is_judged(&u))
			continue;
		no = judge(&u, e, r, say, err);
		if (no < 0)
			return -1;
		refused |= no;
	}
	return refused;
}

int hook_pre_push(const struct hook *h, struct error *err)
{
	struct repo r = REPO_INIT;
	struct env_list envs = ENV_LIST_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = -1;

	if (h->argc < 1)
		return error_set(err, ERROR_USAGE,
				 "pre-push: the remote is missing");
	if (hook_read_lines(h->in, &lines, err) < 0)
		goto out;
	ret = 0;
	if (!lines.nr)
		goto out;
	if (repo_open(&r, NULL, err) < 0 ||
	    known_environments(&envs, &r, h->argv[0],
			       h->argv[h->argc > 1], err) < 0)
		ret = -1;
	else
		ret = judge_all(&lines, &envs, &r, h->say, err);
	if (ret > 0)
		report(h->say, REPORT_NOTE, "upgrade: see \"git upgrade "
		       "status\"; to push all the same: git push --no-verify "
		       "(a platform of ours will still refuse)");
out:
	strvec_release(&lines);
	env_list_release(&envs);
	repo_release(&r);
	return ret;
}
