/* git upgrade fetch: upstream's releases, and what happened to them there. */
#include "cmd/commands.h"
#include "cmd/upstream.h"

#include "base/time.h"
#include "doc/json.h"
#include "model/fetch.h"

/* More new ones than this are a first fetch: nobody reads that list. */
#define SHOWN 12

struct options {
	int dry_run;
	int json;
};

static const struct opt options[] = {
	OPTION_FLAG('n', "dry-run", struct options, dry_run,
		    "ask upstream, change nothing"),
	OPTION_FLAG(0, "json", struct options, json, "print JSON"),
	OPTION_END
};

static size_t count_new(const struct release_changes *changes)
{
	size_t nr = 0;

	for (size_t i = 0; i < changes->nr; i++)
		nr += changes->v[i].kind == RELEASE_NEW;
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

static void add_new(struct buf *out, const struct product *pr,
		    const struct release_change *c, int width)
{
	const struct release *rel = release_find(&pr->releases, c->name);

	buf_adds(out, "  new  ");
	if (!rel || !rel->commit) {
		buf_addf(out, "%s\n", c->name);
		return;
	}
	term_add_padded(out, c->name, width + 2);
	time_add_date(out, rel->date);
	buf_addf(out, "%s\n", rel->prerelease ? "  pre-release" : "");
}

static void print_text(struct cmd *cmd, const struct product *pr,
		       const struct release_changes *changes, int dry_run)
{
	size_t nr = count_new(changes), skip = nr > SHOWN ? nr - SHOWN : 0;
	struct buf out = BUF_INIT;

	if (!nr)
		buf_adds(&out, "No new release");
	else
		buf_addf(&out, "%zu new release%s", nr, nr > 1 ? "s" : "");
	buf_adds(&out, " at ");
	buf_add_url(&out, pr->upstream_url);
	buf_adds(&out, dry_run && nr ? " (not fetched)\n" : "\n");
	if (skip)
		buf_addf(&out, "  ...  %zu more\n", skip);
	for (size_t i = 0; i < changes->nr; i++) {
		if (changes->v[i].kind != RELEASE_NEW)
			continue;
		if (skip)
			skip--;
		else
			add_new(&out, pr, &changes->v[i], widest(changes));
	}
	cmd_print(cmd, &out);
	if (nr)
		cmd_hint(cmd, "Fetch", "see where they lead with "
			 "\"git upgrade list\"");
	buf_release(&out);
}

static void print_json(struct cmd *cmd, const struct product *pr,
		       const struct release_changes *changes)
{
	static const char *const kinds[] = { "new", "moved", "deleted" };
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
	    product_open_warning(cmd, &pr) < 0 ||
	    release_fetch(&changes, &cmd->repo, &pr,
			  o->dry_run ? FETCH_DRY_RUN : 0, &reporter,
			  &cmd->err) < 0)
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
	"fetch [-n] [--json]",
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
