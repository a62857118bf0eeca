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
#include "deploy/platform.h"
#include "deploy/repair.h"
#include "deploy/worker.h"
#include "gate/gate.h"
#include "git/object.h"
#include "git/pktline.h"
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
	const struct strvec *options;	/* of the push */
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
	static const char *const words[] = { "ok", "refused", "unknown" };
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < list->nr; i++)
		buf_addf(&b, "%s%s %s", i ? ", " : "", list->v[i].gate,
			 words[list->v[i].kind]);
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
	for (size_t i = 0; i < s->options->nr; i++) {
		const char *nonce = skip_prefix(s->options->v[i],
						LOCK_OPTION);

		if (env_lock_is_shown(lock, nonce))
			return nonce;
	}
	return NULL;
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
	return tip;
}

static int judge_move(struct session *s, const struct command *c,
		      const struct environment *env, struct error *err)
{
	struct verdict_list list = VERDICT_LIST_INIT;
	struct env_state state = ENV_STATE_INIT;
	struct env_lock lock = ENV_LOCK_INIT;
	struct backup_list backups = BACKUP_LIST_INIT;
	struct move m = { .repo = &s->p->repo, .profile = &s->p->profile,
			  .releases = &s->p->releases, .env = env->name,
			  .branch = env->branch };
	struct worker_wait wait = { c->new, 0 };
	struct move_source source = { NULL, 0 };
	char *back = NULL, *source_tip = find_source(s, env, &source);
	int ret = -1, locked;

	m.source = &source;
	m.old = oid_is_null(c->old) ? NULL : c->old;
	m.new = oid_is_null(c->new) ? NULL : c->new;
	if (env_state_read(&state, &s->p->repo, env->name, err) < 0)
		goto out;
	locked = env_lock_read(&lock, &s->p->repo, env->name, err);
	if (locked < 0)
		goto out;
	m.lock = locked ? &lock : NULL;
	if (env->backup.blocks &&
	    backups_read(&backups, &s->p->repo, env->name, err) < 0)
		goto out;
	m.backup = backups_last_upgrade(&backups, time_now());
	m.nonce = shown_nonce(s, &lock);
	back = former_standing(&s->p->repo, env->name, m.old, state.deployed,
			       err);
	if (err->kind)
		goto out;
	m.deployed = back ? back : state.deployed;
	if (m.new && know_release(s, m.new, err) < 0)
		goto out;
	if (gates_judge(&m, &list, err) < 0)
		goto out;
	say_gates(s, &list);
	wait.pusher = pusher(s->h);
	if (list.refused)
		ret = refuse(s, &list, err);
	else
		ret = worker_start(s->p, env->name, &wait, err);
out:
	env_state_release(&state);
	env_lock_release(&lock);
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
		return judge_move(s, c, env, err);
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
	struct session s = { h, &p, &list.options };
	struct error broken = ERROR_INIT;
	int ret = -1;

	if (command_list_read(&list, h->in, h->out, err) < 0)
		goto out;
	if (!platform_open(&p, ".", &broken))
		platform_read_releases(&p, &broken);
	/* What a killed push left would refuse this one. */
	if (!broken.kind)
		platform_remove_stale(&p, NULL);
	/* A platform that cannot read its own configuration lets none in. */
	for (size_t i = 0; i < list.nr; i++)
		if ((broken.kind ?
		     answer_no(&s, &list.v[i], &broken, err) :
		     answer(&s, &list.v[i], err)) < 0)
			goto out;
	ret = pkt_flush(h->out, err);
out:
	error_release(&broken);
	command_list_release(&list);
	platform_release(&p);
	return ret;
}
