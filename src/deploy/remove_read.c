#include "deploy/remove_internal.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/lock.h"
#include "doc/edit.h"
#include "model/freeze.h"
#include "state/backup.h"
#include "state/held.h"
#include "state/ledger.h"
#include "state/lock.h"

#include <stdlib.h>
#include <string.h>

void removal_release(struct removal *r)
{
	free(r->name);
	free(r->branch);
	removing_release(&r->mark);
	remove_place_release(&r->place);
	strvec_release(&r->stops);
	free(r->tip);
	free(r->deployed);
	free(r->release);
	strvec_release(&r->backups);
	free(r->store);
}

void removal_list_release(struct removal_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		removal_release(&list->v[i]);
	free(list->v);
	strvec_release(&list->gone);
	*list = (struct removal_list)REMOVAL_LIST_INIT;
}

/* What keeps it */

static int check_lock(struct platform *p, const char *env, struct error *err)
{
	struct env_lock lock = ENV_LOCK_INIT;
	struct buf by = BUF_INIT;
	int held = env_lock_read(&lock, &p->repo, env, err);

	if (held > 0) {
		env_lock_add(&by, &lock);
		error_set(err, ERROR_REFUSED, "%s is locked %s", env, by.s);
		error_hint(err, "wait for that; or open it, in a clone: \"git "
			   "upgrade unlock %s --reason=TEXT\"", env);
	}
	env_lock_release(&lock);
	buf_release(&by);
	return held ? -1 : 0;
}

static int check_hold(struct platform *p, const char *env, struct error *err)
{
	struct env_hold hold = ENV_HOLD_INIT;
	struct buf since = BUF_INIT;
	int held = env_hold_read(&hold, &p->repo, env, err);

	if (held > 0) {
		env_hold_add(&since, &hold);
		error_set(err, ERROR_REFUSED, "%s is held %s", env, since.s);
		error_hint(err, "when that is over, say so, in a clone: \"git "
			   "upgrade unlock %s --reason=TEXT\"", env);
	}
	env_hold_release(&hold);
	buf_release(&since);
	return held ? -1 : 0;
}

static int check_freeze(const struct environment *env, struct error *err)
{
	const struct freeze_window *w;
	struct buf frozen = BUF_INIT;
	time_t end;

	w = freeze_now(env, time_now(), &end);
	if (!w)
		return 0;
	freeze_add(&frozen, w, end);
	error_set(err, ERROR_REFUSED, "%s is %s", env->name, frozen.s);
	buf_release(&frozen);
	return error_hint(err, "wait until then; or take the window out: "
			  "environments.%s.freeze, in " PLATFORM_CONFIG,
			  env->name);
}

/* As long as it is there, the way back is, too. */
static int check_backup(const struct environment *env,
			const struct backup_list *list, struct error *err)
{
	const struct backup *b = env->backup.blocks ?
		backups_last_upgrade(list, time_now()) : NULL;
	struct buf stays = BUF_INIT;

	if (!b)
		return 0;
	backup_add_stay(&stays, b);
	error_set(err, ERROR_REFUSED, "%s, and until it is gone %s is not "
		  "torn down", stays.s, env->name);
	buf_release(&stays);
	return error_hint(err, "wait until then; or do without it, in a "
			  "clone: \"git upgrade backup delete %s %s\"",
			  env->name, b->id);
}

/* They are to go as well, and nobody says from where. */
static int check_store(const struct removal *r, struct error *err)
{
	if (!(r->what & REMOVE_BACKUPS) || !r->backups.nr || r->by_commands ||
	    (r->store && dir_exists(r->store)))
		return 0;
	error_set(err, ERROR_REFUSED, "%s has %zu backup%s, and their store "
		  "%s%s", r->name, r->backups.nr, r->backups.nr == 1 ? "" :
		  "s", r->store ? r->store : "is not known", r->store ?
		  " is not there" : "");
	return error_hint(err, "%s, or leave them with the ledger: without "
			  "--with-backups", r->store ? "mount it" :
			  "say where, as backup.store in " PLATFORM_CONFIG);
}

