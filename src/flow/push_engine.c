/*
 * A push to an environment that an engine deploys: what a platform's worker
 * does after a push, this client sees to itself (flow/client.h).
 */
#include "flow/push_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "deploy/backup.h"
#include "git/object.h"
#include "git/ref.h"
#include "state/backup.h"

#include <stdlib.h>
#include <string.h>

/* The newest, and those that it may be about. */
#define EVENTS_READ 20

/* What is deployed was pushed, so the branch there has it. */
static int is_beside_branch(const struct push *p, const struct repo *r,
			    const char *commit)
{
	const char *tip = destination_tip(&p->to);
	struct error ignored = ERROR_INIT;
	int is;

	if (!commit || are_same(commit, tip))
		return 0;
	is = !tip || commit_contains(r, tip, commit, &ignored) == 0;
	error_release(&ignored);
	return is;
}

static void warn_beside(struct push *p, const char *commit)
{
	struct strvec *warnings = &p->product.warnings;
	char *text = xstrfmt("%.7s is recorded as deployed to %s, and %s there "
			     "lacks it: not believed", commit, p->to.env,
			     p->to.branch);

	if (!strvec_has(warnings, text))
		strvec_push(warnings, text);
	free(text);
}

void push_engine_doubt(struct push *p, const struct repo *r)
{
	struct evidence *e = &p->before;

	if (is_beside_branch(p, r, e->deployed)) {
		warn_beside(p, e->deployed);
		FREE_AND_NULL(e->deployed);
		FREE_AND_NULL(e->verified);
	}
	if (is_beside_branch(p, r, e->verified))
		FREE_AND_NULL(e->verified);
}

/* Nobody here can have it deployed once more. */
static int refuse_retry(const struct push *p, struct error *err)
{
	error_set(err, ERROR_REFUSED, "%s is deployed by what is pushed, and "
		  "nobody here can have it deployed again", p->to.env);
	return error_hint(err, "push a fix, or have the platform itself "
			  "deploy it again");
}

static int refuse_denied(const struct push *p, const char *why,
			 struct error *err)
{
	error_set(err, ERROR_REFUSED, "%s: the platform does not say that "
		  "%.7s is deployed, as was recorded, and what goes there was "
		  "judged by that: %s", p->to.env, p->before.deployed, why);
	return error_hint(err, "have the record put right with \"git upgrade "
			  "verify %s\"", p->to.env);
}

/* What was recorded elsewhere was judged by; the platform may know better. */
static int check_former(struct push *p, struct error *err)
{
	const char *former = p->before.deployed;
	enum engine_word word = ENGINE_SAYS_NOTHING;
	struct buf why = BUF_INIT;
	int ret = 0;

	if (former && strcmp(former, p->commit) != 0 &&
	    !client_is_under_way(&p->client) &&
	    !client_has_seen(&p->client, former, 0))
		ret = client_confirm(&p->client, former, &word, &why, err);
	if (!ret && word == ENGINE_DENIES)
		ret = refuse_denied(p, why.s, err);
	buf_release(&why);
	return ret;
}

int push_engine_open(struct push *p, struct repo *r,
		     const struct reporter *say, struct error *err)
{
	struct client *c = &p->client;

	if (!c->repo && client_open(c, r, &p->product, &p->to, p->trust,
				    err) < 0)
		return -1;
	if (p->retry && engine_is_by_push(&c->engine) &&
	    !client_is_under_way(c))
		return refuse_retry(p, err);
	if (client_settle(c, p->commit, say, err) < 0)
		return -1;
	return check_former(p, err);
}

/* One of before is there, which what is pushed now is a fix for. */
static int has_backup(const struct push *p, struct repo *r, const char *before)
{
	struct backup_list list = BACKUP_LIST_INIT;
	struct error ignored = ERROR_INIT;
	int has = 0;

	if (!backups_read(&list, r, p->to.env, &ignored))
		for (size_t i = 0; !has && i < list.nr; i++)
			has = list.v[i].kind == BACKUP_UPGRADE &&
			      list.v[i].state == BACKUP_GOOD &&
			      are_same(list.v[i].commit, before);
	error_release(&ignored);
	backup_list_release(&list);
	return has;
}

/*
 * Somebody has pushed it by other means, and the platform begins by itself: a
 * backup would be called one of before, and be of after.
 */
