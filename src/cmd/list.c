/*
 * git upgrade list: the releases from here on, one hop away or farther, or
 * why not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cmd/commands.h"
#include "cmd/standing_view.h"
#include "cmd/upstream.h"
#include "doc/json.h"
#include "git/ref.h"

#define MAX_STOPS 3

struct list_options {
	int all, exit_code, fetch, json;
};

static const char *const synopsis[] = {
	"list [--all] [--fetch] [--exit-code] [--json]", NULL
};

static const struct opt options[] = {
	OPTION_FLAG('a', "all", struct list_options, all,
		    "every release, not only the newest patch of a minor"),
	OPTION_FLAG(0, "fetch", struct list_options, fetch,
		    "ask upstream for new releases first"),
	OPTION_FLAG(0, "exit-code", struct list_options, exit_code,
		    "exit with 1 when there is nothing to upgrade to"),
	OPTION_FLAG(0, "json", struct list_options, json, "print JSON"),
	OPTION_END
};

/* Of a long way the first and the last stop are enough; JSON has them all. */
static void add_via(struct buf *out, const struct outlook *o,
		    const struct outlook_row *row)
{
	struct path path = PATH_INIT;

	if (row->way.hops < 2)
		return;
	buf_addf(out, "via %s", row->way.first->name);
	if (row->way.hops - 1 > MAX_STOPS) {
		buf_addf(out, " ... %s", row->way.last->name);
		return;
	}
	outlook_path(o, row, &path);
	for (size_t i = 1; i < path.nr - 1; i++)
		buf_addf(out, ", %s", path.v[i]->name);
	path_release(&path);
}

/* What stands behind the date. */
static void add_details(struct buf *out, const struct standing *s,
			const struct outlook *o, const struct outlook_row *row)
{
	struct buf hops = BUF_INIT;

	standing_view_hops(&hops, row->way.hops);
	switch (row->state) {
	case OUTLOOK_NEXT:
	case OUTLOOK_LATER:
		term_add_padded(out, hops.s, 9);
		add_via(out, o, row);
		standing_view_commits(out, s, row, "");
		break;
	case OUTLOOK_UPDATED:
		buf_addf(out, "%ld newer commit%s of the release you are on",
			 row->commits, row->commits == 1 ? "" : "s");
		break;
	case OUTLOOK_NO_PATH:
	case OUTLOOK_ADOPTED:
	case OUTLOOK_PAST:
	case OUTLOOK_UNKNOWN:
		break;
	}
	if (row->release->prerelease)
		buf_addf(out, "%spre-release",
			 row->way.hops > 1 || row->commits >= 0 ? ", " : "");
	buf_release(&hops);
}

static void add_row(struct buf *out, const struct standing *s,
		    const struct outlook *o, const struct outlook_row *row,
		    int width, int color)
{
	const char *state = outlook_state_name(row->state);
	struct buf b = BUF_INIT, name = BUF_INIT;

	buf_adds(out, "  ");
	term_add_padded(&name, row->release->name, width);
	term_add(out, color, row->state == OUTLOOK_NEXT ? TERM_GREEN :
		 TERM_PLAIN, name.s);
	if (row->state == OUTLOOK_NO_PATH) {
		buf_addf(&b, "%s: %s", state, row->reason);
	} else {
		term_add_padded(&b, row->state == OUTLOOK_UNKNOWN ? "" : state,
				9);
		if (row->release->commit)
			time_add_date(&b, row->date);
		buf_adds(&b, "   ");
		add_details(&b, s, o, row);
	}
	buf_rtrim(&b);
	buf_add_clean(out, b.s, b.len);
	buf_addc(out, '\n');
	buf_release(&b);
	buf_release(&name);
}

static void print_text(struct cmd *cmd, const struct standing *s,
		       const struct outlook *o)
{
	struct buf out = BUF_INIT;
	int width = 6;

	for (size_t i = 0; i < o->nr; i++) {
		int w = term_width(o->v[i].release->name);

		width = w > width ? w : width;
	}
	standing_view_line(&out, s, cmd->term.out_color);
	for (size_t i = 0; i < o->nr; i++)
		add_row(&out, s, o, &o->v[i], width + 3,
			cmd->term.out_color);
	cmd_page(cmd, &out);
	buf_release(&out);
}

static const char *state_name(enum adopted_state state)
{
	static const char *const names[] = {
		[ADOPTED_NONE] = "unknown",
		[ADOPTED_KNOWN] = "known",
		[ADOPTED_UNFINISHED] = "unfinished",
		[ADOPTED_REVERTED] = "reverted",
	};

	return names[state];
}

