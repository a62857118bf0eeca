#include "flow/status_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "flow/merge.h"
#include "git/object.h"
#include "git/ref.h"
#include "model/path.h"
#include "state/backup.h"
#include "state/backup_publish.h"
#include "state/host.h"

#include <stdlib.h>
#include <string.h>

static struct env_status *find_env(const struct status *s, const char *name)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->v[i].name, name))
			return &s->v[i];
	return NULL;
}

/* Where no platform deploys it. */
static enum env_runner runner_of(enum deploy_driver driver)
{
	switch (driver) {
	case DEPLOY_BY_PULL:
		return RUNNER_HOST;
	case DEPLOY_BY_COMMAND:
	case DEPLOY_BY_HTTP:
		return RUNNER_ENGINE;
	case DEPLOY_BY_HOOKS:
		break;
	}
	return RUNNER_UNKNOWN;
}

static void add(struct status *s, const struct repo *r,
		const struct environment *e, const char *remote)
{
	int here = host_is_here(r, e->name);

	if (find_env(s, e->name))
		return;
	ALLOC_GROW(s->v, s->nr + 1, s->alloc);
	s->v[s->nr++] = (struct env_status){
		.name = xstrdup(e->name), .branch = xstrdup(e->branch),
		.runner = here ? RUNNER_HERE : remote ? RUNNER_PLATFORM :
			  runner_of(e->deploy),
		.remote = xstrdup_or_null(here ? NULL : remote),
		.adopted = ADOPTED_INIT, .state = ENV_STATE_INIT,
		.health = HEALTH_INIT, .lock = ENV_LOCK_INIT,
		.held = ENV_HOLD_INIT, .removed = EVENT_INIT,
		.backups = BACKUP_LIST_INIT,
		.here = HERE_STATUS_INIT, .run = ENGINE_RUN_INIT,
		.publication = PUBLICATION_INIT, .ahead = -1, .behind = -1,
	};
}

/* What the remotes said, each of which is asked once. */
struct answer {
	char *remote;
	struct ls_remote refs;
	int failed;			/* and a warning said so */
};

struct answers {
	struct answer *v;
	size_t nr, alloc;
};

static const struct answer *answer_of(const struct answers *a,
				      const char *remote)
{
	for (size_t i = 0; i < a->nr; i++)
		if (!strcmp(a->v[i].remote, remote))
			return &a->v[i];
	return NULL;
}

/* Trouble is a warning, for the others go on.  `prefix`: of these refs. */
static struct answer *ask(struct answers *a, struct repo *r,
			  const char *remote, const char *prefix,
			  const struct reporter *say)
{
	struct error err = ERROR_INIT;
	struct answer *new;

	ALLOC_GROW(a->v, a->nr + 1, a->alloc);
	new = &a->v[a->nr++];
	*new = (struct answer){ xstrdup(remote), LS_REMOTE_INIT, 0 };
	new->failed = (prefix ? ls_remote_read_below(&new->refs, r, remote,
						     prefix, 0, &err) :
		       ls_remote_read(&new->refs, r, remote, &err)) < 0;
	if (new->failed)
		report(say, REPORT_WARNING, "%s; what follows may be old",
		       err.message);
	error_release(&err);
	return new;
}

static void answers_release(struct answers *a)
{
	for (size_t i = 0; i < a->nr; i++) {
		free(a->v[i].remote);
		ls_remote_release(&a->v[i].refs);
	}
	free(a->v);
}

/* Is it a platform, and what has it deployed? */
static void ask_platform(struct answers *a, struct repo *r,
			 const char *remote, const struct reporter *say)
{
	const struct answer *said = ask(a, r, remote, NULL, say);
	struct env_list list = ENV_LIST_INIT;
	struct error err = ERROR_INIT;

	if (!said->failed &&
	    state_fetch(&list, r, remote, &said->refs, &err) < 0)
		report(say, REPORT_WARNING, "%s; what follows may be old",
		       err.message);
	error_release(&err);
	env_list_release(&list);
}

/* The remote that is pushed to comes first. */
static void prefer_push_default(struct strvec *remotes, const struct repo *r)
{
	char *name = repo_config(r, "remote.pushDefault");

	for (size_t i = 0; name && i < remotes->nr; i++) {
		char *found = remotes->v[i];

		if (strcmp(found, name))
			continue;
		for (; i; i--)
			remotes->v[i] = remotes->v[i - 1];
		remotes->v[0] = found;
		break;
	}
	free(name);
}

/*
 * What platforms say is kept by the names of environments: where two have
 * the same, the first is shown, and is asked last so that it is what is kept.
 */
