/*
 * proc-receive: the gate of a platform.
 *
 * git asks it about the environments' branches and the request refs, one
 * verdict a ref.  A worker is started before a push is let through: from the
 * moment git may move the branch nothing depends on the pusher or on us.
 */
#include "hook/hook.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/time.h"
#include "deploy/conditions.h"
#include "deploy/owner.h"
#include "deploy/platform.h"
#include "deploy/removing.h"
#include "deploy/repair.h"
#include "deploy/worker.h"
#include "gate/gate.h"
#include "git/object.h"
#include "git/pktline.h"
#include "git/ref.h"
#include "hook/input.h"
#include "hook/request.h"
#include "model/record.h"
#include "state/backup.h"
#include "state/former.h"
#include "state/ledger.h"
#include "state/lock.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct session {
	const struct hook *h;
	struct platform *p;
	const struct command_list *list;	/* of the push */
	struct overrides overrides;	/* among its options */
};

/* The release a push brings may be newer than our list: ask upstream. */
static int know_release(struct session *s, const char *commit,
			struct error *err)
{
	struct record rec = RECORD_INIT;
	int found, ret = record_read(&rec, &s->p->repo, commit, err);

	if (ret <= 0 || !rec.release) {
		ret = ret < 0 ? -1 : 0;
		goto out;
	}
	found = platform_look_up(s->p, rec.release, rec.commit, err);
	ret = found > 0 ? 0 : -1;
	if (!found) {
		error_set(err, ERROR_REFUSED, "the record says release %s, "
			  "which upstream does not have", rec.release);
		error_hint(err, "see \"git upgrade list\"; an own tag is no "
			   "release");
	}
	if (found < 0 && err->kind != ERROR_REFUSED) {
		error_wrap(err, "cannot judge");
		err->kind = ERROR_REFUSED;
		error_hint(err, "on the server, bring the release into the "
			   "list: git upgrade platform init DIR, in a clone "
			   "that has it");
	}
out:
	record_release(&rec);
	return ret;
}

static void say_gates(struct session *s, const struct verdict_list *list)
{
	struct buf b = BUF_INIT;

	verdict_add_list(&b, list);
	report(s->h->say, REPORT_LOG, "  %-10s %s", "gates", b.s);
	for (size_t i = 0; i < list->nr; i++)
		if (list->v[i].kind == VERDICT_UNKNOWN)
			report(s->h->say, REPORT_WARNING,
			       "%s: cannot judge: %s", list->v[i].gate,
			       list->v[i].reason);
	buf_release(&b);
}

/* All reasons and ways out for people; the first one becomes the error. */
static int refuse(struct session *s, const struct verdict_list *list,
		  struct error *err)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct verdict *v = &list->v[i];

		if (v->kind != VERDICT_REFUSED)
			continue;
		if (!err->kind) {
			error_set(err, ERROR_REFUSED, "%s: %s", v->gate,
				  v->reason);
			for (size_t k = 0; k < v->hints.nr; k++)
				error_hint(err, "%s", v->hints.v[k]);
		} else {
			report(s->h->say, REPORT_LOG, "error: %s: %s",
			       v->gate, v->reason);
			for (size_t k = 0; k < v->hints.nr; k++)
				report(s->h->say, REPORT_LOG, "hint: %s",
				       v->hints.v[k]);
		}
	}
	return -1;
}

/*
 * The process that moves the branch when we say yes; 0 when it is gone.  Its
 * end of our input tells, for an orphan's parent is somebody else, who may
 * live for ever.
 */
static pid_t pusher(const struct hook *h)
{
	pid_t parent = getppid();
	struct pollfd fd = { h->in, POLLIN, 0 };

	return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR)) ?
	       0 : parent;
}

/*
 * "upgrade-lock=NONCE" among the push options: the one of that lock, as a push
 * may be about several environments.  NULL: it is not shown.
 */
static const char *shown_nonce(const struct session *s,
			       const struct env_lock *lock)
{
	for (size_t i = 0; i < s->list->options.nr; i++) {
		const char *nonce = skip_prefix(s->list->options.v[i],
						LOCK_OPTION);

		if (env_lock_is_shown(lock, nonce))
			return nonce;
	}
	return NULL;
}

