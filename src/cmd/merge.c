/*
 * git upgrade merge: bring the current branch to a release.
 * git upgrade plan: say what that would do, and change nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "cmd/commands.h"
#include "cmd/plan_view.h"
#include "cmd/upstream.h"
#include "doc/json.h"
#include "flow/merge.h"
#include "flow/trust.h"
#include "git/ref.h"
#include "model/path.h"

struct merge_options {
	int go_on, abort, dry_run, no_fetch, yes, no_edit, json;
	const char *from, *branch, *trust;
	struct strvec confirm;
};

static const struct opt merge_options[] = {
	OPTION_FLAG(0, "continue", struct merge_options, go_on,
		    "go on after conflicts were resolved"),
	OPTION_FLAG(0, "abort", struct merge_options, abort,
		    "go back to where you were before"),
	OPTION_STRING(0, "from", struct merge_options, from, "release",
		      "the release the files are on now"),
	OPTION_STRING('b', "branch", struct merge_options, branch, "name",
		      "do it on a new branch"),
	OPTION_LIST(0, "confirm-copy", struct merge_options, confirm,
		    "[template:]path", "treat a file as copy of a template"),
	OPTION_STRING(0, "trust", struct merge_options, trust, "hash",
		      "allow these commands of the tree's configuration"),
	OPTION_FLAG('n', "dry-run", struct merge_options, dry_run,
		    "as \"git upgrade plan\""),
	OPTION_FLAG(0, "no-fetch", struct merge_options, no_fetch,
		    "do not ask upstream for new releases"),
	OPTION_FLAG('y', "yes", struct merge_options, yes,
		    "do not ask questions"),
	OPTION_FLAG(0, "no-edit", struct merge_options, no_edit,
		    "take the commit message as it is"),
	OPTION_FLAG(0, "json", struct merge_options, json,
		    "report as JSON"),
	OPTION_END
};

static void print_header(struct buf *out, const struct plan *p, int color)
{
	struct strvec conflicts = STRVEC_INIT;
	struct buf head = BUF_INIT;

	plan_conflicts(p, &conflicts);
	buf_addf(&head, "%s -> %s", p->from->name, p->to->name);
	term_add(out, color, TERM_BOLD, head.s);
	buf_addf(out, ", 1 hop: would %s with ",
		 p->finishing ? "finish" : "merge");
	plan_view_add_conflicts(out, conflicts.nr);
	buf_addc(out, '\n');
	buf_release(&head);
	strvec_release(&conflicts);
}

static int show_plan(struct cmd *cmd, const struct plan *p, int json)
{
	struct buf out = BUF_INIT;

	if (json) {
		struct json *j = json_new();

		json_object(j, NULL);
		plan_view_json(j, p);
		json_end(j);
		json_write(j, &out, JSON_INDENT);
		json_free(j);
		cmd_print(cmd, &out);
	} else {
		print_header(&out, p, cmd->term.out_color);
		plan_view_text(&out, p, cmd->term.out_color);
		cmd_print(cmd, &out);
		cmd_say(cmd, "Nothing was changed.");
		cmd_hint(cmd, "Plan", "do it with \"git upgrade merge %s\"",
			 p->to->name);
	}
	buf_release(&out);
	return EXIT_OK;
}

/* A prediction: the same computation, its objects thrown away. */
static int predict(struct cmd *cmd, const struct product *product,
		   const struct merge_options *o, const char *release)
{
	struct plan p = PLAN_INIT;
	struct quarantine q = QUARANTINE_INIT;
	char *branch = head_branch(&cmd->repo);
	struct plan_request req = {
		.repo = &cmd->repo, .product = product, .release = release,
		.from = o->from,
		.confirmed = o->confirm.v ? &o->confirm : NULL,
		.branch = branch ? branch : "HEAD",
	};
	int code = -1;

	if (!quarantine_begin(&q, &cmd->repo, &cmd->err) &&
	    !plan_compute(&p, &req, &cmd->err))
		code = show_plan(cmd, &p, o->json);
	quarantine_end(&q, &cmd->repo);
	plan_release(&p);
	free(branch);
	return code;
}

