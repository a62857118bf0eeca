#include "flow/push_internal.h"

#include "base/buf.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "git/object.h"
#include "git/ref.h"

#include <stdlib.h>
#include <string.h>

/* How long a cut push is given to arrive after all, in seconds. */
#define ARRIVAL_LIMIT 3.0
#define POLL_MIN 0.2
#define POLL_MAX 3.0
/* Events of the ledger that are searched for one commit. */
#define EVENTS_READ 50

static void evidence_release(struct evidence *e)
{
	free(e->deployed);
	free(e->verified);
	free(e->failed);
	free(e->ledger);
	*e = (struct evidence){ NULL, NULL, NULL, NULL };
}

static void evidence_take(struct evidence *e, const struct destination *d)
{
	evidence_release(e);
	e->deployed = xstrdup_or_null(destination_state(d, "deployed"));
	e->verified = xstrdup_or_null(destination_state(d, "verified"));
	e->failed = xstrdup_or_null(destination_state(d, "failed"));
	e->ledger = xstrdup_or_null(destination_state(d, "ledger"));
}

const char *push_outcome_name(enum push_outcome outcome)
{
	switch (outcome) {
	case PUSH_VERIFIED:
		return "verified";
	case PUSH_UNVERIFIED:
		return "unverified";
	case PUSH_FAILED:
		return "failed";
	case PUSH_SUPERSEDED:
		return "superseded";
	case PUSH_NO_PLATFORM:
		return "no-platform";
	case PUSH_PENDING:
		break;
	}
	return "pending";
}

/* What clients recorded is not believed at once. */
static void take_before(struct push *p, const struct repo *r)
{
	evidence_take(&p->before, &p->to);
	if (p->to.is_driven)
		push_engine_doubt(p, r);
}

void push_note_evidence(struct push *p)
{
	evidence_take(&p->before, &p->to);
}

/*
 * Which release a remote's branch is on takes a while to find out: done while
 * the remote is asked, for the commit that was there last.
 */
static void look_ahead(struct push *p, struct repo *r)
{
	struct error ignored = ERROR_INIT;

	p->has_expected = p->to.expected &&
			  !adopted_read(&p->there_expected, r,
					&p->product.releases, p->to.expected,
					&ignored);
	error_release(&ignored);
}

static void forget_expected(struct push *p)
{
	p->has_expected = 0;
	adopted_release(&p->there_expected);
}

/* 1: it was as expected; the answer is there. */
static int take_expected(struct push *p, const char *commit)
{
	if (!p->has_expected || !are_same(p->to.expected, commit))
		return 0;
	adopted_release(&p->there);
	p->there = p->there_expected;
	p->there_expected = (struct adopted)ADOPTED_INIT;
	forget_expected(p);
	return 1;
}

/*
 * What is tried again is what is there: a branch here that has nothing besides
 * has no say in it, nor has one that there is not.
 */
static int take_there(struct push *p, struct repo *r, struct error *err)
{
	const char *there = destination_tip(&p->to);
	int has_all;

	if (!there)
		return 0;
	if (destination_fetch_tip(&p->to, r, err) < 0)
		return -1;
	has_all = p->tip ? commit_contains(r, there, p->tip, err) : 1;
	if (has_all > 0) {
		free(p->tip);
		p->tip = xstrdup(there);
	}
	return has_all < 0 ? -1 : 0;
}

/* The branch's tip, and the product as that commit knows it. */
static int find_tip(struct push *p, struct repo *r, int retry,
		    struct error *err)
{
	char *ref = xstrfmt("refs/heads/%s", p->to.branch);
	char *head = head_commit(r);
	int ret = -1;

	p->tip = object_commit(r, ref);
	if (retry && take_there(p, r, err) < 0)
		goto out;
	if (!p->tip) {
		error_set(err, ERROR_REFUSED,
			  "there is no branch '%s' here to push to %s",
			  p->to.branch, p->to.env);
		error_hint(err, "get it with \"git fetch %s\" and "
			   "\"git switch %s\"", p->to.remote, p->to.branch);
		goto out;
	}
	if (!are_same(head, p->tip)) {
		forget_expected(p);
		product_release(&p->product);
		if (product_open(&p->product, r, p->tip, err) < 0)
			goto out;
	}
	ret = 0;
out:
	free(ref);
	free(head);
	return ret;
}

