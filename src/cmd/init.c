/*
 * git upgrade init: find out what this clone is, say so, and commit it.
 */
#include "cmd/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/upstream.h"
#include "doc/json.h"
#include "flow/hooks.h"
#include "flow/init.h"
#include "flow/standing.h"
#include "git/driver.h"
#include "git/ref.h"
#include "state/host.h"

#define FILES_NAMED 3

struct init_options {
	const char *profile, *upstream, *from, *deploy;
	struct strvec confirm;
	int dry_run, yes, no_fetch, json;
};

static const char *const synopsis[] = {
	"init [<options>]", NULL
};

static const struct opt options[] = {
	OPTION_STRING(0, "profile", struct init_options, profile, "name",
		      "the profile, instead of the one that fits"),
	OPTION_STRING(0, "upstream", struct init_options, upstream, "url",
		      "the URL or the remote that releases come from"),
	OPTION_STRING(0, "from", struct init_options, from, "release",
		      "the release the files are on now"),
	OPTION_STRING(0, "deploy", struct init_options, deploy, "who",
		      "pull (a host gets the branch), or a driver's name"),
	OPTION_LIST(0, "confirm-copy", struct init_options, confirm,
		    "[template:]path", "treat a file as copy of a template"),
	OPTION_FLAG('n', "dry-run", struct init_options, dry_run,
		    "print the file, change nothing"),
	OPTION_FLAG('y', "yes", struct init_options, yes,
		    "do not ask questions"),
	OPTION_FLAG(0, "no-fetch", struct init_options, no_fetch,
		    "do not ask upstream for its releases"),
	OPTION_FLAG(0, "json", struct init_options, json, "print JSON"),
	OPTION_END
};

/* One line of what was found. */
static void say(struct cmd *cmd, const char *what, const struct buf *text)
{
	cmd_say(cmd, "  %-12s %s", what, text->s);
}

static void say_profile(struct cmd *cmd, const struct init_plan *p)
{
	const struct profile *profile = &p->product.profile;
	const struct strvec *files = &profile->detect_files;
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s: ", profile->name);
	if (strcmp(p->profile_why, "detected")) {
		buf_adds(&b, p->profile_why);
	} else {
		for (size_t i = 0; i < files->nr && i < FILES_NAMED; i++)
			buf_addf(&b, "%s%s", i ? ", " : "", files->v[i]);
		if (files->nr > FILES_NAMED)
			buf_addf(&b, " and %zu more",
				 files->nr - FILES_NAMED);
		buf_adds(&b, " are here");
	}
	say(cmd, "profile", &b);
	buf_release(&b);
}

static void say_upstream(struct cmd *cmd, const struct init_plan *p)
{
	const struct product *pr = &p->product;
	struct buf b = BUF_INIT;

	if (!pr->upstream) {
		buf_adds(&b, "none was found; say which with "
			 "--upstream=URL");
	} else {
		buf_addf(&b, "%s (", pr->upstream_shown);
		buf_add_url(&b, pr->upstream_url);
		buf_addf(&b, "): %s", !strcmp(p->upstream_why, "detected") &&
			 profile_fits_url(&pr->profile, pr->upstream_url) ?
			 "the profile knows that URL" : p->upstream_why);
	}
	say(cmd, "upstream", &b);
	buf_release(&b);
}

static void add_files(struct buf *b, size_t nr)
{
	buf_addf(b, "%zu file%s differ%s", nr, nr == 1 ? "" : "s",
		 nr == 1 ? "s" : "");
}

static void say_release(struct cmd *cmd, const struct init_plan *p)
{
	const struct release *near = p->near;
	struct buf b = BUF_INIT;

	switch (p->how) {
	case INIT_RECORDED:
		buf_addf(&b, "%s: the record says so",
			 p->adopted.record.release);
		break;
	case INIT_NAMED:
		buf_addf(&b, "%s: you say so", p->release->name);
		break;
	case INIT_MERGED:
		buf_addf(&b, "%s: the newest that is merged; ",
			 p->release->name);
		add_files(&b, p->files);
		break;
	case INIT_DOUBTFUL:
		buf_addf(&b, "not certain: history says %s (",
			 p->release->name);
		add_files(&b, p->files);
		buf_addf(&b, "), the files are nearer to %s (", near->name);
		add_files(&b, p->near_files);
		buf_addc(&b, ')');
		break;
	case INIT_UNFINISHED:
		buf_addf(&b, "not certain: the upgrade to %s was merged by "
			 "hand and is unfinished", p->adopted.later->name);
		break;
	case INIT_REVERTED:
		buf_addf(&b, "not certain: %s was merged by hand and "
			 "reverted", p->adopted.later->name);
		break;
	case INIT_UNKNOWN:
		buf_adds(&b, "not known: no release is merged");
		if (near) {
			buf_addf(&b, "; the files are nearest to %s (",
				 near->name);
			add_files(&b, p->near_files);
			buf_addc(&b, ')');
		}
		break;
	}
	say(cmd, "release", &b);
	buf_release(&b);
}

