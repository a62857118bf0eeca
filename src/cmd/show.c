/*
 * git upgrade show: one release - its tag, signature and message, the way
 * there, what upstream says of it, what comes in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cmd/commands.h"
#include "cmd/standing_view.h"
#include "cmd/upstream.h"
#include "doc/json.h"
#include "flow/notes.h"
#include "model/path.h"

/* So much of a changelog is shown; JSON has more. */
#define MAX_LINES 100

struct show_options {
	int json;
};

static const char *const synopsis[] = { "show [--json] <release>", NULL };

static const struct opt options[] = {
	OPTION_FLAG(0, "json", struct show_options, json, "print JSON"),
	OPTION_END
};

/* What the way from A to the release looks like. */
struct way {
	enum outlook_state state;
	struct path path;
	char *reason;
};

static int find_way(struct way *w, const struct standing *s,
		    const struct release *rel, struct repo *r,
		    struct error *err)
{
	const struct product *pr = s->product;
	int cmp, behind = 0;

	w->state = OUTLOOK_UNKNOWN;
	if (!s->release)
		return 0;
	cmp = version_cmp(&rel->version, &s->release->version);
	if (rel == s->release)
		behind = standing_is_behind(s, r, err);
	if (behind < 0)
		return -1;
	if (cmp <= 0) {
		w->state = cmp ? OUTLOOK_PAST : behind ? OUTLOOK_UPDATED :
			   OUTLOOK_ADOPTED;
		return 0;
	}
	path_find(&w->path, &pr->releases, &pr->profile, s->release, rel);
	w->state = w->path.nr > 1 ? OUTLOOK_LATER :
		   w->path.nr ? OUTLOOK_NEXT : OUTLOOK_NO_PATH;
	if (!w->path.nr)
		w->reason = path_reason(&pr->releases, &pr->profile,
					s->release, rel);
	return 0;
}

static void way_release(struct way *w)
{
	path_release(&w->path);
	free(w->reason);
}

static void add_way(struct buf *out, const struct standing *s,
		    const struct way *w)
{
	const char *from = standing_name(s);

	switch (w->state) {
	case OUTLOOK_UNKNOWN:
		buf_adds(out, "unknown: it is not known what is adopted here");
		break;
	case OUTLOOK_UPDATED:
		buf_adds(out, "it is adopted, and has newer commits");
		break;
	case OUTLOOK_ADOPTED:
		buf_adds(out, "none needed: it is adopted");
		break;
	case OUTLOOK_PAST:
		buf_addf(out, "none: it is older than %s, which is adopted",
			 from);
		break;
	case OUTLOOK_NO_PATH:
		buf_addf(out, "none from %s: %s", from, w->reason);
		break;
	case OUTLOOK_NEXT:
	case OUTLOOK_LATER:
		standing_view_hops(out, w->path.nr);
		buf_addf(out, ", %s", from);
		for (size_t i = 0; i < w->path.nr; i++)
			buf_addf(out, " -> %s", w->path.v[i]->name);
		break;
	}
}

static const char *signature_text(const struct notes *n)
{
	switch (n->signature.state) {
	case SIGNATURE_NONE:
		return "none";
	case SIGNATURE_GOOD:
		return "good";
	case SIGNATURE_BAD:
		return "BAD";
	case SIGNATURE_UNCHECKED:
		return "there is one, and it cannot be checked here";
	}
	return "";
}

static void add_field(struct buf *out, const char *name, const char *text)
{
	buf_adds(out, "  ");
	term_add_padded(out, name, 11);
	buf_add_clean(out, text, strcspn(text, "\n"));
	buf_addc(out, '\n');
}

/* A branch has no tagger, and where it is now is not where it stays. */
static void add_tag(struct buf *out, const struct notes *n,
		    enum release_source source)
{
	struct buf b = BUF_INIT;

	if (source == RELEASES_ARE_BRANCHES) {
		buf_addf(&b, "at %.7s", n->release->commit);
	} else if (n->tagger) {
		buf_addf(&b, "%s, ", n->tagger);
		time_add_date(&b, n->tagged);
	} else {
		buf_addf(&b, "nobody: %s", n->annotated ?
			 "the tag does not say" : "a tag without message");
	}
	add_field(out, source == RELEASES_ARE_BRANCHES ? "branch" : "tagger",
		  b.s);
	buf_reset(&b);
	buf_adds(&b, signature_text(n));
	if (n->signature.signer)
		buf_addf(&b, ", by %s", n->signature.signer);
	add_field(out, "signature", b.s);
	buf_release(&b);
}