/* Uploads may go; backups that are among them would, without a word. */
static int check_shared(const struct removal *r, struct error *err)
{
	char *shared;
	int inside;

	if (!(r->what & REMOVE_SHARED) || !r->backups.nr || !r->store)
		return 0;
	shared = path_join(r->place.top, "shared");
	inside = path_is_below(r->store, shared);
	free(shared);
	if (!inside)
		return 0;
	error_set(err, ERROR_REFUSED, "the store of the backups of %s is in "
		  "what --with-shared removes: %s", r->name, r->store);
	return error_hint(err, "leave --with-shared out; or move the store, "
			  "and say where: backup.store in " PLATFORM_CONFIG);
}

/* Others would be promoted from nowhere. */
static int check_sources(struct platform *p, const char *name,
			 const struct strvec *list, struct error *err)
{
	for (size_t i = 0; i < p->profile.nr_environments; i++) {
		const struct environment *env = &p->profile.environments[i];

		if (!are_same(env->promotes_from, name) ||
		    strvec_has(list, env->name))
			continue;
		error_set(err, ERROR_REFUSED, "%s is promoted from %s",
			  env->name, name);
		return error_hint(err, "remove both: --env=%s --env=%s; or "
				  "have it promoted from another one: "
				  "environments.%s.promotes_from, in "
				  PLATFORM_CONFIG, env->name, name, env->name);
	}
	return 0;
}

static int check(const struct removal *r, struct platform *p,
		 const struct environment *env,
		 const struct backup_list *backups,
		 const struct strvec *list, struct error *err)
{
	/* What has begun is to end. */
	if (r->has_begun)
		return 0;
	if (check_lock(p, env->name, err) < 0 ||
	    check_hold(p, env->name, err) < 0 ||
	    check_freeze(env, err) < 0 ||
	    check_backup(env, backups, err) < 0 ||
	    check_store(r, err) < 0 || check_shared(r, err) < 0)
		return -1;
	return check_sources(p, env->name, list, err);
}

/* What is there */

static void read_stops(struct removal *r, const struct profile *p)
{
	if (!r->place.serves || r->mark.stopped ||
	    (r->what & REMOVE_UNSTOPPED))
		return;
	for (size_t i = 0; i < p->nr_deploy; i++)
		if (deploy_step_phase(&p->deploy[i]) == PHASE_STOP)
			strvec_push(&r->stops, p->deploy[i].name);
}

int removal_look_again(struct removal *r, struct platform *p,
		       const struct environment *env, struct error *err)
{
	remove_place_release(&r->place);
	strvec_release(&r->stops);
	if (remove_place_read(&r->place, p, env, err) < 0)
		return -1;
	read_stops(r, &p->profile);
	return 0;
}

static int look(struct removal *r, struct platform *p,
		const struct environment *env,
		const struct backup_list *backups, const struct strvec *list,
		struct error *err)
{
	struct env_state state = ENV_STATE_INIT;
	int ret = env_state_read(&state, &p->repo, env->name, err);

	if (!ret)
		ret = removal_look_again(r, p, env, err);
	r->branch = xstrdup(env->branch);
	r->tip = platform_tip(p, env);
	r->deployed = xstrdup_or_null(state.deployed);
	if (state.deployed)
		r->release = platform_release_of(p, state.deployed);
	r->store = xstrdup_or_null(profile_backup_store(&p->profile, env));
	r->by_commands = profile_backup_commands(&p->profile, env) != NULL;
	if (!ret)
		ret = check(r, p, env, backups, list, err);
	env_state_release(&state);
	return ret;
}

