#include "cmd/deploy_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/diagnosis_view.h"

void deploy_say_move(struct cmd *cmd, const struct host_deploy *h)
{
	char *to = cmd_name_commit(h->release, h->commit);
	int hop = h->from && h->release && strcmp(h->from, h->release);

	cmd_say(cmd, "%s: %s%s%s in %s", h->env->name, hop ? h->from : "",
		hop ? " -> " : "", to, repo_top(&h->platform.repo));
	free(to);
}

void deploy_warn(struct cmd *cmd, const struct error *err)
{
	cmd_warn(cmd, "%s", err->message);
	for (size_t i = 0; i < err->hints.nr; i++)
		cmd_hint(cmd, "Publish", "%s", err->hints.v[i]);
}

int deploy_end_up_to_date(struct cmd *cmd, const struct host_deploy *h)
{
	char *what = cmd_name_commit(h->release, h->commit);

	cmd_say(cmd, "%s: %s is deployed and verified already.",
		h->env->name, what);
	free(what);
	return EXIT_OK;
}

int deploy_end_failed_before(struct cmd *cmd, const struct host_deploy *h)
{
	char *what = cmd_name_commit(h->release, h->commit);

	error_set(&cmd->err, ERROR_DEPLOY, "%s: %s failed here before, and is "
		  "not tried again by itself", h->env->name, what);
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   h->env->name);
	error_hint(&cmd->err, "pull a fix, or try the same commit again with "
		   "\"git upgrade deploy --retry\"");
	free(what);
	return -1;
}

/* What a failure left behind. */
static char *aftermath(const struct host_deploy *h)
{
	char *what, *text;

	if (!strcmp(h->event.outcome ? h->event.outcome : "", "down"))
		return xstrdup("nothing serves now");
	if (!h->before.deployed)
		return xstrdup("nothing was deployed here before");
	what = cmd_name_commit(h->from, h->before.deployed);
	text = xstrfmt("%s keeps serving", what);
	free(what);
	return text;
}

/* What its log says about why. */
static void hint_cause(struct cmd *cmd, const struct host_deploy *h)
{
	struct error ignored = ERROR_INIT;
	struct buf log = BUF_INIT;
	char *path = xstrfmt("%s/upgrade/logs/%s/latest",
			     cmd->repo.common_dir, h->env->name);

	if (!file_read(path, &log, &ignored))
		diagnosis_view_hint(&cmd->err, &h->platform.profile, &log,
				    h->env->name);
	error_release(&ignored);
	buf_release(&log);
	free(path);
}

static int end_failed(struct cmd *cmd, const struct host_deploy *h)
{
	char *what = cmd_name_commit(h->release, h->commit);
	char *left = aftermath(h);

	error_set(&cmd->err, ERROR_DEPLOY, "%s: the deploy of %s failed%s%s; "
		  "%s", h->env->name, what, h->event.detail ? ": " : "",
		  h->event.detail ? h->event.detail : "", left);
	error_hint(&cmd->err, "what happened: git upgrade log %s",
		   h->env->name);
	error_hint(&cmd->err, "pull a fix, or try the same commit again with "
		   "\"git upgrade deploy --retry\"");
	if (h->before.deployed && strcmp(h->before.deployed, h->commit))
		error_hint(&cmd->err, "or back to what served: \"git reset "
			   "--keep %.7s\" and \"git upgrade deploy\"",
			   h->before.deployed);
	hint_cause(cmd, h);
	free(what);
	free(left);
	return -1;
}

int deploy_end(struct cmd *cmd, const struct host_deploy *h)
{
	cmd->err.changed = 1;
	if (h->outcome == HOST_DEPLOYED)
		return EXIT_OK;
	if (h->outcome == HOST_FAILED)
		return end_failed(cmd, h);
	if (h->interrupted) {
		/* Behind the ^C. */
		if (cmd->term.err_tty)
			cmd_say(cmd, "%s", "");
		cmd_say(cmd, "Detached; the deploy of %s goes on.",
			h->env->name);
		cmd_hint(cmd, "Pending", "see how it went with \"git upgrade "
			 "status\", or wait for it with \"git upgrade "
			 "deploy\"");
		return EXIT_PENDING;
	}
	if (h->trouble)
		error_set(&cmd->err, ERROR_PENDING, "%s: the deploy ended, and "
			  "how could not be recorded: %s", h->env->name,
			  h->trouble);
	else
		error_set(&cmd->err, ERROR_PENDING, "%s: the deploy ended "
			  "without a word; it was killed", h->env->name);
	error_hint(&cmd->err, "begin it again with \"git upgrade deploy\"");
	return -1;
}
