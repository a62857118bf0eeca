/* git upgrade plan: say what a merge would do, and change nothing. */
#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/merge_options.h"
#include "cmd/migration_view.h"
#include "cmd/plan_view.h"
#include "cmd/upstream.h"
#include "flow/plan_path.h"
#include "git/ref.h"

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

int plan_json(struct cmd *cmd, struct json *j, const struct plan *p)
{
	plan_view_json(j, p);
	return migration_view_json(j, cmd, &p->migrations);
}

/* " --set NAME=..." for each value that is still to be given. */
static void add_set(struct buf *out, const struct migration_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		for (size_t k = 0; k < list->v[i].nr_values; k++) {
			const struct migrated_value *v =
				&list->v[i].values[k];

			if (v->is_used && !v->text)
				buf_addf(out, " --set %s=...", v->name);
		}
}

static int print_plan(struct cmd *cmd, const struct plan *p)
{
	struct buf out = BUF_INIT, set = BUF_INIT;
	int ret;

	print_header(&out, p, cmd->term.out_color);
	plan_view_text(&out, p, cmd->term.out_color);
	plan_view_steps(&out, p);
	ret = migration_view_diffs(&out, cmd, &p->migrations);
	if (!ret) {
		cmd_print(cmd, &out);
		cmd_say(cmd, "Nothing was changed.");
		add_set(&set, &p->migrations);
		cmd_hint(cmd, "Plan", "do it with \"git upgrade merge %s%s\"",
			 p->to->name, set.s);
	}
	buf_release(&set);
	buf_release(&out);
	return ret;
}

static int print_plan_json(struct cmd *cmd, const struct plan *p)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;
	int ret;

	json_object(j, NULL);
	ret = plan_json(cmd, j, p);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	if (!ret)
		cmd_print(cmd, &out);
	buf_release(&out);
	return ret;
}

static int show_plan(struct cmd *cmd, const struct plan *p, int json)
{
	return (json ? print_plan_json : print_plan)(cmd, p) < 0 ? -1 :
	       EXIT_OK;
}

static int path_json(struct buf *out, struct cmd *cmd,
		     const struct plan_path *path)
{
	struct json *j = json_new();
	int ret = 0;

	json_object(j, NULL);
	json_string(j, "from", path->v[0].plan.from->name);
	json_string(j, "to", path->v[path->nr - 1].plan.to->name);
	json_bool(j, "clean", !path->conflicts);
	json_list(j, "hops");
	for (size_t i = 0; !ret && i < path->nr; i++) {
		json_object(j, NULL);
		json_bool(j, "conditional", path->v[i].conditional);
		ret = plan_json(cmd, j, &path->v[i].plan);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	json_write(j, out, JSON_INDENT);
	json_free(j);
	return ret;
}

/* "2. 3.7.11 -> 3.8.5: 1 conflict", and what a hop alone would show */
static int add_hop(struct buf *out, struct cmd *cmd,
		   const struct plan_path *path, size_t i)
{
	const struct plan_hop *hop = &path->v[i];
	struct strvec conflicts = STRVEC_INIT;
	struct buf head = BUF_INIT;
	int color = cmd->term.out_color, ret;

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
	ret = migration_view_diffs(out, cmd, &hop->plan.migrations);
	if (hop->plan.migrations.tree && i + 1 < path->nr)
		buf_addc(out, '\n');
	buf_release(&head);
	strvec_release(&conflicts);
	return ret;
}

static int path_text(struct buf *out, struct cmd *cmd,
		     const struct plan_path *path)
{
	int ret = 0;

	buf_addf(out, "%s -> %s, %zu hop%s: would merge with ",
		 path->v[0].plan.from->name,
		 path->v[path->nr - 1].plan.to->name, path->nr,
		 path->nr == 1 ? "" : "s");
	plan_view_add_conflicts(out, path->conflicts);
	buf_addc(out, '\n');
	for (size_t i = 0; !ret && i < path->nr; i++)
		ret = add_hop(out, cmd, path, i);
	return ret;
}

static void hint_path(struct cmd *cmd, const struct plan_path *path)
{
	struct buf set = BUF_INIT;

	for (size_t i = 0; i < path->nr; i++)
		add_set(&set, &path->v[i].plan.migrations);
	cmd_hint(cmd, "Plan", "do it with \"git upgrade merge --path %s%s\"",
		 path->v[path->nr - 1].plan.to->name, set.s);
	buf_release(&set);
}

static int show_path(struct cmd *cmd, const struct plan_path *path, int json)
{
	struct buf out = BUF_INIT;
	int ret = json ? path_json(&out, cmd, path) :
			 path_text(&out, cmd, path);

	if (!ret)
		cmd_print(cmd, &out);
	if (!ret && !json) {
		if (path->v[path->nr - 1].conditional)
			cmd_say(cmd, "After the first conflict this is a "
				"forecast only: what you make of it counts.");
		cmd_say(cmd, "Nothing was changed.");
		hint_path(cmd, path);
	}
	buf_release(&out);
	return ret < 0 ? -1 : EXIT_OK;
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
		.lines_only = !cmd_wants_structure(cmd, o->structure),
		.values = &o->set,
	};
	int code = -1;

	if (!quarantine_begin(&q, &cmd->repo, &cmd->err))
		code = predict_in(cmd, &req, o);
	quarantine_end(&q, &cmd->repo);
	free(branch);
	return code;
}

int plan_run(struct cmd *cmd, void *options, int argc, char **argv)
{
	const struct merge_options *o = options;
	struct product product = PRODUCT_INIT;
	struct inquiry q = INQUIRY_INIT;
	int code = -1;

	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (!upstream_open_for(cmd, &product, &q, argv[0], !o->no_fetch) &&
	    !migrate_check_given(&product.profile, &o->set, &cmd->err) &&
	    (!upstream_has_changed(cmd, &product, &q, argv[0], o->path) ||
	     !upstream_refresh(cmd, &product)))
		code = predict(cmd, &product, o, argv[0]);
	inquiry_release(&q);
	product_release(&product);
	return code;
}

static const struct opt plan_options[] = {
	OPTION_FLAG(0, "path", struct merge_options, path,
		    "all hops on the way"),
	OPTION_SWITCH(0, "structure", struct merge_options, structure,
		      "resolve by what files are where lines conflict"),
	OPTION_STRING(0, "from", struct merge_options, from, "release",
		      "the release the files are on now"),
	OPTION_LIST(0, "confirm-copy", struct merge_options, confirm,
		    "[template:]path", "treat a file as copy of a template"),
	OPTION_LIST(0, "set", struct merge_options, set, "name=text",
		    "a value that a migration asks for"),
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