/* What the merge is told about, before it changes anything. */
struct audience {
	struct cmd *cmd;
	const char *trust;
};

static int announce(void *data, const struct plan *p, struct error *err)
{
	const struct audience *a = data;
	struct cmd *cmd = a->cmd;
	char *branch;

	if (trust_demand(&cmd->repo, p->merge.tree, a->trust, err) < 0)
		return -1;
	branch = head_branch(&cmd->repo);
	cmd_say(cmd, "Merging release %s into %s (base %s)", p->to->name,
		branch ? branch : "HEAD", p->from->name);
	free(branch);
	return 0;
}

static void merge_json(struct cmd *cmd, const struct merge_done *done)
{
	struct buf out = BUF_INIT;
	struct json *j = json_new();

	json_object(j, NULL);
	if (done->plan.to)
		plan_view_json(j, &done->plan);
	else
		json_string(j, "to", done->release);
	json_string(j, "branch", done->branch);
	json_string(j, "result", done->commit);
	json_strings(j, "staged", &done->steps.staged);
	json_strings(j, "left_out", &done->steps.left_out);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	cmd_print(cmd, &out);
	buf_release(&out);
}

static void say_steps(struct cmd *cmd, const struct steps_result *s)
{
	for (size_t i = 0; i < s->ran.nr; i++)
		cmd_say(cmd, "  step %s: done", s->ran.v[i]);
	if (s->staged.nr)
		cmd_say(cmd, "  staged %zu file%s of the steps", s->staged.nr,
			s->staged.nr == 1 ? "" : "s");
	for (size_t i = 0; i < s->left_out.nr && i < 10; i++)
		cmd_say(cmd, "  left out: %s", s->left_out.v[i]);
	if (s->left_out.nr > 10)
		cmd_say(cmd, "  left out: and %zu more",
			s->left_out.nr - 10);
}

/* git's own words for each conflict, with what they are about. */
static void say_conflicts(struct cmd *cmd, const struct merge_done *done)
{
	const struct merge_result *m = &done->plan.merge;

	for (size_t i = 0; i < m->nr_messages; i++)
		if (starts_with(m->messages[i].type, "CONFLICT"))
			cmd_say(cmd, "%s", m->messages[i].text);
	cmd_hint(cmd, "Conflicts", "edit %s, \"git add\" %s, then \"git "
		 "upgrade merge --continue\"",
		 done->conflicts.nr == 1 ? "it" : "them",
		 done->conflicts.nr == 1 ? "it" : "them");
	cmd_hint(cmd, "Conflicts", "go back to where you were with \"git "
		 "upgrade merge --abort\"");
}

static int show_done(struct cmd *cmd, const struct merge_done *done,
		     const struct merge_options *o)
{
	struct buf out = BUF_INIT;
	char *name;

	if (o->json)
		merge_json(cmd, done);
	if (done->plan.to && !o->json) {
		plan_view_text(&out, &done->plan, cmd->term.err_color);
		cmd_say_formatted(cmd, &out);
	}
	buf_release(&out);
	if (!done->commit) {
		say_conflicts(cmd, done);
		return EXIT_CONFLICT;
	}
	say_steps(cmd, &done->steps);
	name = commit_short(&cmd->repo, done->commit);
	if (!o->json)
		printf("[%s %s] Upgrade to %s\n",
		       done->branch ? done->branch : "HEAD", name,
		       done->release);
	free(name);
	cmd_hint(cmd, "Next", "deploy it with \"git upgrade push\"; undo it "
		 "with \"git reset --keep HEAD^\"");
	return EXIT_OK;
}

static int wants_editor(const struct cmd *cmd, const struct merge_options *o)
{
	const char *off = getenv("GIT_MERGE_AUTOEDIT");

	return !o->no_edit && !o->yes && cmd->term.in_tty &&
	       cmd->term.out_tty && !(off && !strcmp(off, "no"));
}

