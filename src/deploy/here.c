#include "deploy/here.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/deploy.h"
#include "deploy/lock.h"
#include "deploy/place.h"
#include "git/ref.h"
#include "git/stale.h"
#include "state/backup_publish.h"
#include "state/host.h"
#include "state/publish.h"

#include <stdlib.h>
#include <string.h>

static char *find_top(const struct platform *p, const struct environment *env)
{
	return host_folder(&p->repo, env->name);
}

static int make(struct release_dir *d, struct platform *p,
		const char *commit, struct deploy_log *log, struct error *err)
{
	(void)log;
	free(d->path);
	d->path = xstrdup(repo_top(&p->repo));
	return release_dir_begin(d, commit, err);
}

/*
 * A pull in the middle of a deploy mixes two releases, and nobody can say
 * what the steps saw.
 */
static int enter(const struct release_dir *d, struct platform *p,
		 const char *commit, struct error *err)
{
	char *head = head_commit(&p->repo);
	int ret = 0;

	(void)d;
	if (!head || strcmp(head, commit))
		ret = error_set(err, ERROR_DEPLOY, "the work tree moved to "
				"%.7s while %.7s was deployed", head ? head :
				"nothing", commit);
	free(head);
	return ret;
}

static int nothing_serves(struct release_dir *d, const char *top)
{
	(void)d;
	(void)top;
	return 0;
}

static int unmark(const struct release_dir *d, struct error *err)
{
	return release_dir_mark(d, NULL, err);
}

static int succeeded(const struct release_dir *d, struct platform *p,
		     struct error *err)
{
	(void)p;
	return unmark(d, err);
}

static int explain(const struct environment *env, const char *remote,
		   const char *why, struct error *err)
{
	char *reason = xstrdup(why);
	struct buf name = BUF_INIT;

	buf_add_url(&name, remote);
	error_set(err, ERROR_FATAL, "what happened to %s is not published to "
		  "'%s': %s", env->name, name.s, reason);
	error_hint(err, "try that again with \"git upgrade deploy %s\"; it "
		   "deploys nothing twice", env->name);
	error_hint(err, "publish elsewhere with \"git config "
		   "upgrade.stateRemote REMOTE\", or nowhere with \"git "
		   "config upgrade.stateRemote .\"");
	free(reason);
	buf_release(&name);
	return -1;
}

static int warn_of_twin(const struct environment *env, const char *remote,
			size_t strange, struct error *err)
{
	struct buf name = BUF_INIT;

	buf_add_url(&name, remote);
	error_set(err, ERROR_FATAL, "somebody else publishes %s to '%s', too "
		  "(%zu event%s since ours); what is read there is of either "
		  "of you", env->name, name.s, strange,
		  strange == 1 ? "" : "s");
	error_hint(err, "give this host's environment a name of its own: "
		   "\"git config upgrade.NAME.branch %s\"", env->branch);
	buf_release(&name);
	return -1;
}

int here_is_published(struct platform *p, const struct environment *env)
{
	struct publication note = PUBLICATION_INIT;
	int is = -1;

	publication_read(&note, &p->repo, env->name);
	if (p->state_remote)
		is = publication_is_complete(&note, &p->repo, env->name,
					     p->state_remote);
	publication_release(&note);
	return is;
}

int here_publish(struct platform *p, const struct environment *env,
		 struct error *err)
{
	int is = here_is_published(p, env), backups;
	size_t strange = 0;

	if (is < 0)
		return 0;
	if (!is && evidence_publish(&p->repo, env->name, p->state_remote,
				    &strange, err) < 0)
		return explain(env, p->state_remote, err->message, err);
	backups = backups_publish(&p->repo, env->name, p->state_remote, err);
	if (backups < 0)
		return explain(env, p->state_remote, err->message, err);
	return strange ? warn_of_twin(env, p->state_remote, strange, err) :
			 !is || backups;
}

