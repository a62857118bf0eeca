#include "deploy/notify.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "deploy/lock.h"
#include "deploy/log.h"
#include "deploy/place.h"
#include "deploy/steps.h"
#include "deploy/worker.h"
#include "git/object.h"
#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So far back in the ledger one looks. */
#define MAX_EVENTS 100
#define SENDING " sending"

struct teller {
	struct platform *p;
	const struct environment *env;
	const struct notification *to;
	char *log;			/* path */
	char *note;			/* path */
	char *dir;			/* where the program runs */
};

static char *note_path(struct platform *p, const struct environment *env)
{
	struct error ignored = ERROR_INIT;
	char *dir = platform_dir(p, "notify", env->name, &ignored);
	char *path = dir ? path_join(dir, "told") : NULL;

	error_release(&ignored);
	free(dir);
	return path;
}

/* What it says, without its line end; NULL: there is none.  free(). */
static char *read_note(const char *path)
{
	struct error ignored = ERROR_INIT;
	struct buf text = BUF_INIT;
	char *note = NULL;

	if (path && !file_read(path, &text, &ignored)) {
		buf_rtrim(&text);
		note = buf_detach(&text);
	}
	error_release(&ignored);
	buf_release(&text);
	return note;
}

static int write_note(const char *path, const char *id, int sending,
		      struct error *err)
{
	char *text = xstrfmt("%s%s\n", id, sending ? SENDING : "");
	int ret = file_replace(path, text, strlen(text), 0600, err);

	free(text);
	return ret;
}

/* The newest event; NULL: there is none.  free(). */
static char *ledger_tip(struct platform *p, const struct environment *env)
{
	char *ref = xstrfmt("refs/upgrade/ledger/%s", env->name), *tip = NULL;
	struct error ignored = ERROR_INIT;

	object_find(&p->repo, ref, NULL, &tip, &ignored);
	error_release(&ignored);
	free(ref);
	return tip;
}

void notify_begin(struct platform *p, const struct environment *env)
{
	char *path = note_path(p, env), *note = read_note(path), *tip = NULL;
	struct error ignored = ERROR_INIT;

	if (p->place->is_client)
		FREE_AND_NULL(path);
	if (path && note && !profile_notification(&p->profile, env->name)) {
		unlink(path);
	} else if (path && !note &&
		   profile_notification(&p->profile, env->name)) {
		tip = ledger_tip(p, env);
		/* Then nothing can be recorded either, or it is not told. */
		write_note(path, tip ? tip : "none", 0, &ignored);
	}
	error_release(&ignored);
	free(path);
	free(note);
	free(tip);
}

static void say(const struct teller *t, const struct error *err)
{
	struct deploy_log log = DEPLOY_LOG_INIT;
	struct error ignored = ERROR_INIT;

	if (!deploy_log_reopen(&log, t->log, &ignored))
		deploy_log_warning(&log, err);
	error_release(&ignored);
	deploy_log_release(&log);
}

/* "deployed v1.1.0 (5d1f0c2)" */
static void add_name(struct buf *out, const struct event *e)
{
	buf_adds(out, e->event);
	if (e->release)
		buf_addf(out, " %s", e->release);
	if (e->commit)
		buf_addf(out, " (%.7s)", e->commit);
}

static void say_killed(const struct teller *t, const struct event *e)
{
	struct error err = ERROR_INIT;
	struct buf name = BUF_INIT;

	add_name(&name, e);
	error_set(&err, ERROR_FATAL, "notify: nobody may have been told of "
		  "'%s': whoever did it was killed; it is not done again",
		  name.s);
	say(t, &err);
	error_release(&err);
	buf_release(&name);
}

static int is_wanted(const struct notification *to, const struct event *e)
{
	if (!to->on.nr)
		return event_is_ending(e);
	return strvec_has(&to->on, e->event) ||
	       (e->outcome && strvec_has(&to->on, e->outcome));
}

static int run_program(const struct teller *t, const struct event *e,
		       struct error *err)
{
	struct step_context c = {
		.platform = t->p, .env = t->env->name, .release = e->release,
		.commit = e->commit ? e->commit : "", .dir = t->dir,
	};
	struct step_result result = { 0, 0, 0 };
	struct buf json = BUF_INIT, out = BUF_INIT, why = BUF_INIT;
	int ret;

	event_json(e, &json);
	ret = step_feed(&c, &t->to->run, &json, &out, &result, err);
	if (!ret && result.status) {
		step_describe(&result, t->to->run.timeout, &why);
		step_add_excerpt(&why, &out);
		ret = error_set(err, ERROR_FATAL, "%s", why.s);
	}
	buf_release(&json);
	buf_release(&out);
	buf_release(&why);
	return ret;
}