static void warn_doubles(const struct status *s, const struct env_list *list,
			 const char *remote, const struct reporter *say)
{
	for (size_t e = 0; e < list->nr; e++)
		for (size_t i = 0; i < s->nr; i++)
			if (s->v[i].remote &&
			    !strcmp(s->v[i].name, list->v[e].name))
				report(say, REPORT_WARNING, "'%s' and '%s' "
				       "both have an environment %s; what "
				       "'%s' says is shown", s->v[i].remote,
				       remote, s->v[i].name, s->v[i].remote);
}

/* It is deployed here, and there by the same name: one of the two is wrong. */
static void warn_own(const struct repo *r, const struct env_list *list,
		     const char *remote, const struct reporter *say)
{
	for (size_t e = 0; e < list->nr; e++)
		if (host_is_here(r, list->v[e].name))
			report(say, REPORT_WARNING, "%s is deployed here, and "
			       "'%s' deploys an environment of that name, too; "
			       "what was deployed here is shown",
			       list->v[e].name, remote);
}

/* Without what only we have, which stays. */
static int fetch_state(struct repo *r, const struct env_status *e,
		       const struct ls_remote *refs, struct error *err)
{
	const char *remote = e->state_remote;

	if (e->runner == RUNNER_ENGINE)
		return evidence_fetch(r, e->name, remote, refs, err) < 0 ?
			-1 : backups_fetch(r, e->name, remote, refs, err);
	if (state_fetch_published(r, remote, refs, e->name, err) < 0)
		return -1;
	return host_is_here(r, e->name) ? 0 :
	       state_fetch_backups(r, remote, refs, e->name, err);
}

/* What the host of an environment, or its clients, published. */
static void ask_state(struct answers *a, struct repo *r,
		      const struct env_status *e, const struct reporter *say)
{
	const struct answer *said = answer_of(a, e->state_remote);
	struct error err = ERROR_INIT;

	if (!said)
		said = ask(a, r, e->state_remote, "refs/upgrade/", say);
	if (!said->failed && fetch_state(r, e, &said->refs, &err) < 0)
		report(say, REPORT_WARNING, "%s; what follows may be old",
		       err.message);
	error_release(&err);
}

/* And where. */
static void find_state(struct status *s, struct answers *a, struct repo *r,
		       const struct environment *env, unsigned flags,
		       const struct reporter *say)
{
	struct env_status *e = find_env(s, env->name);

	if (!e || (e->runner != RUNNER_HOST && e->runner != RUNNER_ENGINE))
		return;
	e->remote = push_remote(r, &s->product, e->branch);
	e->state_remote = state_remote(r, &s->product.profile, env,
				       e->remote);
	if (e->state_remote && !(flags & STATUS_NO_FETCH))
		ask_state(a, r, e, say);
}

/* What a host deploys, it knows: whom it pulls from need not answer for it. */
static int is_pulled_from(const struct repo *r, const char *remote,
			  const struct env_list *configured)
{
	int is = 0;

	for (size_t i = 0; !is && i < configured->nr; i++) {
		const struct environment *env = &configured->v[i];
		char *key = xstrfmt("branch.%s.remote", env->branch);
		char *name = repo_config(r, key);

		is = name && !strcmp(name, remote) &&
		     host_is_here(r, env->name);
		free(key);
		free(name);
	}
	return is;
}

/* What has been pushed there, where it was asked. */
static void find_there(struct env_status *e, const struct answers *a)
{
	const struct answer *said = e->remote ? answer_of(a, e->remote) : NULL;
	char *ref = xstrfmt("refs/heads/%s", e->branch);

	if (said && e->runner != RUNNER_HERE)
		e->there = xstrdup_or_null(ls_remote_get(&said->refs, ref));
	free(ref);
}

/* The environments of a platform. */
static int add_of_platform(struct status *s, struct repo *r,
			   const char *remote, const struct reporter *say,
			   struct error *err)
{
	struct env_list list = ENV_LIST_INIT;
	int found = env_list_of_platform(&list, r, remote, err);

	warn_own(r, &list, remote, say);
	warn_doubles(s, &list, remote, say);
	for (size_t e = 0; e < list.nr; e++)
		add(s, r, &list.v[e], remote);
	s->has_platform |= found > 0;
	env_list_release(&list);
	return found;
}

static int find_environments(struct status *s, struct repo *r,
			     unsigned flags, const struct reporter *say,
			     struct error *err)
{
	struct strvec remotes = STRVEC_INIT, platforms = STRVEC_INIT;
	struct env_list configured = ENV_LIST_INIT;
	struct answers answers = { NULL, 0, 0 };
	int ret = -1;