int removal_look(struct removal *r, struct platform *p, const char *name,
		 unsigned what, const struct strvec *list, struct error *err)
{
	const struct environment *env;
	struct backup_list backups = BACKUP_LIST_INIT;
	int ret;

	*r = (struct removal){
		.name = xstrdup(name), .mark = REMOVING_INIT,
		.place = REMOVE_PLACE_INIT, .stops = STRVEC_INIT,
		.backups = STRVEC_INIT,
	};
	/* Else it would be a path to anything. */
	ret = environment_name_ok(name) ?
		removing_read(&r->mark, &p->repo, name, err) : 0;
	r->has_begun = ret > 0;
	r->what = what | r->mark.what;
	if (what & REMOVE_NO_BACKUPS)
		r->what &= ~REMOVE_BACKUPS;
	env = profile_environment(&p->profile, name);
	/* Else all but the end of it has been done. */
	if (!ret && !env && !platform_environment(p, name, err))
		ret = -1;
	if (ret >= 0)
		ret = backups_read(&backups, &p->repo, name, err);
	for (size_t i = 0; i < backups.nr; i++)
		strvec_push(&r->backups, backups.v[i].id);
	if (!ret && env)
		ret = look(r, p, env, &backups, list, err);
	backup_list_release(&backups);
	return ret;
}

/* Its configuration */

/* "environments.my\.env" */
static char *key_of(const char *name)
{
	struct buf key = BUF_INIT;

	buf_adds(&key, "environments.");
	for (; *name; name++) {
		if (*name == '.')
			buf_addc(&key, '\\');
		buf_addc(&key, *name);
	}
	return buf_detach(&key);
}

static int cannot_edit(const char *path, const char *name, struct error *err)
{
	error_wrap(err, "%s cannot be taken out of '%s'", name, path);
	err->kind = ERROR_REFUSED;
	return error_hint(err, "write that environment as others are, a key "
			  "a line below 'environments', and try again");
}

static int take_out(struct edit *e, const char *path, const char *name,
		    struct error *err)
{
	char *key = key_of(name);
	int ret = edit_remove(e, key, err);

	free(key);
	if (!ret)
		ret = error_set(err, ERROR_REFUSED, "it is not written "
				"there");
	return ret < 0 ? cannot_edit(path, name, err) : 0;
}

int removal_config(struct platform *p, const struct strvec *names,
		   struct buf *out, struct error *err)
{
	char *path = repo_path(&p->repo, PLATFORM_CONFIG);
	struct profile without = PROFILE_INIT;
	struct edit e = EDIT_INIT;
	struct buf text = BUF_INIT;
	int ret = file_read(path, &text, err);

	if (!ret)
		ret = edit_begin(&e, RESOLVE_YAML, path, &text, err);
	for (size_t i = 0; !ret && i < names->nr; i++)
		if (profile_environment(&p->profile, names->v[i]))
			ret = take_out(&e, path, names->v[i], err);
	if (!ret) {
		edit_end(&e, out);
		ret = profile_parse(&without, path, out->s, out->len, err);
	}
	edit_release(&e);
	profile_release(&without);
	buf_release(&text);
	free(path);
	return ret;
}

char *removal_kept(const struct repo *r, const char *name)
{
	return xstrfmt("%s/info/removed-%s.yaml", r->common_dir, name);
}

/* All of them */

/* Does another of those that are left promote from it? */
static int is_source(const struct platform *p, const char *name,
		     const struct strvec *left, const struct strvec *done)
{
	for (size_t i = 0; i < left->nr; i++) {
		const struct environment *env;

		env = profile_environment(&p->profile, left->v[i]);
		if (env && are_same(env->promotes_from, name) &&
		    !strvec_has(done, env->name))
			return 1;
	}
	return 0;
}

/* What is promoted goes before what it is promoted from. */
static void order(const struct platform *p, const struct strvec *names,
		  struct strvec *out)
{
	for (size_t round = 0; round < names->nr; round++)
		for (size_t i = 0; i < names->nr; i++)
			if (!strvec_has(out, names->v[i]) &&
			    !is_source(p, names->v[i], names, out))
				strvec_push(out, names->v[i]);
}

