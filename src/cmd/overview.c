/*
 * git upgrade, with nothing behind it: where one stands, what comes next,
 * how to take it back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"
#include "cmd/commands.h"
#include "cmd/standing_view.h"
#include "cmd/upstream.h"
#include "flow/merge.h"
#include "git/ref.h"

static const char *const synopsis[] = { "", NULL };

/* In a repository nobody knows: what was looked for, how to tell. */
static int unknown_product(struct cmd *cmd, const struct product *product)
{
	struct strvec names = STRVEC_INIT;
	struct buf out = BUF_INIT;

	buf_addf(&out, "This is no product git upgrade knows, and no release "
		 "is merged into this branch.\nIt looked for\n");
	profile_names(&names);
	for (size_t i = 0; i < names.nr; i++) {
		struct profile p = PROFILE_INIT;
		struct error ignored = ERROR_INIT;

		if (!profile_load(&p, names.v[i], &ignored) &&
		    p.detect_files.nr) {
			buf_adds(&out, "  ");
			term_add_padded(&out, names.v[i], 12);
			for (size_t k = 0; k < p.detect_files.nr; k++)
				buf_addf(&out, "%s%s", k ? ", " : " ",
					 p.detect_files.v[k]);
			buf_addc(&out, '\n');
		}
		profile_release(&p);
		error_release(&ignored);
	}
	buf_addf(&out, "  %-12s %s\n", "a release",
		 product->releases.nr ?
		 "among what is merged into this branch: none is" :
		 "among the tags: no tag is one");
	cmd_print(cmd, &out);
	cmd_hint(cmd, "Overview", "say what the product is with \"git config "
		 "upgrade.profile NAME\"");
	cmd_hint(cmd, "Overview", "say which remote its releases come from "
		 "with \"git config upgrade.upstream REMOTE\"");
	if (product->releases.nr)
		cmd_hint(cmd, "Overview", "say which release this branch is "
			 "on with \"git upgrade merge --from=RELEASE %s\"",
			 product->releases.v[product->releases.nr - 1].name);
	buf_release(&out);
	strvec_release(&names);
	return EXIT_OK;
}

/* What it waits for; `left` are the conflicts to resolve. */
static void add_state(struct buf *out, struct cmd *cmd,
		      const struct merge_state *m, const struct strvec *left)
{
	if (m->ended)
		buf_adds(out, "done, and your changes are to come back");
	else if (merge_state_is_cut(m, &cmd->repo))
		buf_adds(out, "interrupted");
	else if (left->nr)
		buf_addf(out, "%zu conflict%s to resolve", left->nr,
			 left->nr == 1 ? "" : "s");
	else
		buf_addf(out, "%sready to be committed", m->conflicts.nr ?
			 "conflicts resolved, " : "");
}

static void add_upgrade(struct buf *out, const struct merge_state *m)
{
	buf_addf(out, "Upgrading %s to %s", m->branch ? m->branch : "HEAD",
		 m->release);
	if (m->hops.nr)
		buf_addf(out, " (on the way to %s)", m->hops.v[m->hops.nr - 1]);
}

/* A command is at work on it right now: there is nothing to go on with. */
static int is_at_work(struct cmd *cmd, const struct merge_state *m)
{
	struct buf out = BUF_INIT, who = BUF_INIT;
	int is = merge_holder(&who, &cmd->repo);

	if (is) {
		add_upgrade(&out, m);
		buf_addf(&out, ": at work, %s\n", who.s);
		cmd_print(cmd, &out);
		cmd_hint(cmd, "Overview", "wait until it is done");
	}
	buf_release(&out);
	buf_release(&who);
	return is;
}

static void print_progress(struct cmd *cmd, const struct merge_state *m,
			   const struct strvec *left)
{
	struct buf out = BUF_INIT;

	add_upgrade(&out, m);
	buf_adds(&out, ": ");
	add_state(&out, cmd, m, left);
	buf_addc(&out, '\n');
	for (size_t i = 0; i < left->nr; i++) {
		buf_adds(&out, "  ");
		buf_add_path(&out, left->v[i]);
		buf_addc(&out, '\n');
	}
	cmd_print(cmd, &out);
	buf_release(&out);
}

static int in_progress(struct cmd *cmd, const struct merge_state *m)
{
	struct strvec left = STRVEC_INIT;
	const char *them;

	if (is_at_work(cmd, m))
		return EXIT_OK;
	if (merge_unmerged(&left, &cmd->repo, &cmd->err) < 0)
		return -1;
	them = left.nr == 1 ? "it" : "them";
	print_progress(cmd, m, &left);
	if (m->back)
		cmd_hint(cmd, "Overview", "an abort was interrupted");
	else if (left.nr && !m->ended)
		cmd_hint(cmd, "Overview", "edit %s, \"git add\" %s, then "
			 "\"git upgrade merge --continue\"", them, them);
	else
		cmd_hint(cmd, "Overview", "go on with \"git upgrade merge "
			 "--continue\"");
	if (m->aside && !m->ended)
		cmd_hint(cmd, "Overview", "your changes are put aside until "
			 "the upgrade is done");
	if (!m->ended)
		cmd_hint(cmd, "Overview", "go back to where you were with "
			 "\"git upgrade merge --abort\"");
	strvec_release(&left);
	return EXIT_OK;
}

