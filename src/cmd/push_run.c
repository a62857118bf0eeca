#include "cmd/push_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/mem.h"
#include "base/time.h"
#include "cmd/diagnosis_view.h"
#include "cmd/push_log.h"

/* What a failure left behind, from the ledger's outcome. */
static char *aftermath(const struct push *p)
{
	const char *how = p->has_event ? p->event.outcome : NULL;
	char *what, *text;

	if (how && !strcmp(how, "down") && !p->by)
		return xstrdup("nothing serves now");
	if (!p->serves)
		return xstrdup("nothing was deployed there before");
	what = cmd_name_commit(p->serves_release, p->serves);
	text = xstrfmt(p->by ? "%s serves now" :
		       how && !strcmp(how, "restored") ?
		       "%s was restored and serves again" :
		       "%s still serves", what);
	free(what);
	return text;
}

/* Its host can be told only where it is. */
static void hint_host(struct cmd *cmd, const struct push *p)
{
	error_hint(&cmd->err, "push a fix, or have its host try the same "
		   "commit again: there, \"git upgrade deploy --retry %s\"",
		   p->to.env);
}

/* Hops are left that were built on the one that failed. */
static void hint_fix(struct cmd *cmd, const struct push *p)
{
	size_t left = p->hops.nr - p->at - 1;
	const char *goal = NULL;
	char *last = adopted_name_at(&cmd->repo, &p->product.releases, p->tip);

	goal = last ? last : "RELEASE";
	error_hint(&cmd->err, "%zu more hop%s not pushed; try the same commit "
		   "again, and go on, with \"git upgrade push --retry %s\"",
		   left, left == 1 ? " was" : "s were", p->to.env);
	error_hint(&cmd->err, "a fix goes right behind this hop: \"git reset "
		   "--keep %.12s\", commit it,", p->commit);
	error_hint(&cmd->err, "then \"git upgrade merge --path %s\" and \"git "
		   "upgrade push\"", goal);
	free(last);
}

/* No branch here has it, so it is mended where it came from. */
static void hint_source(struct cmd *cmd, const struct push *p)
{
	error_hint(&cmd->err, "mend it on %s, and promote that: git upgrade "
		   "promote %s %s", p->promotes, p->promotes, p->to.env);
	if (!p->to.is_pulled)
		error_hint(&cmd->err, "or try the same commit again: git "
			   "upgrade push --retry %s", p->to.env);
	if (p->to.is_platform)
		error_hint(&cmd->err, "or go back: git upgrade rollback %s",
			   p->to.env);
}

static int end_failed(struct cmd *cmd, struct push *p)
{
	char *what = cmd_name_commit(p->release, p->commit);
	char *left = aftermath(p);
	const char *detail = p->has_event ? p->event.detail : NULL;

	error_set(&cmd->err, ERROR_DEPLOY, "%s: the deploy of %s failed%s%s; "
		  "%s", p->to.env, what, detail ? ": " : "",
		  detail ? detail : "", left);
	cmd->err.changed = 1;
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   p->to.env);
	if (p->promotes && !p->by)
		hint_source(cmd, p);
	else if (p->to.is_pulled)
		hint_host(cmd, p);
	else if (p->by)
		error_hint(&cmd->err, "%s has moved on to %.7s: bring that "
			   "here with \"git pull --ff-only %s %s\"",
			   p->to.branch, p->by, p->to.remote, p->to.branch);
	else if (p->at + 1 < p->hops.nr)
		hint_fix(cmd, p);
	else
		error_hint(&cmd->err, "push a fix, or try the same commit "
			   "again with \"git upgrade push --retry %s\"",
			   p->to.env);
	free(what);
	free(left);
	return -1;
}

static int end_unverified(struct cmd *cmd, struct push *p)
{
	char *what = cmd_name_commit(p->release, p->commit);
	const char *detail = p->has_event ? p->event.detail : NULL;

	error_set(&cmd->err, ERROR_DEPLOY, "%s: %s is deployed, but not "
		  "verified%s%s", p->to.env, what, detail ? ": " : "",
		  detail ? detail : "");
	cmd->err.changed = 1;
	error_hint(&cmd->err, p->to.is_pulled ? "verify it again on its host: "
		   "there, \"git upgrade verify %s\"" :
		   "verify it again with \"git upgrade verify %s\"",
		   p->to.env);
	free(what);
	return -1;
}

/* It is where its host pulls from, and that is all that can be done here. */
static int end_delivered(struct cmd *cmd, struct push *p)
{
	size_t left = p->hops.nr - p->at - 1;
	char *command = push_again(p);

	cmd_say(cmd, p->sent ? "Delivered to '%s'; the host of %s deploys it "
		"when it pulls." : "'%s' has it already; the host of %s has "
		"not deployed it yet.", p->to.remote, p->to.env);
	if (left)
		cmd_hint(cmd, "Pending", "%zu more hop%s: \"git upgrade push "
			 "%s\" again when its host has deployed this one",
			 left, left == 1 ? " follows" : "s follow",
			 p->to.env);
	if (destination_has_evidence(&p->to))
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "verify %s\", or wait for it with \"%s "
			 "--timeout=10m\"", p->to.env, command);
	else
		cmd_hint(cmd, "Pending", "nobody says here how it goes; see it "
			 "on the host with \"git upgrade status\"");
	free(command);
	return EXIT_PENDING;
}

