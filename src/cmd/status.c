/*
 * git upgrade status: where every environment stands.
 */
#include "cmd/backup_view.h"
#include "cmd/commands.h"
#include "cmd/health_view.h"
#include "cmd/lock_view.h"
#include "cmd/pipeline_view.h"
#include "cmd/sameness_view.h"
#include "cmd/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/time.h"
#include "doc/json.h"
#include "flow/destination.h"
#include "flow/status.h"
#include "git/ref.h"

struct status_options {
	int no_fetch;
	int json;
};

static const char *const synopsis[] = {
	"status [--no-fetch] [--json] [<env>]", NULL
};

static const struct opt options[] = {
	OPTION_FLAG(0, "no-fetch", struct status_options, no_fetch,
		    "do not ask the platforms"),
	OPTION_FLAG(0, "json", struct status_options, json, "print JSON"),
	OPTION_END
};

static char *commit_text(const char *release, const char *oid)
{
	if (!oid)
		return xstrdup("-");
	return release ? xstrdup(release) : xstrfmt("%.7s", oid);
}

static char *adopted_text(const struct env_status *e)
{
	const char *release = e->release ? e->release : "unknown";

	switch (e->adopted.state) {
	case ADOPTED_UNFINISHED:
		return xstrfmt("%s (%s unfinished)", release,
			       e->adopted.later ? e->adopted.later->name :
			       "?");
	case ADOPTED_REVERTED:
		return xstrfmt("%s (reverted)", release);
	case ADOPTED_NONE:
	case ADOPTED_KNOWN:
		break;
	}
	return xstrdup(e->commit ? release : "-");
}

static char *verified_text(const struct env_status *e)
{
	char *what = commit_text(e->verified_release, e->state.verified);
	struct buf b = BUF_INIT;

	if (e->state.failed) {
		buf_addf(&b, "%s, %.7s failed", what, e->state.failed);
	} else {
		buf_adds(&b, what);
		if (e->health.verified_at) {
			buf_addc(&b, ' ');
			time_add_span(&b, time(NULL) - e->health.verified_at);
			buf_adds(&b, " ago");
		}
	}
	free(what);
	return buf_detach(&b);
}

static char *next_text(const struct env_status *e)
{
	if (e->adopted.state == ADOPTED_UNFINISHED && e->adopted.later)
		return xstrfmt("finish %s", e->adopted.later->name);
	if (e->next && e->newest && e->newest != e->next)
		return xstrfmt("%s, newest %s", e->next->name,
			       e->newest->name);
	if (e->next)
		return xstrdup(e->next->name);
	return xstrdup(e->none_newer ? "up to date" :
		       e->adopted.release ? "no path" : "-");
}

static void fill_row(char **row, const struct env_status *e)
{
	struct buf deployed = BUF_INIT;
	char *what = commit_text(e->deployed_release, e->state.deployed);

	buf_adds(&deployed, what);
	if (e->ahead > 0)
		buf_addf(&deployed, " +%ld", e->ahead);
	row[0] = xstrdup(e->name);
	row[1] = adopted_text(e);
	row[2] = buf_detach(&deployed);
	row[3] = verified_text(e);
	row[4] = next_text(e);
	free(what);
}

static const char *const heads[] = {
	"ENVIRONMENT", "ADOPTED", "DEPLOYED", "VERIFIED", "NEXT"
};

enum { NR_COLUMNS = ARRAY_SIZE(heads) };

/* The last column is not filled up: no blanks at the ends of lines. */
static void add_row(struct buf *out, const char *const *row,
		    const int *widths)
{
	for (size_t c = 0; c < NR_COLUMNS; c++) {
		struct buf clean = BUF_INIT;

		buf_add_clean(&clean, row[c], strlen(row[c]));
		if (c < NR_COLUMNS - 1)
			term_add_padded(out, clean.s, widths[c] + 3);
		else
			buf_adds(out, clean.s);
		buf_release(&clean);
	}
}

