/*
 * git upgrade backup create, list, show: what is kept of an environment's
 * data.
 */
#include "cmd/backup_view.h"
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include "base/time.h"

struct create_options {
	int dry_run;
	struct strvec with;
	const char *label;
	int json;
};

static const struct opt create_options[] = {
	OPTION_FLAG('n', "dry-run", struct create_options, dry_run,
		    "only say what would be done"),
	OPTION_LIST(0, "with", struct create_options, with, "artifact",
		    "make this one, too; can be given more than once"),
	OPTION_STRING(0, "label", struct create_options, label, "text",
		      "what people are to know about it"),
	OPTION_FLAG(0, "json", struct create_options, json,
		    "print the backup as JSON"),
	OPTION_END
};

static int find(struct backups *b, struct cmd *cmd, const char *env)
{
	if (product_open_warning(cmd, &b->product) < 0)
		return -1;
	return backups_find(b, &cmd->repo, env, &cmd->err);
}

static void print(struct cmd *cmd, struct json *j)
{
	struct buf out = BUF_INIT;

	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	buf_release(&out);
	json_free(j);
}

static void print_one(struct cmd *cmd, const struct backups *b,
		      const struct backup *one)
{
	struct json *j = json_new();

	backup_view_json(one, &b->fates[one - b->list.v], j);
	print(cmd, j);
}

static void say_made(struct cmd *cmd, const struct backups *b,
		     const struct backup *made)
{
	struct buf size = BUF_INIT, took = BUF_INIT;

	backup_add_size(&size, backup_size(made));
	time_add_clock(&took, made->seconds);
	cmd_say(cmd, "Made backup %s of %s: %s in %s.", made->id, b->to.env,
		size.s, took.s);
	buf_release(&size);
	buf_release(&took);
}

/* Who would make it knows whether it can. */
static int would_create(struct cmd *cmd, struct backups *b, const char *with)
{
	const char *const texts[] = { "do", "check", "with", with, NULL };
	struct reporter say = cmd_reporter(cmd);

	if (backups_ask(b, &cmd->repo, texts, &say, &cmd->err) < 0)
		return -1;
	cmd_say(cmd, "Would make a backup of %s.", b->to.env);
	cmd_say(cmd, "%s", "Nothing was changed.");
	return EXIT_OK;
}

static int create(struct cmd *cmd, struct backups *b, const char *with,
		  const struct create_options *o)
{
	struct reporter say = cmd_reporter(cmd);
	const struct backup *made = NULL;

	if (backups_create(b, &cmd->repo, with, o->label, &say, &made,
			   &cmd->err) < 0)
		return -1;
	say_made(cmd, b, made);
	if (o->json)
		print_one(cmd, b, made);
	return EXIT_OK;
}

static int run_create(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct create_options *o = opts;
	struct backups b = BACKUPS_INIT;
	struct buf names = BUF_INIT;
	const char *with;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	for (size_t i = 0; i < o->with.nr; i++)
		buf_addf(&names, "%s%s", i ? "," : "", o->with.v[i]);
	with = names.len ? names.s : NULL;
	if (!product_open_warning(cmd, &b.product) &&
	    !backups_find_to_change(&b, &cmd->repo, argc ? argv[0] : NULL,
				    &cmd->err))
		ret = o->dry_run ? would_create(cmd, &b, with) :
				   create(cmd, &b, with, o);
	backups_release(&b);
	buf_release(&names);
	return ret;
}

static const char *const create_synopsis[] = {
	"backup create [<options>] [<env>]", NULL
};

const struct command cmd_backup_create = {
	.name = "backup create",
	.summary = "keep an environment's data as they are now",
	.synopsis = create_synopsis,
	.options = create_options,
	.options_size = sizeof(struct create_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_create,
};

struct view_options {
	int json;
};

static const struct opt view_options[] = {
	OPTION_FLAG(0, "json", struct view_options, json, "print JSON"),
	OPTION_END
};

static void list_json(struct cmd *cmd, const struct backups *b)
{
	struct json *j = json_new();

	json_object(j, NULL);
	json_string(j, "environment", b->to.env);
	json_list(j, "backups");
	for (size_t i = 0; i < b->list.nr; i++)
		backup_view_json(&b->list.v[i], &b->fates[i], j);
	json_end(j);
	json_end(j);
	print(cmd, j);
}

static int run_list(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct view_options *o = opts;
	struct backups b = BACKUPS_INIT;
	struct buf out = BUF_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (!find(&b, cmd, argc ? argv[0] : NULL)) {
		ret = EXIT_OK;
		if (b.list.nr)
			backup_view_list(&b, &out);
		else if (!o->json)
			cmd_say(cmd, "%s has no backups.", b.to.env);
		if (o->json)
			list_json(cmd, &b);
		else if (out.len)
			cmd_print(cmd, &out);
	}
	buf_release(&out);
	backups_release(&b);
	return ret;
}

static const char *const list_synopsis[] = {
	"backup list [--json] [<env>]", NULL
};

const struct command cmd_backup_list = {
	.name = "backup list",
	.summary = "the backups of an environment",
	.synopsis = list_synopsis,
	.options = view_options,
	.options_size = sizeof(struct view_options),
	.needs = NEED_REPO,
	.run = run_list,
};

static int run_show(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct view_options *o = opts;
	struct backups b = BACKUPS_INIT;
	const struct backup *one = NULL;
	struct buf out = BUF_INIT;

	if (cmd_args(cmd, argc, 2, 2) < 0)
		return -1;
	if (!find(&b, cmd, argv[0]))
		one = backups_get(&b, argv[1], &cmd->err);
	if (one && o->json) {
		print_one(cmd, &b, one);
	} else if (one) {
		backup_view_one(one, &b.fates[one - b.list.v], &out);
		cmd_print(cmd, &out);
	}
	buf_release(&out);
	backups_release(&b);
	return one ? EXIT_OK : -1;
}

static const char *const show_synopsis[] = {
	"backup show [--json] <env> <id>", NULL
};

const struct command cmd_backup_show = {
	.name = "backup show",
	.summary = "all about one backup",
	.synopsis = show_synopsis,
	.options = view_options,
	.options_size = sizeof(struct view_options),
	.needs = NEED_REPO,
	.run = run_show,
};