/* No error, no success: said in plain words, with an exit code of its own. */
static int end_pending(struct cmd *cmd, struct push *p, int waited)
{
	char *command;

	if (p->to.is_pulled)
		return end_delivered(cmd, p);
	command = push_again(p);
	/* Behind the ^C. */
	if (p->interrupted && cmd->term.err_tty)
		cmd_say(cmd, "%s", "");
	cmd_say(cmd, p->interrupted ?
		"Detached; the deploy of %s goes on." : waited ?
		"%s is not deployed yet, and the time is up." :
		"%s: the deploy is not waited for.", p->to.env);
	if (p->to.is_driven)
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "verify %s\", or wait again with \"%s\"", p->to.env,
			 command);
	else
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "status\", or wait again with \"%s\"", command);
	free(command);
	return EXIT_PENDING;
}

static int end_no_platform(struct cmd *cmd, struct push *p)
{
	error_set(&cmd->err, ERROR_DEPLOY, "%s '%s', which is no platform "
		  "of git upgrade: nothing there deploys it",
		  p->sent ? "pushed to" : "everything is up to date at",
		  p->to.remote);
	cmd->err.changed = p->sent;
	error_hint(&cmd->err, "make a repository that deploys with \"git "
		   "upgrade platform init DIR\" on the server");
	return -1;
}

/* Superseded by a rollback or by an older release is no success. */
static int end_superseded(struct cmd *cmd, struct push *p)
{
	const struct release_list *list = &p->product.releases;
	const struct release *ours, *theirs;
	char *what = cmd_name_commit(p->event.release, p->by);

	if (!p->by_verified) {
		error_set(&cmd->err, ERROR_DEPLOY, "%s: superseded by %s, "
			  "whose deploy failed%s%s", p->to.env, what,
			  p->event.detail ? ": " : "",
			  p->event.detail ? p->event.detail : "");
		goto out;
	}
	ours = p->release ? release_find(list, p->release) : NULL;
	theirs = p->event.release ? release_find(list, p->event.release) :
				    NULL;
	if (!ours || !theirs || version_cmp(&theirs->version,
					    &ours->version) >= 0) {
		cmd_say(cmd, "Superseded by %s, which is deployed and "
			"verified and includes it.", what);
		free(what);
		return EXIT_OK;
	}
	error_set(&cmd->err, ERROR_PENDING, "%s: superseded by %s, an older "
		  "release, which is deployed and verified", p->to.env, what);
out:
	cmd->err.changed = 1;
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   p->to.env);
	free(what);
	return -1;
}

static int end_verified(struct cmd *cmd, struct push *p)
{
	struct buf when = BUF_INIT;

	if (p->sent) {
		time_add_clock(&when, (time_t)(time_monotonic() -
					       p->started));
		cmd_say(cmd, "Deployed and verified in %s.", when.s);
	} else {
		if (p->has_event) {
			buf_adds(&when, ", ");
			time_add_span(&when, time(NULL) - p->event.when);
			buf_adds(&when, " ago");
		}
		cmd_say(cmd, "Up to date: deployed and verified%s.", when.s);
	}
	buf_release(&when);
	return EXIT_OK;
}

static int end(struct cmd *cmd, struct push *p, int waited)
{
	switch (p->outcome) {
	case PUSH_VERIFIED:
		return end_verified(cmd, p);
	case PUSH_UNVERIFIED:
		return end_unverified(cmd, p);
	case PUSH_FAILED:
		return end_failed(cmd, p);
	case PUSH_SUPERSEDED:
		return end_superseded(cmd, p);
	case PUSH_NO_PLATFORM:
		return end_no_platform(cmd, p);
	case PUSH_PENDING:
		break;
	}
	return end_pending(cmd, p, waited);
}

int push_run(struct cmd *cmd, struct push *p, int no_wait, long timeout)
{
	struct push_log log = { cmd, p->to.env, p->to.is_driven,
				STRVEC_INIT, BUF_INIT };
	struct reporter say = { push_log_line, &log };
	struct interrupt held;
	int ret;

	p->no_follow = no_wait;
	interrupt_hold(&held);
	ret = push_send(p, &cmd->repo, &say, &cmd->err);
	if (ret < 0) {
		push_log_errors(&log);
		goto out;
	}
	ret = push_wait(p, &cmd->repo, no_wait ? 0 : timeout, &say,
			&cmd->err);
	if (!p->has_event)
		push_log_errors(&log);
	if (!ret)
		ret = end(cmd, p, !no_wait);
	if (ret < 0 && p->outcome == PUSH_FAILED)
		push_log_hints(&log, &cmd->err);
	if (ret < 0 && p->outcome == PUSH_FAILED)
		diagnosis_view_hint(&cmd->err, &p->product.profile, &log.text,
				    p->to.env);
out:
	if (p->interrupted)
		interrupt_forget();
	interrupt_release(&held);
	strvec_release(&log.errors);
	buf_release(&log.text);
	return ret;
}

const char *push_detail(const struct cmd *cmd, const struct push *p)
{
	if (!p->sent && cmd->err.kind == ERROR_REFUSED)
		return cmd->err.message;
	return p->has_event ? p->event.detail : NULL;
}