static void add_changes(struct buf *out, const struct standing *s,
			const struct notes *n)
{
	struct buf b = BUF_INIT;

	if (!s->release)
		return;
	buf_addf(&b, "%zu file%s changed from %s", n->files.nr,
		 n->files.nr == 1 ? "" : "s", s->release->name);
	add_field(out, "changes", b.s);
	if (!n->templates.nr && s->product->profile.nr_copies)
		add_field(out, "templates", "none changed");
	for (size_t i = 0; i < n->templates.nr; i++)
		add_field(out, i ? "" : "templates", n->templates.v[i]);
	buf_release(&b);
}

/* Upstream's text, up to `max` lines of it; the rest. */
static const char *add_text(struct buf *out, const char *text, size_t max)
{
	for (size_t i = 0; *text && i < max; i++) {
		size_t end = strcspn(text, "\n"), len = end;

		while (len && strchr(" \t\r", text[len - 1]))
			len--;
		if (len)
			buf_adds(out, "    ");
		buf_add_clean(out, text, len);
		buf_addc(out, '\n');
		text += end + (text[end] == '\n');
	}
	return text;
}

static void add_changelog(struct buf *out, const struct notes *n)
{
	const char *rest;

	if (!n->changelog)
		return;
	buf_addc(out, '\n');
	buf_add_path(out, n->changelog_file);
	buf_adds(out, ":\n\n");
	rest = add_text(out, n->changelog, MAX_LINES);
	if (*rest || n->changelog_cut) {
		buf_adds(out, "    ... and more: git show ");
		buf_add_line(out, n->release->ref);
		buf_addc(out, ':');
		buf_add_path(out, n->changelog_file);
		buf_addc(out, '\n');
	}
}

static void add_commits(struct buf *out, const struct notes *n, int color)
{
	if (n->cut) {
		buf_adds(out, "\nWhich commits would come in is not known in "
			 "a shallow clone.\n");
		return;
	}
	buf_addf(out, "\n%zu commit%s would come in%s\n", n->commits.nr,
		 n->commits.nr == 1 ? "" : "s", n->commits.nr ? ":" : "");
	for (size_t i = 0; i < n->commits.nr; i++) {
		const char *line = n->commits.v[i];
		size_t len = strcspn(line, " ");
		char name[80];

		snprintf(name, sizeof(name), "%.*s", (int)len, line);
		term_add(out, color, TERM_YELLOW, name);
		buf_add_clean(out, line + len, strlen(line + len));
		buf_addc(out, '\n');
	}
}

static void print_text(struct cmd *cmd, const struct standing *s,
		       const struct notes *n, const struct way *w)
{
	struct buf out = BUF_INIT, way = BUF_INIT;
	int color = cmd->term.out_color;
	size_t len;

	term_add(&out, color, TERM_BOLD, n->release->name);
	buf_addf(&out, " (%s), ", s->product->profile.name);
	time_add_date(&out, n->date);
	buf_adds(&out, ", ");
	time_add_long_span(&out, time(NULL) - n->date);
	buf_addf(&out, " ago%s\n", n->release->prerelease ?
		 ", pre-release" : "");
	add_tag(&out, n, s->product->releases.source);
	add_way(&way, s, w);
	add_field(&out, "path", way.s);
	add_changes(&out, s, n);
	for (len = strlen(n->message); len; len--)
		if (n->message[len - 1] != '\n')
			break;
	n->message[len] = '\0';
	if (len) {
		buf_addc(&out, '\n');
		add_text(&out, n->message, SIZE_MAX);
	}
	add_changelog(&out, n);
	add_commits(&out, n, color);
	cmd_page(cmd, &out);
	buf_release(&out);
	buf_release(&way);
}

static void json_commits(struct json *j, const struct notes *n)
{
	if (n->cut) {
		json_string(j, "commits", NULL);
		return;
	}
	json_list(j, "commits");
	for (size_t i = 0; i < n->commits.nr; i++) {
		const char *line = n->commits.v[i];
		size_t len = strcspn(line, " ");
		char name[80];

		snprintf(name, sizeof(name), "%.*s", (int)len, line);
		json_object(j, NULL);
		json_string(j, "commit", name);
		json_string(j, "subject", line + len + (line[len] == ' '));
		json_end(j);
	}
	json_end(j);
}

static void json_tag(struct json *j, const struct notes *n)
{
	static const char *const signatures[] = {
		[SIGNATURE_NONE] = "none", [SIGNATURE_GOOD] = "good",
		[SIGNATURE_BAD] = "bad", [SIGNATURE_UNCHECKED] = "unchecked",
	};
	struct buf when = BUF_INIT;

	if (n->tagged)
		time_add_rfc3339(&when, n->tagged);
	json_string(j, "tagger", n->tagger);
	json_string(j, "tagged", n->tagged ? when.s : NULL);
	json_string(j, "signature", signatures[n->signature.state]);
	json_string(j, "signer", n->signature.signer);
	json_string(j, "message", n->message);
	buf_release(&when);
}