/* To where this push moves a branch, forward from `tip`; NULL. */
static const char *find_next(const struct session *s, const char *branch,
			     const char *tip)
{
	struct error ignored = ERROR_INIT;
	const char *next = NULL;

	for (size_t i = 0; tip && i < s->list->nr; i++) {
		const struct command *c = &s->list->v[i];
		const char *name = skip_prefix(c->ref, "refs/heads/");

		if (name && !strcmp(name, branch) && !oid_is_null(c->new) &&
		    commit_contains(&s->p->repo, c->new, tip, &ignored) > 0)
			next = c->new;
	}
	error_release(&ignored);
	return next;
}

/*
 * By the platform's own configuration, as all that is judged here.  It may
 * take a while: what else there is to know is looked at behind it.
 */
static int ask_conditions(struct session *s, const struct environment *env,
			  struct move *m, struct condition_answers *answers,
			  struct error *err)
{
	struct env_state state = ENV_STATE_INIT;
	char *release, *from = NULL;
	int ret;

	if (!m->new || !env->nr_gates)
		return 0;
	ret = env_state_read(&state, &s->p->repo, env->name, err);
	if (state.deployed)
		from = platform_release_of(s->p, state.deployed);
	release = platform_release_of(s->p, m->new);
	if (!ret)
		conditions_ask(answers, s->p, env, m->new, release, from);
	m->answers = answers;
	free(release);
	free(from);
	env_state_release(&state);
	return ret;
}

/* "freeze overridden: REASON", for whoever pushes. */
static void say_overridden(struct session *s, const struct strvec *gates)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < gates->nr; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", gates->v[i]);
	report(s->h->say, REPORT_LOG, "%s overridden: %s", b.s,
	       s->overrides.reason);
	buf_release(&b);
}

/* Nobody else would tell that it was not needed, or is no gate. */
static void say_unneeded(struct session *s, const struct verdict_list *list)
{
	struct strvec gates = STRVEC_INIT;
	struct buf said = BUF_INIT;

	verdicts_overridden(list, &gates, &said);
	for (size_t i = 0; i < s->overrides.gates.nr; i++)
		if (!strvec_has(&gates, s->overrides.gates.v[i]))
			report(s->h->say, REPORT_WARNING, "%s refuses "
			       "nothing: there is nothing to override",
			       s->overrides.gates.v[i]);
	strvec_release(&gates);
	buf_release(&said);
}

/* What was mistyped must not be looked for in what the gates say. */
static void say_no_gates(struct session *s, const struct environment *env)
{
	struct buf may = BUF_INIT;

	for (size_t i = 0; i < env->overrides.nr; i++)
		buf_addf(&may, "%s%s", i ? ", " : ": ", env->overrides.v[i]);
	for (size_t i = 0; i < s->overrides.gates.nr; i++)
		if (!profile_gate_is_there(env, s->overrides.gates.v[i]))
			report(s->h->say, REPORT_WARNING, "'%s' is no gate of "
			       "%s; what may be overridden there%s",
			       s->overrides.gates.v[i], env->name,
			       may.len ? may.s : " is nothing");
	buf_release(&may);
}

/*
 * What was overridden is recorded together with the move, so that there is no
 * move without it: the branch moves here, and not by git's own hand.  Who is
 * killed between the two, of which git writes the record first, is the newest
 * that is recorded when he comes again, and has only the move to make.
 */
static int move_overridden(struct session *s, const struct command *c,
			   const struct move *m,
			   const struct verdict_list *list, int *pass_on,
			   struct error *err)
{
	struct ref_move move = { c->ref, m->new, m->old };
	struct strvec gates = STRVEC_INIT;
	struct buf said = BUF_INIT;
	struct event e = EVENT_INIT;
	int ret;

