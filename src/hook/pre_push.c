#include "hook/hook.h"

#include "base/mem.h"
#include "flow/destination.h"
#include "flow/push.h"
#include "gate/gate.h"
#include "git/url.h"
#include "model/product.h"
#include "state/ledger.h"
#include "state/remote.h"

#include <stdlib.h>
#include <string.h>

/* One line of the hook's input; points into the line it was cut from. */
struct update {
	const char *local_oid;
	const char *branch;	/* at the remote, short */
	const char *remote_oid;
};

static int parse_update(struct update *u, char *line)
{
	char *loid = strchr(line, ' ');
	char *rref = loid ? strchr(loid + 1, ' ') : NULL;
	char *roid = rref ? strchr(rref + 1, ' ') : NULL;

	if (!roid)
		return 0;
	*loid++ = *rref++ = *roid++ = '\0';
	u->branch = skip_prefix(rref, "refs/heads/");
	u->local_oid = loid;
	u->remote_oid = roid;
	return u->branch != NULL;
}

/* "git upgrade push" has judged this very move already. */
static int is_judged(const struct update *u)
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
	int ret = -1;

	if (platform_remotes(&platforms, r, err) < 0)
		goto out;
	for (size_t i = 0; i < platforms.nr; i++) {
		const char *name = platforms.v[i];
		struct strvec urls = STRVEC_INIT;
		int same = !strcmp(name, remote);

		if (!same && !strcmp(remote, url)) {
			remote_urls(&urls, r, name);
			for (size_t u = 0; u < urls.nr && !same; u++)
				same = url_same(urls.v[u], url);
		}
		strvec_release(&urls);
		if (same && env_list_of_platform(list, r, name, err) < 0)
			goto out;
	}
	ret = env_list_of_config(list, r, err);
out:
	strvec_release(&platforms);
	return ret;
}

static void say_refusal(struct buf *say, const char *env,
			const struct verdict *v)
{
	buf_addf(say, "upgrade: %s: %s: %s\n", env, v->gate, v->reason);
	for (size_t i = 0; i < v->hints.nr; i++)
		buf_addf(say, "upgrade: hint: %s\n", v->hints.v[i]);
}

/* 1 refused, 0 fine, -1 error */
static int judge(const struct update *u, const struct environment *e,
		 struct repo *r, struct buf *say, struct error *err)
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

int hook_pre_push(struct repo *r, int argc, char **argv,
		  const struct buf *in, struct buf *say, struct error *err)
{
	struct env_list envs = ENV_LIST_INIT;
	struct strvec lines = STRVEC_INIT;
	int refused = 0, ret = -1;

	if (argc < 1)
		return error_set(err, ERROR_FATAL,
				 "pre-push: the remote is missing");
	strvec_split(&lines, in->s, '\n');
	if (!lines.nr)
		return 0;
	if (known_environments(&envs, r, argv[0], argc > 1 ? argv[1] : argv[0],
			       err) < 0)
		goto out;
	for (size_t i = 0; i < lines.nr; i++) {
		const struct environment *e;
		struct update u;
		int no;

		if (!parse_update(&u, lines.v[i]))
			continue;
		e = env_list_of_branch(&envs, u.branch);
		if (!e || is_judged(&u))
			continue;
		no = judge(&u, e, r, say, err);
		if (no < 0)
			goto out;
		refused |= no;
	}
	if (refused)
		buf_adds(say, "upgrade: see \"git upgrade status\"; to push all "
			 "the same: git push --no-verify (a platform of ours "
			 "will still refuse)\n");
	ret = refused;
out:
	strvec_release(&lines);
	env_list_release(&envs);
	return ret;
}
