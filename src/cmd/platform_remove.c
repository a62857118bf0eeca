/*
 * git upgrade platform remove: tear down environments of a platform, and with
 * the last of them the platform.
 */
#include "cmd/commands.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/vec.h"
#include "deploy/platform.h"
#include "deploy/remove.h"
#include "doc/json.h"

#include <stdlib.h>
#include <string.h>

struct remove_options {
	int dry_run, yes, json;
	struct strvec env;
	const char *reason;
	int with_branch, with_backups, keep_backups, with_shared, no_stop;
};

static const struct opt options[] = {
	OPTION_LIST(0, "env", struct remove_options, env, "name",
		    "this environment (default: all)"),
	OPTION_FLAG('n', "dry-run", struct remove_options, dry_run,
		    "only say what would go, and what would stay"),
	OPTION_FLAG('y', "yes", struct remove_options, yes, "do not ask"),
	OPTION_STRING(0, "reason", struct remove_options, reason, "text",
		      "why, for the log"),
	OPTION_FLAG(0, "with-branch", struct remove_options, with_branch,
		    "its branch goes, too"),
	OPTION_FLAG(0, "with-backups", struct remove_options, with_backups,
		    "its backups go, too"),
	OPTION_FLAG(0, "keep-backups", struct remove_options, keep_backups,
		    "they stay, whatever was asked for before"),
	OPTION_FLAG(0, "with-shared", struct remove_options, with_shared,
		    "its files in shared/ go, too"),
	OPTION_FLAG(0, "no-stop", struct remove_options, no_stop,
		    "do not run the steps that stop what serves"),
	OPTION_FLAG(0, "json", struct remove_options, json, "print JSON"),
	OPTION_END
};

static unsigned what_of(const struct remove_options *o)
{
	return (o->with_branch ? REMOVE_BRANCH : 0) |
	       (o->with_backups ? REMOVE_BACKUPS : 0) |
	       (o->keep_backups ? REMOVE_NO_BACKUPS : 0) |
	       (o->with_shared ? REMOVE_SHARED : 0) |
	       (o->no_stop ? REMOVE_UNSTOPPED : 0);
}

/* What would go, and what would stay, and why: lines for people. */
struct fates {
	struct strvec runs, goes, stays;
};

static void judge_folder(struct fates *f, const struct removal *r)
{
	const struct remove_place *l = &r->place;

	if (l->top && !l->is_there && r->deployed && !r->has_begun)
		strvec_pushf(&f->stays, "what was deployed to %s: that is not "
			     "there now, mount it if it is to go", l->top);
	if (!l->top || !l->is_there)
		return;
	if (l->owner)
		strvec_pushf(&f->stays, "%s: it is where '%s' deploys to",
			     l->top, l->owner);
	else if (!l->is_ours && r->deployed && !r->has_begun)
		strvec_pushf(&f->stays, "%s: nothing in it is this "
			     "platform's, mount it if that should be", l->top);
	else if (!l->is_ours && r->has_begun)
		strvec_pushf(&f->stays, "%s: what is in it no platform made",
			     l->top);
	else if (!l->is_ours)
		strvec_pushf(&f->stays, "%s: this platform has never deployed "
			     "to it", l->top);
	if (!l->is_ours)
		return;
	if (l->serves)
		strvec_pushf(&f->goes, "%s/current, which serves%s%s", l->top,
			     r->release ? " " : "", r->release ? r->release :
			     "");
	strvec_pushf(&f->goes, "%s/releases: %zu", l->top, l->releases.nr);
	if (l->has_shared && (r->what & REMOVE_SHARED))
		strvec_pushf(&f->goes, "%s/shared, and all that is in it",
			     l->top);
	else if (l->has_shared)
		strvec_pushf(&f->stays, "%s/shared (--with-shared)", l->top);
	for (size_t i = 0; i < l->strangers.nr; i++)
		strvec_pushf(&f->stays, "%s/%s: no platform made it", l->top,
			     l->strangers.v[i]);
}

static void judge_steps(struct fates *f, const struct removal *r)
{
	for (size_t i = 0; i < r->stops.nr; i++)
		strvec_pushf(&f->runs, "step '%s'", r->stops.v[i]);
	if (r->place.serves && !r->stops.nr && !r->mark.stopped)
		strvec_pushf(&f->stays, "what runs: %s",
			     r->what & REMOVE_UNSTOPPED ? "--no-stop" :
			     "no step stops it (as: stop)");
}