static void add_table(struct buf *out, const struct status *s, int color)
{
	char **cells = xcalloc(s->nr * NR_COLUMNS, sizeof(*cells));
	struct buf head = BUF_INIT;
	int widths[NR_COLUMNS];

	for (size_t i = 0; i < s->nr; i++)
		fill_row(cells + i * NR_COLUMNS, &s->v[i]);
	for (size_t c = 0; c < NR_COLUMNS; c++) {
		widths[c] = term_width(heads[c]);
		for (size_t i = 0; i < s->nr; i++) {
			int w = term_width(cells[i * NR_COLUMNS + c]);

			widths[c] = w > widths[c] ? w : widths[c];
		}
	}
	add_row(&head, heads, widths);
	term_add(out, color, TERM_BOLD, head.s);
	buf_addc(out, '\n');
	for (size_t i = 0; i < s->nr; i++) {
		add_row(out, (const char *const *)cells + i * NR_COLUMNS,
			widths);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < s->nr * NR_COLUMNS; i++)
		free(cells[i]);
	free(cells);
	buf_release(&head);
}

static void json_same(struct json *j, struct repo *r, const struct status *s,
		      const struct env_status *e)
{
	struct sameness same = SAMENESS_INIT;

	sameness_read(&same, r, &s->product, e);
	sameness_view_json(j, &same);
	sameness_release(&same);
}

static void json_env(struct json *j, struct repo *r, const struct status *s,
		     const struct env_status *e)
{
	json_object(j, NULL);
	json_string(j, "name", e->name);
	json_string(j, "branch", e->branch);
	json_string(j, "remote", e->remote);
	json_string(j, "commit", e->commit);
	json_string(j, "pushed", e->there);
	json_string(j, "adopted", e->release);
	json_string(j, "trouble", e->trouble);
	json_string(j, "unfinished", e->adopted.state == ADOPTED_UNFINISHED &&
		    e->adopted.later ? e->adopted.later->name : NULL);
	json_string(j, "deployed", e->state.deployed);
	json_string(j, "deployed_release", e->deployed_release);
	json_string(j, "verified", e->state.verified);
	json_string(j, "verified_release", e->verified_release);
	health_view_json(j, e);
	lock_view_json(j, e->is_locked ? &e->lock : NULL, e->is_ours);
	hold_view_json(j, &e->held);
	backup_view_status_json(e, j);
	json_string(j, "failed", e->state.failed);
	json_string(j, "standing", env_standing_name(e->standing));
	json_bool(j, "under_way", e->is_under_way);
	if (e->behind >= 0)
		json_number(j, "behind", (double)e->behind);
	else
		json_string(j, "behind", NULL);
	json_string(j, "next", e->next ? e->next->name : NULL);
	json_string(j, "newest", e->newest ? e->newest->name : NULL);
	if (e->ahead >= 0)
		json_number(j, "ahead", (double)e->ahead);
	else
		json_string(j, "ahead", NULL);
	json_same(j, r, s, e);
	json_end(j);
}

static void print_json(struct cmd *cmd, const struct status *s)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	json_object(j, NULL);
	json_string(j, "profile", s->product.profile.name);
	json_string(j, "upstream", s->product.upstream_shown);
	json_bool(j, "upgrade_in_progress", s->upgrading);
	json_bool(j, "merge_in_progress", s->merging);
	json_list(j, "environments");
	for (size_t i = 0; i < s->nr; i++)
		json_env(j, &cmd->repo, s, &s->v[i]);
	json_end(j);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	json_free(j);
	buf_release(&out);
}

static void hint_progress(struct cmd *cmd, const struct status *s)
{
	if (s->upgrading) {
		cmd_hint(cmd, "Status", "an upgrade is in progress here: go on "
			 "with \"git upgrade merge --continue\", or back with "
			 "\"git upgrade merge --abort\"");
		return;
	}
	if (s->merging)
		cmd_hint(cmd, "Status", "a merge is in progress here: see "
			 "\"git status\"");
}

