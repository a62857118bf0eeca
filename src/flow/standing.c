#include "flow/standing.h"

#include "base/buf.h"
#include "base/mem.h"
#include "flow/hooks.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/shallow.h"
#include "model/path.h"

#include <stdlib.h>
#include <string.h>

/* So many are counted at most: each count walks history. */
#define MAX_COUNTED 3

/* A branch of upstream's has no name of its own here. */
char *standing_begin(const struct product *product)
{
	const struct release *newest = path_newest(&product->releases,
						   &product->profile);

	if (newest && product->releases.source == RELEASES_ARE_BRANCHES)
		return xstrfmt("git switch --no-track -c production %s",
			       newest->ref);
	return xstrfmt("git switch -c production %s",
		       newest ? newest->name : "RELEASE");
}

int standing_refuse_unborn(const struct product *product, struct error *err)
{
	char *begin = standing_begin(product);

	error_set(err, ERROR_REFUSED, "this branch has no commit yet");
	if (!product->upstream)
		error_hint(err, "name upstream with \"git remote add upstream "
			   "URL\"");
	if (!product->releases.nr)
		error_hint(err, "get its releases with \"git upgrade fetch\"");
	error_hint(err, "begin it on a release: %s", begin);
	free(begin);
	return -1;
}

int standing_read(struct standing *s, struct repo *r,
		  const struct product *product, struct error *err)
{
	char *head = head_commit(r);
	int ret;

	if (!head)
		return standing_refuse_unborn(product, err);
	ret = standing_read_at(s, r, product, head, err);
	free(head);
	return ret;
}

int standing_read_at(struct standing *s, struct repo *r,
		     const struct product *product, const char *commit,
		     struct error *err)
{
	struct adopted *a = &s->adopted;

	s->product = product;
	s->branch = head_branch(r);
	s->head = xstrdup(commit);
	if (adopted_read(a, r, &product->releases, s->head, err) < 0)
		return -1;
	s->release = a->release;
	if (a->start)
		s->since = commit_date(r, a->start);
	else if (a->merge && a->state == ADOPTED_KNOWN)
		s->since = commit_date(r, a->merge);
	else if (a->release)
		s->since = commit_date(r, a->base ? a->base :
				       a->release->commit);
	return 0;
}

void standing_release(struct standing *s)
{
	free(s->head);
	free(s->branch);
	adopted_release(&s->adopted);
	*s = (struct standing)STANDING_INIT;
}

int standing_is_upstreams(const struct standing *s, const struct repo *r)
{
	return s->branch && branch_is_upstreams(r, s->product, s->branch);
}

const char *standing_name(const struct standing *s)
{
	if (s->release)
		return s->release->name;
	return s->adopted.recorded ? s->adopted.record.release : NULL;
}

char *standing_base(const struct standing *s, struct repo *r)
{
	const struct adopted *a = &s->adopted;
	char *commit = NULL;

	if (a->recorded && a->record.commit)
		commit = object_commit(r, a->record.commit);
	if (!commit && a->base && a->state == ADOPTED_KNOWN)
		commit = xstrdup(a->base);
	if (!commit)
		commit = xstrdup_or_null(a->before);
	if (!commit && s->release)
		commit = xstrdup_or_null(s->release->commit);
	return commit;
}

int standing_is_behind(const struct standing *s, struct repo *r,
		       struct error *err)
{
	const struct release *rel = s->release;
	char *base = NULL;
	int behind = 0;

	/* Newer commits that were taken back again are missing as well. */
	if (!rel || !rel->commit ||
	    (s->adopted.state != ADOPTED_KNOWN &&
	     (s->adopted.state != ADOPTED_REVERTED ||
	      !adopted_is_newer_commits(&s->adopted))))
		return 0;
	base = standing_base(s, r);
	if (base && strcmp(base, rel->commit)) {
		int has = commit_contains(r, base, rel->commit, err);

		behind = has < 0 ? -1 : !has;
	}
	free(base);
	return behind;
}