static void say_copies(struct cmd *cmd, const struct init_plan *p)
{
	for (size_t i = 0; i < p->copies.nr; i++) {
		const struct copy *c = &p->copies.v[i];
		const char *of = c->old_template ? c->old_template :
				 c->base_template ? c->base_template : "?";
		struct buf b = BUF_INIT;

		buf_add_path(&b, c->path);
		buf_adds(&b, c->outcome == COPY_UNCONFIRMED ?
			 " looks like a copy of " : " is a copy of ");
		buf_add_path(&b, of);
		if (c->outcome == COPY_UNCONFIRMED)
			buf_addf(&b, "; if it is: --confirm-copy=%s:%s", of,
				 c->path);
		else if (c->base_release && p->release &&
			 strcmp(c->base_release, p->release->name))
			buf_addf(&b, " of %s", c->base_release);
		say(cmd, "copy", &b);
		buf_release(&b);
	}
}

/* Who else could deploy it. */
static void add_ways(struct buf *out, const struct profile *p)
{
	buf_adds(out, "; if its host pulls it: --deploy=pull");
	for (size_t i = 0; i < p->nr_deployers; i++)
		buf_addf(out, "; if %s deploys it: --deploy=%s",
			 p->deployers[i].name, p->deployers[i].name);
}

/* A platform's are its own to say; of ours, who deploys what is pushed. */
static void say_environment(struct cmd *cmd, const struct init_plan *p,
			    const struct environment *e, int is_platforms)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s: branch %s", e->name, e->branch);
	if (is_platforms)
		buf_adds(&b, " (the platform says)");
	else if (e->deploy == DEPLOY_BY_PULL)
		buf_adds(&b, ", pulled by its host");
	else if (e->deploy != DEPLOY_BY_HOOKS)
		buf_addf(&b, ", deployed by %s", e->driver ? e->driver :
			 deploy_driver_name(e->deploy));
	else if (host_is_here(&cmd->repo, e->name))
		buf_adds(&b, ", which is deployed here; so that its clients "
			 "know: --deploy=pull");
	else if (!strcmp(e->branch, p->branch))
		add_ways(&b, &p->product.profile);
	if (!is_platforms && e->promotes_from)
		buf_addf(&b, "; promoted from %s", e->promotes_from);
	say(cmd, "environment", &b);
	buf_release(&b);
}

static void say_environments(struct cmd *cmd, const struct init_plan *p)
{
	const struct product *pr = &p->product;
	struct buf b = BUF_INIT;
	char *begin;

	for (size_t i = 0; i < pr->profile.nr_environments; i++)
		say_environment(cmd, p, &pr->profile.environments[i],
				i >= pr->nr_configured);
	begin = p->release ? xstrdup("git switch -c production") :
			     standing_begin(pr);
	buf_addf(&b, "none: '%s' is upstream's own branch; begin yours with "
		 "\"%s\"", p->branch, begin);
	if (p->is_upstreams && !pr->profile.nr_environments)
		say(cmd, "environment", &b);
	free(begin);
	for (size_t i = 0; i < p->suggested.nr; i++) {
		buf_reset(&b);
		buf_addf(&b, "branch '%s' looks like one; if it is, add it to "
			 CONFIG_FILE, p->suggested.v[i]);
		say(cmd, "environment?", &b);
	}
	buf_release(&b);
}

static void say_findings(struct cmd *cmd, const struct init_plan *p)
{
	say_profile(cmd, p);
	say_upstream(cmd, p);
	say_release(cmd, p);
	say_copies(cmd, p);
	say_environments(cmd, p);
}

/* What was not written, and how to say it. */
static void warn_release(struct cmd *cmd, const struct init_plan *p)
{
	const char *near = p->near ? p->near->name : "RELEASE";

	if (p->writes_record || p->how == INIT_RECORDED)
		return;
	if (p->how == INIT_UNFINISHED) {
		cmd_warn(cmd, "no record is written: finish the upgrade with "
			 "\"git upgrade merge %s\"", p->adopted.later->name);
		return;
	}
	cmd_warn(cmd, "no record is written, as the release is not certain");
	cmd_hint(cmd, "Init", "when you know it: git upgrade init --from=%s",
		 near);
}