/* On the host itself. */
static void hint_here(struct cmd *cmd, const struct env_status *e)
{
	if (e->here.holder)
		return;
	if (e->here.killed)
		cmd_hint(cmd, "Status", "%s: begin the deploy again with "
			 "\"git upgrade deploy %s\"", e->name, e->name);
	else if (e->state.failed)
		cmd_hint(cmd, "Status", "%s: %.7s failed; see \"git upgrade "
			 "log %s\", pull a fix, or try it again with \"git "
			 "upgrade deploy --retry %s\"", e->name,
			 e->state.failed, e->name, e->name);
	else if (e->ahead > 0 || !e->state.deployed)
		cmd_hint(cmd, "Status", "%s: what is here is not deployed; "
			 "deploy it with \"git upgrade deploy %s\"", e->name,
			 e->name);
	else if (e->state_remote && !e->is_published)
		cmd_hint(cmd, "Status", "%s: publish it with \"git upgrade "
			 "deploy %s\"; it deploys nothing twice", e->name,
			 e->name);
	else if (!e->state.verified)
		cmd_hint(cmd, "Status", "%s: see how it does now with \"git "
			 "upgrade verify %s\"", e->name, e->name);
}

/* One that pulls, elsewhere. */
static void hint_host(struct cmd *cmd, const struct env_status *e)
{
	if (e->state.failed)
		cmd_hint(cmd, "Status", "%s: %.7s failed on its host; see "
			 "\"git upgrade log %s\", push a fix, or there \"git "
			 "upgrade deploy --retry %s\"", e->name,
			 e->state.failed, e->name, e->name);
	else if (e->ahead && are_same(e->there, e->commit))
		cmd_hint(cmd, "Status", "%s: %.7s is delivered, and its host "
			 "has yet to deploy it; there: \"git pull --ff-only && "
			 "git upgrade deploy %s\"", e->name, e->there,
			 e->name);
	else if (e->local && e->remote && e->ahead)
		cmd_hint(cmd, "Status", "%s: branch '%s' here is not what its "
			 "host has deployed; deliver it with \"git upgrade "
			 "push %s\"", e->name, e->branch, e->name);
}

/* One that was begun here is not begun twice. */
static void hint_engine(struct cmd *cmd, const struct env_status *e)
{
	cmd_hint(cmd, "Status", "%s: wait for the deploy with \"git upgrade "
		 "push %s\", or ask once with \"git upgrade verify %s\"",
		 e->name, e->name, e->name);
}

/* Of what no branch here has, as what was promoted, push knows nothing. */
static void hint_under_way(struct cmd *cmd, const struct env_status *e)
{
	struct error ignored = ERROR_INIT;
	int has = e->local && commit_contains(&cmd->repo, e->commit, e->there,
					      &ignored) > 0;

	cmd_hint(cmd, "Status", "%s: %.7s was pushed, and its deploy has not "
		 "ended; %s with \"git upgrade %s %s\"", e->name, e->there,
		 has ? "wait for it" : "watch it", has ? "push" :
		 "log --output", e->name);
	error_release(&ignored);
}

static const struct env_status *find_source(const struct status *s,
					    const struct env_status *e)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strcmp(s->v[i].name, e->promotes_from))
			return &s->v[i];
	return NULL;
}

/* It has nothing yet: something must be there to promote, and a way to it. */
static void hint_first(struct cmd *cmd, const struct status *s,
		       const struct env_status *e)
{
	const struct env_status *from = find_source(s, e);
	char *remote = push_remote(&cmd->repo, &s->product, e->branch);

	if (!remote)
		cmd_hint(cmd, "Status", "%s: say which remote it is at with "
			 "\"git config branch.%s.pushRemote %s\"", e->name,
			 e->branch, e->remote ? e->remote : "REMOTE");
	else if (!from || from->state.verified)
		cmd_hint(cmd, "Status", "%s: bring what %s has verified with "
			 "\"git upgrade promote %s %s\"", e->name,
			 e->promotes_from, e->promotes_from, e->name);
	free(remote);
}

