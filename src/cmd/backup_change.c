/*
 * git upgrade backup extend, delete, prune: how long backups stay.
 */
#include "cmd/backup_view.h"
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include "base/mem.h"
#include "base/time.h"

#include <stdlib.h>

struct change_options {
	int dry_run;
	const char *to;
	const char *reason;
	int yes;
};

static const struct opt extend_options[] = {
	OPTION_STRING(0, "to", struct change_options, to, "span",
		      "how long it stays in all: 60h, 5d"),
	OPTION_STRING(0, "reason", struct change_options, reason, "text",
		      "why, for the log"),
	OPTION_FLAG('n', "dry-run", struct change_options, dry_run,
		    "only say what would be done"),
	OPTION_END
};

static const struct opt delete_options[] = {
	OPTION_FLAG('y', "yes", struct change_options, yes,
		    "do not ask"),
	OPTION_STRING(0, "reason", struct change_options, reason, "text",
		      "why, for the log"),
	OPTION_FLAG('n', "dry-run", struct change_options, dry_run,
		    "only say what would be done"),
	OPTION_END
};

static const struct opt prune_options[] = {
	OPTION_FLAG('n', "dry-run", struct change_options, dry_run,
		    "only say what would go, and why the rest stays"),
	OPTION_END
};

/* The environment's backups, and that one among them. */
static const struct backup *find(struct backups *b, struct cmd *cmd,
				 char **argv)
{
	if (product_open_warning(cmd, &b->product) < 0 ||
	    backups_find_to_change(b, &cmd->repo, argv[0], &cmd->err) < 0)
		return NULL;
	return backups_get(b, argv[1], &cmd->err);
}

/* As it will be, when it is as it is now. */
static void say_extended(struct cmd *cmd, const struct backups *b,
			 const struct backup *one, long span)
{
	struct backup later = *one;
	struct buf until = BUF_INIT;

	/* Borrowed: never released. */
	later.keep = span;
	if (backup_expires(&later)) {
		buf_adds(&until, " until ");
		time_add_minute(&until, backup_expires(&later));
		buf_adds(&until, " UTC");
	} else {
		buf_adds(&until, " for ");
		time_add_exact_span(&until, span);
	}
	cmd_say(cmd, "Would keep backup %s of %s%s.", one->id, b->to.env,
		until.s);
	cmd_say(cmd, "%s", "Nothing was changed.");
	buf_release(&until);
}

static int extend(struct cmd *cmd, struct backups *b, const char *id,
		  const struct change_options *o)
{
	struct reporter say = cmd_reporter(cmd);
	const char *const texts[] = {
		"do", "extend", "id", id, "span", o->to, "reason", o->reason,
		NULL
	};
	const struct backup *now;

	if (backups_ask(b, &cmd->repo, texts, &say, &cmd->err) < 0 ||
	    backups_look(b, &cmd->repo, &cmd->err) < 0)
		return -1;
	now = backups_get(b, id, &cmd->err);
	if (!now)
		return -1;
	cmd_say(cmd, "Backup %s of %s stays %s.", id, b->to.env,
		b->fates[now - b->list.v].why.s);
	return EXIT_OK;
}

static int run_extend(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct change_options *o = opts;
	struct backups b = BACKUPS_INIT;
	const struct backup *one;
	long span = o->to ? time_parse_span(o->to) : -1;
	int ret = -1;

	if (cmd_args(cmd, argc, 2, 2) < 0)
		return -1;
	if (span < 0)
		return error_set(&cmd->err, ERROR_USAGE, "--to takes a span "
				 "of time such as 60h or 5d");
	one = find(&b, cmd, argv);
	if (one && !o->dry_run) {
		ret = extend(cmd, &b, argv[1], o);
	} else if (one && !backup_check_extension(one, span, &cmd->err)) {
		say_extended(cmd, &b, one, span);
		ret = EXIT_OK;
	}
	backups_release(&b);
	return ret;
}

static const char *const extend_synopsis[] = {
	"backup extend [<options>] --to=<span> <env> <id>", NULL
};

const struct command cmd_backup_extend = {
	.name = "backup extend",
	.summary = "keep a backup of an upgrade longer",
	.synopsis = extend_synopsis,
	.options = extend_options,
	.options_size = sizeof(struct change_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_extend,
};

/* "20261120-224115 of production (v1.0.0, manual, 2.1 GB)"; free() */
static char *describe(const struct backups *b, const struct backup *one)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "backup %s of %s (", one->id, b->to.env);
	backup_add_release(&out, one);
	buf_addf(&out, ", %s, ", backup_kind_name(one->kind));
	backup_add_size(&out, backup_size(one));
	buf_addc(&out, ')');
	return buf_detach(&out);
}

static int delete(struct cmd *cmd, struct backups *b,
		  const struct backup *one, const struct change_options *o)
{
	struct reporter say = cmd_reporter(cmd);
	const char *const texts[] = {
		"do", "delete", "id", one->id, "reason", o->reason, "lock",
		b->hold.nonce, NULL
	};
	char *what = describe(b, one);
	int sure = o->yes || o->dry_run ? 1 :
		   cmd_ask(cmd, "--yes", "Delete %s for good?", what);
	int ret = -1;

	if (o->dry_run) {
		cmd_say(cmd, "Would delete %s.", what);
		cmd_say(cmd, "%s", "Nothing was changed.");
		ret = EXIT_OK;
	} else if (!sure) {
		cmd_say(cmd, "%s", "Nothing was changed.");
		ret = EXIT_REFUSED;
	} else if (sure > 0 && !backups_ask(b, &cmd->repo, texts, &say,
					    &cmd->err)) {
		cmd_say(cmd, "Deleted %s.", what);
		ret = EXIT_OK;
	}
	free(what);
	return ret;
}

static int run_delete(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct change_options *o = opts;
	struct backups b = BACKUPS_INIT;
	const struct backup *one;
	int ret = -1;

	if (cmd_args(cmd, argc, 2, 2) < 0)
		return -1;
	one = find(&b, cmd, argv);
	if (one)
		ret = delete(cmd, &b, one, o);
	backups_release(&b);
	return ret;
}

static const char *const delete_synopsis[] = {
	"backup delete [-n] [--yes] [--reason=<text>] <env> <id>", NULL
};

const struct command cmd_backup_delete = {
	.name = "backup delete",
	.summary = "remove a backup, whatever keeps it",
	.synopsis = delete_synopsis,
	.options = delete_options,
	.options_size = sizeof(struct change_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_delete,
};

static int run_prune(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct change_options *o = opts;
	struct reporter say = cmd_reporter(cmd);
	struct backups b = BACKUPS_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (!product_open_warning(cmd, &b.product) &&
	    !backups_find_to_change(&b, &cmd->repo, argc ? argv[0] : NULL,
				    &cmd->err)) {
		const char *const texts[] = {
			"do", "prune", "dry_run", o->dry_run ? "true" : NULL,
			"lock", b.hold.nonce, NULL
		};

		ret = backups_ask(&b, &cmd->repo, texts, &say, &cmd->err);
	}
	if (!ret && o->dry_run)
		cmd_say(cmd, "%s", "Nothing was changed.");
	backups_release(&b);
	return ret < 0 ? -1 : EXIT_OK;
}

static const char *const prune_synopsis[] = {
	"backup prune [-n] [<env>]", NULL
};

const struct command cmd_backup_prune = {
	.name = "backup prune",
	.summary = "remove the backups that no rule keeps",
	.synopsis = prune_synopsis,
	.options = prune_options,
	.options_size = sizeof(struct change_options),
	.needs = NEED_REPO | CHANGES,
	.run = run_prune,
};