	verdicts_overridden(list, &gates, &said);
	override_event(&e, m->env, m->new, &gates, said.s,
		       s->overrides.reason);
	e.tree = object_tree(&s->p->repo, m->new);
	e.release = platform_release_of(s->p, m->new);
	e.from = m->deployed ? platform_release_of(s->p, m->deployed) : NULL;
	e.who = request_name(s->overrides.who);
	*pass_on = override_is_newest(&s->p->repo, &e, err);
	ret = *pass_on < 0 ? -1 : *pass_on ? 0 :
	      ledger_append(&s->p->repo, &e, &move, 1, NULL, NULL, err);
	if (!ret)
		say_overridden(s, &gates);
	event_release(&e);
	strvec_release(&gates);
	buf_release(&said);
	return ret;
}

/* Its tip is for free(). */
static char *find_source(struct session *s, const struct environment *env,
			 struct move_source *source)
{
	const struct environment *from = env->promotes_from ?
		profile_environment(&s->p->profile, env->promotes_from) : NULL;
	char *tip = from ? platform_tip(s->p, from) : NULL;

	source->is_here = from != NULL;
	source->tip = tip;
	source->next = from ? find_next(s, from->branch, tip) : NULL;
	return tip;
}

/* What moves by our hand is not undone with the rest of a push. */
static int refuse_atomic(const struct move *m, struct error *err)
{
	error_set(err, ERROR_REFUSED, "what is overridden moves %s by itself, "
		  "and this push is all or nothing", m->branch);
	return error_hint(err, "push %s without --atomic", m->branch);
}

/* It waits until the branch has moved, or who moves it is gone. */
static int let_in(struct session *s, const struct command *c,
		  const struct move *m, const struct verdict_list *list,
		  int *pass_on, struct error *err)
{
	struct worker_wait wait = { c->new, pusher(s->h) };

	if (list->overridden && s->list->is_atomic)
		return refuse_atomic(m, err);
	say_unneeded(s, list);
	if (worker_start(s->p, m->env, &wait, err) < 0)
		return -1;
	*pass_on = 1;
	return list->overridden ? move_overridden(s, c, m, list, pass_on, err) :
				  0;
}

static int judge_move(struct session *s, const struct command *c,
		      const struct environment *env, int *pass_on,
		      struct error *err)
{
	struct verdict_list list = VERDICT_LIST_INIT;
	struct env_state state = ENV_STATE_INIT;
	struct env_lock lock = ENV_LOCK_INIT;
	struct backup_list backups = BACKUP_LIST_INIT;
	struct move m = { .repo = &s->p->repo, .profile = &s->p->profile,
			  .releases = &s->p->releases, .env = env->name,
			  .branch = env->branch };
	struct move_source source = { NULL, NULL, 0 };
	struct condition_answers answers = CONDITION_ANSWERS_INIT;
	char *back = NULL, *source_tip = find_source(s, env, &source);
	int ret = -1, locked;

	m.source = &source;
	m.overrides = &s->overrides;
	m.old = oid_is_null(c->old) ? NULL : c->old;
	m.new = oid_is_null(c->new) ? NULL : c->new;
	if (m.new && know_release(s, m.new, err) < 0)
		goto out;
	if (ask_conditions(s, env, &m, &answers, err) < 0 ||
	    env_state_read(&state, &s->p->repo, env->name, err) < 0)
		goto out;
	locked = env_lock_read(&lock, &s->p->repo, env->name, err);
	if (locked < 0)
		goto out;
	m.lock = locked ? &lock : NULL;
	if (env->backup.blocks &&
	    backups_read(&backups, &s->p->repo, env->name, err) < 0)
		goto out;
	m.now = time_now();
	m.backup = backups_last_upgrade(&backups, m.now);
	m.nonce = shown_nonce(s, &lock);
	back = former_standing(&s->p->repo, env->name, m.old, state.deployed,
			       err);
	if (err->kind)
		goto out;
	m.deployed = back ? back : state.deployed;
	if (gates_judge(&m, &list, err) < 0)
		goto out;
	say_gates(s, &list);
	if (list.refused) {
		say_no_gates(s, env);
		ret = refuse(s, &list, err);
	} else {
		ret = let_in(s, c, &m, &list, pass_on, err);
	}
out:
	env_state_release(&state);
	env_lock_release(&lock);
	condition_answers_release(&answers);
	backup_list_release(&backups);
	verdict_list_release(&list);
	free(source_tip);
	free(back);
	return ret;
}

