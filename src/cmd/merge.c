/*
 * git upgrade merge: bring the current branch to a release.
 * git upgrade plan: say what that would do, and change nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/time.h"
#include "cmd/commands.h"
#include "cmd/plan_view.h"
#include "cmd/upstream.h"
#include "doc/json.h"
#include "flow/merge.h"
#include "flow/plan_path.h"
#include "flow/trust.h"
#include "git/ref.h"
#include "model/path.h"

struct merge_options {
	int go_on, abort, path, autostash, structure;
	int dry_run, no_fetch, yes, no_edit, json;
	const char *from, *branch, *trust;
	struct strvec confirm;
};

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
	if (p->from == p->to)
		buf_addf(&head, "%s from %.7s to %.7s", p->to->name, p->base,
			 p->to->commit);
	else
		buf_addf(&head, "%s -> %s", p->from->name, p->to->name);
	term_add(out, color, TERM_BOLD, head.s);
	buf_addf(out, "%s: would %s with ",
		 p->from == p->to ? "" : ", 1 hop",
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
		plan_view_steps(&out, p);
		cmd_print(cmd, &out);
		cmd_say(cmd, "Nothing was changed.");
		cmd_hint(cmd, "Plan", "do it with \"git upgrade merge %s\"",
			 p->to->name);
	}
	buf_release(&out);
	return EXIT_OK;
}

static void path_json(struct buf *out, const struct plan_path *path)
{
	struct json *j = json_new();

	json_object(j, NULL);
	json_string(j, "from", path->v[0].plan.from->name);
	json_string(j, "to", path->v[path->nr - 1].plan.to->name);
	json_bool(j, "clean", !path->conflicts);
	json_list(j, "hops");
	for (size_t i = 0; i < path->nr; i++) {
		json_object(j, NULL);
		json_bool(j, "conditional", path->v[i].conditional);
		plan_view_json(j, &path->v[i].plan);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	json_write(j, out, JSON_INDENT);
	json_free(j);
}

/* "2. 3.7.11 -> 3.8.5: 1 conflict", and what a hop alone would show */
static void add_hop(struct buf *out, const struct plan_path *path, size_t i,
		    int color)
{
	const struct plan_hop *hop = &path->v[i];
	struct strvec conflicts = STRVEC_INIT;
	struct buf head = BUF_INIT;

	plan_conflicts(&hop->plan, &conflicts);
	buf_addf(&head, "%zu. %s -> %s", i + 1, hop->plan.from->name,
		 hop->plan.to->name);
	term_add(out, color, TERM_BOLD, head.s);
	buf_addf(out, ": %s", hop->plan.finishing ? "finish, " : "");
	plan_view_add_conflicts(out, conflicts.nr);
	if (hop->conditional)
		buf_adds(out, ", if yours is kept where the hops before "
			 "conflict");
	buf_addc(out, '\n');
	plan_view_text(out, &hop->plan, color);
	plan_view_steps(out, &hop->plan);
	buf_release(&head);
	strvec_release(&conflicts);
}

static void path_text(struct buf *out, const struct plan_path *path,
		      int color)
{
	buf_addf(out, "%s -> %s, %zu hop%s: would merge with ",
		 path->v[0].plan.from->name,
		 path->v[path->nr - 1].plan.to->name, path->nr,
		 path->nr == 1 ? "" : "s");
	plan_view_add_conflicts(out, path->conflicts);
	buf_addc(out, '\n');
	for (size_t i = 0; i < path->nr; i++)
		add_hop(out, path, i, color);
}

static int show_path(struct cmd *cmd, const struct plan_path *path, int json)
{
	struct buf out = BUF_INIT;

	if (json) {
		path_json(&out, path);
		cmd_print(cmd, &out);
	} else {
		path_text(&out, path, cmd->term.out_color);
		cmd_print(cmd, &out);
		if (path->v[path->nr - 1].conditional)
			cmd_say(cmd, "After the first conflict this is a "
				"forecast only: what you make of it counts.");
		cmd_say(cmd, "Nothing was changed.");
		cmd_hint(cmd, "Plan", "do it with \"git upgrade merge --path "
			 "%s\"", path->v[path->nr - 1].plan.to->name);
	}
	buf_release(&out);
	return EXIT_OK;
}

/* What merge would do, with these objects; one hop, or all of them. */
static int predict_in(struct cmd *cmd, const struct plan_request *req,
		      const struct merge_options *o)
{
	struct plan_path path = PLAN_PATH_INIT;
	struct plan p = PLAN_INIT;
	int code = -1;

	if (o->path) {
		if (!plan_path_compute(&path, req, &cmd->err))
			code = show_path(cmd, &path, o->json);
	} else if (!plan_compute(&p, req, &cmd->err)) {
		code = show_plan(cmd, &p, o->json);
	}
	plan_path_release(&path);
	plan_release(&p);
	return code;
}

static int wants_structure(const struct cmd *cmd,
			   const struct merge_options *o)
{
	if (o->structure)
		return o->structure > 0;
	return repo_config_bool(&cmd->repo, "upgrade.structure", 1);
}

