#include "cmd/standing_view.h"

#include "base/time.h"
#include "flow/older.h"
#include "git/ref.h"
#include "model/path.h"

#include <stdlib.h>
#include <string.h>

void standing_view_hops(struct buf *out, size_t hops)
{
	buf_addf(out, "%zu hop%s", hops, hops == 1 ? "" : "s");
}

/*
 * What is there already although nobody is on it, nor in the middle of it,
 * was reverted.
 */
void standing_view_commits(struct buf *out, const struct standing *s,
			   const struct outlook_row *row, const char *before)
{
	if (row->commits > 0)
		buf_addf(out, "%s%ld commit%s", before, row->commits,
			 row->commits == 1 ? "" : "s");
	else if (!row->commits && !row->release->prerelease &&
		 s->adopted.state == ADOPTED_KNOWN)
		buf_addf(out, "%smerged before, and taken back", before);
}

void standing_view_line(struct buf *out, const struct standing *s, int color)
{
	const struct product *pr = s->product;
	const char *name = standing_name(s);

	buf_adds(out, "On ");
	term_add(out, color, TERM_BOLD, name ? name : "no known release");
	buf_addf(out, " (%s", pr->profile.name);
	if (name && s->since) {
		buf_adds(out, ", adopted ");
		time_add_date(out, s->since);
	}
	buf_addc(out, ')');
	if (pr->upstream)
		buf_addf(out, ", upstream '%s'", pr->upstream_shown);
	else
		buf_adds(out, ", no upstream");
	buf_addc(out, '\n');
}

static void warn_unfinished(struct cmd *cmd, const struct adopted *a,
			    const char *merge, const char *name)
{
	int newer = adopted_is_newer_commits(a);
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s%s %s merged by hand", newer ? "newer commits of " :
		 "", a->later->name, newer ? "were" : "was");
	if (merge)
		buf_addf(&b, " (%s)", merge);
	buf_addf(&b, " and %s unfinished: copies, steps and the record ",
		 newer ? "are" : "is");
	if (newer)
		buf_adds(&b, "do not know of them");
	else
		buf_addf(&b, "are still on %s", name);
	cmd_warn(cmd, "%s", b.s);
	cmd_hint(cmd, "Unfinished", "finish %s with \"git upgrade merge %s\"",
		 newer ? "them" : "it", a->later->name);
	buf_release(&b);
}

/* Fresh clones are on upstream's branch; others on a copy, or a squash. */
static void warn_unknown(struct cmd *cmd, const struct standing *s)
{
	const struct release *newest = path_newest(&s->product->releases,
						   &s->product->profile);
	char *begin = standing_begin(s->product);

	if (standing_is_upstreams(s, &cmd->repo)) {
		cmd_warn(cmd, "'%s' is upstream's own branch, and on no "
			 "release", s->branch);
		cmd_hint(cmd, "Init", "begin one of yours on a release: %s",
			 begin);
	} else {
		cmd_warn(cmd, "no release is merged into this branch, and it "
			 "has no record");
		cmd_hint(cmd, "Init", "which one are the files nearest to? "
			 "See \"git upgrade init --dry-run\"");
		cmd_hint(cmd, "Init", "say it when you upgrade: \"git "
			 "upgrade merge --from=RELEASE %s\"",
			 newest ? newest->name : "RELEASE");
	}
	free(begin);
}

void standing_view_warn(struct cmd *cmd, const struct standing *s)
{
	const struct adopted *a = &s->adopted;
	const char *name = standing_name(s);
	char *merge = a->merge ? commit_short(&cmd->repo, a->merge) : NULL;

	switch (a->state) {
	case ADOPTED_UNFINISHED:
		warn_unfinished(cmd, a, merge, name);
		break;
	case ADOPTED_REVERTED:
		if (adopted_is_newer_commits(a))
			cmd_warn(cmd, "newer commits of %s were merged by "
				 "hand (%s) and that merge was reverted: "
				 "history does not tell whether the files "
				 "have them", a->later->name, merge);
		else
			cmd_warn(cmd, "%s was merged by hand (%s) and that "
				 "merge was reverted: history does not tell "
				 "which release the files are on",
				 a->later->name, merge);
		cmd_hint(cmd, "Unfinished", "say it when you upgrade: \"git "
			 "upgrade merge --from=%s RELEASE\"",
			 name ? name : "RELEASE");
		break;
	case ADOPTED_KNOWN:
		if (s->release)
			break;
		cmd_warn(cmd, "%s is what the record says, and no release of "
			 "upstream here", name);
		cmd_hint(cmd, "Fetch", "ask upstream for its releases with "
			 "\"git upgrade fetch\"");
		break;
	case ADOPTED_NONE:
		warn_unknown(cmd, s);
		break;
	}
	free(merge);
}

int standing_view_older(struct strvec *warnings, struct cmd *cmd,
			const struct standing *s, const struct release *rel)
{
	char *base = standing_base(s, &cmd->repo), *older = NULL;
	int ret = older_warning(&older, &cmd->repo, base, s->release, rel,
				&cmd->err);

	if (older)
		strvec_push_nodup(warnings, older);
	free(base);
	return ret;
}

int standing_view_demand_releases(struct cmd *cmd,
				  const struct product *product)
{
	struct error *err = &cmd->err;

	if (product->releases.nr)
		return 0;
	error_set(err, ERROR_FATAL, "no release of upstream is known here "
		  "(profile %s)", product->profile.name);
	if (product->upstream)
		return error_hint(err, "ask '%s' for its tags with \"git "
				  "upgrade fetch\"",
				  product->upstream_shown);
	error_hint(err, "name upstream with \"git remote add upstream URL\", "
		   "or choose a remote with \"git config upgrade.upstream "
		   "REMOTE\"");
	if (!strcmp(product->profile.name, "generic"))
		error_hint(err, "say what the product is: git config "
			   "upgrade.profile NAME");
	return -1;
}
