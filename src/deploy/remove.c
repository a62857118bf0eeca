#include "deploy/remove_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/holder.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/backup.h"
#include "deploy/deploy.h"
#include "deploy/guard.h"
#include "deploy/lock.h"
#include "deploy/notify.h"
#include "deploy/owner.h"
#include "git/object.h"
#include "git/stale.h"
#include "state/held.h"
#include "state/ledger.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* So long whoever is to be told of it is waited for, in seconds. */
#define TELL_LIMIT 10.0

/* One that goes. */
struct work {
	struct platform *p;
	const struct environment *env;
	struct removal *r;
	const struct remover *by;
	const struct reporter *say;
};

static int write_mark(struct work *w, struct error *err)
{
	struct removing *m = &w->r->mark;

	if (!w->r->has_begun) {
		m->who = xstrdup_or_null(w->by->who);
		m->why = xstrdup_or_null(w->by->why);
		m->since = time(NULL);
	}
	m->what = w->r->what;
	return removing_write(m, &w->p->repo, w->r->name, err);
}

static int stop(struct work *w, struct error *err)
{
	struct removal *r = w->r;

	if (!r->stops.nr)
		return 0;
	if (deploy_stop(w->p, w->env, r, w->say, err) < 0)
		return -1;
	r->mark.stopped = 1;
	return removing_write(&r->mark, &w->p->repo, r->name, err);
}

/* Who was killed may have left files of one that has no ref. */
static int tidy_backups(struct work *w, struct error *err)
{
	const struct removal *r = w->r;
	char *dir = r->by_commands ? xstrfmt("%s/upgrade/stores/%s",
					     w->p->repo.common_dir, r->name) :
		    r->store ? path_join(r->store, r->name) : NULL;
	int ret = 0;

	if (dir && dir_exists(dir))
		ret = backup_tidy(w->p, w->env, w->say, err);
	free(dir);
	return ret;
}

/* It is no reason to stay that they could not be looked at. */
static int keep_backups(struct work *w, int ret, struct error *err)
{
	if (ret < 0) {
		report(w->say, REPORT_WARNING, "its backups stay as they are: "
		       "%s", err->message);
		error_release(err);
	}
	return 0;
}

static int remove_backups(struct work *w, struct error *err)
{
	const struct backup_asker by = { w->by->who, w->by->why };
	const struct strvec *ids = &w->r->backups;
	int ret = tidy_backups(w, err);

	if (!(w->r->what & REMOVE_BACKUPS))
		return keep_backups(w, ret, err);
	for (size_t i = 0; !ret && i < ids->nr; i++)
		ret = backup_delete(w->p, w->env, ids->v[i], &by, w->say, err);
	if (!ret && w->r->store)
		ret = owner_give_up_store(w->p, w->env, err);
	if (ret < 0)
		error_hint(err, "or leave what is left of them: the same with "
			   "--keep-backups");
	return ret;
}

/* Somebody was killed behind that. */
static int is_recorded(struct work *w, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int is = ledger_read(&list, &w->p->repo, w->r->name, 1, err);

	/* Of what never was anything there is nothing to tell. */
	if (!is && !list.nr)
		is = !w->r->deployed;
	else if (!is)
		is = w->r->has_begun &&
		     are_same(list.v[0].event, "removed") &&
		     list.v[0].when >= w->r->mark.since;
	event_list_release(&list);
	return is;
}

/* The refs that say what is known of it, each with what it is on, or NULL. */
struct known {
	struct strvec refs;
	struct env_state state;
	struct env_lock lock;
	struct env_hold hold;
};

enum { NR_KNOWN = 5 };

static int known_read(struct known *k, struct repo *r, const char *env,
		      struct error *err)
{
	static const char *const kinds[] = { "deployed", "verified",
					     "failed" };

	*k = (struct known){ STRVEC_INIT, ENV_STATE_INIT, ENV_LOCK_INIT,
			     ENV_HOLD_INIT };
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		strvec_pushf(&k->refs, "refs/upgrade/%s/%s", kinds[i], env);
	strvec_push_nodup(&k->refs, env_lock_ref(env));
	strvec_push_nodup(&k->refs, env_hold_ref(env));
	if (env_state_read(&k->state, r, env, err) < 0 ||
	    env_lock_read(&k->lock, r, env, err) < 0)
		return -1;
	return env_hold_read(&k->hold, r, env, err) < 0 ? -1 : 0;
}

static void known_moves(const struct known *k, struct ref_move *moves)
{
	const char *const are[NR_KNOWN] = {
		k->state.deployed, k->state.verified, k->state.failed,
		k->lock.oid, k->hold.oid,
	};

	for (size_t i = 0; i < NR_KNOWN; i++)
		moves[i] = (struct ref_move){ k->refs.v[i], NULL, are[i] };
}