static int is_too_late(const struct push *p, struct repo *r,
		       const struct backup_hop *hop,
		       const struct reporter *say)
{
	if (!p->up_to_date || !engine_is_by_push(&p->client.engine) ||
	    !hop->before || are_same(hop->from, hop->to) ||
	    are_same(hop->before, hop->commit) ||
	    has_backup(p, r, hop->before))
		return 0;
	report(say, REPORT_WARNING, "%s: %.7s was pushed without a backup of "
	       "before, and its deploy may have begun: none is made any more",
	       p->to.env, hop->commit);
	return 1;
}

/* Who wanted that to end while the backup was made does not want the rest. */
static int check_interrupt(struct push *p, struct repo *r, struct error *err)
{
	const char *before;

	push_take_interrupt(p, r, 0);
	if (!p->interrupted)
		return 0;
	error_set(err, ERROR_REFUSED, "interrupted before anything was sent to "
		  "%s", p->to.env);
	before = destination_state(&p->to, "deployed");
	err->changed = has_backup(p, r, before);
	if (err->changed)
		error_hint(err, "the backup stays, and stands for it when this "
			   "is pushed again");
	return -1;
}

int push_engine_backup(struct push *p, struct repo *r,
		       const struct reporter *say, struct error *err)
{
	struct client *c = &p->client;
	/* Also where we do not believe it: something is deployed. */
	const struct backup_hop hop = {
		.before = destination_state(&p->to, "deployed"),
		.from = p->from, .commit = p->commit, .to = p->release,
		.end = p->hops.nr > 1 ? p->tip : NULL,
	};
	struct error lost = ERROR_INIT;
	int ret = client_check_restored(c, err);

	if (ret < 0 || client_is_under_way(c) ||
	    !c->env->backup.before_upgrade || is_too_late(p, r, &hop, say))
		return ret;
	ret = backup_before_upgrade(&c->platform, c->env, &hop, say, err);
	if (ret < 0) {
		/* Nothing was sent, but that it failed is recorded. */
		err->kind = ERROR_REFUSED;
		err->changed = 1;
	}
	/* It ended the backup, and is not to end this. */
	push_take_interrupt(p, r, 0);
	if (destination_publish(&p->to, r, ret < 0 ? &lost : err) < 0)
		ret = -1;
	error_release(&lost);
	return ret < 0 ? -1 : check_interrupt(p, r, err);
}

/* A push that was refused, or killed, is tried again. */
static int is_recorded(const struct push *p, const struct event *e,
		       const struct event_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		if (are_same(list->v[i].event, e->event) &&
		    are_same(list->v[i].commit, p->commit) &&
		    are_same(list->v[i].detail, e->detail))
			return 1;
	return 0;
}

int push_engine_override(struct push *p, struct repo *r, struct error *err)
{
	struct strvec gates = STRVEC_INIT;
	struct buf said = BUF_INIT;
	struct event e = EVENT_INIT;
	struct event_list list = EVENT_LIST_INIT;
	int ret = 0;

	if (!p->verdicts.overridden)
		return 0;
	verdicts_overridden(&p->verdicts, &gates, &said);
	override_event(&e, p->to.env, p->commit, &gates, said.s,
		       p->overrides->reason);
	e.tree = object_tree(r, p->commit);
	e.release = xstrdup_or_null(p->release);
	e.from = xstrdup_or_null(p->from);
	e.who = xstrdup_or_null(p->overrides->who);
	e.by = xstrdup("client");
	ret = ledger_read(&list, r, p->to.env, EVENTS_READ, err);
	if (!ret && !is_recorded(p, &e, &list))
		ret = ledger_append(r, &e, NULL, 0, NULL, NULL, err);
	if (!ret)
		ret = destination_publish(&p->to, r, err);
	event_list_release(&list);
	event_release(&e);
	strvec_release(&gates);
	buf_release(&said);
	return ret < 0 ? -1 : 0;
}

/* What is known of it already; a failure is not tried again by itself. */
static enum push_outcome known_outcome(const struct push *p)
{
	if (are_same(destination_state(&p->to, "failed"), p->commit))
		return PUSH_FAILED;
	if (!are_same(destination_state(&p->to, "deployed"), p->commit))
		return PUSH_PENDING;
	return are_same(destination_state(&p->to, "verified"), p->commit) ?
		PUSH_VERIFIED : PUSH_UNVERIFIED;
}

