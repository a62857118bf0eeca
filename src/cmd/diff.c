/*
 * git upgrade diff: what upstream changes in its templates, beside what
 * production made of its copies.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/redact.h"
#include "cmd/commands.h"
#include "cmd/diff_view.h"
#include "cmd/migration_view.h"
#include "cmd/plan_view.h"
#include "cmd/standing_view.h"
#include "cmd/upstream.h"
#include "doc/json.h"
#include "flow/compare.h"
#include "git/mergetree.h"
#include "git/ref.h"

struct diff_options {
	int json, structure;
};

static const char *const synopsis[] = {
	"diff [<options>] <release> [--] [<path>...]", NULL
};

static const struct opt options[] = {
	OPTION_SWITCH(0, "structure", struct diff_options, structure,
		      "foresee what is resolved by what files are"),
	OPTION_FLAG(0, "json", struct diff_options, json, "print JSON"),
	OPTION_END
};

struct view {
	struct cmd *cmd;
	struct buf out;
	struct diff_colors colors;
	const struct comparison *c;
};

static void add_field(struct view *v, const char *name, const char *text)
{
	buf_adds(&v->out, "  ");
	term_add_padded(&v->out, name, 13);
	buf_add_clean(&v->out, text, strlen(text));
	buf_addc(&v->out, '\n');
}

static void add_outcome(struct view *v, const struct copy *c)
{
	struct buf b = BUF_INIT;

	switch (c->outcome) {
	case COPY_CURRENT:
		buf_adds(&b, "nothing to do");
		break;
	case COPY_UPDATED:
		buf_adds(&b, "clean");
		if (c->resolution.ours.nr || c->resolution.theirs.nr)
			buf_addf(&b, ", %zu by key", c->resolution.ours.nr +
				 c->resolution.theirs.nr);
		if (c->landed)
			buf_adds(&b, "; upstream's own file afterwards");
		break;
	case COPY_CONFLICT:
		buf_addf(&b, "%d conflict%s", c->conflicts,
			 c->conflicts == 1 ? "" : "s");
		break;
	case COPY_ORPHAN:
		if (c->new_template)
			buf_addf(&b, "left alone: there is %s already",
				 c->new_path);
		else
			buf_addf(&b, "left alone: no template in %s",
				 v->c->plan.to->name);
		break;
	case COPY_UNCONFIRMED:
		buf_addf(&b, "left alone: looks like a copy; say that it is "
			 "one with --confirm-copy=%s:%s", c->old_template,
			 c->path);
		break;
	case COPY_BINARY:
		buf_adds(&b, "left alone: cannot be merged by lines");
		break;
	}
	add_field(v, "merge", b.s);
	buf_release(&b);
}

/* The keys of a copy that conflict. */
static void add_clashes(struct view *v, const struct copy *c)
{
	struct strvec lines = STRVEC_INIT;

	if (c->outcome == COPY_CONFLICT)
		plan_view_keys(&lines, &c->resolution);
	for (size_t i = 0; i < lines.nr; i++)
		add_field(v, "", lines.v[i]);
	strvec_release(&lines);
}

/* "LINE TEXT" each */
static void add_lines(struct view *v, const char *name,
		      const struct strvec *lines)
{
	for (size_t i = 0; i < lines->nr; i++) {
		const char *line = lines->v[i];
		size_t len = strcspn(line, " ");
		struct buf b = BUF_INIT;

		buf_addf(&b, "line %.*s: ", (int)len, line);
		redact_add(&b, line + len + 1, strlen(line + len + 1));
		add_field(v, i ? "" : name, b.s);
		buf_release(&b);
	}
}

static void add_lists(struct view *v, const struct copy *c)
{
	char *pinned = xstrfmt("still %s", v->c->plan.from->name);

	for (size_t i = 0; i < c->new_keys.nr; i++)
		add_field(v, i ? "" : "new keys", c->new_keys.v[i]);
	add_lines(v, "placeholders", &c->placeholders);
	add_lines(v, pinned, &c->pins);
	free(pinned);
}

static void add_copy_header(struct view *v, const struct copy *c)
{
	const char *old = c->base_template ? c->base_template :
			  c->old_template;
	struct buf b = BUF_INIT;

	buf_adds(&b, "template ");
	buf_add_path(&b, old ? old : "(gone)");
	if (c->new_template && old && strcmp(old, c->new_template)) {
		buf_adds(&b, " -> ");
		buf_add_path(&b, c->new_template);
	}
	diff_view_colored(&v->out, &v->colors, v->colors.meta, b.s, b.len);
	buf_addc(&v->out, '\n');
	buf_reset(&b);
	buf_add_path(&b, c->path);
	if (strcmp(c->path, c->new_path) && c->outcome != COPY_ORPHAN) {
		buf_adds(&b, ", moves to ");
		buf_add_path(&b, c->new_path);
	} else if (c->landed) {
		buf_adds(&b, ", where the template is from now on");
	}
	add_field(v, "copy", b.s);
	if (c->base_release && strcmp(c->base_release, v->c->plan.from->name)) {
		buf_reset(&b);
		buf_addf(&b, "%s, not %s: the copy was not kept up to date "
			 "since", c->base_release, v->c->plan.from->name);
		add_field(v, "base", b.s);
	}
	add_outcome(v, c);
	add_clashes(v, c);
	add_lists(v, c);
	buf_release(&b);
}