/* -1: what is noted does not hold any more, so nothing may follow. */
static int tell(const struct teller *t, const struct event *e)
{
	struct error err = ERROR_INIT;
	struct buf name = BUF_INIT;
	int wanted = is_wanted(t->to, e), ret;

	add_name(&name, e);
	ret = wanted ? write_note(t->note, e->id, 1, &err) : 0;
	if (ret < 0) {
		error_wrap(&err, "notify: nobody was told of '%s'", name.s);
		say(t, &err);
	} else if (wanted && run_program(t, e, &err) < 0) {
		error_wrap(&err, "notify: '%s' of '%s' failed",
			   t->to->run.argv.v[0], name.s);
		say(t, &err);
	}
	error_release(&err);
	err = (struct error)ERROR_INIT;
	if (!ret)
		ret = write_note(t->note, e->id, 0, &err);
	error_release(&err);
	buf_release(&name);
	return ret;
}

/* Its ledger may have been put back, or nobody looked for very long. */
static void say_lost(const struct teller *t)
{
	struct error err = ERROR_INIT;

	error_set(&err, ERROR_FATAL, "notify: the event that was told last is "
		  "not among the newest %d; of those since only the newest is "
		  "told", MAX_EVENTS);
	say(t, &err);
	error_release(&err);
}

/* Whoever told of that one was killed. */
static void give_up(const struct teller *t, const struct event *e)
{
	struct error ignored = ERROR_INIT;

	say_killed(t, e);
	write_note(t->note, e->id, 0, &ignored);
	error_release(&ignored);
}

/* How many of the newest events are to be told. */
static size_t find_untold(const struct teller *t,
			  const struct event_list *list)
{
	char *note = read_note(t->note);
	int sending = note && ends_with(note, SENDING);
	size_t nr = 0;

	if (!note || !list->nr)
		goto out;
	if (sending)
		note[strlen(note) - strlen(SENDING)] = '\0';
	while (nr < list->nr && strcmp(list->v[nr].id, note))
		nr++;
	if (nr < list->nr && sending)
		give_up(t, &list->v[nr]);
	if (nr == list->nr && strcmp(note, "none")) {
		say_lost(t);
		nr = 1;
	}
out:
	free(note);
	return nr;
}

static void tell_all(const struct teller *t)
{
	struct event_list list = EVENT_LIST_INIT;
	struct error err = ERROR_INIT;
	size_t nr;

	if (ledger_read(&list, &t->p->repo, t->env->name, MAX_EVENTS,
			&err) < 0) {
		error_wrap(&err, "notify");
		say(t, &err);
	}
	nr = find_untold(t, &list);
	/* Oldest first. */
	while (nr-- > 0 && !tell(t, &list.v[nr]))
		;
	error_release(&err);
	event_list_release(&list);
}

/* The release that serves; where there is none, a folder that is there. */
static char *find_dir(struct platform *p, const struct environment *env)
{
	struct release_dir d = RELEASE_DIR_INIT;
	char *top = p->place->top(p, env), *dir = NULL;

	if (p->place->is_one_folder)
		dir = xstrdup(repo_top(&p->repo));
	else if (p->place->serving(&d, top))
		dir = xstrdup(d.path);
	else
		dir = xstrdup(dir_exists(top) ? top : p->repo.common_dir);
	release_dir_release(&d);
	free(top);
	return dir;
}

/* In a process of its own. */
static void teller_run(struct platform *p, const struct environment *env,
		       const char *log)
{
	struct teller t = { p, env,
			    profile_notification(&p->profile, env->name),
			    log ? xstrdup(log) :
			    xstrfmt("%s/upgrade/logs/%s/latest",
				    p->repo.common_dir, env->name),
			    note_path(p, env), find_dir(p, env) };
	struct error err = ERROR_INIT;
	int lock = notify_lock(p, env->name, &err);

	if (lock >= 0 && t.note)
		tell_all(&t);
	else if (err.message)
		say(&t, &err);
	if (lock >= 0)
		close(lock);
	error_release(&err);
	free(t.log);
	free(t.note);
	free(t.dir);
}

void notify_tell(struct platform *p, const struct environment *env,
		 const char *log)
{
	struct error err = ERROR_INIT;
	char *path, *note, *tip;

	if (p->place->is_client ||
	    !profile_notification(&p->profile, env->name))
		return;
	path = note_path(p, env);
	note = read_note(path);
	tip = ledger_tip(p, env);
	if (note && tip && strcmp(note, tip))
		worker_orphan(p, env, log, teller_run, &err);
	error_release(&err);
	free(path);
	free(note);
	free(tip);
}

int notify_is_done(struct platform *p, const struct environment *env)
{
	char *path, *note, *tip;
	int is;

	if (!profile_notification(&p->profile, env->name))
		return 1;
	path = note_path(p, env);
	note = read_note(path);
	tip = ledger_tip(p, env);
	is = !note || !tip || !strcmp(note, tip);
	free(path);
	free(note);
	free(tip);
	return is;
}