/* A prediction: the same computation, its objects thrown away. */
static int predict(struct cmd *cmd, const struct product *product,
		   const struct merge_options *o, const char *release)
{
	struct quarantine q = QUARANTINE_INIT;
	char *branch = head_branch(&cmd->repo);
	struct plan_request req = {
		.repo = &cmd->repo, .product = product, .release = release,
		.from = o->from,
		.confirmed = o->confirm.v ? &o->confirm : NULL,
		.branch = branch ? branch : "HEAD",
		.lines_only = !wants_structure(cmd, o),
	};
	int code = -1;

	if (!quarantine_begin(&q, &cmd->repo, &cmd->err))
		code = predict_in(cmd, &req, o);
	quarantine_end(&q, &cmd->repo);
	free(branch);
	return code;
}

static int plan_run(struct cmd *cmd, void *options, int argc, char **argv)
{
	const struct merge_options *o = options;
	struct product product = PRODUCT_INIT;
	struct inquiry q = INQUIRY_INIT;
	int code = -1;

	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (!upstream_open_for(cmd, &product, &q, argv[0], !o->no_fetch) &&
	    (!upstream_has_changed(cmd, &product, &q, argv[0], o->path) ||
	     !upstream_refresh(cmd, &product)))
		code = predict(cmd, &product, o, argv[0]);
	inquiry_release(&q);
	product_release(&product);
	return code;
}

/* What the callbacks of one upgrade share. */
struct view {
	struct cmd *cmd;
	const struct merge_options *options;
	const struct product *product;
	const char *release;		/* NULL: of one in progress */
	struct inquiry *inquiry;	/* under way, or NULL */
	int changed;			/* upstream has changed */
	struct json *json;		/* of a path, all its hops */
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

static void done_json(struct json *j, const struct merge_done *done)
{
	json_object(j, NULL);
	if (done->plan.to)
		plan_view_json(j, &done->plan);
	else
		json_string(j, "to", done->release);
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
	done_json(v->json, done);
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

/* A submodule cannot be edited; a commit of it is chosen. */
static void hint_submodules(struct cmd *cmd, const struct merge_result *m)
{
	for (size_t i = 0; i < m->nr_stages; i++) {
		struct buf path = BUF_INIT;

		if (m->stages[i].mode != 0160000 || m->stages[i].stage != 3)
			continue;
		buf_add_path(&path, m->stages[i].path);
		cmd_hint(cmd, "Conflicts", "%s is a submodule: check out the "
			 "commit you want in it, or merge %.7s there; then "
			 "\"git add\" it", path.s, m->stages[i].oid);
		buf_release(&path);
	}
}

/* Of a path, with hops before it that are committed. */
static int is_later_hop(const struct merge_done *done)
{
	return done->start && done->plan.head &&
	       strcmp(done->start, done->plan.head);
}

/* git's own words for each conflict, with what they are about. */
static void say_conflicts(struct cmd *cmd, const struct merge_done *done)
{
	const struct merge_result *m = &done->plan.merge;
	const char *them = done->conflicts.nr == 1 ? "it" : "them";

	for (size_t i = 0; i < m->nr_messages; i++)
		if (starts_with(m->messages[i].type, "CONFLICT"))
			cmd_say(cmd, "%s", m->messages[i].text);
	hint_submodules(cmd, m);
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
		.lines_only = !wants_structure(cmd, o),
		.edit = wants_editor(cmd, o),
		.reporter = &reporter, .planned = announce,
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
			     .release = release, .inquiry = q };
	int code = upgrade(&view);

	if (code != -1 || cmd->err.changed || !(view.changed ||
						check_upstream(&view)))
		return code;
	error_release(&cmd->err);
	view.changed = 0;
	return upstream_refresh(cmd, product) < 0 ? -1 : upgrade(&view);
}

static int resume(struct cmd *cmd, const struct merge_options *o)
{
	struct product product = PRODUCT_INIT;
	struct view view = { .cmd = cmd, .options = o, .product = &product };
	int code = -1;

	if (!product_open_warning(cmd, &product) &&
	    !trust_demand(&cmd->repo, NULL, o->trust, &cmd->err))
		code = upgrade(&view);
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

/* It dies of it, as it would have; only not without a word. */
static void say_interrupted(int sig)
{
	static const char words[] = "\nInterrupted. Where that leaves you, "
		"and the way on and back: git upgrade\n";
	ssize_t ignored = write(STDERR_FILENO, words, sizeof(words) - 1);

	(void)ignored;
	raise(sig);
}

/* Whoever ignores a signal, as nohup does, goes on doing so. */
static void watch_interrupts(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction say = { .sa_handler = say_interrupted,
				 .sa_flags = SA_RESETHAND };
	struct sigaction before;

	sigemptyset(&say.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &before) &&
		    before.sa_handler == SIG_DFL)
			sigaction(signals[i], &say, NULL);
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
		watch_interrupts();
		return o->go_on ? resume(cmd, o) : go_back(cmd);
	}
	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (o->dry_run)
		return plan_run(cmd, options, argc, argv);
	watch_interrupts();
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

static const struct opt plan_options[] = {
	OPTION_FLAG(0, "path", struct merge_options, path,
		    "all hops on the way"),
	OPTION_SWITCH(0, "structure", struct merge_options, structure,
		      "resolve by what files are where lines conflict"),
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

const struct command cmd_plan = {
	"plan", "say what a merge would do, change nothing",
	(const char *const[]){ "plan [<options>] <release>", NULL },
	plan_options, sizeof(struct merge_options),
	NEED_REPO | CHANGES, plan_run
};
