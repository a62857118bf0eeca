/* git upgrade merge: bring the current branch to a release. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/conflict_view.h"
#include "cmd/merge_options.h"
#include "cmd/migration_view.h"
#include "cmd/plan_view.h"
#include "cmd/upstream.h"
#include "flow/merge.h"
#include "flow/trust.h"
#include "git/ref.h"

static const struct opt merge_options[] = {
	OPTION_FLAG(0, "continue", struct merge_options, go_on,
		    "go on after conflicts were resolved"),
	OPTION_FLAG(0, "abort", struct merge_options, abort,
		    "go back to where you were before"),
	OPTION_FLAG(0, "path", struct merge_options, path,
		    "all hops on the way, a commit each"),
	OPTION_SWITCH(0, "autostash", struct merge_options, autostash,
		      "take changes along that are not committed"),
	OPTION_SWITCH(0, "structure", struct merge_options, structure,
		      "resolve by what files are where lines conflict"),
	OPTION_STRING(0, "from", struct merge_options, from, "release",
		      "the release the files are on now"),
	OPTION_STRING('b', "branch", struct merge_options, branch, "name",
		      "do it on a new branch"),
	OPTION_LIST(0, "confirm-copy", struct merge_options, confirm,
		    "[template:]path", "treat a file as copy of a template"),
	OPTION_LIST(0, "set", struct merge_options, set, "name=text",
		    "a value that a migration asks for"),
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

/* What the callbacks of one upgrade share. */
struct view {
	struct cmd *cmd;
	const struct merge_options *options;
	const struct product *product;
	const char *release;		/* NULL: of one in progress */
	struct inquiry *inquiry;	/* under way, or NULL */
	int changed;			/* upstream has changed */
	struct json *json;		/* of a path, all its hops */
	struct strvec values;		/* --set, and what was answered */
};

/*
 * What upstream was asked while the plan was made, with nothing changed yet.
 * Once: the answer is about all hops.
 */
static int check_upstream(struct view *v)
{
	if (v->inquiry && v->release)
		v->changed = upstream_has_changed(v->cmd, v->product,
						  v->inquiry, v->release,
						  v->options->path);
	v->inquiry = NULL;
	return v->changed;
}

static int announce(void *data, const struct plan *p, struct error *err)
{
	struct view *v = data;
	struct cmd *cmd = v->cmd;
	const char *given = v->options->trust;
	char *branch;

	if (check_upstream(v))
		return error_set(err, ERROR_REFUSED, "upstream has changed");
	if (trust_demand(&cmd->repo, p->merge.tree, given, err) < 0)
		return -1;
	branch = head_branch(&cmd->repo);
	if (p->from == p->to)
		cmd_say(cmd, "Merging newer commits of release %s into %s "
			"(base %.7s)", p->to->name, branch ? branch : "HEAD",
			p->base);
	else
		cmd_say(cmd, "Merging release %s into %s (base %s)",
			p->to->name, branch ? branch : "HEAD", p->from->name);
	free(branch);
	return 0;
}

/* "NAME: DESCRIPTION [DEFAULT]: ", once, as the answer is kept. */
static int ask_value(void *data, const struct migrated *m,
		     const struct migrated_value *v, char **text,
		     struct error *err)
{
	struct view *view = data;
	struct cmd *cmd = view->cmd;
	struct buf shown = BUF_INIT;
	int ret;

	(void)err;
	if (!cmd->term.in_tty || view->options->yes)
		return 0;
	if (v->text)
		migration_view_value(&shown, v);
	cmd_say(cmd, "Migration %s%s%s", m->name, m->description ? ": " : "",
		m->description ? m->description : "");
	ret = cmd_ask_text(cmd, text, "%s%s%s%s%s%s: ", v->name,
			   v->description ? ": " : "",
			   v->description ? v->description : "",
			   v->text ? " [" : "", shown.s, v->text ? "]" : "");
	if (!ret && v->text) {
		*text = xstrdup(v->text);
		ret = 1;
	}
	if (ret)
		strvec_pushf(&view->values, "%s.%s=%s", m->name, v->name,
			     *text);
	buf_release(&shown);
	return ret;
}

