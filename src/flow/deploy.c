#include "flow/deploy.h"

#include "base/buf.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/time.h"
#include "deploy/conditions.h"
#include "deploy/deploy.h"
#include "deploy/here.h"
#include "deploy/lock.h"
#include "deploy/log.h"
#include "deploy/submodules.h"
#include "deploy/worker.h"
#include "flow/trust.h"
#include "git/object.h"
#include "git/ref.h"
#include "state/backup.h"
#include "state/host.h"
#include "state/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_NAMED 3
#define TROUBLE_LIMIT 1024
/* So often somebody may commit or pull while we read. */
#define MAX_MOVES 5

static int not_checked_out(const struct environment *env, const char *head,
			   struct error *err)
{
	error_set(err, ERROR_REFUSED, "branch '%s' of environment %s is not "
		  "checked out here, but %s is", env->branch, env->name,
		  head ? head : "no branch");
	return error_hint(err, "switch to it with \"git switch %s\"",
			  env->branch);
}

static int no_environment(const struct platform *p, const char *head,
			  struct error *err)
{
	const struct profile *profile = &p->profile;

	if (head)
		error_set(err, ERROR_REFUSED, "branch '%s' is the branch of "
			  "no environment", head);
	else
		error_set(err, ERROR_REFUSED, "HEAD is on no branch, so no "
			  "environment is checked out");
	for (size_t i = 0; i < profile->nr_environments; i++)
		error_hint(err, "there is %s (branch %s)",
			   profile->environments[i].name,
			   profile->environments[i].branch);
	if (head && !profile->nr_environments)
		error_hint(err, "make it one with \"git config "
			   "upgrade.production.branch %s\"", head);
	return -1;
}

static int find_environment(struct host_deploy *h, const char *name,
			    struct error *err)
{
	char *head = head_branch(&h->platform.repo);
	int ret = -1;

	if (name)
		h->env = platform_environment(&h->platform, name, err);
	else
		h->env = head ? profile_environment_of(&h->platform.profile,
						       head) : NULL;
	if (!h->env && !name)
		no_environment(&h->platform, head, err);
	else if (h->env && (!head || strcmp(head, h->env->branch)))
		not_checked_out(h->env, head, err);
	else if (h->env)
		ret = 0;
	free(head);
	return ret;
}

static int check_steps(const struct host_deploy *h, struct error *err)
{
	const struct profile *profile = &h->platform.profile;

	if (profile->nr_deploy)
		return 0;
	error_set(err, ERROR_REFUSED, "profile %s has no deploy steps, so "
		  "there is nothing to run", profile->name);
	return error_hint(err, "write them into a profile of your own "
			  "(gitupgrade-profile(5)) and name it with \"git "
			  "config upgrade.profile ./FILE\"");
}

/* HEAD first: should it move meanwhile, settle() notices. */
static int open_as_it_is(struct host_deploy *h, const char *env,
			 struct error *err)
{
	free(h->read_at);
	h->read_at = head_commit(h->repo);
	if (product_open(&h->product, h->repo, NULL, err) < 0 ||
	    here_open(&h->platform, h->repo, &h->product, err) < 0 ||
	    find_environment(h, env, err) < 0)
		return -1;
	/* Asked here: of that repository only the files are read. */
	h->platform.state_remote = state_remote_of_host(h->repo,
							&h->platform.profile,
							h->env);
	return 0;
}

const struct environment *host_environment(struct repo *r,
					   const struct product *pr,
					   const char *name)
{
	char *head = name ? NULL : head_branch(r);
	const struct environment *env = name ?
		profile_environment(&pr->profile, name) : head ?
		profile_environment_of(&pr->profile, head) : NULL;

	free(head);
	return env && host_is_here(r, env->name) ? env : NULL;
}

int host_open(struct host_deploy *h, struct repo *r, const char *env,
	      struct error *err)
{
	h->repo = r;
	return open_as_it_is(h, env, err);
}

/* What was read is old: read it again, of the same environment. */
static int open_again(struct host_deploy *h, struct error *err)
{
	char *name = xstrdup(h->env->name);
	int ret;

	h->env = NULL;
	product_release(&h->product);
	platform_release(&h->platform);
	repo_config_forget(h->repo);
	ret = open_as_it_is(h, name, err);
	free(name);
	return ret;
}

/* The commit, and what was read is what that commit says. */
static int settle(struct host_deploy *h, struct error *err)
{
	for (int i = 0; i < MAX_MOVES; i++) {
		free(h->commit);
		h->commit = head_commit(&h->platform.repo);
		if (!h->commit)
			return error_set(err, ERROR_REFUSED, "branch '%s' has "
					 "no commit yet", h->env->branch);
		if (are_same(h->commit, h->read_at))
			return 0;
		if (open_again(h, err) < 0)
			return -1;
	}
	error_set(err, ERROR_REFUSED, "branch '%s' moves all the time",
		  h->env->branch);
	return error_hint(err, "try again when nobody is at work on it");
}