static int check_retry(const struct push *p, struct error *err)
{
	if (p->to.is_pulled) {
		error_set(err, ERROR_REFUSED, "the host of %s deploys by "
			  "itself, and nobody here can tell it to",
			  p->to.env);
		return error_hint(err, "on the host: \"git upgrade deploy "
				  "--retry %s\"", p->to.env);
	}
	if (!p->to.is_platform && !p->to.is_driven)
		error_set(err, ERROR_REFUSED,
			  "'%s' is no platform; nothing there deploys",
			  p->to.remote);
	else if (p->up_to_date && !p->before.failed &&
		 (p->to.is_platform || are_same(p->before.verified, p->tip)))
		error_set(err, ERROR_REFUSED,
			  "nothing of %s failed, so there is nothing to try "
			  "again", p->to.env);
	else
		return 0;
	error_hint(err, "look with \"git upgrade status\"");
	return -1;
}

int push_prepare(struct push *p, struct repo *r, const char *env, int retry,
		 const char *command, struct error *err)
{
	if (product_begin(&p->product, r, NULL, err) < 0 ||
	    destination_begin(&p->to, r, &p->product, env, err) < 0 ||
	    product_finish(&p->product, r, err) < 0)
		return -1;
	look_ahead(p, r);
	if (destination_find(&p->to, r, &p->product, env, err) < 0 ||
	    (command && turn_begin(&p->turn, r, p->to.branch, command,
				   err) < 0) ||
	    (command && p->to.is_driven &&
	     destination_publish(&p->to, r, err) < 0) ||
	    find_tip(p, r, retry, err) < 0)
		return -1;
	if (command)
		push_note_begin(p, r);
	take_before(p, r);
	if (push_read_lock(p, r, err) < 0 || push_find_hops(p, r, err) < 0)
		return -1;
	push_aim(p, r, 0, 0);
	p->retry = retry && p->up_to_date;
	return retry ? check_retry(p, err) : 0;
}

/* What was found out about one hop. */
static void release_hop(struct push *p)
{
	FREE_AND_NULL(p->commit);
	FREE_AND_NULL(p->old);
	FREE_AND_NULL(p->from);
	FREE_AND_NULL(p->release);
	adopted_release(&p->there);
	p->has_there = 0;
	verdict_list_release(&p->verdicts);
	evidence_release(&p->before);
	FREE_AND_NULL(p->by);
	event_release(&p->event);
	p->event = (struct event)EVENT_INIT;
	FREE_AND_NULL(p->serves);
	FREE_AND_NULL(p->serves_release);
	p->retry = p->sent = p->cut = p->by_verified = p->has_event = 0;
	p->outcome = PUSH_PENDING;
}

/* Which release is there: what is shown, and what the gates will ask. */
static void find_there(struct push *p, struct repo *r)
{
	const char *commit = p->before.deployed ? p->before.deployed : p->old;
	struct error ignored = ERROR_INIT;

	p->has_there = !p->up_to_date && commit &&
		       (take_expected(p, commit) ||
			!adopted_read(&p->there, r, &p->product.releases,
				      commit, &ignored));
	if (p->has_there)
		p->from = adopted_name(&p->there);
	else
		p->from = adopted_name_at(r, &p->product.releases, commit);
	error_release(&ignored);
}

void push_aim(struct push *p, struct repo *r, size_t at, int foresee)
{
	const char *former = at ? p->hops.v[at - 1] : NULL;

	release_hop(p);
	p->at = at;
	p->commit = xstrdup(p->hops.v[at]);
	take_before(p, r);
	if (foresee && former) {
		free(p->before.deployed);
		p->before.deployed = xstrdup(former);
		p->old = xstrdup(former);
	} else {
		p->old = xstrdup_or_null(destination_tip(&p->to));
	}
	p->up_to_date = are_same(p->old, p->commit);
	p->release = adopted_name_at(r, &p->product.releases, p->commit);
	find_there(p, r);
}

/* Ctrl-C reaches all our children, helpers too. */
void push_take_interrupt(struct push *p, struct repo *r, double wait)
{
	if (!interrupt_wait(wait))
		return;
	p->interrupted = 1;
	repo_disconnect(r);
}

/* Who knows better than git push: the branch itself.  1, 0, -1: no answer. */
static int arrived(struct push *p, struct repo *r, double limit,
		   struct error *err)
{
	double end = time_monotonic() + limit;