/* One of the two diffs of a pair. */
static int add_section(struct view *v, const char *title, const char *none,
		       const char *a, const char *b, const char *a_path,
		       const char *a_release, const char *b_path,
		       const char *b_release)
{
	struct buf diff = BUF_INIT;
	int ret = compare_blobs(&diff, &v->cmd->repo, a, b, &v->cmd->err);

	if (!ret && !diff.len) {
		buf_addf(&v->out, "\n%s\n", none);
	} else if (!ret) {
		buf_addf(&v->out, "\n%s\n", title);
		diff_view_side(&v->out, &v->colors, "---", a_path, a_release);
		diff_view_side(&v->out, &v->colors, "+++", b_path, b_release);
		diff_view_hunks(&v->out, &v->colors, diff.s);
	}
	buf_release(&diff);
	return ret;
}

static int add_copy(struct view *v, const struct copy *c)
{
	add_copy_header(v, c);
	if (!c->base || !c->theirs) {
		buf_addc(&v->out, '\n');
		return 0;
	}
	if (add_section(v, "upstream changed in the template:",
			"upstream did not change the template",
			c->base, c->theirs, c->base_template, c->base_release,
			c->new_template, v->c->plan.to->name) < 0 ||
	    add_section(v, "you changed in your copy:",
			"you did not change your copy", c->base, c->ours,
			c->base_template, c->base_release, c->path, NULL) < 0)
		return -1;
	buf_addc(&v->out, '\n');
	return 0;
}

static void add_bare(struct view *v)
{
	const struct comparison *c = v->c;

	if (c->nr_bare)
		buf_adds(&v->out, "templates without a copy here\n");
	for (size_t i = 0; i < c->nr_bare; i++) {
		const struct bare_template *b = &c->bare[i];
		struct buf line = BUF_INIT;

		buf_addf(&line, "  %c  ", b->status);
		buf_add_path(&line, b->old_path);
		if (strcmp(b->old_path, b->path)) {
			buf_adds(&line, " -> ");
			buf_add_path(&line, b->path);
		}
		if (b->copy) {
			buf_adds(&line, "  (to be copied to ");
			buf_add_path(&line, b->copy);
			buf_addc(&line, ')');
		}
		buf_addf(&v->out, "%s\n", line.s);
		buf_release(&line);
	}
	if (c->nr_bare)
		buf_addc(&v->out, '\n');
}

static void add_count(struct buf *out, const struct line_count *n)
{
	if (n->added < 0)
		buf_adds(out, "binary");
	else
		buf_addf(out, "+%ld -%ld", n->added, n->removed);
}

static int add_overlap_diffs(struct view *v, const char *path)
{
	const struct plan *p = &v->c->plan;
	struct repo *r = &v->cmd->repo;
	struct buf theirs = BUF_INIT, ours = BUF_INIT;
	int ret = -1;

	if (compare_path(&theirs, r, plan_base(p), plan_theirs(p), path,
			 &v->cmd->err) < 0 ||
	    compare_path(&ours, r, plan_base(p), plan_ours(p), path,
			 &v->cmd->err) < 0)
		goto out;
	buf_adds(&v->out, "\nupstream changed:\n");
	diff_view_side(&v->out, &v->colors, "---", path, p->from->name);
	diff_view_side(&v->out, &v->colors, "+++", path, p->to->name);
	diff_view_hunks(&v->out, &v->colors, theirs.s);
	buf_adds(&v->out, "\nyou changed:\n");
	diff_view_side(&v->out, &v->colors, "---", path, p->from->name);
	diff_view_side(&v->out, &v->colors, "+++", path, NULL);
	diff_view_hunks(&v->out, &v->colors, ours.s);
	buf_addc(&v->out, '\n');
	ret = 0;
out:
	buf_release(&theirs);
	buf_release(&ours);
	return ret;
}

/* In full only where the user asked for paths. */
static int add_overlaps(struct view *v, int full)
{
	const struct comparison *c = v->c;

	if (c->nr_overlaps)
		buf_adds(&v->out, "files both changed\n");
	for (size_t i = 0; i < c->nr_overlaps; i++) {
		const struct overlap *o = &c->overlaps[i];
		struct buf path = BUF_INIT;

		buf_add_path(&path, o->path);
		buf_adds(&v->out, "  ");
		term_add_padded(&v->out, path.s, 32);
		buf_adds(&v->out, "  upstream ");
		add_count(&v->out, &o->upstream);
		buf_adds(&v->out, ", you ");
		add_count(&v->out, &o->ours);
		buf_addc(&v->out, '\n');
		buf_release(&path);
		if (full && add_overlap_diffs(v, o->path) < 0)
			return -1;
	}
	return 0;
}