int here_unpublished(struct platform *p, const struct environment *env,
		     struct error *err)
{
	struct publication note = PUBLICATION_INIT;
	int ret = 0;

	publication_read(&note, &p->repo, env->name);
	if (p->state_remote && note.trouble)
		ret = explain(env, p->state_remote, note.trouble, err);
	publication_release(&note);
	return ret;
}

static void publish(struct platform *p, const struct environment *env,
		    struct deploy_log *log)
{
	struct error err = ERROR_INIT;
	double start = time_monotonic();
	struct buf line = BUF_INIT;
	int ret = here_publish(p, env, &err);

	if (ret > 0) {
		buf_add_url(&line, p->state_remote);
		buf_addc(&line, ' ');
		time_add_clock(&line, (time_t)(time_monotonic() - start));
		deploy_log_say(log, "  %-10s %s", "publish", line.s);
	} else if (ret < 0) {
		deploy_log_warning(log, &err);
	}
	error_release(&err);
	buf_release(&line);
}

const struct place place_here = {
	.by = "host",
	.mend = "begin again with: git upgrade deploy",
	.is_one_folder = 1,
	.top = find_top,
	.make = make,
	.enter = enter,
	.serving = nothing_serves,
	.succeeded = succeeded,
	.failed = unmark,
	.recorded = publish,
	.discard = unmark,
};

int here_open_logs(struct platform *p, const struct repo *r,
		   struct error *err)
{
	p->place = &place_here;
	return repo_open(&p->repo, r->work_tree ? r->work_tree : r->git_dir,
			 err);
}

int here_open(struct platform *p, const struct repo *r, struct product *pr,
	      struct error *err)
{
	const char *path = getenv("PATH");

	/* By name: what git or a hook told us about itself ends here. */
	if (here_open_logs(p, r, err) < 0)
		return -1;
	strvec_push(&p->repo.env, "GIT_NO_REPLACE_OBJECTS=1");
	p->path = xstrdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	p->home = xstrdup_or_null(getenv("HOME"));
	p->profile = pr->profile;
	p->releases = pr->releases;
	pr->profile = (struct profile)PROFILE_INIT;
	pr->releases = (struct release_list)RELEASE_LIST_INIT;
	return 0;
}

int here_recover(struct platform *p, const struct environment *env,
		 struct error *err)
{
	static const char *const kinds[] = {
		"ledger", "deployed", "verified", "failed"
	};
	struct strvec places = STRVEC_INIT;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		strvec_pushf(&places, "refs/upgrade/%s/%s.lock", kinds[i],
			     env->name);
	strvec_pushf(&places, "refs/upgrade/backups/%s/", env->name);
	strvec_push(&places, "packed-refs.lock");
	ret = stale_break_places(&p->repo, (const char *const *)places.v, err);
	strvec_release(&places);
	return ret < 0 ? -1 : deploy_recover(p, env, err);
}

static int is_killed(const char *top)
{
	struct strvec ids = STRVEC_INIT;
	int is;

	release_dir_marked(top, "building", &ids);
	is = ids.nr > 0;
	strvec_release(&ids);
	return is;
}

int here_is_unfinished(const struct platform *p,
		       const struct environment *env)
{
	char *top = find_top(p, env);
	int is = is_killed(top) || release_dir_is_interrupted(top);

	free(top);
	return is;
}

void here_look(struct here_status *s, const struct repo *r, const char *env)
{
	char *top = host_folder(r, env);
	struct buf who = BUF_INIT;

	if (worker_lock_is_held(r, env)) {
		worker_lock_add_holder(r, env, &who);
		s->holder = buf_detach(&who);
	} else {
		s->killed = is_killed(top);
		s->down = release_dir_is_interrupted(top);
	}
	free(top);
}

void here_status_release(struct here_status *s)
{
	free(s->holder);
	*s = (struct here_status)HERE_STATUS_INIT;
}