/* Where what was put aside is now. */
static const char *changes_word(const struct merge_done *done)
{
	switch (done->autostash) {
	case AUTOSTASH_BACK:
		return "back";
	case AUTOSTASH_UNSTAGED:
		return "unstaged";
	case AUTOSTASH_LISTED:
		return "stash";
	case AUTOSTASH_NONE:
		break;
	}
	return "aside";
}

static void done_json(struct cmd *cmd, struct json *j,
		      const struct merge_done *done)
{
	struct error before = cmd->err;

	/* It is done, whether or not a diff of it can be shown. */
	cmd->err = (struct error)ERROR_INIT;
	json_object(j, NULL);
	if (done->plan.to) {
		plan_json(cmd, j, &done->plan);
	} else {
		json_string(j, "to", done->release);
		migration_view_json(j, cmd, &done->migrations);
	}
	error_release(&cmd->err);
	cmd->err = before;
	json_string(j, "branch", done->branch);
	json_string(j, "result", done->commit);
	if (done->autostash || done->aside)
		json_string(j, "changes", changes_word(done));
	json_strings(j, "staged", &done->steps.staged);
	json_strings(j, "left_out", &done->steps.left_out);
	if (done->steps.skipped.nr)
		json_strings(j, "skipped", &done->steps.skipped);
	json_end(j);
}

/* One upgrade is one object; those of a path are listed in one. */
static void add_json(struct view *v, const struct merge_done *done)
{
	if (!v->json) {
		v->json = json_new();
		if (done->goal) {
			json_object(v->json, NULL);
			json_string(v->json, "to", done->goal);
			json_string(v->json, "start", done->start);
			json_list(v->json, "hops");
		}
	}
	done_json(v->cmd, v->json, done);
}

static void end_json(struct view *v, int is_path)
{
	struct buf out = BUF_INIT;

	if (!v->json)
		return;
	if (is_path) {
		json_end(v->json);
		json_end(v->json);
	}
	json_write(v->json, &out, JSON_INDENT);
	json_free(v->json);
	v->json = NULL;
	cmd_print(v->cmd, &out);
	buf_release(&out);
}

static void say_steps(struct cmd *cmd, const struct steps_result *s)
{
	for (size_t i = 0; i < s->ran.nr; i++)
		cmd_say(cmd, "  step %s: done", s->ran.v[i]);
	for (size_t i = 0; i < s->skipped.nr; i++)
		cmd_say(cmd, "  step %s: skipped, as its lock file was brought "
			"up to date by hand", s->skipped.v[i]);
	if (s->staged.nr)
		cmd_say(cmd, "  staged %zu file%s of the steps", s->staged.nr,
			s->staged.nr == 1 ? "" : "s");
	for (size_t i = 0; i < s->left_out.nr && i < 10; i++)
		cmd_say(cmd, "  left out: %s", s->left_out.v[i]);
	if (s->left_out.nr > 10)
		cmd_say(cmd, "  left out: and %zu more",
			s->left_out.nr - 10);
}

/* Of a path, with hops before it that are committed. */
static int is_later_hop(const struct merge_done *done)
{
	return done->start && done->plan.head &&
	       strcmp(done->start, done->plan.head);
}

static void say_conflicts(struct cmd *cmd, const struct merge_done *done)
{
	const struct merge_result *m = &done->plan.merge;
	const char *them = done->conflicts.nr == 1 ? "it" : "them";

	conflict_view_say(cmd, m);
	if (m->nr_stages)
		cmd_hint(cmd, "Conflicts", "edit %s, \"git add\" %s, then "
			 "\"git upgrade merge --continue\"", them, them);
	else
		cmd_hint(cmd, "Conflicts", "move your files there with \"git "
			 "mv\" if they belong there, then \"git upgrade merge "
			 "--continue\"");
	if (done->left)
		cmd_hint(cmd, "Conflicts", "%zu more hop%s to %s then "
			 "follow%s", done->left, done->left == 1 ? "" : "s",
			 done->goal, done->left == 1 ? "s" : "");
	if (done->aside)
		cmd_hint(cmd, "Conflicts", "your changes are put aside until "
			 "the upgrade is done");
	cmd_hint(cmd, "Conflicts", "go back to where you were with \"git "
		 "upgrade merge --abort\"");
	if (is_later_hop(done))
		cmd_hint(cmd, "Conflicts", "or take back this hop alone, and "
			 "keep those before, with \"git merge --abort\"");
}

