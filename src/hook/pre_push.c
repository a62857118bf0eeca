#include "hook/hook.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "flow/conditions.h"
#include "flow/destination.h"
#include "flow/push.h"
#include "gate/judge.h"
#include "git/object.h"
#include "git/remotes.h"
#include "hook/input.h"
#include "state/former.h"
#include "state/ledger.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>

/* NULL for the zeroes that stand for "there is none". */
static const char *known_oid(const char *oid)
{
	return oid_is_null(oid) ? NULL : oid;
}

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

/* A refusal, or why there is neither that nor a yes. */
static void say_verdict(const struct reporter *say, const char *env,
			const struct verdict *v)
{
	report(say, REPORT_NOTE, "upgrade: %s: %s: %s%s", env, v->gate,
	       v->kind == VERDICT_UNKNOWN ? "cannot judge: " : "",
	       v->reason);
	for (size_t i = 0; i < v->hints.nr; i++)
		report(say, REPORT_NOTE, "upgrade: hint: %s", v->hints.v[i]);
}

/* 1 refused, 0 fine, -1 error */
static int judge(const struct push_update *u, const struct environment *e,
		 const struct judge *j, struct repo *r,
		 const struct reporter *say, struct error *err)
{
	struct env_state state = ENV_STATE_INIT;
	struct verdict_list list = VERDICT_LIST_INIT;
	struct move m = { .repo = r, .env = e->name, .branch = e->branch,
			  .old = known_oid(u->remote_oid),
			  .new = known_oid(u->local_oid) };
	struct condition_answers answers = CONDITION_ANSWERS_INIT;
	char *back = NULL;
	int ret = -1;

	if (env_state_read(&state, r, e->name, err) < 0)
		goto out;
	back = former_standing(r, e->name, m.old, state.deployed, err);
	if (err->kind)
		goto out;
	m.deployed = back ? back : state.deployed;
	if (conditions_ask_here(&answers, &m, j, NULL, err) < 0 ||
	    judge_move(j, &m, &list, err) < 0)
		goto out;
	for (size_t i = 0; i < list.nr; i++)
		if (list.v[i].kind != VERDICT_OK)
			say_verdict(say, e->name, &list.v[i]);
	ret = list.refused != 0;
out:
	condition_answers_release(&answers);
	verdict_list_release(&list);
	env_state_release(&state);
	free(back);
	return ret;
}

/* Does anything here say which branches are environments? */
static int is_configured(struct repo *r, const struct push_update *u,
			 struct error *err)
{
	const char *oids[] = { u->remote_oid, u->local_oid };
	char *own = config_file(r);
	int is = file_exists(own);

	for (size_t i = 0; !is && i < ARRAY_SIZE(oids); i++) {
		char *name = xstrfmt("%s:" CONFIG_FILE, oids[i]);

		if (known_oid(oids[i]))
			is = object_find(r, name, NULL, NULL, err);
		free(name);
	}
	free(own);
	return is;
}

/* The environment by what we know, else by the configuration that judges. */
static int judge_update(const struct push_update *u,
			const struct env_list *envs, struct repo *r,
			const struct reporter *say, struct error *err)
{
	const struct environment *e = env_list_of_branch(envs, u->branch);
	struct judge j = JUDGE_INIT;
	int ret = e ? 1 : is_configured(r, u, err);

	if (ret <= 0)
		return ret;
	ret = judge_open(&j, r, known_oid(u->remote_oid),
			 known_oid(u->local_oid), NULL, err);
	if (!ret && !e)
		e = profile_environment_of(&j.config.profile, u->branch);
	if (!ret && e) {
		if (j.warning)
			report(say, REPORT_WARNING, "%s", j.warning);
		ret = judge(u, e, &j, r, say, err);
	}
	judge_release(&j);
	return ret;
}

/* 1 when any of the updates is refused. */
static int judge_all(struct strvec *lines, const struct env_list *envs,
		     struct repo *r, const struct reporter *say,
		     struct error *err)
{
	int refused = 0;

	for (size_t i = 0; i < lines->nr; i++) {
		struct push_update u;
		int no;

		if (push_update_parse(&u, lines->v[i], err) < 0)
			return -1;
		if (!u.branch || is_judged(&u))
			continue;
		no = judge_update(&u, envs, r, say, err);
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