static int judge(struct session *s, const struct command *c, int *pass_on,
		 struct error *err)
{
	const struct environment *env = platform_environment_of(s->p, c->ref);
	const struct profile *profile = &s->p->profile;

	*pass_on = 1;
	if (env)
		return removing_check(&s->p->repo, env->name, err) < 0 ||
		       owner_check_environment(s->p, env, err) < 0 ? -1 :
		       judge_move(s, c, env, pass_on, err);
	if (starts_with(c->ref, REQUEST_PREFIX)) {
		*pass_on = 0;
		if (oid_is_null(c->new))
			return error_set(err, ERROR_REFUSED, "there is "
					 "nothing to delete");
		return request_answer(s->h, s->p, c->ref, c->new, err);
	}
	/* "refs/upgrade/request" itself would make requests impossible. */
	if (starts_with(c->ref, "refs/upgrade/"))
		return error_set(err, ERROR_REFUSED, "a request is pushed to "
				 REQUEST_PREFIX "VERB/ENVIRONMENT");
	for (size_t i = 0; i < profile->nr_environments; i++) {
		const char *branch = profile->environments[i].branch;
		const char *name = skip_prefix(c->ref, "refs/heads/");
		const char *rest = name ? skip_prefix(name, branch) : NULL;

		if (rest && *rest == '/')
			return error_set(err, ERROR_REFUSED, "'%s' would be "
					 "in the way of environment %s", name,
					 profile->environments[i].name);
	}
	return 0;
}

/* "no", with the reason: one line in the answer, all of it for people. */
static int answer_no(struct session *s, const struct command *c,
		     const struct error *why, struct error *err)
{
	const char *text = why->message ? why->message : "refused";
	struct buf all = BUF_INIT, line = BUF_INIT;
	int ret;

	/* What git said about upstream may hold its password. */
	redact_add(&all, text, strlen(text));
	report(s->h->say, REPORT_LOG, "error: %s", all.s);
	for (size_t i = 0; i < why->hints.nr; i++)
		report(s->h->say, REPORT_LOG, "hint: %s", why->hints.v[i]);
	buf_add_clean(&line, all.s, strcspn(all.s, "\n"));
	ret = pkt_write(s->h->out, err, "ng %s %s\n", c->ref, line.s);
	buf_release(&all);
	buf_release(&line);
	return ret;
}

static int answer(struct session *s, const struct command *c,
		  struct error *err)
{
	struct error why = ERROR_INIT;
	int pass_on = 1, ret;

	if (!judge(s, c, &pass_on, &why)) {
		ret = pkt_write(s->h->out, err, "ok %s\n", c->ref);
		if (!ret && pass_on)
			ret = pkt_write(s->h->out, err,
					"option fall-through\n");
	} else {
		ret = answer_no(s, c, &why, err);
	}
	error_release(&why);
	return ret;
}

int hook_proc_receive(const struct hook *h, struct error *err)
{
	struct platform p = PLATFORM_INIT;
	struct command_list list = COMMAND_LIST_INIT;
	struct session s = { h, &p, &list, OVERRIDES_INIT };
	struct error broken = ERROR_INIT;
	int ret = -1;

	if (command_list_read(&list, h->in, h->out, err) < 0)
		goto out;
	if (!platform_open(&p, ".", &broken))
		platform_read_releases(&p, &broken);
	/* What a killed push left would refuse this one. */
	if (!broken.kind)
		platform_remove_stale(&p, NULL);
	overrides_take(&s.overrides, &list.options);
	/* A platform that cannot read its own configuration lets none in. */
	for (size_t i = 0; i < list.nr; i++)
		if ((broken.kind ?
		     answer_no(&s, &list.v[i], &broken, err) :
		     answer(&s, &list.v[i], err)) < 0)
			goto out;
	ret = pkt_flush(h->out, err);
out:
	overrides_release(&s.overrides);
	error_release(&broken);
	command_list_release(&list);
	platform_release(&p);
	return ret;
}