/* What a merge makes of all that, as plan says it. */
static void add_forecast(struct view *v, const struct plan_view_filter *f)
{
	const struct plan *p = &v->c->plan;
	struct strvec conflicts = STRVEC_INIT;
	struct buf head = BUF_INIT;
	int color = v->cmd->term.out_color;

	plan_view_conflicts(&conflicts, p, f);
	buf_addf(&head, "would %s with ", p->finishing ? "finish" : "merge");
	plan_view_add_conflicts(&head, conflicts.nr);
	buf_addc(&v->out, '\n');
	term_add(&v->out, color, TERM_BOLD, head.s);
	buf_addc(&v->out, '\n');
	migration_view_text(&v->out, &p->migrations, !p->merge.clean);
	plan_view_outcome(&v->out, p, f, color);
	plan_view_steps(&v->out, p);
	strvec_release(&conflicts);
	buf_release(&head);
}

static struct plan_view_filter filter_of(const struct comparison *c)
{
	return (struct plan_view_filter){ compare_wants, c };
}

static int print_text(struct cmd *cmd, const struct comparison *c, int full)
{
	struct view v = { .cmd = cmd, .out = BUF_INIT, .c = c };
	struct plan_view_filter filter = filter_of(c);
	const struct copy_list *copies = &c->plan.copies;
	struct buf head = BUF_INIT;
	int ret = -1, shown = c->nr_bare || c->nr_overlaps;

	diff_colors_read(cmd, &v.colors);
	buf_addf(&head, "%s -> %s", c->plan.from->name, c->plan.to->name);
	term_add(&v.out, cmd->term.out_color, TERM_BOLD, head.s);
	buf_adds(&v.out, "\n\n");
	for (size_t i = 0; i < copies->nr; i++) {
		if (!compare_wants_copy(c, &copies->v[i]))
			continue;
		shown = 1;
		if (add_copy(&v, &copies->v[i]) < 0)
			goto out;
	}
	add_bare(&v);
	if (add_overlaps(&v, full) < 0)
		goto out;
	if (!shown)
		buf_adds(&v.out, full ? "nothing of that is a template, a "
			 "copy, or changed by both\n" :
			 "no copy of a template here, and no file that both "
			 "changed\n");
	add_forecast(&v, &filter);
	cmd_page(cmd, &v.out);
	ret = 0;
out:
	diff_colors_release(&v.colors);
	buf_release(&v.out);
	buf_release(&head);
	return ret;
}

static int json_copy(struct json *j, struct cmd *cmd, const struct copy *c)
{
	struct buf upstream = BUF_INIT, ours = BUF_INIT;
	int ret = -1;

	if (c->base && c->theirs &&
	    (compare_blobs(&upstream, &cmd->repo, c->base, c->theirs,
			   &cmd->err) < 0 ||
	     compare_blobs(&ours, &cmd->repo, c->base, c->ours,
			   &cmd->err) < 0))
		goto out;
	json_object(j, NULL);
	plan_view_copy_json(j, c);
	json_string(j, "upstream_diff", upstream.s);
	json_string(j, "our_diff", ours.s);
	json_end(j);
	ret = 0;
out:
	buf_release(&upstream);
	buf_release(&ours);
	return ret;
}

static void json_count(struct json *j, const char *key,
		       const struct line_count *n)
{
	json_object(j, key);
	json_bool(j, "binary", n->added < 0);
	if (n->added >= 0) {
		json_number(j, "added", (double)n->added);
		json_number(j, "removed", (double)n->removed);
	}
	json_end(j);
}

static void json_rest(struct json *j, const struct comparison *c)
{
	json_list(j, "templates");
	for (size_t i = 0; i < c->nr_bare; i++) {
		char status[2] = { c->bare[i].status, '\0' };

		json_object(j, NULL);
		json_string(j, "status", status);
		json_string(j, "old_path", c->bare[i].old_path);
		json_string(j, "path", c->bare[i].path);
		json_string(j, "copy", c->bare[i].copy);
		json_end(j);
	}
	json_end(j);
	json_list(j, "both_changed");
	for (size_t i = 0; i < c->nr_overlaps; i++) {
		json_object(j, NULL);
		json_string(j, "path", c->overlaps[i].path);
		json_count(j, "upstream", &c->overlaps[i].upstream);
		json_count(j, "ours", &c->overlaps[i].ours);
		json_end(j);
	}
	json_end(j);
}