static void judge_rest(struct fates *f, const struct removal *r)
{
	if (r->tip)
		strvec_pushf(r->what & REMOVE_BRANCH ? &f->goes : &f->stays,
			     "branch %s (%.7s%s)", r->branch, r->tip,
			     r->what & REMOVE_BRANCH ? "" :
			     ", --with-branch");
	if (r->backups.nr)
		strvec_pushf(r->what & REMOVE_BACKUPS ? &f->goes : &f->stays,
			     "%zu backup%s%s%s%s", r->backups.nr,
			     r->backups.nr == 1 ? "" : "s",
			     r->store ? " in " : "", r->store ? r->store :
			     r->by_commands ? ", where commands put them" : "",
			     r->what & REMOVE_BACKUPS ? "" :
			     " (--with-backups)");
	strvec_push(&f->goes, "its logs, and its part of the configuration");
	if (r->branch)
		strvec_push(&f->stays, "what was recorded of it");
}

static void fates_judge(struct fates *f, const struct removal *r)
{
	*f = (struct fates){ STRVEC_INIT, STRVEC_INIT, STRVEC_INIT };
	judge_steps(f, r);
	judge_folder(f, r);
	judge_rest(f, r);
}

static void fates_release(struct fates *f)
{
	strvec_release(&f->runs);
	strvec_release(&f->goes);
	strvec_release(&f->stays);
}

static void say_list(struct cmd *cmd, const char *label,
		     const struct strvec *lines)
{
	for (size_t i = 0; i < lines->nr; i++) {
		struct buf line = BUF_INIT;

		/* There may be any name among them. */
		buf_add_line(&line, lines->v[i]);
		cmd_say(cmd, "  %-10s %s", label, line.s);
		buf_release(&line);
	}
}

static void show(struct cmd *cmd, const struct removal_list *list,
		 const char *dir)
{
	for (size_t i = 0; i < list->gone.nr; i++)
		cmd_say(cmd, "%s has been removed already", list->gone.v[i]);
	for (size_t i = 0; i < list->nr; i++) {
		const struct removal *r = &list->v[i];
		struct fates f;

		fates_judge(&f, r);
		cmd_say(cmd, r->has_begun ? "%s, whose removal has begun" :
			"%s", r->name);
		say_list(cmd, "runs", &f.runs);
		say_list(cmd, "goes", &f.goes);
		say_list(cmd, "stays", &f.stays);
		fates_release(&f);
	}
	if (list->whole)
		cmd_say(cmd, "That is all of the platform: %s becomes a plain "
			"repository.", dir);
}

static void print_json(struct cmd *cmd, const struct removal_list *list,
		       const char *dir, int done)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "platform", dir);
	json_bool(j, "whole", list->whole);
	json_bool(j, "done", done);
	json_list(j, "environments");
	for (size_t i = 0; i < list->nr; i++) {
		const struct removal *r = &list->v[i];
		struct fates f;

		fates_judge(&f, r);
		json_object(j, NULL);
		json_string(j, "name", r->name);
		json_string(j, "branch", r->branch);
		json_string(j, "deploy_to", r->place.top);
		json_string(j, "deployed", r->deployed);
		json_string(j, "release", r->release);
		json_bool(j, "begun", r->has_begun);
		json_strings(j, "runs", &f.runs);
		json_strings(j, "goes", &f.goes);
		json_strings(j, "stays", &f.stays);
		json_end(j);
		fates_release(&f);
	}
	json_end(j);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

/* "staging and production" */
static char *name_all(const struct removal_list *list)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < list->nr; i++)
		buf_addf(&out, "%s%s", !i ? "" : i + 1 < list->nr ? ", " :
			 " and ", list->v[i].name);
	return buf_detach(&out);
}

/* 1: do it; 0: no; -1. */
static int ask(struct cmd *cmd, const struct remove_options *o,
	       const struct removal_list *list)
{
	char *names = name_all(list);
	int sure = o->yes ? 1 : cmd_ask(cmd, "--yes", "Tear down %s for good?",
					names);

	free(names);
	return sure;
}

static const char *asker(void)
{
	const char *name = getenv("LOGNAME");

	return name && *name ? name : getenv("USER");
}