int host_lock(struct host_deploy *h, const struct reporter *say,
	      struct error *err)
{
	struct error busy = ERROR_INIT;
	struct buf who = BUF_INIT;
	int waited = 0, ret = -1;

	h->lock = worker_trylock(&h->platform, h->env->name, &busy);
	if (h->lock < 0 && busy.kind != ERROR_REFUSED) {
		error_move(err, &busy);
		goto out;
	}
	if (h->lock < 0) {
		report(say, REPORT_NOTE, "%s; waiting for its end",
		       busy.message);
		h->lock = worker_lock(&h->platform, h->env->name, err);
		waited = 1;
	}
	if (h->lock == LOCK_NOT_NEEDED) {
		worker_lock_add_holder(&h->platform.repo, h->env->name, &who);
		error_set(err, ERROR_PENDING, "a deploy of %s is under way "
			  "(%s), and another one waits; that one deploys what "
			  "is checked out then", h->env->name, who.s);
		error_hint(err, "see how it goes with \"git upgrade status\"");
	}
	if (h->lock >= 0)
		ret = waited ? open_again(h, err) : 0;
out:
	error_release(&busy);
	buf_release(&who);
	return ret;
}

/* Changes of tracked files; what git does not know is the host's own. */
static int check_clean(struct host_deploy *h, struct error *err)
{
	struct buf out = BUF_INIT, names = BUF_INIT;
	struct strvec lines = STRVEC_INIT;
	int ret = git_run(&h->platform.repo, &out, err,
			  "--no-optional-locks", "-c", "core.quotePath=false",
			  "status", "--porcelain", "--no-renames",
			  "--untracked-files=no", "--ignore-submodules=dirty",
			  NULL);

	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < lines.nr && i < FILES_NAMED; i++)
		if (strlen(lines.v[i]) > 3)
			buf_addf(&names, "%s%s", i ? ", " : "",
				 lines.v[i] + 3);
	if (lines.nr > FILES_NAMED)
		buf_addf(&names, " and %zu more", lines.nr - FILES_NAMED);
	if (!ret && lines.nr) {
		ret = error_set(err, ERROR_REFUSED, "the work tree has "
				"changes that are in no commit: %s", names.s);
		error_hint(err, "see them with \"git status\"; what is "
			   "deployed is a commit, so commit or stash them "
			   "first");
	}
	strvec_release(&lines);
	buf_release(&out);
	buf_release(&names);
	return ret;
}

static int check_retry(const struct host_deploy *h, struct error *err)
{
	if (are_same(h->before.failed, h->commit))
		return 0;
	error_set(err, ERROR_REFUSED, "what is checked out did not fail on "
		  "%s, so there is nothing to try again", h->env->name);
	return error_hint(err, "deploy it with \"git upgrade deploy %s\"",
			  h->env->name);
}

int host_look(struct host_deploy *h, int retry, struct error *err)
{
	struct platform *p = &h->platform;
	const struct env_state *s = &h->before;

	if (settle(h, err) < 0 || check_steps(h, err) < 0 ||
	    submodules_check_here(p, h->commit, h->env, err) < 0 ||
	    check_clean(h, err) < 0 ||
	    (h->lock >= 0 && here_recover(p, h->env, err) < 0) ||
	    env_state_read(&h->before, &p->repo, h->env->name, err) < 0)
		return -1;
	h->up_to_date = are_same(s->deployed, h->commit) &&
			are_same(s->verified, h->commit) &&
			!here_is_unfinished(p, h->env);
	h->failed_before = are_same(s->failed, h->commit) && !retry;
	h->release = platform_release_of(p, h->commit);
	if (s->deployed)
		h->from = platform_release_of(p, s->deployed);
	return retry ? check_retry(h, err) : 0;
}

int host_judge(struct host_deploy *h, struct error *err)
{
	struct move m = {
		.repo = &h->platform.repo, .profile = &h->platform.profile,
		.releases = &h->platform.releases, .env = h->env->name,
		.branch = h->env->branch, .old = h->before.deployed,
		.new = h->commit, .deployed = h->before.deployed, .here = 1,
	};

	struct condition_answers answers = CONDITION_ANSWERS_INIT;
	struct backup_list backups = BACKUP_LIST_INIT;
	int ret = 0;

	/* What was deployed may be deployed again, whatever it is. */
	if (are_same(h->before.deployed, h->commit))
		return 0;
	if (h->env->nr_gates) {
		ret = trust_demand_profile(h->repo, &h->platform.profile,
					   h->product.tree, h->trust, err);
		m.answers = &answers;
	}
	if (!ret && h->env->backup.blocks)
		ret = backups_read(&backups, &h->platform.repo, h->env->name,
				   err);
	m.backup = backups_last_upgrade(&backups, time_now());
	if (!ret && m.answers)
		conditions_ask(&answers, &h->platform, h->env, h->commit,
			       h->release, h->from);
	if (!ret)
		ret = gates_judge(&m, &h->verdicts, err);
	condition_answers_release(&answers);
	backup_list_release(&backups);
	return ret;
}