static void json_changelog(struct json *j, const struct notes *n)
{
	if (!n->changelog) {
		json_string(j, "changelog", NULL);
		return;
	}
	json_object(j, "changelog");
	json_string(j, "file", n->changelog_file);
	json_string(j, "text", n->changelog);
	json_bool(j, "truncated", n->changelog_cut);
	json_end(j);
}

static void json_way(struct json *j, const struct way *w)
{
	json_string(j, "state", outlook_state_name(w->state));
	json_number(j, "hops", (double)w->path.nr);
	json_list(j, "path");
	for (size_t i = 0; i < w->path.nr; i++)
		json_string(j, NULL, w->path.v[i]->name);
	json_end(j);
	if (w->reason)
		json_string(j, "reason", w->reason);
}

/* What is on the way, and older than what is here. */
static int find_warnings(struct strvec *warnings, struct cmd *cmd,
			 const struct standing *s, const struct release *rel,
			 const struct way *w)
{
	if (w->state != OUTLOOK_NEXT && w->state != OUTLOOK_LATER)
		return 0;
	return standing_view_older(warnings, cmd, s, rel);
}

static void print_json(struct cmd *cmd, const struct standing *s,
		       const struct notes *n, const struct way *w,
		       const struct strvec *warnings)
{
	struct json *j = json_new();
	struct buf out = BUF_INIT, when = BUF_INIT;

	time_add_rfc3339(&when, n->date);
	json_object(j, NULL);
	json_string(j, "release", n->release->name);
	json_string(j, "commit", n->release->commit);
	json_string(j, "date", when.s);
	json_bool(j, "prerelease", n->release->prerelease);
	json_tag(j, n);
	json_changelog(j, n);
	json_string(j, "adopted", standing_name(s));
	json_way(j, w);
	json_list(j, "files");
	for (size_t i = 0; i < n->files.nr; i++)
		json_string(j, NULL, n->files.v[i].path);
	json_end(j);
	json_strings(j, "templates", &n->templates);
	json_commits(j, n);
	json_strings(j, "warnings", warnings);
	json_end(j);
	json_write(j, &out, JSON_INDENT);
	json_free(j);
	cmd_print(cmd, &out);
	buf_release(&out);
	buf_release(&when);
}

static void advise(struct cmd *cmd, const struct release *rel,
		   const struct way *w)
{
	if (w->state == OUTLOOK_NEXT)
		cmd_hint(cmd, "Show", "see what it would do here with \"git "
			 "upgrade plan %s\"", rel->name);
	else if (w->state == OUTLOOK_LATER)
		cmd_hint(cmd, "Show", "the first hop is \"git upgrade merge "
			 "%s\"", w->path.v[0]->name);
}

static int run(struct cmd *cmd, void *opts, int argc, char **argv)
{
	const struct show_options *o = opts;
	struct product product = PRODUCT_INIT;
	struct standing s = STANDING_INIT;
	struct notes notes = NOTES_INIT;
	struct way way = { OUTLOOK_UNKNOWN, PATH_INIT, NULL };
	struct strvec warnings = STRVEC_INIT;
	const struct release *rel;
	int code = -1;

	if (cmd_args(cmd, argc, 1, 1) < 0 ||
	    upstream_open(cmd, &product, 0) < 0 ||
	    standing_view_demand_releases(cmd, &product) < 0)
		goto out;
	rel = release_named(&product.releases, argv[0], &cmd->err);
	if (!rel ||
	    standing_read(&s, &cmd->repo, &product, &cmd->err) < 0 ||
	    notes_read(&notes, &cmd->repo, &s, rel, &cmd->err) < 0 ||
	    find_way(&way, &s, rel, &cmd->repo, &cmd->err) < 0 ||
	    find_warnings(&warnings, cmd, &s, rel, &way) < 0)
		goto out;
	if (o->json) {
		print_json(cmd, &s, &notes, &way, &warnings);
	} else {
		print_text(cmd, &s, &notes, &way);
		for (size_t i = 0; i < warnings.nr; i++)
			cmd_warn(cmd, "%s", warnings.v[i]);
		advise(cmd, rel, &way);
	}
	code = EXIT_OK;
out:
	strvec_release(&warnings);
	way_release(&way);
	notes_release(&notes);
	standing_release(&s);
	product_release(&product);
	return code;
}

const struct command cmd_show = {
	.name = "show",
	.summary = "one release: its notes, signature, and what comes in",
	.synopsis = synopsis,
	.options = options,
	.options_size = sizeof(struct show_options),
	.needs = NEED_REPO,
	.run = run,
};
