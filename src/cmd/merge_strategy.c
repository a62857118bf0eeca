/*
 * git-merge-upgrade: the merge strategy "upgrade" of plain git.
 *
 * git runs `git merge-upgrade [--<-X option>...] <base>... -- HEAD
 * <commit>...`, with what the user typed for a commit in GITHEAD_<commit>, and
 * wants to hear 0 (index and files are merged: it commits), 1 (conflicts are
 * left there) or 2 (not for us: it puts index and files back, or tries the
 * next strategy).  Found in git's builtin/merge.c and merge.c.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/conflict_view.h"
#include "cmd/plan_view.h"
#include "cmd/upstream.h"
#include "flow/merge.h"
#include "flow/trust.h"
#include "git/ref.h"

struct strategy_options {
	int structure;
	const char *from;
	struct strvec confirm, set;
};

static const char *const synopsis[] = {
	"merge-strategy [<options>] <base>... -- <head> <commit>", NULL
};

static const struct opt options[] = {
	OPTION_SWITCH(0, "structure", struct strategy_options, structure,
		      "resolve by what files are where lines conflict"),
	OPTION_STRING(0, "from", struct strategy_options, from, "release",
		      "the release the files are on now"),
	OPTION_LIST(0, "confirm-copy", struct strategy_options, confirm,
		    "[template:]path", "treat a file as copy of a template"),
	OPTION_LIST(0, "set", struct strategy_options, set, "name=text",
		    "a value that a migration asks for"),
	OPTION_END
};

static int announce(void *data, const struct plan *p, struct error *err)
{
	struct cmd *cmd = data;
	char *branch = head_branch(&cmd->repo);
	int ret = trust_demand(&cmd->repo, p->merge.tree, NULL, err);

	if (!ret)
		cmd_say(cmd, "Merging release %s into %s (base %s)",
			p->to->name, branch ? branch : "HEAD", p->from->name);
	free(branch);
	return ret;
}

/* Before git says, of whatever is left, that there are conflicts to fix. */
static void hint_rest(struct cmd *cmd, const struct merge_done *done)
{
	const char *them = done->conflicts.nr == 1 ? "it" : "them";

	const char *rest = done->plan.steps ? "runs the steps" : "migrates";

	if (done->conflicts.nr && done->more)
		cmd_hint(cmd, "Conflicts", "edit %s, \"git add\" %s, then "
			 "\"git upgrade merge --continue\", which %s and "
			 "commits", them, them, rest);
	else if (done->conflicts.nr)
		cmd_hint(cmd, "Conflicts", "edit %s, \"git add\" %s, then "
			 "\"git commit\"", them, them);
	else
		cmd_hint(cmd, "Conflicts", "there are no conflicts, but %s: "
			 "finish it with \"git upgrade merge --continue\"",
			 done->plan.steps ? "steps to run" :
			 "values that migrations need");
	if (done->more)
		cmd_hint(cmd, "Conflicts", "committed without that, the "
			 "upgrade counts as unfinished");
	cmd_hint(cmd, "Conflicts", "go back to where you were with \"git merge "
		 "--abort\"");
}

static int show(struct cmd *cmd, const struct merge_done *done)
{
	struct buf out = BUF_INIT;

	plan_view_text(&out, &done->plan, cmd->term.err_color);
	cmd_say_formatted(cmd, &out);
	buf_release(&out);
	if (done->for_git)
		return EXIT_OK;
	conflict_view_say(cmd, &done->plan.merge);
	hint_rest(cmd, done);
	return EXIT_CONFLICT;
}

/* The one commit to merge; git names it whole. */
static const char *find_commit(struct cmd *cmd, int argc, char **argv)
{
	int after = argc - cmd->dashdash;

	if (cmd->dashdash < 0 || after < 2) {
		error_set(&cmd->err, ERROR_USAGE, "this is called by git: git "
			  "merge -s upgrade RELEASE");
	} else if (after > 2) {
		error_set(&cmd->err, ERROR_REFUSED, "one release is merged at "
			  "a time, not %d commits at once", after - 1);
		error_hint(&cmd->err, "several hops, a commit each: \"git "
			   "upgrade merge --path RELEASE\"");
	} else {
		return argv[argc - 1];
	}
	return NULL;
}

static int merge(struct cmd *cmd, const struct product *product,
		 const struct strategy_options *o, const char *commit)
{
	char *variable = xstrfmt("GITHEAD_%s", commit);
	const char *called = getenv(variable);
	struct merge_done done = MERGE_DONE_INIT;
	struct merge_request req = {
		.repo = &cmd->repo, .product = product, .from = o->from,
		.confirmed = o->confirm.v ? &o->confirm : NULL,
		.lines_only = !cmd_wants_structure(cmd, o->structure),
		.values = &o->set,
		.planned = announce, .data = cmd,
	};
	int code = -1;

	if (!migrate_check_given(&product->profile, &o->set, &cmd->err))
		req.release = strategy_release(product, commit,
					       called ? called : commit,
					       &cmd->err);
	if (req.release && !merge_strategy(&done, &req, &cmd->err))
		code = show(cmd, &done);
	merge_done_release(&done);
	free(variable);
	return code;
}

static int run(struct cmd *cmd, void *values, int argc, char **argv)
{
	const char *commit = find_commit(cmd, argc, argv);
	struct product product = PRODUCT_INIT;
	int code = -1;

	cmd_watch_interrupts();
	if (commit && !product_open_warning(cmd, &product))
		code = merge(cmd, &product, values, commit);
	product_release(&product);
	/* To git 1 is a merge with conflicts, whatever the error was. */
	if (code < 0 && cmd->err.kind == ERROR_CONFLICT)
		cmd->err.kind = ERROR_REFUSED;
	return code;
}

const struct command cmd_merge_strategy = {
	"merge-strategy", "merge a release on behalf of git merge",
	synopsis, options, sizeof(struct strategy_options),
	NEED_WORK_TREE | CHANGES | INTERNAL, run
};