static void say_commit(struct cmd *cmd, const struct merge_done *done,
		       const struct merge_options *o)
{
	char *name = commit_short(&cmd->repo, done->commit);

	say_steps(cmd, &done->steps);
	if (!o->json)
		printf("[%s %s] Upgrade to %s\n",
		       done->branch ? done->branch : "HEAD", name,
		       done->release);
	fflush(stdout);
	free(name);
}

static void show_hop(void *data, const struct merge_done *done)
{
	struct view *v = data;
	struct buf out = BUF_INIT;

	if (v->options->json) {
		add_json(v, done);
	} else if (done->plan.to) {
		plan_view_text(&out, &done->plan, v->cmd->term.err_color);
		if (!done->commit && done->plan.steps)
			buf_adds(&out, "  steps        run when the conflicts "
				 "are resolved\n");
		cmd_say_formatted(v->cmd, &out);
	} else {
		migration_view_text(&out, &done->migrations, 0);
		cmd_say_formatted(v->cmd, &out);
	}
	buf_release(&out);
	if (done->commit)
		say_commit(v->cmd, done, v->options);
}

/* The way back is one command, however many hops it were. */
static void hint_next(struct cmd *cmd, const struct merge_done *done)
{
	char *start = done->start ? commit_short(&cmd->repo, done->start) :
				    xstrdup("HEAD^");

	cmd_hint(cmd, "Next", "deploy it with \"git upgrade push\"; undo it "
		 "with \"git reset --keep %s\"", start);
	free(start);
}

/* What became of the changes that were put aside. */
static void say_changes(struct cmd *cmd, enum autostash_end end,
			const char *met)
{
	switch (end) {
	case AUTOSTASH_NONE:
		break;
	case AUTOSTASH_BACK:
		cmd_say(cmd, "Your changes are back.");
		break;
	case AUTOSTASH_UNSTAGED:
		cmd_say(cmd, "Your changes are back; what you had staged is "
			"not staged any more.");
		break;
	case AUTOSTASH_LISTED:
		cmd_say(cmd, "Your changes meet %s, and are in the stash.",
			met);
		cmd_hint(cmd, "Conflicts", "merge them with \"git stash pop\"; "
			 "see them with \"git stash show -p\"");
		break;
	}
}

static int show_end(struct view *v, const struct merge_done *done)
{
	show_hop(v, done);
	end_json(v, done->goal != NULL);
	say_changes(v->cmd, done->autostash, "those of the upgrade");
	if (!done->commit) {
		say_conflicts(v->cmd, done);
		return EXIT_CONFLICT;
	}
	hint_next(v->cmd, done);
	return EXIT_OK;
}

static int wants_editor(const struct cmd *cmd, const struct merge_options *o)
{
	const char *off = getenv("GIT_MERGE_AUTOEDIT");

	return !o->no_edit && !o->yes && cmd->term.in_tty &&
	       cmd->term.out_tty && !(off && !strcmp(off, "no"));
}

/* git-merge(1): merge.autoStash */
static int takes_along(const struct cmd *cmd, const struct merge_options *o)
{
	if (o->autostash)
		return o->autostash > 0;
	return repo_config_bool(&cmd->repo, "merge.autoStash", 0);
}