	for (;;) {
		if (destination_refresh(&p->to, r, err) < 0)
			return -1;
		if (are_same(destination_tip(&p->to), p->commit))
			return 1;
		if (time_monotonic() >= end)
			return 0;
		push_take_interrupt(p, r, POLL_MIN);
	}
}

static int unknown_arrival(struct push *p, struct error *err)
{
	char *again = push_again(p);

	error_set(err, ERROR_PENDING, "the connection was lost, and nobody "
		  "can tell whether %s moved", p->to.branch);
	err->changed = 1;
	error_hint(err, "look with \"git upgrade status\"; \"%s\" again does "
		   "no harm", again);
	free(again);
	return -1;
}

static int no_arrival(struct push *p, const char *last, struct error *err)
{
	char *again = push_again(p);

	error_set(err, ERROR_FATAL, "the push did not arrive%s%s",
		  last ? ": " : "", last ? last : "");
	error_hint(err, "try again with \"%s\"", again);
	free(again);
	return -1;
}

/* What is to be overridden cannot be said there. */
static int no_options(const struct push *p, struct error *err)
{
	error_set(err, ERROR_REFUSED, "'%s' takes no push options, so nothing "
		  "can be overridden there", p->to.remote);
	return error_hint(err, "on the server, bring the platform up to date "
			  "with \"git upgrade platform init DIR\", and push "
			  "to it directly");
}

/* git push ended without a word about the branch. */
static int settle(struct push *p, struct repo *r,
		  const struct push_report *rep, const struct reporter *say,
		  struct error *err)
{
	struct error asked = ERROR_INIT;
	int refused_here, there;

	push_take_interrupt(p, r, 0);
	refused_here = rep->status == 1 && !p->interrupted;
	there = arrived(p, r, refused_here || p->interrupted ? 0 :
			ARRIVAL_LIMIT, &asked);
	error_release(&asked);
	if (there < 0)
		return unknown_arrival(p, err);
	if (there) {
		p->cut = 1;
		if (!p->interrupted)
			report(say, REPORT_WARNING, "the connection was lost, "
			       "but %s has arrived", p->to.branch);
		return 0;
	}
	if (refused_here)
		return error_set(err, ERROR_REFUSED, "a pre-push hook here "
				 "refused the push");
	if (p->interrupted) {
		error_set(err, ERROR_PENDING, "interrupted before %s moved; "
			  "it may still do", p->to.branch);
		err->changed = 1;
		error_hint(err, "look with \"git upgrade status\"");
		return -1;
	}
	if (p->overrides && p->overrides->gates.nr && rep->takes_no_options)
		return no_options(p, err);
	return no_arrival(p, rep->last, err);
}

static int refused(struct push *p, struct repo *r,
		   const struct push_report *rep, struct error *err)
{
	/* A gate of ours has said it all. */
	if ((!rep->by_remote || !strstr(rep->reason, ": ")) &&
	    push_explain_lost(p, r, rep->reason, err))
		return -1;
	if (rep->by_remote)
		return push_refused_there(p, rep->reason, err);
	error_set(err, ERROR_REFUSED, "%s there has what yours lacks (%s)",
		  p->to.branch, rep->reason);
	error_hint(err, "see it with \"git fetch %s\" and \"git log "
		   "%s..%s/%s\"", p->to.remote, p->to.branch, p->to.remote,
		   p->to.branch);
	return -1;
}

static int send_branch(struct push *p, struct repo *r,
		       const struct reporter *say, struct error *err)
{
	struct push_report rep = PUSH_REPORT_INIT;
	char *ref = xstrfmt("refs/heads/%s", p->to.branch);
	struct push_one what = { .remote = p->to.remote, .object = p->commit,
				 .ref = ref, .env = STRVEC_INIT,
				 .options = STRVEC_INIT };
	int ret = -1;

	/* Only a platform is known to take options. */
	if (p->no_follow && p->to.is_platform)
		strvec_push(&what.options, "upgrade-no-follow");
	if (p->hold.nonce && p->to.is_platform)
		strvec_pushf(&what.options, LOCK_OPTION "%s", p->hold.nonce);
	if (p->overrides && p->to.is_platform)
		overrides_give(p->overrides, &what.options);
	strvec_pushf(&what.env, PUSH_JUDGED_ENV "=%s:%s", p->commit, ref);
	if (git_push(&rep, r, &what, say, err) < 0)
		goto out;
	switch (rep.said) {
	case PUSH_SAID_DONE:
	case PUSH_SAID_UP_TO_DATE:
		ret = 0;
		break;
	case PUSH_SAID_REJECTED:
		ret = refused(p, r, &rep, err);
		break;
	case PUSH_SAID_NOTHING:
		ret = settle(p, r, &rep, say, err);
		break;
	}
	if (!ret)
		p->sent = 1;
out:
	free(ref);
	strvec_release(&what.env);
	strvec_release(&what.options);
	push_report_release(&rep);
	return ret;
}