static int begin(struct cmd *cmd, const struct product *product,
		 const struct merge_options *o, const char *release)
{
	struct merge_done done = MERGE_DONE_INIT;
	struct reporter reporter = cmd_reporter(cmd);
	struct audience audience = { cmd, o->trust };
	struct merge_request req = {
		.repo = &cmd->repo, .product = product, .release = release,
		.from = o->from, .new_branch = o->branch,
		.confirmed = o->confirm.v ? &o->confirm : NULL,
		.edit = wants_editor(cmd, o), .reporter = &reporter,
		.planned = announce, .data = &audience,
	};
	int code = -1;

	if (!merge_begin(&done, &req, &cmd->err))
		code = show_done(cmd, &done, o);
	merge_done_release(&done);
	return code;
}

static int resume(struct cmd *cmd, const struct merge_options *o)
{
	struct merge_done done = MERGE_DONE_INIT;
	struct product product = PRODUCT_INIT;
	struct reporter reporter = cmd_reporter(cmd);
	int code = -1;

	if (!product_open_warning(cmd, &product) &&
	    !trust_demand(&cmd->repo, NULL, o->trust, &cmd->err) &&
	    !merge_continue(&done, &cmd->repo, &product,
			    wants_editor(cmd, o), &reporter, &cmd->err))
		code = show_done(cmd, &done, o);
	merge_done_release(&done);
	product_release(&product);
	return code;
}

static int go_back(struct cmd *cmd)
{
	char *branch = NULL;

	if (merge_abort(&cmd->repo, &branch, &cmd->err) < 0)
		return -1;
	cmd_say(cmd, "Back on %s as it was before the upgrade.",
		branch ? branch : "HEAD");
	free(branch);
	return EXIT_OK;
}

static int merge_run(struct cmd *cmd, void *options, int argc, char **argv)
{
	const struct merge_options *o = options;
	struct product product = PRODUCT_INIT;
	int code = -1;

	if (o->go_on || o->abort) {
		if (o->go_on && o->abort)
			return error_set(&cmd->err, ERROR_USAGE, "--continue "
					 "and --abort exclude each other");
		if (cmd_args(cmd, argc, 0, 0) < 0)
			return -1;
		return o->go_on ? resume(cmd, o) : go_back(cmd);
	}
	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (!upstream_open(cmd, &product, argv[0], !o->no_fetch))
		code = o->dry_run ? predict(cmd, &product, o, argv[0]) :
				    begin(cmd, &product, o, argv[0]);
	product_release(&product);
	return code;
}

const struct command cmd_merge = {
	"merge", "bring the current branch to a release",
	(const char *const[]){
		"merge [<options>] <release>",
		"merge (--continue | --abort)",
		NULL },
	merge_options, sizeof(struct merge_options),
	NEED_WORK_TREE | CHANGES, merge_run
};

static const struct opt plan_options[] = {
	OPTION_STRING(0, "from", struct merge_options, from, "release",
		      "the release the files are on now"),
	OPTION_LIST(0, "confirm-copy", struct merge_options, confirm,
		    "[template:]path", "treat a file as copy of a template"),
	OPTION_FLAG(0, "no-fetch", struct merge_options, no_fetch,
		    "do not ask upstream for new releases"),
	OPTION_FLAG(0, "json", struct merge_options, json,
		    "report as JSON"),
	OPTION_END
};

static int plan_run(struct cmd *cmd, void *options, int argc, char **argv)
{
	const struct merge_options *o = options;
	struct product product = PRODUCT_INIT;
	int code = -1;

	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (!upstream_open(cmd, &product, argv[0], !o->no_fetch))
		code = predict(cmd, &product, o, argv[0]);
	product_release(&product);
	return code;
}

const struct command cmd_plan = {
	"plan", "say what a merge would do, change nothing",
	(const char *const[]){ "plan [<options>] <release>", NULL },
	plan_options, sizeof(struct merge_options),
	NEED_REPO | CHANGES, plan_run
};