/* Begin an upgrade, or go on with the one in progress. */
static int upgrade(struct view *v)
{
	struct cmd *cmd = v->cmd;
	const struct merge_options *o = v->options;
	struct merge_done done = MERGE_DONE_INIT;
	struct reporter reporter = cmd_reporter(cmd);
	struct merge_request req = {
		.repo = &cmd->repo, .product = v->product,
		.release = v->release, .from = o->from,
		.new_branch = o->branch,
		.confirmed = o->confirm.v ? &o->confirm : NULL,
		.path = o->path, .autostash = takes_along(cmd, o),
		.lines_only = !cmd_wants_structure(cmd, o->structure),
		.values = &v->values,
		.edit = wants_editor(cmd, o),
		.reporter = &reporter, .planned = announce,
		.ask = ask_value,
		.hop_done = show_hop, .data = v,
	};
	int code = -1;

	if (!(v->release ? merge_begin(&done, &req, &cmd->err) :
			   merge_continue(&done, &req, &cmd->err)))
		code = show_end(v, &done);
	/* The hops that went well before one failed. */
	end_json(v, 1);
	merge_done_release(&done);
	return code;
}

/*
 * With what is known here, as that mostly is what upstream has; else once more
 * with what it has now.  What was refused may be possible then.
 */
static int begin(struct cmd *cmd, struct product *product,
		 struct inquiry *q, const struct merge_options *o,
		 const char *release)
{
	struct view view = { .cmd = cmd, .options = o, .product = product,
			     .release = release, .inquiry = q,
			     .values = STRVEC_INIT };
	int code = -1;

	strvec_pushv(&view.values, o->set.v);
	if (!migrate_check_given(&product->profile, &o->set, &cmd->err))
		code = upgrade(&view);
	if (code == -1 && !cmd->err.changed &&
	    (view.changed || check_upstream(&view))) {
		error_release(&cmd->err);
		view.changed = 0;
		if (!upstream_refresh(cmd, product))
			code = upgrade(&view);
	}
	strvec_release(&view.values);
	return code;
}

static int resume(struct cmd *cmd, const struct merge_options *o)
{
	struct product product = PRODUCT_INIT;
	struct view view = { .cmd = cmd, .options = o, .product = &product,
			     .values = STRVEC_INIT };
	int code = -1;

	strvec_pushv(&view.values, o->set.v);
	if (!product_open_warning(cmd, &product) &&
	    !migrate_check_given(&product.profile, &o->set, &cmd->err) &&
	    !trust_demand(&cmd->repo, NULL, o->trust, &cmd->err))
		code = upgrade(&view);
	strvec_release(&view.values);
	product_release(&product);
	return code;
}

static int go_back(struct cmd *cmd)
{
	struct merge_undone undone = MERGE_UNDONE_INIT;
	int code = -1;

	if (!merge_abort(&cmd->repo, &undone, &cmd->err)) {
		cmd_say(cmd, "Back on %s as it was before the upgrade.",
			undone.branch ? undone.branch : "HEAD");
		say_changes(cmd, undone.autostash,
			    "others that were made since");
		code = EXIT_OK;
	}
	merge_undone_release(&undone);
	return code;
}

static int merge_run(struct cmd *cmd, void *options, int argc, char **argv)
{
	const struct merge_options *o = options;
	struct product product = PRODUCT_INIT;
	struct inquiry q = INQUIRY_INIT;
	int code = -1;

	if (o->go_on || o->abort) {
		if (o->go_on && o->abort)
			return error_set(&cmd->err, ERROR_USAGE, "--continue "
					 "and --abort exclude each other");
		if (o->path)
			return error_set(&cmd->err, ERROR_USAGE, "what is in "
					 "progress knows its hops: leave "
					 "--path away");
		if (cmd_args(cmd, argc, 0, 0) < 0)
			return -1;
		cmd_watch_interrupts();
		return o->go_on ? resume(cmd, o) : go_back(cmd);
	}
	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (o->dry_run)
		return plan_run(cmd, options, argc, argv);
	cmd_watch_interrupts();
	if (!upstream_open_for(cmd, &product, &q, argv[0], !o->no_fetch))
		code = begin(cmd, &product, &q, o, argv[0]);
	inquiry_release(&q);
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