static void json_findings(struct json *j, const struct init_plan *p)
{
	static const char *const how[] = {
		[INIT_UNKNOWN] = "unknown", [INIT_DOUBTFUL] = "doubtful",
		[INIT_UNFINISHED] = "unfinished",
		[INIT_REVERTED] = "reverted", [INIT_MERGED] = "merged",
		[INIT_NAMED] = "named", [INIT_RECORDED] = "recorded",
	};
	struct buf url = BUF_INIT;

	if (p->product.upstream_url)
		buf_add_url(&url, p->product.upstream_url);
	json_string(j, "branch", p->branch);
	json_string(j, "profile", p->product.profile.name);
	json_string(j, "profile_origin", p->profile_why);
	json_string(j, "upstream", p->product.upstream_shown);
	json_string(j, "upstream_url", url.len ? url.s : NULL);
	json_string(j, "upstream_origin", p->upstream_why);
	json_string(j, "release", p->release ? p->release->name : NULL);
	json_string(j, "release_state", how[p->how]);
	json_string(j, "nearest", p->near ? p->near->name : NULL);
	buf_release(&url);
	json_list(j, "copies");
	for (size_t i = 0; i < p->copies.nr; i++) {
		const struct copy *c = &p->copies.v[i];

		json_object(j, NULL);
		json_string(j, "path", c->path);
		json_string(j, "template", c->old_template ?
			    c->old_template : c->base_template);
		json_string(j, "base", c->base_release);
		json_bool(j, "confirmed", c->outcome != COPY_UNCONFIRMED);
		json_end(j);
	}
	json_end(j);
	json_list(j, "environments");
	for (size_t i = 0; i < p->environments.nr; i++) {
		const struct environment *e = &p->environments.v[i];

		json_object(j, NULL);
		json_string(j, "name", e->name);
		json_string(j, "branch", e->branch);
		json_string(j, "deploy", deploy_driver_name(e->deploy));
		if (e->driver)
			json_string(j, "driver", e->driver);
		if (e->promotes_from)
			json_string(j, "promotes_from", e->promotes_from);
		json_end(j);
	}
	json_end(j);
	json_strings(j, "suggested", &p->suggested);
	json_string(j, "config", p->config.s);
}

static void print_json(struct cmd *cmd, const struct init_plan *p,
		       const char *commit)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_findings(j, p);
	json_string(j, "commit", commit);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

/* What it would change of a file that is there already. */
static int refuse_other(struct cmd *cmd, const struct init_plan *p)
{
	struct error ignored = ERROR_INIT;
	struct proc git = PROC_INIT;

	git_proc(&git, &cmd->repo, "diff", "--no-index", "--no-ext-diff",
		 "--", CONFIG_FILE, "-", NULL);
	git.in = p->config.s;
	git.in_len = p->config.len;
	fflush(stdout);
	proc_run(&git, &ignored);
	proc_release(&git);
	error_release(&ignored);
	error_set(&cmd->err, ERROR_REFUSED, CONFIG_FILE " is there already, "
		  "and is not what would be written");
	error_hint(&cmd->err, "edit and commit it yourself; see what holds "
		   "with \"git upgrade config\"");
	if (!p->adopted.recorded)
		error_hint(&cmd->err, "the release is recorded by the next "
			   "\"git upgrade merge --from=RELEASE RELEASE\"");
	return -1;
}

/* A guess is only ever confirmed by a person; of upstream's branch, none. */
static int ask_release(struct cmd *cmd, struct init_plan *p,
		       const struct init_request *req,
		       const struct init_options *o)
{
	int yes;

	if ((p->how != INIT_UNKNOWN && p->how != INIT_DOUBTFUL) || !p->near ||
	    p->is_upstreams || !cmd->term.in_tty || o->yes || o->dry_run)
		return 0;
	yes = cmd_ask(cmd, "--from=RELEASE", "Is this branch on %s?",
		      p->near->name);
	return yes > 0 ? init_confirm(p, req, &cmd->err) : yes;
}

static int ask_to_write(struct cmd *cmd, const struct init_plan *p,
			const struct init_options *o)
{
	int yes;

	if (o->yes)
		return 1;
	yes = cmd_ask(cmd, "--yes", "Commit %s%s%s to %s?",
		      p->writes_config ? CONFIG_FILE : "",
		      p->writes_config && p->writes_record ? " and " : "",
		      p->writes_record ? RECORD_PATH : "", p->branch);
	if (!yes)
		cmd_say(cmd, "Nothing was changed.");
	return yes;
}

/* The hook is a help; that it cannot be installed undoes nothing. */
static void install_hooks(struct cmd *cmd)
{
	struct client_hooks hooks = CLIENT_HOOKS_INIT;
	struct error err = ERROR_INIT;
	enum hook_state before = HOOK_ABSENT;
	int ret = hooks_read(&hooks, &cmd->repo, 0, &err);

	if (!ret) {
		before = hooks.v[0].state;
		ret = hooks_install(&hooks, 0, &err);
	}
	if (ret < 0) {
		cmd_warn(cmd, "the hooks are not installed: %s", err.message);
		for (size_t i = 0; i < err.hints.nr; i++)
			cmd_hint(cmd, "Hooks", "%s", err.hints.v[i]);
	} else if (before != HOOK_INSTALLED && before != HOOK_REGISTERED) {
		cmd_say(cmd, "Installed pre-push: %s", hooks.v[0].path);
	}
	error_release(&err);
	hooks_release(&hooks);
}

