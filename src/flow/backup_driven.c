/*
 * Backups where an engine deploys: nothing of ours is there, so who asks for
 * one makes it, from his clone, and publishes that for all others.
 */
#include "flow/backup_internal.h"

#include "base/mem.h"
#include "flow/client.h"

#include <fcntl.h>
#include <stdlib.h>

/* The lock of this clone goes with the child. */
static int run_act(struct client *c, const struct value *fields,
		   const struct reporter *say, struct error *err)
{
	int lock = fcntl(c->lock, F_DUPFD_CLOEXEC, 3);

	if (lock < 0)
		return error_errno(err, "cannot start a process");
	return backups_act(&c->platform, c->env, fields, lock, NULL, say, err);
}

static int check_idle(const struct client *c, struct error *err)
{
	if (!client_is_under_way(c))
		return 0;
	error_set(err, ERROR_REFUSED, "%s: the deploy of %.7s is under way",
		  c->env->name, c->commit);
	return error_hint(err, "wait for its end with \"git upgrade verify "
			  "%s\"", c->env->name);
}

/* What was put back is looked at as any deploy is. */
static int verify(struct client *c, const struct reporter *say,
		  struct error *err)
{
	if (client_verify(c, say, err) < 0)
		return -1;
	if (c->verification.ok)
		return 0;
	error_set(err, ERROR_DEPLOY, "the backup was put back, but %s is not "
		  "verified: %s", c->env->name, c->verification.reason.s);
	return error_hint(err, "what happened: git upgrade log %s",
			  c->env->name);
}

static int ask(struct backups *b, struct client *c, struct repo *r,
	       const struct value *fields, const struct reporter *say,
	       struct error *err)
{
	char *before = xstrdup_or_null(destination_state(&b->to, "ledger"));
	struct error lost = ERROR_INIT;
	int ret = run_act(c, fields, say, err);

	/* Ctrl-C, which it may have ended by, reached all our helpers. */
	repo_disconnect(r);
	if (destination_publish(&b->to, r, &lost) < 0)
		report(say, REPORT_WARNING, "%s", lost.message);
	else if (b->to.unpublished)
		report(say, REPORT_WARNING, "what happened to %s is not "
		       "published, and known only here: %s", b->to.env,
		       b->to.unpublished);
	if (!ret && are_same(value_text(fields, "do"), "restore"))
		ret = verify(c, say, err);
	err->changed |= ret < 0 &&
			!are_same(before, destination_state(&b->to, "ledger"));
	error_release(&lost);
	free(before);
	return ret;
}

int backups_ask_driven(struct backups *b, struct repo *r,
		       const struct value *fields, const struct reporter *say,
		       struct error *err)
{
	struct client c = CLIENT_INIT;
	int ret = client_open(&c, r, &b->product, &b->to, NULL, err);

	if (!ret)
		ret = check_idle(&c, err);
	if (!ret)
		ret = ask(b, &c, r, fields, say, err);
	client_release(&c);
	return ret;
}