static char *retry_request(const struct push *p)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT, nonce = BUF_INIT;

	buf_addf(&nonce, "%.9f", p->started);
	json_object(j, NULL);
	/* Named, so that a retry repeated by a nervous hand does nothing. */
	json_string(j, "failed", p->before.failed);
	json_string(j, "follow", p->no_follow ? "false" : "true");
	json_string(j, "nonce", nonce.s);
	json_string(j, "lock", p->hold.nonce);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	buf_release(&nonce);
	return buf_detach(&out);
}

static int send_retry(struct push *p, struct repo *r,
		      const struct reporter *say, struct error *err)
{
	char *json = retry_request(p);
	int ret = request_send(r, p->to.remote, "retry", p->to.env, json,
			       say, err);

	if (!ret)
		p->sent = 1;
	/* Nobody answered: what happened shows in the evidence. */
	if (ret < 0 && err->kind == ERROR_PENDING) {
		error_release(err);
		*err = (struct error)ERROR_INIT;
		p->cut = 1;
		ret = 0;
	}
	free(json);
	return ret;
}

int push_send(struct push *p, struct repo *r, const struct reporter *say,
	      struct error *err)
{
	p->started = time_monotonic();
	if (p->to.is_driven && (push_engine_open(p, r, say, err) < 0 ||
				push_engine_backup(p, r, say, err) < 0 ||
				push_engine_override(p, r, err) < 0))
		return -1;
	if (p->retry && p->to.is_driven)
		return 0;
	if (p->retry)
		return send_retry(p, r, say, err);
	return p->up_to_date ? 0 : send_branch(p, r, say, err);
}

/* 1: `later` is here, or was fetched, and holds our commit. */
static int descends(struct push *p, struct repo *r, const char *later)
{
	struct error ignored = ERROR_INIT;
	int yes = destination_fetch_state(&p->to, r, &ignored) >= 0 &&
		commit_contains(r, later, p->commit, &ignored) == 1;

	error_release(&ignored);
	return yes;
}

/* A commit that came after ours and was judged instead of it. */
static int is_superseded(struct push *p, struct repo *r,
			 const struct evidence *now)
{
	const char *later = NULL;

	if (are_same(destination_tip(&p->to), p->commit))
		return 0;
	if (now->deployed && !are_same(now->deployed, p->before.deployed))
		later = now->deployed;
	else if (now->failed && !are_same(now->failed, p->before.failed))
		later = now->failed;
	if (!later || !descends(p, r, later))
		return 0;
	free(p->by);
	p->by = xstrdup(later);
	p->by_verified = are_same(later, now->verified);
	return 1;
}

static enum push_outcome judge_evidence(struct push *p, struct repo *r)
{
	struct evidence now = { NULL, NULL, NULL, NULL };
	enum push_outcome outcome = PUSH_PENDING;
	/* After a retry the old failure is no news until the ledger grew. */
	int old_news;

	evidence_take(&now, &p->to);
	old_news = p->retry && are_same(now.failed, p->before.failed) &&
		   are_same(now.ledger, p->before.ledger);
	if (are_same(now.verified, p->commit))
		outcome = PUSH_VERIFIED;
	else if (are_same(now.deployed, p->commit))
		outcome = PUSH_UNVERIFIED;
	else if (are_same(now.failed, p->commit) && !old_news)
		outcome = PUSH_FAILED;
	else if (is_superseded(p, r, &now))
		outcome = PUSH_SUPERSEDED;
	evidence_release(&now);
	return outcome;
}

static void say_waiting(const struct push *p, long timeout,
			const struct reporter *say)
{
	struct buf span = BUF_INIT;

	time_add_span(&span, timeout);
	report(say, REPORT_NOTE, p->to.is_pulled ?
	       "Waiting for the host of %s to pull and deploy it, up to %s" :
	       "Waiting for the deploy of %s, up to %s (Ctrl-C leaves it "
	       "running)", p->to.env, span.s);
	buf_release(&span);
}

