/* Which branches are environments, who deploys them, which others might be. */
#include "flow/init_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "flow/hooks.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The last part of a branch's name, where that can be one's. */
static char *environment_name(const char *branch)
{
	char *name = xstrdup(path_base(branch));

	if (profile_is_name(name))
		return name;
	free(name);
	return xstrdup("production");
}

static void add_environment(struct init_plan *p, const char *name,
			    const char *branch, enum deploy_driver deploy,
			    const char *driver)
{
	struct environment *e;

	env_list_add(&p->environments, name, branch);
	e = &p->environments.v[p->environments.nr - 1];
	e->deploy = deploy;
	e->driver = xstrdup_or_null(driver);
}

static int no_such_driver(const struct profile *p, const char *who,
			  struct error *err)
{
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < p->nr_deployers; i++)
		buf_addf(&names, " or %s", p->deployers[i].name);
	error_set(err, ERROR_USAGE, "--deploy is hooks or pull%s, not '%s'",
		  names.s, who);
	buf_release(&names);
	return p->nr_deployers ? -1 :
	       error_hint(err, "the profile has no driver: describe yours in "
			  "'drivers', see gitupgrade-profile(5)");
}

/* A way, or a driver of the profile by its name. */
static int name_driver(struct environment *e, const struct profile *p,
		       const char *who, struct error *err)
{
	int way = deploy_driver_named(who);

	FREE_AND_NULL(e->driver);
	for (size_t i = 0; way < 0 && i < p->nr_deployers; i++) {
		if (strcmp(p->deployers[i].name, who))
			continue;
		e->driver = xstrdup(who);
		way = (int)deployer_kind(&p->deployers[i]);
	}
	if (way < 0)
		return no_such_driver(p, who, err);
	e->deploy = (enum deploy_driver)way;
	if (e->deploy == DEPLOY_BY_HOOKS || e->deploy == DEPLOY_BY_PULL)
		return 0;
	return profile_deployer(p, e, err) ? 0 : -1;
}

static int load_named(struct profile *p, const char *profile,
		      struct error *err)
{
	return strchr(profile, '/') ? profile_load_file(p, profile, err) :
				      profile_load(p, profile, err);
}

/* Who deploys the branch that is checked out, by --deploy. */
static int set_driver(struct init_plan *p, const struct init_request *req,
		      const struct profile *now, struct error *err)
{
	struct profile named = PROFILE_INIT;
	struct environment *e = NULL;
	int ret = 0;

	for (size_t i = 0; !e && i < p->environments.nr; i++)
		if (!strcmp(p->environments.v[i].branch, p->branch))
			e = &p->environments.v[i];
	if (!e) {
		error_set(err, ERROR_REFUSED, "branch '%s' is the branch of "
			  "no environment, so nobody deploys it", p->branch);
		return error_hint(err, "go to the one that is deployed with "
				  "\"git switch BRANCH\"");
	}
	if (req->profile)
		ret = load_named(&named, req->profile, err);
	if (!ret)
		ret = name_driver(e, req->profile ? &named : now, req->deploy,
				  err);
	profile_release(&named);
	return ret;
}

/* How far what is called so is from production; 0: it is called otherwise. */
static int rank_of(const char *branch)
{
	static const struct {
		const char *name;
		int rank;
	} names[] = {
		{ "production", 1 }, { "prod", 1 }, { "live", 1 },
		{ "preprod", 2 }, { "uat", 3 }, { "acceptance", 3 },
		{ "staging", 4 }, { "stage", 4 }, { "stag", 4 },
		{ "qa", 5 }, { "testing", 5 },
		{ "integration", 6 }, { "dev", 6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcasecmp(path_base(branch), names[i].name))
			return names[i].rank;
	return 0;
}

/* The one of them that is right before it; NULL: none, or several are. */
static const struct environment *find_before(const struct env_list *list,
					     const struct environment *e)
{
	const struct environment *found = NULL;
	int rank = rank_of(e->branch), nearest = 0, same = 0;

	for (size_t i = 0; rank && i < list->nr; i++) {
		int this = rank_of(list->v[i].branch);

		if (this <= rank || (found && this > nearest))
			continue;
		same = found && this == nearest;
		nearest = this;
		found = &list->v[i];
	}
	return same ? NULL : found;
}

/* Who has said of one from where it is promoted, has said it of all. */
static void find_sources(struct env_list *list, const struct product *now)
{
	for (size_t i = 0; i < now->profile.nr_environments; i++)
		if (now->profile.environments[i].promotes_from)
			return;
	for (size_t i = 0; i < list->nr; i++) {
		const struct environment *from = find_before(list,
							     &list->v[i]);

		/* Borrowed: the list does not free it. */
		if (from)
			list->v[i].promotes_from = from->name;
	}
}

int init_find_environments(struct init_plan *p,
			   const struct init_request *req,
			   const struct product *now, struct error *err)
{
	const struct environment *known = now->profile.environments;
	char *name;

	p->is_upstreams = branch_is_upstreams(req->repo, now, p->branch);
	for (size_t i = 0; i < now->nr_configured; i++)
		add_environment(p, known[i].name, known[i].branch,
				known[i].deploy, known[i].driver);
	/* A platform says which there are. */
	if (!now->profile.nr_environments && !p->is_upstreams) {
		name = environment_name(p->branch);
		add_environment(p, name, p->branch, DEPLOY_BY_HOOKS, NULL);
		free(name);
	}
	find_sources(&p->environments, now);
	return req->deploy ? set_driver(p, req, &now->profile, err) : 0;
}


/* "refs/heads/x" and "refs/remotes/origin/x" are both x. */
static const char *branch_of_ref(const char *ref)
{
	const char *name = skip_prefix(ref, "refs/remotes/");

	if (!name)
		return skip_prefix(ref, "refs/heads/");
	name = strchr(name, '/');
	return name ? name + 1 : NULL;
}

int init_suggest(struct init_plan *p, const struct repo *r,
		 const struct product *now, struct error *err)
{
	struct strvec refs = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "for-each-ref", "--format=%(refname)",
			  "refs/heads/", "refs/remotes/", NULL);

	strvec_split(&refs, out.s, '\n');
	for (size_t i = 0; !ret && i < refs.nr; i++) {
		const char *branch = branch_of_ref(refs.v[i]);

		if (branch && rank_of(branch) &&
		    strcmp(branch, p->branch) &&
		    !env_list_of_branch(&p->environments, branch) &&
		    !strvec_has(&p->suggested, branch) &&
		    !branch_is_upstreams(r, now, branch))
			strvec_push(&p->suggested, branch);
	}
	strvec_release(&refs);
	buf_release(&out);
	return ret;
}