/* Somebody has had it begun, from another clone: its newest event says so. */
static int check_elsewhere(const struct push *p, struct repo *r,
			   struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct buf who = BUF_INIT;
	int ret = ledger_read(&list, r, p->to.env, EVENTS_READ, err);
	const struct event *e = event_before(&list, NULL);

	if (ret || !e || strcmp(e->event, "pushed") ||
	    !are_same(e->commit, p->commit) || !are_same(p->old, p->commit))
		goto out;
	buf_add_line(&who, e->who ? e->who : "somebody");
	buf_adds(&who, ", ");
	time_add_span(&who, time(NULL) - e->when);
	ret = error_set(err, ERROR_PENDING, "%s: the deploy of %.7s was begun "
			"from another clone (by %s ago)", p->to.env,
			p->commit, who.s);
	error_hint(err, "see how it goes there, or with \"git upgrade "
		   "status\"; have it begun again with \"git upgrade push "
		   "--retry %s\"", p->to.env);
out:
	event_list_release(&list);
	buf_release(&who);
	return ret;
}

static void not_believed(const struct push *p, const char *why,
			 const struct reporter *say)
{
	report(say, REPORT_WARNING, "%s: the platform does not say that %.7s "
	       "is deployed, as was recorded: %s; not believed", p->to.env,
	       p->commit, why);
}

/*
 * What others recorded of the commit.  Of one that the branch there did not
 * have it says nothing.
 */
static int doubt_outcome(struct push *p, const struct reporter *say,
			 struct error *err)
{
	enum engine_word word = ENGINE_DENIES;
	struct buf why = BUF_INIT;
	int ret = 0, ok = 0;

	if (!p->up_to_date)
		buf_adds(&why, "it was not there yet");
	else
		ret = client_confirm(&p->client, p->commit, &word, &why, err);
	if (!ret && word == ENGINE_DENIES) {
		not_believed(p, why.s, say);
		p->outcome = PUSH_PENDING;
	} else if (!ret && p->outcome == PUSH_VERIFIED) {
		ret = client_check_again(&p->client, &ok, say, err);
		p->outcome = ok ? PUSH_VERIFIED : PUSH_UNVERIFIED;
	}
	buf_release(&why);
	return ret;
}

/* 1: there is nothing to wait for. */
static int begin(struct push *p, struct repo *r, const struct reporter *say,
		 struct error *err)
{
	struct client *c = &p->client;
	int goes_on = engine_run_is_open(&c->run) &&
		      are_same(c->run.commit, p->commit);

	if (!goes_on && !p->retry) {
		p->outcome = known_outcome(p);
		if (p->outcome != PUSH_PENDING && p->outcome != PUSH_FAILED &&
		    !client_has_seen(c, p->commit,
				     p->outcome == PUSH_VERIFIED) &&
		    doubt_outcome(p, say, err) < 0)
			return -1;
		if (p->outcome != PUSH_PENDING)
			return 1;
		if (!engine_is_by_push(&c->engine) &&
		    check_elsewhere(p, r, err) < 0)
			return -1;
	}
	if (client_begin(c, p->commit, p->retry, err) < 0)
		return -1;
	p->sent = 1;
	return 0;
}

static enum push_outcome outcome_of(enum client_outcome outcome)
{
	switch (outcome) {
	case CLIENT_VERIFIED:
		return PUSH_VERIFIED;
	case CLIENT_UNVERIFIED:
		return PUSH_UNVERIFIED;
	case CLIENT_FAILED:
		return PUSH_FAILED;
	case CLIENT_PENDING:
		break;
	}
	return PUSH_PENDING;
}

int push_engine_wait(struct push *p, struct repo *r, long timeout,
		     const struct reporter *say, struct error *err)
{
	struct client *c = &p->client;
	enum client_outcome outcome = CLIENT_PENDING;
	struct error lost = ERROR_INIT;
	int ret = begin(p, r, say, err);

	c->interrupted = p->interrupted;
	if (!ret) {
		ret = client_wait(c, timeout, &outcome, say, err);
		p->outcome = outcome_of(outcome);
		p->interrupted |= c->interrupted;
	}
	if (p->to.unpublished)
		report(say, REPORT_WARNING, "what happened to %s is not "
		       "published, and known only here: %s", p->to.env,
		       p->to.unpublished);
	if (push_conclude(p, r, &lost) < 0)
		report(say, REPORT_WARNING, "%s", lost.message);
	error_release(&lost);
	return ret < 0 ? client_unknown(c, err) : 0;
}