/* Poll until the evidence speaks; what goes wrong on the way is tried again. */
static void await(struct push *p, struct repo *r, long timeout,
		  const struct reporter *say)
{
	double end = time_monotonic() + (double)timeout;
	double delay = POLL_MIN;
	int said = 0, lost = 0;

	push_take_interrupt(p, r, 0);
	for (;;) {
		struct error err = ERROR_INIT;
		int asked = destination_refresh(&p->to, r, &err);

		if (asked < 0 && !lost++ && timeout)
			report(say, REPORT_WARNING, "%s; trying again",
			       err.message);
		error_release(&err);
		if (!asked)
			p->outcome = judge_evidence(p, r);
		if (p->outcome != PUSH_PENDING || p->interrupted ||
		    time_monotonic() >= end)
			return;
		if (!said++)
			say_waiting(p, timeout, say);
		if (delay > end - time_monotonic())
			delay = end - time_monotonic();
		push_take_interrupt(p, r, time_jitter(delay));
		delay = delay * 1.5 > POLL_MAX ? POLL_MAX : delay * 1.5;
	}
}

static void event_move(struct event *to, struct event *from)
{
	event_release(to);
	*to = *from;
	*from = (struct event)EVENT_INIT;
}

/* The newest event that says how the commit ended. */
static int read_event(struct push *p, struct repo *r, const char *commit,
		      struct error *err)
{
	struct event_list list = { NULL, 0, 0 };
	int ret = ledger_read(&list, r, p->to.env, EVENTS_READ, err);

	for (size_t i = 0; !ret && !p->has_event && i < list.nr; i++) {
		struct event *e = &list.v[i];

		if (!are_same(e->commit, commit) || !event_is_ending(e))
			continue;
		event_move(&p->event, e);
		p->has_event = 1;
	}
	event_list_release(&list);
	return ret;
}

/*
 * What came instead of it may be the platform's way back from its failure: then
 * that is what is to be told.  1 it failed, 0 it did not, -1.
 */
static int read_failure(struct push *p, struct repo *r, struct error *err)
{
	if (read_event(p, r, p->commit, err) < 0)
		return -1;
	if (p->has_event && p->event.event &&
	    !strcmp(p->event.event, "failed")) {
		p->outcome = PUSH_FAILED;
		return 1;
	}
	event_release(&p->event);
	p->event = (struct event)EVENT_INIT;
	p->has_event = 0;
	return 0;
}

int push_conclude(struct push *p, struct repo *r, struct error *err)
{
	const char *serves;

	if (destination_fetch_state(&p->to, r, err) < 0)
		return -1;
	serves = destination_state(&p->to, "deployed");
	p->serves = xstrdup_or_null(serves);
	p->serves_release = adopted_name_at(r, &p->product.releases, serves);
	if (p->outcome == PUSH_PENDING || p->outcome == PUSH_NO_PLATFORM)
		return 0;
	if (p->by && read_failure(p, r, err) != 0)
		return err->kind ? -1 : 0;
	return read_event(p, r, p->by ? p->by : p->commit, err);
}

int push_wait(struct push *p, struct repo *r, long timeout,
	      const struct reporter *say, struct error *err)
{
	struct error lost = ERROR_INIT;

	if (p->to.is_driven)
		return push_engine_wait(p, r, timeout, say, err);
	if (!p->to.is_platform && !p->to.is_pulled) {
		p->outcome = PUSH_NO_PLATFORM;
		return 0;
	}
	/* Its host says nothing, and the push itself has arrived. */
	if (!destination_has_evidence(&p->to))
		return 0;
	await(p, r, timeout, say);
	/* What the refs said stands, also when no more can be learnt. */
	if (push_conclude(p, r, &lost) < 0)
		report(say, REPORT_WARNING, "%s", lost.message);
	error_release(&lost);
	return 0;
}

void push_release(struct push *p)
{
	turn_end(&p->turn);
	stale_note_end(&p->note);
	client_release(&p->client);
	hold_release(&p->hold);
	env_lock_release(&p->lock);
	release_hop(p);
	forget_expected(p);
	destination_release(&p->to);
	product_release(&p->product);
	free(p->tip);
	strvec_release(&p->hops);
}