/* Who has just cloned is on upstream's branch, and does not want it. */
static int demand_own_branch(const struct standing *s, struct error *err)
{
	char *begin = standing_begin(s->product);

	error_set(err, ERROR_REFUSED, "'%s' is upstream's own branch, and on "
		  "no release", s->branch);
	error_hint(err, "begin one of yours on a release: %s", begin);
	free(begin);
	return -1;
}

static int demand_nearest(const struct standing *s, struct repo *r,
			  const char *to, struct error *err)
{
	const struct release *near;
	size_t files = 0;

	error_set(err, ERROR_REFUSED, "cannot tell which release this branch "
		  "is on: no release is merged into it and it has no record");
	near = adopted_nearest(r, &s->product->releases, s->head, &files,
			       err);
	if (near)
		error_hint(err, "the nearest is %s, %zu file%s away; if that "
			   "is it, say so with", near->name, files,
			   files == 1 ? "" : "s");
	else
		error_hint(err, "say which one it is with");
	return error_hint(err, "  git upgrade merge --from=%s %s",
			  near ? near->name : "RELEASE", to);
}

int standing_demand_unreverted(const struct standing *s, struct repo *r,
			       const char *to, struct error *err)
{
	const struct adopted *a = &s->adopted;
	char *merge;

	if (a->state != ADOPTED_REVERTED)
		return 0;
	merge = commit_short(r, a->merge);
	if (adopted_is_newer_commits(a))
		error_set(err, ERROR_REFUSED, "newer commits of %s were "
			  "merged by hand (%s) and that merge was reverted, "
			  "so history does not tell whether the files have "
			  "them", a->later->name, merge);
	else
		error_set(err, ERROR_REFUSED, "%s was merged by hand (%s) "
			  "and that merge was reverted, so history does not "
			  "tell which release the files are on",
			  a->later->name, merge);
	free(merge);
	error_hint(err, adopted_is_newer_commits(a) ?
		   "if they have not, and are on %s as the record says, say "
		   "so with" : "if they are on %s, say so with",
		   s->release ? s->release->name : "RELEASE");
	return error_hint(err, "  git upgrade merge --from=%s %s",
			  s->release ? s->release->name : "RELEASE", to);
}

int standing_demand(const struct standing *s, struct repo *r, const char *to,
		    struct error *err)
{
	const struct adopted *a = &s->adopted;

	if (s->release)
		return 0;
	if (a->recorded) {
		error_set(err, ERROR_REFUSED, "the record %s says %s, which "
			  "is no release of upstream here", RECORD_PATH,
			  a->record.release);
		return error_hint(err, "ask upstream for its releases with "
				  "\"git upgrade fetch\"");
	}
	if (a->state == ADOPTED_REVERTED)
		return standing_demand_unreverted(s, r, to, err);
	if (standing_is_upstreams(s, r))
		return demand_own_branch(s, err);
	return demand_nearest(s, r, to, err);
}

static int count_commits(struct outlook *o, struct repo *r,
			 const char *head, struct error *err)
{
	size_t hops = 0;
	/* What is cut off would be counted as missing. */
	int cut = shallow_cuts(r, head, NULL, err);

	if (cut)
		return cut < 0 ? -1 : 0;
	for (size_t i = 0; i < o->nr; i++)
		hops += o->v[i].state == OUTLOOK_NEXT;
	for (size_t i = 0; i < o->nr; i++) {
		struct outlook_row *row = &o->v[i];
		struct buf range = BUF_INIT;
		char *line;

		if (row->state != OUTLOOK_UPDATED &&
		    (row->state != OUTLOOK_NEXT ||
		     (hops > MAX_COUNTED && row != o->next)))
			continue;
		buf_addf(&range, "%s..%s", head, row->release->commit);
		line = git_line(r, err, "rev-list", "--count", range.s, "--",
				NULL);
		buf_release(&range);
		if (!line)
			return -1;
		row->commits = strtol(line, NULL, 10);
		free(line);
	}
	return 0;
}

int outlook_complete(struct outlook *o, struct repo *r, const char *head,
		     struct error *err)
{
	for (size_t i = 0; i < o->nr; i++)
		o->v[i].date = commit_date(r, o->v[i].release->commit);
	return count_commits(o, r, head, err);
}