	if (remotes_beside_upstream(&remotes, r, &s->product, err) < 0 ||
	    platform_remotes(&platforms, r, err) < 0)
		goto out;
	env_list_of_product(&configured, &s->product);
	prefer_push_default(&remotes, r);
	for (size_t i = remotes.nr; i-- && !(flags & STATUS_NO_FETCH);)
		if (strvec_has(&platforms, remotes.v[i]) ||
		    !is_pulled_from(r, remotes.v[i], &configured))
			ask_platform(&answers, r, remotes.v[i], say);
	for (size_t i = 0; i < remotes.nr; i++)
		if (add_of_platform(s, r, remotes.v[i], say, err) < 0)
			goto out;
	for (size_t i = 0; i < configured.nr; i++)
		add(s, r, &configured.v[i], NULL);
	for (size_t i = 0; i < configured.nr; i++)
		find_state(s, &answers, r, &configured.v[i], flags, say);
	for (size_t i = 0; i < s->nr; i++)
		find_there(&s->v[i], &answers);
	status_order(s, &configured);
	ret = 0;
out:
	strvec_release(&remotes);
	strvec_release(&platforms);
	env_list_release(&configured);
	answers_release(&answers);
	return ret;
}

/* Commits of its branch that are not deployed. */
static void find_ahead(struct env_status *e, struct repo *r)
{
	struct error ignored = ERROR_INIT;
	char *count;

	if (!e->commit || !e->state.deployed)
		return;
	count = git_line(r, &ignored, "rev-list", "--count", e->commit, "--not",
			 e->state.deployed, "--", NULL);
	if (count)
		e->ahead = strtol(count, NULL, 10);
	free(count);
	error_release(&ignored);
}

/*
 * The branch here, else as it was last fetched from the platform.  One that
 * has nothing of its own, as after a promotion, is only old.
 */
static void find_commit(struct env_status *e, struct repo *r)
{
	char *ref = xstrfmt("refs/heads/%s", e->branch);

	e->commit = object_commit(r, ref);
	e->local = e->commit != NULL;
	if (!e->commit && e->remote) {
		free(ref);
		ref = xstrfmt("refs/remotes/%s/%s", e->remote, e->branch);
		e->commit = object_commit(r, ref);
	}
	find_ahead(e, r);
	if (!e->commit || (!e->ahead && e->runner != RUNNER_HERE &&
			   !are_same(e->commit, e->state.deployed))) {
		free(e->commit);
		e->commit = xstrdup_or_null(e->state.deployed);
		e->local = 0;
	}
	free(ref);
}

static void find_next(struct env_status *e, const struct product *pr)
{
	const struct release_list *list = &pr->releases;
	const struct release *from = e->adopted.release;

	if (!from || e->adopted.state != ADOPTED_KNOWN)
		return;
	e->none_newer = 1;
	for (size_t i = list->nr; i-- > 0 && !e->next; ) {
		const struct release *to = &list->v[i];

		if (to->prerelease ||
		    version_cmp(&to->version, &from->version) <= 0)
			continue;
		e->none_newer = 0;
		if (path_is_legal(&pr->profile, from, to))
			e->next = to;
	}
}

/* Where all this leads to in the end. */
static void find_newest(struct env_status *e, const struct product *pr)
{
	const struct release *newest = path_newest(&pr->releases,
						   &pr->profile);
	const struct release *from = e->adopted.release;
	struct path path = PATH_INIT;

	if (from && newest && e->adopted.state == ADOPTED_KNOWN &&
	    version_cmp(&newest->version, &from->version) > 0 &&
	    path_find(&path, &pr->releases, &pr->profile, from, newest) > 0)
		e->newest = newest;
	path_release(&path);
}

static void find_standing(struct env_status *e)
{
	if (e->here.down || e->health.kind == HEALTH_DOWN)
		e->standing = STANDING_DOWN;
	else if (!e->state.deployed)
		e->standing = STANDING_EMPTY;
	else if (are_same(e->state.deployed, e->state.verified))
		e->standing = STANDING_OK;
	else
		e->standing = STANDING_UNVERIFIED;
	e->is_under_way = e->there && !are_same(e->there, e->state.deployed) &&
			  !are_same(e->there, e->state.failed);
}