static void add_json_row(struct json *j, const struct outlook *o,
			 const struct outlook_row *row)
{
	struct buf when = BUF_INIT;
	struct path path = PATH_INIT;

	if (row->release->commit)
		time_add_rfc3339(&when, row->date);
	json_object(j, NULL);
	json_string(j, "release", row->release->name);
	json_string(j, "state", outlook_state_name(row->state));
	json_string(j, "commit", row->release->commit);
	json_string(j, "date", row->release->commit ? when.s : NULL);
	json_bool(j, "prerelease", row->release->prerelease);
	json_number(j, "hops", (double)row->way.hops);
	json_list(j, "path");
	outlook_path(o, row, &path);
	for (size_t i = 0; i < path.nr; i++)
		json_string(j, NULL, path.v[i]->name);
	json_end(j);
	path_release(&path);
	if (row->commits >= 0)
		json_number(j, "commits", (double)row->commits);
	if (row->reason)
		json_string(j, "reason", row->reason);
	json_end(j);
	buf_release(&when);
}

static void print_json(struct cmd *cmd, const struct standing *s,
		       const struct outlook *o, const struct strvec *warnings)
{
	const struct adopted *a = &s->adopted;
	struct json *j = json_new();
	struct buf out = BUF_INIT, since = BUF_INIT;

	if (s->since)
		time_add_rfc3339(&since, s->since);
	json_object(j, NULL);
	json_string(j, "adopted", standing_name(s));
	json_string(j, "state", state_name(a->state));
	json_bool(j, "recorded", a->recorded);
	json_string(j, "since", s->since ? since.s : NULL);
	json_string(j, "unfinished",
		    a->state == ADOPTED_UNFINISHED ? a->later->name : NULL);
	json_string(j, "head", s->head);
	json_string(j, "branch", s->branch);
	json_string(j, "profile", s->product->profile.name);
	json_string(j, "upstream", s->product->upstream_shown);
	json_string(j, "next", o->next ? o->next->release->name : NULL);
	json_bool(j, "updated", o->updated != NULL);
	json_list(j, "releases");
	for (size_t i = 0; i < o->nr; i++)
		add_json_row(j, o, &o->v[i]);
	json_end(j);
	json_strings(j, "warnings", warnings);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	cmd_print(cmd, &out);
	buf_release(&out);
	buf_release(&since);
}

/* About the next release, where it is known what this one is. */
static int find_warnings(struct strvec *warnings, struct cmd *cmd,
			 const struct standing *s, const struct outlook *o)
{
	if (!o->next || s->adopted.state != ADOPTED_KNOWN || !s->release)
		return 0;
	return standing_view_older(warnings, cmd, s, o->next->release);
}

static void advise(struct cmd *cmd, const struct standing *s,
		   const struct outlook *o)
{
	const struct release *next = o->next ? o->next->release : NULL;

	if (s->adopted.state != ADOPTED_KNOWN || !s->release) {
		standing_view_warn(cmd, s);
		return;
	}
	if (o->updated)
		cmd_hint(cmd, "List", "bring the newer commits of %s in with "
			 "\"git upgrade merge %s\"", s->release->name,
			 s->release->name);
	if (next)
		cmd_hint(cmd, "List", "see what %s would do here with \"git "
			 "upgrade plan %s\"", next->name, next->name);
	else if (!o->newer && !o->updated)
		cmd_hint(cmd, "List", "%s is the newest release known here; "
			 "ask upstream with \"git upgrade fetch\"",
			 s->release->name);
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct list_options *o = opts;
	struct product product = PRODUCT_INIT;
	struct standing s = STANDING_INIT;
	struct outlook ahead = OUTLOOK_INIT;
	struct strvec warnings = STRVEC_INIT;
	int behind, code = -1;

	(void)argv;
	if (cmd_args(cmd, argc, 0, 0) < 0 ||
	    upstream_open(cmd, &product, o->fetch) < 0 ||
	    standing_view_demand_releases(cmd, &product) < 0 ||
	    standing_read(&s, &cmd->repo, &product, &cmd->err) < 0)
		goto out;
	behind = standing_is_behind(&s, &cmd->repo, &cmd->err);
	if (behind < 0)
		goto out;
	outlook_make(&ahead, &product.releases, &product.profile, s.release,
		     (o->all ? OUTLOOK_ALL : 0) |
		     (behind ? OUTLOOK_BEHIND : 0));
	if (outlook_complete(&ahead, &cmd->repo, s.head, &cmd->err) < 0 ||
	    find_warnings(&warnings, cmd, &s, &ahead) < 0)
		goto out;
	if (o->json) {
		print_json(cmd, &s, &ahead, &warnings);
	} else {
		print_text(cmd, &s, &ahead);
		for (size_t i = 0; i < warnings.nr; i++)
			cmd_warn(cmd, "%s", warnings.v[i]);
		advise(cmd, &s, &ahead);
	}
	code = o->exit_code && !ahead.next && !ahead.updated ?
	       EXIT_CONFLICT : EXIT_OK;
out:
	strvec_release(&warnings);
	outlook_release(&ahead);
	standing_release(&s);
	product_release(&product);
	return code;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "releases from here on, and the way there",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct list_options),
	.needs = NEED_REPO,
	.run = run,
};