/* What a driver has to know is in no profile. */
static void hint_driver(struct cmd *cmd, const struct environment *e)
{
	cmd_hint(cmd, "Init", "what %s has to know of it stands in "
		 "environments.%s.variables; \"git upgrade push\" names what "
		 "is not there", e->driver ? e->driver : "its driver",
		 e->name);
}

/* What is left to do where it is deployed. */
static void hint_host(struct cmd *cmd, const struct init_plan *p)
{
	for (size_t i = 0; i < p->environments.nr; i++) {
		const struct environment *e = &p->environments.v[i];

		if (strcmp(e->branch, p->branch) ||
		    e->deploy == DEPLOY_BY_HOOKS)
			continue;
		if (e->deploy != DEPLOY_BY_PULL) {
			hint_driver(cmd, e);
			continue;
		}
		cmd_hint(cmd, "Init", "on the host of %s, a clone with that "
			 "branch: \"git pull --ff-only && git upgrade "
			 "deploy\"", e->name);
		cmd_hint(cmd, "Init", "or, to deploy whatever is pulled there, "
			 "once: \"git upgrade hooks install --deploy\"");
	}
}

static void say_written(struct cmd *cmd, const struct init_plan *p,
			const char *commit, const struct init_options *o)
{
	char *name = commit ? commit_short(&cmd->repo, commit) : NULL;

	if (!commit)
		cmd_say(cmd, "Everything is committed already.");
	else if (!o->json)
		printf("[%s %s] %s\n", p->branch, name, p->writes_config ?
		       "Set up git upgrade" :
		       "Record the release for git upgrade");
	if (commit && p->ignored)
		cmd_say(cmd, "  added although .gitignore ignores it, as with "
			"\"git add -f\"");
	install_hooks(cmd);
	warn_release(cmd, p);
	hint_host(cmd, p);
	if (!driver_is_configured(&cmd->repo))
		cmd_hint(cmd, "Init", "plain git can merge by what files are, "
			 "too: \"git upgrade hooks install --merge-driver\"");
	cmd_hint(cmd, "Init", "what comes next: git upgrade list");
	if (commit)
		cmd_hint(cmd, "Undo", "undo it with \"git reset --keep %.7s\" "
			 "and \"git upgrade hooks remove\"", p->head);
	free(name);
}

static int write_it(struct cmd *cmd, const struct init_plan *p,
		    const struct init_options *o)
{
	char *commit = NULL;

	if (init_commit(&commit, p, &cmd->repo, &cmd->err) < 0)
		return -1;
	say_written(cmd, p, commit, o);
	if (o->json)
		print_json(cmd, p, commit);
	free(commit);
	return EXIT_OK;
}

static int show_or_write(struct cmd *cmd, struct init_plan *p,
			 const struct init_request *req,
			 const struct init_options *o)
{
	int yes = 1;

	say_findings(cmd, p);
	if (p->config_there > 1)
		return refuse_other(cmd, p);
	if (o->dry_run) {
		if (o->json)
			print_json(cmd, p, NULL);
		else
			cmd_print(cmd, &p->config);
		warn_release(cmd, p);
		cmd_say(cmd, "Nothing was changed.");
		return EXIT_OK;
	}
	if (ask_release(cmd, p, req, o) < 0)
		return -1;
	if (p->writes_config || p->writes_record)
		yes = ask_to_write(cmd, p, o);
	if (yes <= 0)
		return yes;
	return write_it(cmd, p, o);
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct init_options *o = opts;
	struct init_plan p = INIT_PLAN_INIT;
	struct reporter reporter = cmd_reporter(cmd);
	struct init_request req = {
		.repo = &cmd->repo, .profile = o->profile,
		.upstream = o->upstream, .from = o->from,
		.deploy = o->deploy,
		.confirmed = o->confirm.v ? &o->confirm : NULL,
		.fetch = !o->no_fetch && !o->dry_run,
	};
	int code = -1;

	(void)argv;
	if (!cmd_args(cmd, argc, 0, 0) &&
	    !init_compute(&p, &req, &reporter, &cmd->err))
		code = show_or_write(cmd, &p, &req, o);
	init_plan_release(&p);
	return code;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "find out what this clone is, and commit that",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct init_options),
	.needs = NEED_WORK_TREE | CHANGES,
	.run = run,
};