/* Of two neighbours. */
static void find_behind(struct env_status *e, const struct env_status *before,
			const struct product *pr)
{
	const struct release *from, *to;
	struct path path = PATH_INIT;

	if (!e->deployed_release || !before->deployed_release)
		return;
	from = release_find(&pr->releases, e->deployed_release);
	to = release_find(&pr->releases, before->deployed_release);
	if (!from || !to)
		return;
	if (version_cmp(&to->version, &from->version) <= 0)
		e->behind = 0;
	else if (path_find(&path, &pr->releases, &pr->profile, from, to) > 0)
		e->behind = (long)path.nr;
	path_release(&path);
}

/* What only the host knows. */
static void look_here(struct env_status *e, struct repo *r,
		      const struct product *pr)
{
	const struct environment *env = profile_environment(&pr->profile,
							    e->name);

	here_look(&e->here, r, e->name);
	publication_read(&e->publication, r, e->name);
	if (env)
		e->state_remote = state_remote_of_host(r, &pr->profile, env);
	e->is_published = e->state_remote &&
		publication_is_complete(&e->publication, r, e->name,
					e->state_remote);
}

/* What only this client knows. */
static int look_at_engine(struct env_status *e, struct repo *r,
			  struct error *err)
{
	publication_read(&e->publication, r, e->name);
	e->is_published = e->state_remote &&
		publication_is_complete(&e->publication, r, e->name,
					e->state_remote);
	return engine_run_read(&e->run, r, e->name, err);
}

/* That one environment's release cannot be told keeps nobody from others. */
static void find_adopted(struct env_status *e, struct repo *r,
			 const struct product *pr, const struct reporter *say)
{
	struct error err = ERROR_INIT;
	struct buf hints = BUF_INIT;

	if (!e->commit || !adopted_read(&e->adopted, r, &pr->releases,
					e->commit, &err))
		return;
	adopted_release(&e->adopted);
	e->trouble = xstrdup(err.message);
	/* Cut off; its hints are about the branch that is checked out. */
	if (err.kind == ERROR_REFUSED)
		buf_addf(&hints, "\nfetch what is missing with \"git fetch "
			 "--unshallow%s%s\"", e->remote ? " " : "",
			 e->remote ? e->remote : "");
	else
		for (size_t i = 0; i < err.hints.nr; i++)
			buf_addf(&hints, "\n%s", err.hints.v[i]);
	report(say, REPORT_WARNING, "%s: %s%s", e->name, err.message, hints.s);
	error_release(&err);
	buf_release(&hints);
}

/* Only platforms keep locks, and hold. */
static int find_lock(struct env_status *e, struct repo *r, struct error *err)
{
	struct hold h = HOLD_INIT;
	int held = 0;

	if (e->runner == RUNNER_PLATFORM)
		held = env_lock_read(&e->lock, r, e->name, err);
	e->is_locked = held > 0;
	e->is_ours = held > 0 && hold_find(&h, r, &e->lock);
	hold_release(&h);
	if (held >= 0 && e->runner == RUNNER_PLATFORM)
		held = env_hold_read(&e->held, r, e->name, err);
	return held < 0 ? -1 : 0;
}

/* Most environments have none, and a look at all names is one question. */
static int find_backups(struct status *s, struct repo *r, struct error *err)
{
	struct ref_list refs = REF_LIST_INIT;
	struct strmap seen = STRMAP_INIT;
	int ret = ref_list_read(&refs, r, err, BACKUP_REFS, NULL);

	for (size_t i = 0; !ret && i < refs.nr; i++) {
		const char *name = refs.v[i].name + strlen(BACKUP_REFS);
		char *env = xstrndup(name, strcspn(name, "/"));
		struct env_status *e = find_env(s, env);

		if (e && strmap_put(&seen, env, NULL))
			ret = backups_read(&e->backups, r, env, err);
		free(env);
	}
	strmap_release(&seen);
	ref_list_release(&refs);
	return ret;
}

static int read_one(struct env_status *e, struct repo *r,
		    const struct product *pr, const struct reporter *say,
		    struct error *err)
{
	const struct environment *env = profile_environment(&pr->profile,
							    e->name);

	if (env_state_read(&e->state, r, e->name, err) < 0 ||
	    health_read(&e->health, r, e->name, &e->state, err) < 0 ||
	    find_lock(e, r, err) < 0 || status_find_removed(e, r, err) < 0)
		return -1;
	if (e->runner == RUNNER_HERE)
		look_here(e, r, pr);
	if (e->runner == RUNNER_ENGINE && look_at_engine(e, r, err) < 0)
		return -1;
	if (env && env->promotes_from)
		e->promotes_from = xstrdup(env->promotes_from);
	find_commit(e, r);
	find_adopted(e, r, pr, say);
	if (e->adopted.recorded)
		e->release = xstrdup(e->adopted.record.release);
	else if (e->adopted.release)
		e->release = xstrdup(e->adopted.release->name);
	e->deployed_release = adopted_name_at(r, &pr->releases,
					      e->state.deployed);
	e->verified_release = adopted_name_at(r, &pr->releases,
					      e->state.verified);
	find_next(e, pr);
	find_newest(e, pr);
	find_standing(e);
	return 0;
}