static void hint_environment(struct cmd *cmd, const struct status *s,
			     const struct env_status *e)
{
	if (e->is_ours)
		cmd_hint(cmd, "Status", "%s: open it to others again with "
			 "\"git upgrade unlock %s\"", e->name, e->name);
	if (e->held.oid)
		cmd_hint(cmd, "Status", "%s: when it may go on, say so with "
			 "\"git upgrade unlock %s --reason=TEXT\"", e->name,
			 e->name);
	if (e->removed.id)
		cmd_hint(cmd, "Status", "%s: no platform has it any more; "
			 "take it out of the configuration, or have one made "
			 "again (git-upgrade(1), platform remove)", e->name);
	else if (e->runner == RUNNER_HERE)
		hint_here(cmd, e);
	else if (e->runner == RUNNER_HOST)
		hint_host(cmd, e);
	else if (engine_run_is_open(&e->run))
		hint_engine(cmd, e);
	else if (e->is_under_way)
		hint_under_way(cmd, e);
	else if (e->state.failed)
		cmd_hint(cmd, "Status", "%s: %.7s failed; see \"git upgrade "
			 "log %s\", try it again with \"git upgrade push "
			 "--retry %s\"", e->name, e->state.failed, e->name,
			 e->name);
	else if (e->promotes_from && !e->state.deployed)
		hint_first(cmd, s, e);
	else if (e->local && e->remote && (e->ahead > 0 ||
					   !e->state.deployed))
		cmd_hint(cmd, "Status", "%s: branch '%s' here is not what is "
			 "deployed; deploy it with \"git upgrade push %s\"",
			 e->name, e->branch, e->name);
	else if (e->state.deployed && !e->state.verified)
		cmd_hint(cmd, "Status", "%s: what is deployed is not "
			 "verified; try \"git upgrade verify %s\"", e->name,
			 e->name);
}

/* "production: same as staging's 3.7.11, verified 2d ago (2 own paths)" */
static void add_same(struct buf *out, struct repo *r, const struct status *s,
		     const struct env_status *e)
{
	struct sameness same = SAMENESS_INIT;

	sameness_read(&same, r, &s->product, e);
	if (same.source) {
		buf_addf(out, "%s: ", e->name);
		sameness_view_add(out, &same);
		buf_addc(out, '\n');
	}
	sameness_release(&same);
}

/* A repository nobody has told us about: still say what is known. */
static void print_none(struct cmd *cmd, const struct status *s)
{
	cmd_say(cmd, "No environment is known here.");
	if (s->head)
		cmd_hint(cmd, "Status", "make branch '%s' one with \"git "
			 "config upgrade.production.branch %s\"", s->head,
			 s->head);
	cmd_hint(cmd, "Status", "set up a repository that deploys what is "
		 "pushed to it with \"git upgrade platform init DIR\" on the "
		 "server");
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct status_options *o = opts;
	struct reporter say = cmd_reporter(cmd);
	struct status s = STATUS_INIT;
	struct buf out = BUF_INIT;
	int ret = -1;

	if (cmd_args(cmd, argc, 0, 1) < 0)
		return -1;
	if (status_read(&s, &cmd->repo, o->no_fetch ? STATUS_NO_FETCH : 0,
			&say, &cmd->err) < 0 ||
	    (argc && status_keep(&s, argv[0], &cmd->err) < 0))
		goto out;
	product_warn(cmd, &s.product);
	ret = EXIT_OK;
	if (o->json) {
		print_json(cmd, &s);
		goto out;
	}
	if (s.nr) {
		add_table(&out, &s, cmd->term.out_color);
		for (size_t i = 0; i < s.nr; i++) {
			health_view_add(&out, &s.v[i]);
			lock_view_add(&out, &s.v[i]);
			backup_view_status(&s.v[i], &out);
			add_same(&out, &cmd->repo, &s, &s.v[i]);
		}
		if (!argc)
			pipeline_view_add(&out, &s, &cmd->term);
		cmd_print(cmd, &out);
	} else {
		print_none(cmd, &s);
	}
	hint_progress(cmd, &s);
	for (size_t i = 0; i < s.nr; i++)
		hint_environment(cmd, &s, &s.v[i]);
out:
	buf_release(&out);
	status_release(&s);
	return ret;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "where every environment stands",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct status_options),
	.needs = NEED_REPO,
	.run = run,
};