static int print_json(struct cmd *cmd, const struct comparison *c)
{
	const struct copy_list *copies = &c->plan.copies;
	struct plan_view_filter filter = filter_of(c);
	struct json *j = json_new();
	struct buf out = BUF_INIT;
	int ret = -1;

	json_object(j, NULL);
	json_string(j, "from", c->plan.from->name);
	json_string(j, "to", c->plan.to->name);
	json_list(j, "copies");
	for (size_t i = 0; i < copies->nr; i++)
		if (compare_wants_copy(c, &copies->v[i]) &&
		    json_copy(j, cmd, &copies->v[i]) < 0)
			goto out;
	json_end(j);
	json_rest(j, c);
	plan_view_outcome_json(j, &c->plan, &filter);
	if (migration_view_json(j, cmd, &c->plan.migrations) < 0)
		goto out;
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	ret = 0;
out:
	json_free(j);
	buf_release(&out);
	return ret;
}

/* A path as given here, from the top; -1 when it leaves the repository. */
static int from_top(struct strvec *paths, const struct repo *r,
		    const char *arg, struct error *err)
{
	struct strvec parts = STRVEC_INIT;
	struct buf b = BUF_INIT;
	char *whole = xstrfmt("%s/%s", r->prefix, arg);
	int ret = -1;

	strvec_split(&parts, whole, '/');
	for (size_t i = 0; i < parts.nr; i++) {
		char *slash = strrchr(b.s, '/');

		if (!strcmp(parts.v[i], "."))
			continue;
		if (strcmp(parts.v[i], "..")) {
			buf_addf(&b, "%s%s", b.len ? "/" : "", parts.v[i]);
			continue;
		}
		if (!b.len) {
			error_set(err, ERROR_FATAL, "'%s' is outside of the "
				  "repository", arg);
			goto out;
		}
		buf_setlen(&b, slash ? (size_t)(slash - b.s) : 0);
	}
	strvec_push(paths, b.s);
	ret = 0;
out:
	strvec_release(&parts);
	buf_release(&b);
	free(whole);
	return ret;
}

static int compare(struct cmd *cmd, const struct product *product,
		   struct standing *s, const struct release *to,
		   const struct strvec *paths, const struct diff_options *o)
{
	struct comparison c = COMPARISON_INIT;
	struct quarantine q = QUARANTINE_INIT;
	char *branch = head_branch(&cmd->repo);
	struct plan_request req = {
		.repo = &cmd->repo, .product = product,
		.branch = branch ? branch : "HEAD",
		.lines_only = !cmd_wants_structure(cmd, o->structure),
	};
	int ret = -1;

	if (quarantine_begin(&q, &cmd->repo, &cmd->err) < 0)
		goto out;
	if (!compare_with_release(&c, &req, s, to, paths, &cmd->err))
		ret = o->json ? print_json(cmd, &c) :
				print_text(cmd, &c, paths->nr > 0);
out:
	quarantine_end(&q, &cmd->repo);
	comparison_release(&c);
	free(branch);
	return ret;
}

static int demand_later(const struct standing *s, const struct release *to,
			struct error *err)
{
	if (version_cmp(&to->version, &s->release->version) > 0)
		return 0;
	error_set(err, ERROR_REFUSED, to == s->release ?
		  "%s is adopted already" : "%s is older than what is adopted",
		  to->name);
	return error_hint(err, "see what is newer with \"git upgrade list\"");
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct diff_options *o = opts;
	struct product product = PRODUCT_INIT;
	struct standing s = STANDING_INIT;
	struct strvec paths = STRVEC_INIT;
	const struct release *to;
	int code = -1;

	if (cmd_args(cmd, argc, 1, -1) < 0)
		goto out;
	for (int i = 1; i < argc; i++)
		if (from_top(&paths, &cmd->repo, argv[i], &cmd->err) < 0)
			goto out;
	if (upstream_open(cmd, &product, 0) < 0 ||
	    standing_view_demand_releases(cmd, &product) < 0)
		goto out;
	to = release_named(&product.releases, argv[0], &cmd->err);
	if (!to || standing_read(&s, &cmd->repo, &product, &cmd->err) < 0 ||
	    standing_demand(&s, &cmd->repo, to->name, &cmd->err) < 0 ||
	    demand_later(&s, to, &cmd->err) < 0)
		goto out;
	if (s.adopted.state != ADOPTED_KNOWN)
		standing_view_warn(cmd, &s);
	if (!compare(cmd, &product, &s, to, &paths, o))
		code = EXIT_OK;
out:
	strvec_release(&paths);
	standing_release(&s);
	product_release(&product);
	return code;
}

const struct command cmd_diff = {
	.name = "diff",
	.summary = "template changes beside what you made of your copies",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct diff_options),
	.needs = NEED_REPO,
	.run = run,
};