static int in_git_dir(const struct repo *r, const char *name)
{
	char *path = repo_path(r, name);
	int there = file_exists(path);

	free(path);
	return there;
}

/* A state that git's own commands have made void is none. */
static int is_upgrading(struct repo *r)
{
	struct merge_state s = MERGE_STATE_INIT;
	struct error ignored = ERROR_INIT;
	int is = merge_state_read(&s, r, &ignored) != 0;

	error_release(&ignored);
	merge_state_release(&s);
	return is;
}

int status_read(struct status *s, struct repo *r, unsigned flags,
		const struct reporter *say, struct error *err)
{
	struct error ignored = ERROR_INIT;

	if (product_open(&s->product, r, NULL, err) < 0 ||
	    find_environments(s, r, flags, say, err) < 0)
		return -1;
	/* First contact; that upstream cannot be asked is no news then. */
	if (!s->nr && !(flags & STATUS_NO_FETCH) &&
	    discover_platform(r, &s->product, &ignored) > 0 &&
	    find_environments(s, r, STATUS_NO_FETCH, say, err) < 0)
		return -1;
	error_release(&ignored);
	s->head = head_branch(r);
	s->upgrading = is_upgrading(r);
	s->merging = in_git_dir(r, "MERGE_HEAD");
	for (size_t i = 0; i < s->nr; i++)
		if (read_one(&s->v[i], r, &s->product, say, err) < 0)
			return error_wrap(err, "%s", s->v[i].name);
	if (find_backups(s, r, err) < 0)
		return -1;
	for (size_t i = 1; i < s->nr; i++)
		if (s->v[i].follows)
			find_behind(&s->v[i], &s->v[i - 1], &s->product);
	return 0;
}

const char *env_standing_name(enum env_standing standing)
{
	static const char *const names[] = {
		[STANDING_EMPTY] = "empty", [STANDING_OK] = "ok",
		[STANDING_UNVERIFIED] = "unverified",
		[STANDING_DOWN] = "down",
	};

	return names[standing];
}

const struct env_status *status_choose(const struct status *s,
				       const char *env, struct error *err)
{
	for (size_t i = 0; i < s->nr; i++)
		if (env ? !strcmp(s->v[i].name, env) :
		    s->head && !strcmp(s->v[i].branch, s->head))
			return &s->v[i];
	if (!env && s->nr == 1)
		return &s->v[0];
	if (env)
		error_set(err, ERROR_FATAL, "there is no environment '%s'",
			  env);
	else
		error_set(err, ERROR_FATAL, s->nr ?
			  "no environment's branch is checked out" :
			  "no environment is known here");
	for (size_t i = 0; i < s->nr; i++)
		error_hint(err, "there is %s (branch %s)", s->v[i].name,
			   s->v[i].branch);
	if (!s->nr)
		error_hint(err, "say which branch is one with \"git config "
			   "upgrade.NAME.branch BRANCH\"");
	return NULL;
}

static void env_status_release(struct env_status *e)
{
	free(e->name);
	free(e->branch);
	free(e->promotes_from);
	free(e->remote);
	free(e->commit);
	free(e->there);
	adopted_release(&e->adopted);
	free(e->trouble);
	free(e->release);
	env_state_release(&e->state);
	env_lock_release(&e->lock);
	env_hold_release(&e->held);
	event_release(&e->removed);
	backup_list_release(&e->backups);
	health_release(&e->health);
	here_status_release(&e->here);
	engine_run_release(&e->run);
	free(e->state_remote);
	publication_release(&e->publication);
	free(e->deployed_release);
	free(e->verified_release);
}

int status_keep(struct status *s, const char *name, struct error *err)
{
	struct env_status kept = s->v[0];

	if (!status_choose(s, name, err))
		return -1;
	for (size_t i = 0; i < s->nr; i++) {
		if (!strcmp(s->v[i].name, name))
			kept = s->v[i];
		else
			env_status_release(&s->v[i]);
	}
	s->v[0] = kept;
	s->nr = 1;
	return 0;
}

void status_release(struct status *s)
{
	for (size_t i = 0; i < s->nr; i++)
		env_status_release(&s->v[i]);
	free(s->v);
	free(s->head);
	product_release(&s->product);
	*s = (struct status)STATUS_INIT;
}