static const char *user(void)
{
	const char *name = getenv("LOGNAME");

	return name && *name ? name : getenv("USER");
}

static int forget_failure(struct host_deploy *h, struct error *err)
{
	if (!are_same(h->before.failed, h->commit))
		return 0;
	return deploy_forget_failure(&h->platform, h->env, h->commit, user(),
				     err);
}

/* Until the child is gone, or we are called away. */
static void await(struct host_deploy *h, pid_t child, const char *before,
		  int follow)
{
	if (follow >= 0 &&
	    deploy_log_follow(&h->platform, h->env, h->commit, before,
			      follow)) {
		h->interrupted = 1;
		return;
	}
	while (!waitpid(child, NULL, WNOHANG))
		if (interrupt_wait(0.02)) {
			h->interrupted = 1;
			return;
		}
}

/* The newest event, when it is about our commit and of this run. */
static int read_event(struct host_deploy *h, const char *tip,
		      struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int ret = ledger_read(&list, &h->platform.repo, h->env->name, 1, err);

	if (list.nr && !are_same(list.v[0].id, tip) &&
	    are_same(list.v[0].commit, h->commit)) {
		h->event = list.v[0];
		h->has_event = 1;
		list.nr = 0;
	}
	event_list_release(&list);
	return ret;
}

static int conclude(struct host_deploy *h, const char *tip,
		    struct error *err)
{
	struct env_state now = ENV_STATE_INIT;
	int ret = -1;

	if (env_state_read(&now, &h->platform.repo, h->env->name, err) < 0 ||
	    read_event(h, tip, err) < 0)
		goto out;
	if (h->has_event && are_same(now.failed, h->commit))
		h->outcome = HOST_FAILED;
	else if (h->has_event && are_same(now.verified, h->commit))
		h->outcome = HOST_DEPLOYED;
	ret = 0;
out:
	env_state_release(&now);
	return ret;
}

/* What the child had to say, if anything. */
static char *read_trouble(int fd)
{
	struct buf b = BUF_INIT;
	ssize_t len;

	buf_grow(&b, TROUBLE_LIMIT);
	len = read_full(fd, b.s, TROUBLE_LIMIT);
	if (len > 0)
		buf_setlen(&b, (size_t)len);
	if (b.len)
		return buf_detach(&b);
	buf_release(&b);
	return NULL;
}

int host_run(struct host_deploy *h, int follow, struct error *err)
{
	struct platform *p = &h->platform;
	char *before = deploy_log_latest(p, h->env->name), *ref, *tip = NULL;
	pid_t child;
	int trouble = -1, ret = -1;

	h->started = time_monotonic();
	ref = xstrfmt("refs/upgrade/ledger/%s", h->env->name);
	if (forget_failure(h, err) < 0)
		goto out;
	err->changed = 1;
	tip = object_commit(&p->repo, ref);
	child = worker_fork(p, h->env, h->commit, h->lock, &trouble, err);
	if (child < 0)
		goto out;
	h->begun = 1;
	close(h->lock);
	h->lock = -1;
	await(h, child, before, follow);
	ret = h->interrupted ? 0 : conclude(h, tip, err);
	if (!h->interrupted)
		h->trouble = read_trouble(trouble);
	close(trouble);
out:
	free(before);
	free(ref);
	free(tip);
	return ret;
}

int host_verify(struct host_deploy *h, struct verification *v,
		struct error *err)
{
	struct platform *p = &h->platform;

	h->lock = worker_trylock(p, h->env->name, err);
	if (h->lock < 0)
		return -1;
	if (settle(h, err) < 0 || here_recover(p, h->env, err) < 0 ||
	    env_state_read(&h->before, &p->repo, h->env->name, err) < 0)
		return -1;
	if (h->before.deployed)
		h->release = platform_release_of(p, h->before.deployed);
	if (h->before.deployed)
		return deploy_verify(p, h->env, v, err);
	error_set(err, ERROR_REFUSED, "nothing was deployed to %s here yet",
		  h->env->name);
	return error_hint(err, "deploy it with \"git upgrade deploy %s\"",
			  h->env->name);
}

int host_publish(struct host_deploy *h, struct error *err)
{
	return here_publish(&h->platform, h->env, err) < 0 ? -1 : 0;
}

int host_is_published(struct host_deploy *h)
{
	return here_is_published(&h->platform, h->env);
}

void host_release(struct host_deploy *h)
{
	if (h->lock >= 0)
		close(h->lock);
	product_release(&h->product);
	platform_release(&h->platform);
	free(h->read_at);
	free(h->commit);
	free(h->from);
	free(h->release);
	env_state_release(&h->before);
	verdict_list_release(&h->verdicts);
	event_release(&h->event);
	free(h->trouble);
}