static void known_release(struct known *k)
{
	strvec_release(&k->refs);
	env_state_release(&k->state);
	env_lock_release(&k->lock);
	env_hold_release(&k->hold);
}

/* All of it goes in the moment in which that is recorded. */
static int append(struct work *w, const struct known *k, struct error *err)
{
	const struct removal *r = w->r;
	struct ref_move moves[NR_KNOWN];
	/* Borrowed but for the tree: never released. */
	struct event e = {
		.event = (char *)"removed", .env = r->name,
		.commit = r->deployed, .release = r->release,
		.who = r->mark.who, .detail = r->mark.why,
		.outcome = (char *)"ok",
	};
	int ret;

	known_moves(k, moves);
	e.tree = r->deployed ? object_tree(&w->p->repo, r->deployed) : NULL;
	ret = ledger_append(&w->p->repo, &e, moves, NR_KNOWN, NULL, NULL, err);
	free(e.tree);
	return ret;
}

/* A git that is killed in a transaction leaves what it was to delete last. */
static int drop(struct work *w, const struct known *k, struct error *err)
{
	struct ref_move moves[NR_KNOWN];
	struct buf commands = BUF_INIT;
	int ret = 0;

	known_moves(k, moves);
	for (size_t i = 0; i < NR_KNOWN; i++)
		if (moves[i].old)
			buf_addf(&commands, "delete %s %s\n", moves[i].ref,
				 moves[i].old);
	if (commands.len)
		ret = git_feed(&w->p->repo, &commands, NULL, err,
			       "update-ref", "--stdin", NULL);
	buf_release(&commands);
	return ret;
}

/* Its teller needs the environment's folders still. */
static void await_teller(struct work *w)
{
	double end = time_monotonic() + TELL_LIMIT;

	notify_tell(w->p, w->env, NULL);
	while (!notify_is_done(w->p, w->env) && time_monotonic() < end)
		time_pause(20);
}

static int record(struct work *w, struct error *err)
{
	struct known k;
	int ret = known_read(&k, &w->p->repo, w->r->name, err);

	if (!ret)
		ret = is_recorded(w, err);
	if (ret > 0) {
		ret = drop(w, &k, err);
	} else if (!ret) {
		notify_begin(w->p, w->env);
		ret = append(w, &k, err);
	}
	if (!ret)
		await_teller(w);
	known_release(&k);
	return ret;
}

static int remove_branch(struct work *w, struct error *err)
{
	char *ref = xstrfmt("refs/heads/%s", w->r->branch);
	int ret = 0;

	if ((w->r->what & REMOVE_BRANCH) && w->r->tip)
		ret = git_run(&w->p->repo, NULL, err, "update-ref", "-d", ref,
			      w->r->tip, NULL);
	free(ref);
	return ret;
}

/* All that is this environment's; from here on it is only known by name. */
static int take_down(struct work *w, struct error *err)
{
	int begun = w->r->has_begun;

	if (write_mark(w, err) < 0)
		return -1;
	if (w->r->place.is_ours && deploy_recover(w->p, w->env, err) < 0)
		return -1;
	/* That may have brought one back, or thrown it away. */
	if (removal_look_again(w->r, w->p, w->env, err) < 0 ||
	    stop(w, err) < 0 ||
	    remove_place_run(&w->r->place, w->r->what & REMOVE_SHARED, begun,
			     err) < 0 ||
	    remove_backups(w, err) < 0 || record(w, err) < 0)
		return -1;
	return remove_branch(w, err);
}

/* People may read it as a group, or have it elsewhere, behind a link. */
static int write_config(const char *path, const struct buf *text,
			struct error *err)
{
	char *real = realpath(path, NULL);
	struct stat st;
	unsigned mode = !stat(path, &st) ? st.st_mode & 0777 : 0600;
	int ret = file_replace(real ? real : path, text->s, text->len, mode,
			       err);

	free(real);
	return ret;
}

static int forget(struct platform *p, const char *name, struct error *err)
{
	char *path = repo_path(&p->repo, PLATFORM_CONFIG);
	char *kept = removal_kept(&p->repo, name);
	struct strvec names = STRVEC_INIT;
	struct buf before = BUF_INIT, after = BUF_INIT;
	int ret;

	strvec_push(&names, name);
	ret = removal_config(p, &names, &after, err);
	if (!ret)
		ret = file_read(path, &before, err);
	if (!ret)
		ret = file_replace(kept, before.s, before.len, 0600, err);
	if (!ret)
		ret = write_config(path, &after, err);
	strvec_release(&names);
	buf_release(&before);
	buf_release(&after);
	free(path);
	free(kept);
	return ret;
}

