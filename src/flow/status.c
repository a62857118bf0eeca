#include "flow/status.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "model/path.h"

#include <stdlib.h>
#include <string.h>

static void add(struct status *s, const struct environment *e,
		const char *remote)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->v[i].name, e->name))
			return;
	ALLOC_GROW(s->v, s->nr + 1, s->alloc);
	s->v[s->nr++] = (struct env_status){
		.name = xstrdup(e->name), .branch = xstrdup(e->branch),
		.remote = xstrdup_or_null(remote), .adopted = ADOPTED_INIT,
		.state = ENV_STATE_INIT, .ahead = -1,
	};
}

/* Ask one remote; trouble is a warning, for the others go on. */
static void ask(struct repo *r, const char *remote,
		const struct reporter *say)
{
	struct ls_remote refs = LS_REMOTE_INIT;
	struct env_list list = ENV_LIST_INIT;
	struct error err = ERROR_INIT;

	if (ls_remote_read(&refs, r, remote, &err) < 0 ||
	    state_fetch(&list, r, remote, &refs, &err) < 0)
		report(say, REPORT_WARNING, "%s; what follows may be old",
		       err.message);
	error_release(&err);
	env_list_release(&list);
	ls_remote_release(&refs);
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
			if (!strcmp(s->v[i].name, list->v[e].name))
				report(say, REPORT_WARNING, "'%s' and '%s' "
				       "both have an environment %s; what "
				       "'%s' says is shown", s->v[i].remote,
				       remote, s->v[i].name, s->v[i].remote);
}

static int find_environments(struct status *s, struct repo *r,
			     unsigned flags, const struct reporter *say,
			     struct error *err)
{
	struct strvec remotes = STRVEC_INIT;
	struct env_list configured = ENV_LIST_INIT;
	int ret = -1;

	if (remotes_beside_upstream(&remotes, r, &s->product, err) < 0)
		goto out;
	prefer_push_default(&remotes, r);
	for (size_t i = remotes.nr; i-- && !(flags & STATUS_NO_FETCH);)
		ask(r, remotes.v[i], say);
	for (size_t i = 0; i < remotes.nr; i++) {
		struct env_list list = ENV_LIST_INIT;
		int found;

		found = env_list_of_platform(&list, r, remotes.v[i], err);
		warn_doubles(s, &list, remotes.v[i], say);
		for (size_t e = 0; e < list.nr; e++)
			add(s, &list.v[e], remotes.v[i]);
		s->has_platform |= found > 0;
		env_list_release(&list);
		if (found < 0)
			goto out;
	}
	env_list_of_product(&configured, &s->product);
	for (size_t i = 0; i < configured.nr; i++)
		add(s, &configured.v[i], NULL);
	ret = 0;
out:
	strvec_release(&remotes);
	env_list_release(&configured);
	return ret;
}

/* The branch here, else as it was last fetched from the platform. */
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
	if (!e->commit)
		e->commit = xstrdup_or_null(e->state.deployed);
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

/* When what is verified was: its newest good event. */
static int find_verified_at(struct env_status *e, struct repo *r,
			    struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret;

	if (!e->state.verified)
		return 0;
	ret = ledger_read(&list, r, e->name, 50, err);
	for (size_t i = 0; i < list.nr && !e->verified_at; i++)
		if (list.v[i].commit && list.v[i].outcome &&
		    !strcmp(list.v[i].commit, e->state.verified) &&
		    !strcmp(list.v[i].outcome, "ok"))
			e->verified_at = list.v[i].when;
	event_list_release(&list);
	return ret;
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

static int read_one(struct env_status *e, struct repo *r,
		    const struct product *pr, const struct reporter *say,
		    struct error *err)
{
	if (env_state_read(&e->state, r, e->name, err) < 0 ||
	    find_verified_at(e, r, err) < 0)
		return -1;
	find_commit(e, r);
	find_adopted(e, r, pr, say);
	if (e->adopted.recorded)
		e->release = xstrdup(e->adopted.record.release);
	else if (e->adopted.release)
		e->release = xstrdup(e->adopted.release->name);
	e->deployed_release = commit_release_name(r, pr, e->state.deployed);
	e->verified_release = commit_release_name(r, pr, e->state.verified);
	find_next(e, pr);
	find_ahead(e, r);
	return 0;
}

static int in_git_dir(const struct repo *r, const char *name)
{
	char *path = repo_path(r, name);
	int there = file_exists(path);

	free(path);
	return there;
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
	s->upgrading = in_git_dir(r, "upgrade/state");
	s->merging = in_git_dir(r, "MERGE_HEAD");
	for (size_t i = 0; i < s->nr; i++)
		if (read_one(&s->v[i], r, &s->product, say, err) < 0)
			return error_wrap(err, "%s", s->v[i].name);
	return 0;
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

void status_release(struct status *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		struct env_status *e = &s->v[i];

		free(e->name);
		free(e->branch);
		free(e->remote);
		free(e->commit);
		adopted_release(&e->adopted);
		free(e->trouble);
		free(e->release);
		env_state_release(&e->state);
		free(e->deployed_release);
		free(e->verified_release);
	}
	free(s->v);
	free(s->head);
	product_release(&s->product);
	*s = (struct status)STATUS_INIT;
}