static void all_names(const struct platform *p, struct strvec *names)
{
	struct strvec begun = STRVEC_INIT;

	for (size_t i = 0; i < p->profile.nr_environments; i++)
		strvec_push(names, p->profile.environments[i].name);
	removing_list(&p->repo, &begun);
	for (size_t i = 0; i < begun.nr; i++)
		if (!strvec_has(names, begun.v[i]))
			strvec_push(names, begun.v[i]);
	strvec_release(&begun);
}

static int has_all(const struct platform *p, const struct strvec *names)
{
	for (size_t i = 0; i < p->profile.nr_environments; i++)
		if (!strvec_has(names, p->profile.environments[i].name))
			return 0;
	return 1;
}

static int check_busy(const struct platform *p, const char *env,
		      struct error *err)
{
	if (!worker_lock_is_kept(&p->repo, env))
		return 0;
	worker_lock_refuse(&p->repo, env, err);
	return error_hint(err, "try again when it has ended");
}

static int read_all(struct removal_list *list, struct platform *p,
		    const struct strvec *names, unsigned what,
		    struct error *err)
{
	struct buf config = BUF_INIT;
	int ret = 0;

	list->v = xcalloc(names->nr + 1, sizeof(*list->v));
	for (size_t i = 0; !ret && i < names->nr; i++) {
		list->nr++;
		ret = removal_look(&list->v[i], p, names->v[i], what, names,
				   err);
		if (!ret)
			ret = check_busy(p, names->v[i], err);
	}
	list->whole = has_all(p, names);
	if (!ret && !list->whole)
		ret = removal_config(p, names, &config, err);
	buf_release(&config);
	return ret;
}

/* Torn down, and nothing of that name has come since; -1. */
static int is_gone(struct platform *p, const char *name, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	int is = 0;

	if (profile_environment(&p->profile, name) ||
	    !environment_name_ok(name) || removing_is(&p->repo, name))
		return 0;
	is = ledger_read(&list, &p->repo, name, 1, err);
	if (!is)
		is = list.nr && are_same(list.v[0].event, "removed");
	event_list_release(&list);
	return is;
}

static int refuse_gone(const struct platform *p, const char *name,
		       struct error *err)
{
	platform_environment(p, name, err);
	return error_hint(err, "%s has been removed: \"git -C %s log "
			  "refs/upgrade/ledger/%s\"", name, p->repo.git_dir,
			  name);
}

/*
 * Who was stopped between two of them types the same again, and names those
 * that are gone.
 */
static int choose(struct removal_list *list, struct platform *p,
		  const struct strvec *names, struct strvec *chosen,
		  struct error *err)
{
	struct strvec all = STRVEC_INIT;
	int gone = 0;

	if (names->nr)
		strvec_pushv(&all, names->v);
	else
		all_names(p, &all);
	strvec_sort(&all, 1);
	for (size_t i = 0; gone >= 0 && i < all.nr; i++) {
		gone = is_gone(p, all.v[i], err);
		if (gone >= 0)
			strvec_push(gone ? &list->gone : chosen, all.v[i]);
	}
	if (gone >= 0 && !chosen->nr && list->gone.nr)
		gone = refuse_gone(p, list->gone.v[0], err);
	strvec_release(&all);
	return gone < 0 ? -1 : 0;
}

int removal_read(struct removal_list *list, struct platform *p,
		 const struct strvec *names, unsigned what,
		 struct error *err)
{
	struct strvec chosen = STRVEC_INIT, ordered = STRVEC_INIT;
	int ret = choose(list, p, names, &chosen, err);

	if (!ret) {
		order(p, &chosen, &ordered);
		ret = read_all(list, p, &ordered, what, err);
	}
	strvec_release(&chosen);
	strvec_release(&ordered);
	return ret;
}