/* Of a branch that is gone nobody can make a clone. */
static int repoint_head(struct platform *p, struct error *err)
{
	char *head = object_commit(&p->repo, "HEAD");
	int found = head != NULL, ret = 0;

	free(head);
	for (size_t i = 0; !found && i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];
		char *tip = platform_tip(p, env);
		char *ref = xstrfmt("refs/heads/%s", env->branch);

		found = tip != NULL;
		if (found)
			ret = git_run(&p->repo, NULL, err, "symbolic-ref",
				      "HEAD", ref, NULL);
		free(tip);
		free(ref);
	}
	return ret;
}

/* What the worker keeps beside it. */
static int remove_folders(struct platform *p, const struct removal *r,
			  struct error *err)
{
	static const char *const kinds[] = { "logs", "notify", "locks",
					     "stores" };
	int keeps = r->backups.nr && !(r->what & REMOVE_BACKUPS), ret = 0;

	for (size_t i = 0; !ret && i < ARRAY_SIZE(kinds) - (size_t)keeps;
	     i++) {
		char *dir = xstrfmt("%s/upgrade/%s/%s", p->repo.common_dir,
				    kinds[i], r->name);

		ret = remove_tree(dir, err);
		free(dir);
	}
	return ret;
}

/* Out of the configuration, and nothing of it is guarded any more. */
static int let_go(struct platform *p, const struct removal *r,
		  struct error *err)
{
	if (profile_environment(&p->profile, r->name) &&
	    (forget(p, r->name, err) < 0 || platform_reload(p, err) < 0))
		return -1;
	if (guard_configure(p, err) < 0 || guard_write_identity(p, err) < 0 ||
	    repoint_head(p, err) < 0 || remove_folders(p, r, err) < 0)
		return -1;
	return removing_end(&p->repo, r->name, err);
}

/* 1: it was the last; 0, -1. */
static int remove_locked(struct platform *p, struct removal *r,
			 const struct remover *by, const struct reporter *say,
			 struct error *err)
{
	struct work w = { p, profile_environment(&p->profile, r->name), r,
			  by, say };
	size_t left = p->profile.nr_environments - (w.env ? 1 : 0);

	if (w.env && take_down(&w, err) < 0)
		return -1;
	return left ? let_go(p, r, err) : 1;
}

static int remove_one(struct platform *p, const char *name, unsigned what,
		      const struct strvec *names, const struct remover *by,
		      const struct reporter *say, struct error *err)
{
	struct removal now;
	int lock = worker_trylock(p, name, err), ret;

	if (lock < 0)
		return -1;
	holder_sign(lock, LOCK_REMOVAL);
	ret = removal_look(&now, p, name, what, names, err);
	if (!ret) {
		ret = remove_locked(p, &now, by, say, err);
		err->changed |= ret < 0;
	}
	removal_release(&now);
	close(lock);
	return ret;
}

static int remove_all(const struct removal_list *list, struct platform *p,
		      const struct remover *by, const struct reporter *say,
		      struct error *err)
{
	struct strvec names = STRVEC_INIT;
	/* Somebody may have been asked, and have taken his time. */
	int ret = platform_reload(p, err);

	for (size_t i = 0; i < list->nr; i++)
		strvec_push(&names, list->v[i].name);
	for (size_t i = 0; !ret && i < names.nr; i++) {
		ret = remove_one(p, names.v[i], list->v[i].what, &names, by,
				 say, err);
		if (ret > 0)
			ret = removal_rest(&p->repo, names.v[i], err);
		if (ret < 0)
			err->changed |= i > 0;
		else
			report(say, REPORT_NOTE, "Removed %s.", names.v[i]);
	}
	strvec_release(&names);
	return ret;
}

int removal_run(const struct removal_list *list, struct platform *p,
		const struct remover *by, const struct reporter *say,
		struct error *err)
{
	struct strvec places = STRVEC_INIT;
	struct stale_note note = STALE_NOTE_INIT;
	int turn = removing_lock(&p->repo, err), ret;

	if (turn < 0)
		return -1;
	strvec_pushl(&places, "config.lock", "HEAD.lock", "packed-refs.lock",
		     "refs/upgrade/", NULL);
	for (size_t i = 0; i < list->nr; i++)
		if (list->v[i].branch)
			strvec_pushf(&places, "refs/heads/%s.lock",
				     list->v[i].branch);
	ret = stale_note_begin(&note, &p->repo, REMOVAL_NOTE,
			       (const char *const *)places.v, err);
	if (!ret)
		ret = remove_all(list, p, by, say, err);
	removing_unlock(&p->repo, turn);
	if (ret < 0)
		stale_note_leave(&note);
	else
		stale_note_end(&note);
	strvec_release(&places);
	return ret;
}