/* The adopted release itself went on. */
static void print_updated(struct cmd *cmd, const struct outlook_row *row)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "%s has %ld newer commit%s\n", row->release->name,
		 row->commits, row->commits == 1 ? "" : "s");
	cmd_print(cmd, &out);
	cmd_hint(cmd, "Overview", "bring them in with \"git upgrade merge "
		 "%s\"", row->release->name);
	buf_release(&out);
}

static void hint_merge(struct cmd *cmd, const struct standing *s,
		       const char *release)
{
	if (!cmd->repo.work_tree)
		cmd_hint(cmd, "Overview", "this repository is bare: do it in a "
			 "clone of it");
	else if (!s->branch)
		cmd_hint(cmd, "Overview", "you are not on a branch: before you "
			 "do it, \"git switch BRANCH\", or \"git switch -c "
			 "production\" to make one here");
	else
		cmd_hint(cmd, "Overview", "do it with \"git upgrade merge "
			 "%s\"", release);
}

static void print_next(struct cmd *cmd, const struct standing *s,
		       const struct outlook *o)
{
	const struct outlook_row *row = o->next;
	struct buf out = BUF_INIT;

	if (o->updated)
		print_updated(cmd, o->updated);
	if (row) {
		buf_addf(&out, "Next is %s of ", row->release->name);
		time_add_date(&out, row->date);
		standing_view_commits(&out, s, row, ", ");
	} else if (o->newer) {
		buf_addf(&out, "No path leads on from %s: see \"git upgrade "
			 "list\"", s->release->name);
	} else {
		buf_addf(&out, "%s is the newest release known here",
			 s->release->name);
	}
	buf_addc(&out, '\n');
	cmd_print(cmd, &out);
	if (row) {
		cmd_hint(cmd, "Overview", "see what it would do here with "
			 "\"git upgrade plan %s\"", row->release->name);
		hint_merge(cmd, s, row->release->name);
	} else if (!o->newer) {
		cmd_hint(cmd, "Overview", "ask upstream with \"git upgrade "
			 "fetch\"");
	}
	buf_release(&out);
}

/* The commit that made the upgrade, and what takes it back. */
static void hint_undo(struct cmd *cmd, const struct standing *s)
{
	const char *commit = s->adopted.start;
	struct strvec parents = STRVEC_INIT;
	char *name;

	if (!commit ||
	    commit_parents(&cmd->repo, commit, &parents, &cmd->err) < 0)
		goto out;
	/* What began with one parent is a rollback: that is not undone here. */
	if (parents.nr < 2)
		goto out;
	name = commit_short(&cmd->repo, commit);
	if (!strcmp(commit, s->head))
		cmd_hint(cmd, "Undo", "as long as it is not pushed, take the "
			 "upgrade to %s back with \"git reset --keep "
			 "HEAD^\"", standing_name(s));
	else
		cmd_hint(cmd, "Undo", "take the upgrade to %s back with \"git "
			 "revert -m 1 %s\"", standing_name(s), name);
	free(name);
out:
	error_release(&cmd->err);
	strvec_release(&parents);
}

static int show(struct cmd *cmd, const struct standing *s)
{
	struct merge_state m = MERGE_STATE_INIT;
	struct outlook ahead = OUTLOOK_INIT;
	struct buf line = BUF_INIT;
	int found, behind, code = -1;

	standing_view_line(&line, s, cmd->term.out_color);
	cmd_print(cmd, &line);
	buf_release(&line);
	found = merge_state_read(&m, &cmd->repo, &cmd->err);
	if (found < 0)
		goto out;
	if (found) {
		code = in_progress(cmd, &m);
		goto out;
	}
	if (s->adopted.state != ADOPTED_KNOWN || !s->release) {
		standing_view_warn(cmd, s);
		code = EXIT_OK;
		goto out;
	}
	behind = standing_is_behind(s, &cmd->repo, &cmd->err);
	if (behind < 0)
		goto out;
	outlook_make(&ahead, &s->product->releases, &s->product->profile,
		     s->release, behind ? OUTLOOK_BEHIND : 0);
	if (outlook_complete(&ahead, &cmd->repo, s->head,
				  &cmd->err) < 0)
		goto out;
	print_next(cmd, s, &ahead);
	hint_undo(cmd, s);
	code = EXIT_OK;
out:
	outlook_release(&ahead);
	merge_state_release(&m);
	return code;
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	struct product product = PRODUCT_INIT;
	struct standing s = STANDING_INIT;
	int code = -1;

	(void)opts;
	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0 ||
	    upstream_open(cmd, &product, 0) < 0 ||
	    standing_read(&s, &cmd->repo, &product, &cmd->err) < 0)
		goto out;
	if (!s.release && !s.adopted.recorded &&
	    s.adopted.state == ADOPTED_NONE &&
	    !strcmp(product.profile.name, "generic"))
		code = unknown_product(cmd, &product);
	else if (!standing_view_demand_releases(cmd, &product))
		code = show(cmd, &s);
out:
	standing_release(&s);
	product_release(&product);
	return code;
}

const struct command cmd_overview = {
	.name = "overview",
	.summary = "where one stands and what comes next",
	.synopsis = synopsis,
	.needs = NEED_REPO | INTERNAL,
	.run = run,
};
