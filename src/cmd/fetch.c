/* git upgrade fetch: upstream's releases, and what happened to them there. */
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include <string.h>

#include "base/time.h"
#include "doc/json.h"
#include "git/ref.h"
#include "model/fetch.h"
#include "model/history.h"

/* More new ones than this are a first fetch: nobody reads that list. */
#define SHOWN 12

struct options {
	struct strvec accept;
	int dry_run;
	int json;
};

static const struct opt options[] = {
	OPTION_FLAG('n', "dry-run", struct options, dry_run,
		    "ask upstream, change nothing"),
	OPTION_LIST(0, "accept", struct options, accept, "release",
		    "take a release that upstream moved as it is now"),
	OPTION_FLAG(0, "json", struct options, json, "print JSON"),
	OPTION_END
};

static size_t count_kind(const struct release_changes *changes,
			 enum release_change_kind kind)
{
	size_t nr = 0;

	for (size_t i = 0; i < changes->nr; i++)
		nr += changes->v[i].kind == kind;
	return nr;
}

static int widest(const struct release_changes *changes)
{
	int width = 0;

	for (size_t i = 0; i < changes->nr; i++)
		if (term_width(changes->v[i].name) > width)
			width = term_width(changes->v[i].name);
	return width;
}

/* "new" stands in a wider column where something else does as well. */
static void add_row(struct buf *out, struct repo *r,
		    const struct product *pr, const struct release_change *c,
		    const char *what, int what_width, int width)
{
	const struct release *rel = release_find(&pr->releases, c->name);

	buf_adds(out, "  ");
	term_add_padded(out, what, what_width + 2);
	/* With -n the list is as it was. */
	if (!rel || !rel->commit || strcmp(rel->commit, c->commit)) {
		buf_addf(out, "%s\n", c->name);
		return;
	}
	term_add_padded(out, c->name, width + 2);
	time_add_date(out, commit_date(r, rel->commit));
	buf_addf(out, "%s\n", rel->prerelease ? "  pre-release" : "");
}

/* Of what happened to one release: what is not a warning. */
static const char *change_name(const struct release_change *c)
{
	if (c->accepted)
		return "accepted";
	return c->kind == RELEASE_NEW ? "new" :
	       c->kind == RELEASE_UPDATED ? "updated" : NULL;
}

static int widest_change(const struct release_changes *changes)
{
	int width = 0;

	for (size_t i = 0; i < changes->nr; i++) {
		const char *what = change_name(&changes->v[i]);

		if (what && term_width(what) > width)
			width = term_width(what);
	}
	return width;
}

static void print_text(struct cmd *cmd, const struct product *pr,
		       const struct release_changes *changes, int dry_run)
{
	size_t nr = count_kind(changes, RELEASE_NEW);
	size_t updated = count_kind(changes, RELEASE_UPDATED);
	size_t skip = nr > SHOWN ? nr - SHOWN : 0;
	struct buf out = BUF_INIT;

	if (!nr)
		buf_adds(&out, "No new release");
	else
		buf_addf(&out, "%zu new release%s", nr, nr > 1 ? "s" : "");
	if (updated)
		buf_addf(&out, ", %zu updated", updated);
	buf_adds(&out, " at ");
	buf_add_url(&out, pr->upstream_url);
	buf_adds(&out, dry_run && (nr || updated) ? " (not fetched)\n" :
		 "\n");
	if (skip)
		buf_addf(&out, "  ...  %zu more\n", skip);
	for (size_t i = 0; i < changes->nr; i++) {
		const struct release_change *c = &changes->v[i];
		const char *what = change_name(c);

		if (c->kind == RELEASE_NEW && skip)
			skip--;
		else if (what)
			add_row(&out, &cmd->repo, pr, c, what,
				widest_change(changes), widest(changes));
	}
	cmd_print(cmd, &out);
	if (nr)
		cmd_hint(cmd, "Fetch", "see where they lead with "
			 "\"git upgrade list\"");
	else if (!changes->nr && !pr->releases.nr)
		cmd_hint(cmd, "Fetch", "that may not be upstream: name it with "
			 "\"git remote add upstream URL\", and fetch again");
	buf_release(&out);
}

static void print_json(struct cmd *cmd, const struct product *pr,
		       const struct release_changes *changes)
{
	static const char *const kinds[] = {
		[RELEASE_NEW] = "new", [RELEASE_UPDATED] = "updated",
		[RELEASE_MOVED] = "moved", [RELEASE_DELETED] = "deleted",
	};
	struct json *j = json_new();
	struct buf out = BUF_INIT;

	buf_add_url(&out, pr->upstream_url);
	json_object(j, NULL);
	json_string(j, "upstream", out.s);
	json_list(j, "releases");
	for (size_t i = 0; i < changes->nr; i++) {
		const struct release_change *c = &changes->v[i];

		json_object(j, NULL);
		json_string(j, "release", c->name);
		json_string(j, "change", kinds[c->kind]);
		json_string(j, "object", c->object);
		json_string(j, "commit", c->commit);
		json_string(j, "kept", c->kept);
		if (c->kind == RELEASE_MOVED)
			json_bool(j, "accepted", c->accepted);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	buf_reset(&out);
	json_write(j, &out, JSON_INDENT);
	cmd_print(cmd, &out);
	buf_release(&out);
	json_free(j);
}

static int run(struct cmd *cmd, void *values, int argc, char **argv)
{
	const struct options *o = values;
	struct reporter reporter = cmd_reporter(cmd);
	struct release_changes changes = RELEASE_CHANGES_INIT;
	struct product pr = PRODUCT_INIT;
	int code = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0 ||
	    product_begin_warning(cmd, &pr) < 0 ||
	    release_fetch(&changes, &cmd->repo, &pr,
			  o->accept.nr ? &o->accept : NULL,
			  o->dry_run ? FETCH_DRY_RUN : 0, &reporter,
			  &cmd->err) < 0 ||
	    (!o->dry_run &&
	     history_deepen(&cmd->repo, &pr, &reporter, &cmd->err) < 0))
		goto out;
	if (o->json)
		print_json(cmd, &pr, &changes);
	else
		print_text(cmd, &pr, &changes, o->dry_run);
	code = EXIT_OK;
out:
	release_changes_release(&changes);
	product_release(&pr);
	return code;
}

static const char *const synopsis[] = {
	"fetch [-n] [--accept=<release>]... [--json]",
	NULL
};

const struct command cmd_fetch = {
	.name = "fetch",
	.summary = "fetch upstream's releases",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct options),
	.needs = NEED_REPO | CHANGES,
	.run = run,
};