static void hint_done(struct cmd *cmd, const struct removal_list *list,
		      const char *dir)
{
	if (list->nr) {
		cmd_hint(cmd, "Platform", "the configuration as it was: "
			 "%s/info/removed-%s.yaml", dir, list->v[0].name);
		for (size_t i = 0; i < list->gone.nr; i++)
			cmd_hint(cmd, "Platform", "and with %s still: "
				 "%s/info/removed-%s.yaml", list->gone.v[i],
				 dir, list->gone.v[i]);
		cmd_hint(cmd, "Platform", "to have it again, put it back as "
			 "%s/%s, then", dir, PLATFORM_CONFIG);
		cmd_hint(cmd, "Platform", "  git upgrade platform init %s",
			 dir);
		cmd_hint(cmd, "Platform", "  git upgrade platform repair %s",
			 dir);
	}
	if (list->whole)
		cmd_hint(cmd, "Platform", "what runs \"git upgrade platform "
			 "repair\" there when the machine starts is yours to "
			 "take out");
}

static int act(struct cmd *cmd, const struct remove_options *o,
	       struct platform *p, const struct removal_list *list)
{
	char *why = redact_line(o->reason, 0);
	const struct remover by = { asker(), why };
	struct reporter say = cmd_reporter(cmd);
	char *dir = xstrdup(p->repo.git_dir);
	int sure, ret = -1;

	show(cmd, list, dir);
	sure = o->dry_run ? 0 : ask(cmd, o, list);
	if (sure > 0)
		ret = removal_run(list, p, &by, &say, &cmd->err);
	else if (!sure)
		ret = o->dry_run ? EXIT_OK : EXIT_REFUSED;
	if (!sure)
		cmd_say(cmd, "%s", "Nothing was changed.");
	if (o->json && ret >= 0)
		print_json(cmd, list, dir, sure > 0);
	if (ret < 0 && sure > 0 && cmd->err.changed)
		error_hint(&cmd->err, "what has begun is to end: run the same "
			   "again");
	if (!ret && sure > 0)
		hint_done(cmd, list, dir);
	free(dir);
	free(why);
	return ret;
}

/* Who wants to be rid of one is not told how to make one. */
static int explain(struct cmd *cmd, const struct platform *p,
		   const char *dir)
{
	struct error *err = &cmd->err;

	if (err->kind != ERROR_REFUSED || p->path)
		return -1;
	strvec_release(&err->hints);
	if (dir_exists(dir))
		return error_hint(err, "name the repository that deploys, on "
				  "the server; one that was removed is none "
				  "any more");
	return error_hint(err, "name the folder of its repository, on the "
			  "server");
}

/* Killed when the platform was gone but for a setting of git's. */
static int finish(struct cmd *cmd, const struct remove_options *o,
		  const struct platform *p, const char *dir)
{
	const struct removal_list none = { .whole = 1 };
	struct error err = ERROR_INIT;
	int done = removal_finish(dir, o->dry_run, &err);

	if (done < 0)
		return error_move(&cmd->err, &err);
	error_release(&err);
	if (!done)
		return explain(cmd, p, dir);
	error_release(&cmd->err);
	if (o->dry_run)
		cmd_say(cmd, "%s, whose removal has begun, would become a "
			"plain repository.\nNothing was changed.", dir);
	else
		cmd_say(cmd, "%s is a plain repository now.", dir);
	if (o->json)
		print_json(cmd, &none, dir, !o->dry_run);
	return EXIT_OK;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct remove_options *o = opts;
	struct removal_list list = REMOVAL_LIST_INIT;
	struct platform p = PLATFORM_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 1, 1) < 0)
		return -1;
	if (platform_open(&p, argv[0], &cmd->err) < 0)
		ret = finish(cmd, o, &p, argv[0]);
	else if (!platform_read_releases(&p, &cmd->err) &&
		 !removal_read(&list, &p, &o->env, what_of(o), &cmd->err))
		ret = act(cmd, o, &p, &list);
	removal_list_release(&list);
	platform_release(&p);
	return ret;
}

static const char *const synopsis[] = {
	"platform remove [<options>] <dir>", NULL
};

const struct command cmd_platform_remove = {
	.name = "platform remove",
	.summary = "tear down environments of a platform",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct remove_options),
	.needs = CHANGES,
	.run = run,
};
