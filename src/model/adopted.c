#include "model/adopted.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/shallow.h"
#include "model/promotion.h"

#include <stdlib.h>
#include <string.h>

/*
 * Does the record of `commit` say what `rec` says?  The same release at another
 * commit, of a branch that went on or a tag that moved, is something else.
 */
static int same_record(struct repo *r, const char *commit,
		       const struct record *rec)
{
	struct record other = RECORD_INIT;
	struct error ignored = ERROR_INIT;
	int same = record_read(&other, r, commit, &ignored) > 0 &&
		   !strcmp(other.release, rec->release) &&
		   !strcmp(other.commit ? other.commit : "",
			   rec->commit ? rec->commit : "");

	record_release(&other);
	error_release(&ignored);
	return same;
}

/* The first of these commits whose parent's record says something else. */
static char *first_change(struct repo *r, const struct strvec *commits,
			  const struct record *rec)
{
	for (size_t i = 0; i < commits->nr; i++) {
		char *parent = xstrfmt("%s^1", commits->v[i]);
		int same = same_record(r, parent, rec);

		free(parent);
		if (!same)
			return xstrdup(commits->v[i]);
	}
	return NULL;
}

/*
 * START: the newest commit on the first-parent line whose record says
 * something else than its first parent's.  NULL when the line does not show it.
 *
 * Mostly that is `commit` itself, which is pushed, or the last one that
 * touched the record; only then all of the line is gone through.
 */
static int find_start(char **start, struct repo *r, const char *commit,
		      const struct record *rec, struct error *err)
{
	static const char *const limits[] = { "--max-count=1",
					      "--max-count=-1" };
	struct strvec touched = STRVEC_INIT;
	int ret = 0;

	strvec_push(&touched, commit);
	*start = first_change(r, &touched, rec);
	for (size_t i = 0; i < ARRAY_SIZE(limits) && !*start && !ret; i++) {
		strvec_release(&touched);
		ret = rev_list(r, &touched, err, "--first-parent", limits[i],
			       commit, "--", RECORD_PATH, NULL);
		if (!ret)
			*start = first_change(r, &touched, rec);
	}
	strvec_release(&touched);
	return ret;
}

/*
 * Where START only pulled in a line that already had the record, the upgrade
 * happened on that line: go there.
 */
static int follow_pulls(char **start, struct repo *r,
			const struct record *rec, struct error *err)
{
	int moved = 1;

	while (*start && moved) {
		struct strvec parents = STRVEC_INIT;
		char *next = NULL;

		if (commit_parents(r, *start, &parents, err) < 0) {
			strvec_release(&parents);
			return -1;
		}
		for (size_t i = 1; i < parents.nr && !next; i++)
			if (same_record(r, parents.v[i], rec) &&
			    find_start(&next, r, parents.v[i], rec,
				       err) < 0) {
				strvec_release(&parents);
				return -1;
			}
		strvec_release(&parents);
		moved = next != NULL;
		if (moved) {
			free(*start);
			*start = next;
		}
	}
	return 0;
}

/* So many are asked about at first, by name. */
#define FIRST_ASKED 16

/* Of the releases of `v`, the first one that is merged, and not before. */
static int first_merged(const struct release **found, struct repo *r,
			const struct release_list *list,
			const struct release **v, size_t nr,
			const char *commit, const char *without,
			struct error *err)
{
	struct strmap merged = STRMAP_INIT;
	struct strvec refs = STRVEC_INIT;
	struct buf out = BUF_INIT;
	struct proc p = PROC_INIT;
	int ret;

	git_proc(&p, r, "for-each-ref", "--format=%(refname)", "--merged",
		 commit, NULL);
	if (without)
		strvec_pushl(&p.argv, "--no-merged", without, NULL);
	for (size_t i = 0; nr <= FIRST_ASKED && i < nr; i++)
		strvec_push(&p.argv, v[i]->ref);
	if (nr > FIRST_ASKED)
		strvec_push(&p.argv, list->refs);
	p.out = &out;
	ret = git_check(&p, err);
	strvec_split(&refs, out.s, '\n');
	for (size_t i = 0; i < refs.nr; i++)
		strmap_put(&merged, refs.v[i], NULL);
	for (size_t i = 0; !ret && i < nr && !*found; i++)
		if (strmap_has(&merged, v[i]->ref))
			*found = v[i];
	proc_release(&p);
	buf_release(&out);
	strvec_release(&refs);
	strmap_release(&merged);
	return ret;
}

/*
 * Mostly it is one of the newest, if it is later than `than` at all, and git
 * needs not look at what the others are on.
 */
static int highest_tag(const struct release **found, struct repo *r,
		       const struct release_list *list, const char *commit,
		       const char *without, const struct release *than,
		       struct error *err)
{
	const struct release **v = xcalloc(list->nr + 1, sizeof(*v));
	size_t nr = 0, first;
	int ret = 0;

	for (size_t i = list->nr; i-- > 0;) {
		const struct release *rel = &list->v[i];

		if (than && version_cmp(&rel->version, &than->version) <= 0)
			break;
		if (!rel->prerelease && rel->commit)
			v[nr++] = rel;
	}
	first = nr < FIRST_ASKED ? nr : FIRST_ASKED;
	if (first)
		ret = first_merged(found, r, list, v, first, commit, without,
				   err);
	if (!ret && !*found && nr > first)
		ret = first_merged(found, r, list, v, nr, commit, without,
				   err);
	free(v);
	return ret;
}

/* The newest commit that both have; NULL: none. */
static int common_commit(char **common, struct repo *r, const char *a,
			 const char *b, struct error *err)
{
	struct buf out = BUF_INIT;
	int code = git_try(r, &out, err, "merge-base", a, b, NULL);

	if (!code && out.len)
		*common = xmemdupz(out.s, strcspn(out.s, "\n"));
	buf_release(&out);
	return code < 0 ? -1 : 0;
}

/* Has a final release earlier than list->v[at] that commit? */
static int is_shared(int *shared, struct repo *r,
		     const struct release_list *list, size_t at,
		     const char *commit, struct error *err)
{
	struct strmap have = STRMAP_INIT;
	struct strvec refs = STRVEC_INIT;
	struct buf out = BUF_INIT;
	int ret = git_run(r, &out, err, "for-each-ref", "--format=%(refname)",
			  "--contains", commit, list->refs, NULL);

	strvec_split(&refs, out.s, '\n');
	for (size_t i = 0; i < refs.nr; i++)
		strmap_put(&have, refs.v[i], NULL);
	for (size_t i = 0; i < at; i++)
		if (!list->v[i].prerelease &&
		    strmap_has(&have, list->v[i].ref))
			*shared = 1;
	strmap_release(&have);
	strvec_release(&refs);
	buf_release(&out);
	return ret;
}

/* Is list->v[at] what `commit` is on?  `*base` gets how far; else NULL. */
static int is_on_branch(char **base, struct repo *r,
			const struct release_list *list, size_t at,
			const char *commit, const char *without,
			struct error *err)
{
	int shared = 0;

	if (common_commit(base, r, commit, list->v[at].commit, err) < 0)
		return -1;
	if (*base && without)
		shared = commit_contains(r, without, *base, err);
	if (*base && !shared &&
	    is_shared(&shared, r, list, at, *base, err) < 0)
		shared = -1;
	if (shared)
		FREE_AND_NULL(*base);
	return shared < 0 ? -1 : 0;
}

static int highest_branch(const struct release **found, char **base,
			  struct repo *r, const struct release_list *list,
			  const char *commit, const char *without,
			  const struct release *than, struct error *err)
{
	for (size_t i = list->nr; i-- > 0;) {
		const struct release *rel = &list->v[i];

		if (than && version_cmp(&rel->version, &than->version) <= 0)
			break;
		if (rel->prerelease || !rel->commit)
			continue;
		if (is_on_branch(base, r, list, i, commit, without, err) < 0)
			return -1;
		if (!*base)
			continue;
		*found = rel;
		break;
	}
	return 0;
}

/*
 * The highest final release reachable from `commit` but not from `without`
 * (NULL: no such limit), and later than `than` where that is given.
 */
static int highest_merged(const struct release **found, char **base,
			  struct repo *r, const struct release_list *list,
			  const char *commit, const char *without,
			  const struct release *than, struct error *err)
{
	*found = NULL;
	if (!list->nr || (without && !strcmp(without, commit)))
		return 0;
	if (list->source == RELEASES_ARE_BRANCHES)
		return highest_branch(found, base, r, list, commit, without,
				      than, err);
	return highest_tag(found, r, list, commit, without, than, err);
}

/*
 * The commit on the first-parent line that brought `release` in: the oldest
 * merge that contains it.  NULL when the line began on it.
 */
static int find_merge(char **merge, struct repo *r, const char *commit,
		      const char *release, struct error *err)
{
	struct strvec merges = STRVEC_INIT;
	char *without = xstrfmt("^%s", release);
	int ret = -1;

	if (rev_list(r, &merges, err, "--first-parent", "--merges",
		     "--reverse", commit, without, NULL) < 0)
		goto out;
	ret = 0;
	for (size_t i = 0; i < merges.nr && !*merge; i++) {
		int has = commit_contains(r, merges.v[i], release, err);

		if (has < 0) {
			ret = -1;
			break;
		}
		if (has)
			*merge = xstrdup(merges.v[i]);
	}
out:
	strvec_release(&merges);
	free(without);
	return ret;
}

/*
 * Was that merge taken back in `range`?  By `git revert`, which says so in the
 * message, or by whatever else gave the tree from before it.
 */
static int was_reverted(int *reverted, struct repo *r, const char *merge,
			const char *range, struct error *err)
{
	char *before = xstrfmt("%s^1^{tree}", merge);
	char *needle = xstrfmt("This reverts commit %s", merge);
	char *tree = NULL;
	struct buf out = BUF_INIT;
	int ret = -1;

	*reverted = 0;
	tree = git_line(r, err, "rev-parse", before, NULL);
	if (!tree || git_run(r, &out, err, "log", "-z", "--first-parent",
			     "--no-show-signature", "--format=%T%n%B", range,
			     NULL) < 0)
		goto out;
	for (const char *at = out.s; at < out.s + out.len;
	     at += strlen(at) + 1)
		if (starts_with(at, tree) || strstr(at, needle))
			*reverted = 1;
	ret = 0;
out:
	free(before);
	free(needle);
	free(tree);
	buf_release(&out);
	return ret;
}

static int was_reverted_since(int *reverted, struct repo *r,
			      const char *merge, const char *commit,
			      struct error *err)
{
	char *range = xstrfmt("%s..%s", merge, commit);
	int ret = was_reverted(reverted, r, merge, range, err);

	free(range);
	return ret;
}

/* How far the files were on the release before that merge. */
static int find_before(struct adopted *a, struct repo *r, struct error *err)
{
	char *parent = xstrfmt("%s^1", a->merge);
	int ret = common_commit(&a->before, r, parent, a->release->commit,
				err);

	free(parent);
	return ret;
}

/*
 * A first upgrade of ours that was committed by hand in the middle: its
 * message says from which release to which, and the record is missing.
 */
static int find_half_upgrade(struct adopted *a, struct repo *r,
			      const struct release_list *list,
			      struct error *err)
{
	char *said = git_line(r, err, "log", "-1", "--no-show-signature",
			      "--format=%(trailers:key=Upgrade-From,"
			      "valueonly,separator=%x20)%n%(trailers:"
			      "key=Upgrade-To,valueonly,separator=%x20)",
			      a->merge, NULL);
	const struct release *from = NULL;
	char *to = said ? strchr(said, '\n') : NULL;

	if (!said)
		return -1;
	if (to)
		*to++ = '\0';
	if (to && !strcmp(to, a->release->name))
		from = release_find(list, said);
	free(said);
	if (!from)
		return 0;
	a->later = a->release;
	a->release = from;
	a->state = ADOPTED_UNFINISHED;
	return list->source == RELEASES_ARE_BRANCHES && from->commit ?
		find_before(a, r, err) : 0;
}

static int read_unrecorded(struct adopted *a, struct repo *r,
			   const struct release_list *list,
			   const char *commit, struct error *err);

/* Did one commit take the record away, and with it what another had done? */
static int is_taken_back(int *is, struct repo *r, const char *removed,
			 const char *added, struct error *err)
{
	char *range = xstrfmt("%s^1..%s", removed, removed);
	int ret = was_reverted(is, r, added, range, err);

	free(range);
	return ret;
}

/*
 * The record began with an upgrade, and a revert of that took it away with the
 * files: then what held before it holds again.  It is told by the last two
 * commits in which the record came or went.  1: `a` is what held before; 0: it
 * is not so, or a release was merged since.
 */
static int read_before_first(struct adopted *a, struct repo *r,
			     const struct release_list *list,
			     const char *commit, struct error *err)
{
	const struct release *since = NULL;
	struct strvec events = STRVEC_INIT;
	char *base = NULL, *before = NULL;
	struct buf out = BUF_INIT;
	int is = 0, ret = -1;

	if (git_run(r, &out, err, "log", "-2", "-s", "--first-parent",
		    "--diff-merges=first-parent", "--diff-filter=AD",
		    "--no-show-signature", "--format=%H", commit, "--",
		    RECORD_PATH, NULL) < 0)
		goto out;
	strvec_split(&events, out.s, '\n');
	if (events.nr == 2 &&
	    (is_taken_back(&is, r, events.v[0], events.v[1], err) < 0 ||
	     (is && highest_merged(&since, &base, r, list, commit,
				   events.v[0], NULL, err) < 0)))
		goto out;
	ret = is && !since;
	if (ret) {
		before = xstrfmt("%s^1", events.v[1]);
		adopted_release(a);
		if (read_unrecorded(a, r, list, before, err) < 0)
			ret = -1;
		a->taken_back = 1;
	}
out:
	free(base);
	free(before);
	strvec_release(&events);
	buf_release(&out);
	return ret;
}

static int read_unrecorded(struct adopted *a, struct repo *r,
			   const struct release_list *list,
			   const char *commit, struct error *err)
{
	int reverted = 0;

	if (highest_merged(&a->release, &a->base, r, list, commit, NULL, NULL,
			   err) < 0)
		return -1;
	if (!a->release)
		return 0;
	a->state = ADOPTED_KNOWN;
	if (find_merge(&a->merge, r, commit,
		       a->base ? a->base : a->release->commit, err) < 0)
		return -1;
	if (a->merge &&
	    was_reverted_since(&reverted, r, a->merge, commit, err) < 0)
		return -1;
	if (!reverted)
		return a->merge ? find_half_upgrade(a, r, list, err) : 0;
	a->state = ADOPTED_REVERTED;
	a->later = a->release;
	a->release = NULL;
	return read_before_first(a, r, list, commit, err) < 0 ? -1 : 0;
}

/*
 * Commits of the release itself that are later than the record's, and were
 * merged after START.
 */
static int find_newer(struct adopted *a, struct repo *r,
		      const struct release_list *list, const char *commit,
		      struct error *err)
{
	const char *from = a->record.commit, *tip = a->release->commit;
	char *common = NULL;
	int has = 1;

	if (!from || !tip || !strcmp(from, tip))
		return 0;
	if (object_find(r, from, NULL, NULL, err) < 0 ||
	    common_commit(&common, r, commit, tip, err) < 0)
		return -1;
	/* A tag is merged whole or not at all. */
	if (common && (list->source == RELEASES_ARE_BRANCHES ||
		       !strcmp(common, tip)))
		has = commit_contains(r, from, common, err);
	if (!has)
		has = commit_contains(r, a->start, common, err);
	if (!has) {
		a->later = a->release;
		a->base = common;
		return 0;
	}
	free(common);
	return has < 0 ? -1 : 0;
}

/*
 * What was reachable before A was adopted, and is nobody's hurry.  Mostly that
 * is START itself.  A record that came with a merge, but is not about what was
 * merged, was written for an upgrade that has not been finished: there, it is
 * what was reachable before the merge.
 */
static int find_settled(char **settled, const struct adopted *a,
			struct repo *r, struct error *err)
{
	struct strvec parents = STRVEC_INIT;
	int ret = commit_parents(r, a->start, &parents, err);

	if (!ret)
		*settled = xstrdup(parents.nr < 2 || !a->record.commit ||
				   strvec_has(&parents, a->record.commit) ?
				   a->start : parents.v[0]);
	strvec_release(&parents);
	return ret;
}

static int find_later(struct adopted *a, struct repo *r,
		      const struct release_list *list, const char *commit,
		      struct error *err)
{
	char *settled = NULL;
	int ret = find_settled(&settled, a, r, err);

	if (!ret)
		ret = highest_merged(&a->later, &a->base, r, list, commit,
				     settled, a->release, err);
	free(settled);
	return ret;
}

/* What was merged since START, and is not what the record says. */
static int find_unsettled(struct adopted *a, struct repo *r,
			  const struct release_list *list, const char *commit,
			  struct error *err)
{
	if (!a->start)
		return 0;
	if (find_later(a, r, list, commit, err) < 0)
		return -1;
	return a->later ? 0 : find_newer(a, r, list, commit, err);
}

/*
 * The newest promotion since START: the files and the record came from its
 * source, so what was merged there, and taken back, is that line's to tell.
 * 1: START is that of that line, and `*at` its tip; 0: there is none; -1.
 */
static int follow_promotion(struct adopted *a, struct repo *r, char **at,
			    struct error *err)
{
	struct line line = LINE_INIT;
	const char *source = NULL;
	char *start = NULL;
	int ret = line_read(&line, r, *at, a->start, 0, err);

	for (size_t i = 0; !ret && !source && i < line.nr; i++)
		if (step_is_promotion(&line.v[i]))
			source = line.v[i].source_commit;
	if (source && same_record(r, source, &a->record) &&
	    (find_start(&start, r, source, &a->record, err) < 0 ||
	     follow_pulls(&start, r, &a->record, err) < 0))
		ret = -1;
	if (!ret && start) {
		free(*at);
		*at = xstrdup(source);
		free(a->start);
		a->start = start;
		start = NULL;
		ret = 1;
	}
	free(start);
	line_release(&line);
	return ret;
}

/* Only where it seems unfinished anybody asks about promotions. */
static int find_promoted(struct adopted *a, struct repo *r,
			 const struct release_list *list, const char *commit,
			 struct error *err)
{
	char *at = xstrdup(commit);
	int ret = 1;

	while (a->later && ret > 0) {
		ret = follow_promotion(a, r, &at, err);
		if (ret > 0) {
			a->later = NULL;
			FREE_AND_NULL(a->base);
			if (find_unsettled(a, r, list, commit, err) < 0)
				ret = -1;
		}
	}
	free(at);
	return ret < 0 ? -1 : 0;
}

static int read_recorded(struct adopted *a, struct repo *r,
			 const struct release_list *list, const char *commit,
			 struct error *err)
{
	int reverted = 0;

	a->recorded = 1;
	a->state = ADOPTED_KNOWN;
	a->release = release_find(list, a->record.release);
	if (!a->release)
		return 0;
	if (find_start(&a->start, r, commit, &a->record, err) < 0 ||
	    follow_pulls(&a->start, r, &a->record, err) < 0 ||
	    find_unsettled(a, r, list, commit, err) < 0 ||
	    find_promoted(a, r, list, commit, err) < 0)
		return -1;
	if (!a->later)
		return 0;
	a->state = ADOPTED_UNFINISHED;
	if (find_merge(&a->merge, r, commit,
		       a->base ? a->base : a->later->commit, err) < 0)
		return -1;
	if (a->merge &&
	    was_reverted_since(&reverted, r, a->merge, commit, err) < 0)
		return -1;
	if (reverted)
		a->state = ADOPTED_REVERTED;
	return 0;
}

static int read_adopted(struct adopted *a, struct repo *r,
			const struct release_list *list, const char *commit,
			struct error *err)
{
	int found = record_read(&a->record, r, commit, err);

	if (found < 0)
		return -1;
	return found ? read_recorded(a, r, list, commit, err) :
		       read_unrecorded(a, r, list, commit, err);
}

/*
 * Could history that is cut off change the answer? It was read from where the
 * record began, or from the release that is merged, up to the commit.
 */
static int is_cut(const struct adopted *a, struct repo *r,
		  const char *commit, struct error *err)
{
	const struct release *rel = a->later ? a->later : a->release;
	const char *from = a->recorded ? a->start :
			   rel ? rel->commit : NULL;
	int ret;

	/* A release of the record that the list lacks is looked for nowhere. */
	if (a->recorded && !a->release)
		return 0;
	ret = a->recorded && from ? shallow_edge(r, from, err) : 0;
	return ret ? ret : shallow_cuts(r, commit, from, err);
}

int adopted_is_cut(struct repo *r, const struct release_list *list,
		   const char *commit, struct error *err)
{
	struct adopted a = ADOPTED_INIT;
	/* Nothing else is asked of a repository that is whole. */
	int ret = shallow_cuts(r, commit, NULL, err);

	if (ret > 0)
		ret = read_adopted(&a, r, list, commit, err);
	else
		goto out;
	if (!ret)
		ret = is_cut(&a, r, commit, err);
out:
	adopted_release(&a);
	return ret;
}

int adopted_read(struct adopted *a, struct repo *r,
		 const struct release_list *list, const char *commit,
		 struct error *err)
{
	int cut = -1;

	if (!read_adopted(a, r, list, commit, err))
		cut = is_cut(a, r, commit, err);
	if (cut <= 0)
		return cut;
	error_set(err, ERROR_REFUSED, "this clone is shallow: its history ends "
		  "before it tells which release %.7s is on", commit);
	error_hint(err, "fetch what is missing with \"git upgrade fetch\"");
	return error_hint(err, "or all of it with \"git fetch --unshallow\"");
}

void adopted_release(struct adopted *a)
{
	record_release(&a->record);
	free(a->merge);
	free(a->base);
	free(a->before);
	free(a->start);
	*a = (struct adopted)ADOPTED_INIT;
}

int adopted_is_newer_commits(const struct adopted *a)
{
	return a->later && a->later == a->release;
}

char *adopted_name(const struct adopted *a)
{
	if (a->recorded)
		return xstrdup(a->record.release);
	return a->release ? xstrdup(a->release->name) : NULL;
}

char *adopted_name_at(struct repo *r, const struct release_list *list,
		      const char *commit)
{
	struct error ignored = ERROR_INIT;
	struct adopted a = ADOPTED_INIT;
	char *name = NULL;

	if (!commit || object_find(r, commit, NULL, NULL, &ignored) <= 0)
		goto out;
	/* Only where there is no record, history has to be asked. */
	if (record_read(&a.record, r, commit, &ignored) > 0)
		name = xstrdup(a.record.release);
	else if (!ignored.kind &&
		 !adopted_read(&a, r, list, commit, &ignored))
		name = adopted_name(&a);
out:
	adopted_release(&a);
	error_release(&ignored);
	return name;
}

char *adopted_shown_at(struct repo *r, const struct release_list *list,
		       const char *commit)
{
	char *name = adopted_name_at(r, list, commit), *shown = NULL;
	struct error ignored = ERROR_INIT;
	struct record rec = RECORD_INIT;

	if (name && list->source == RELEASES_ARE_BRANCHES &&
	    record_read(&rec, r, commit, &ignored) > 0 && rec.commit)
		shown = xstrfmt("%s (%.7s)", name, rec.commit);
	error_release(&ignored);
	record_release(&rec);
	if (!shown)
		return name;
	free(name);
	return shown;
}

/* Final releases and their trees, a line "TREE TREE" for each. */
static void add_trees(struct buf *in, struct strvec *names, struct repo *r,
		      const struct release_list *list, const char *tree)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct release *rel = &list->v[i];
		char *its = rel->commit && !rel->prerelease ?
			    object_tree(r, rel->commit) : NULL;

		if (its) {
			buf_addf(in, "%s %s\n", tree, its);
			strvec_push(names, rel->name);
		}
		free(its);
	}
}

/* Each line is answered by itself and the differing paths. */
const struct release *adopted_nearest(struct repo *r,
				      const struct release_list *list,
				      const char *commit, size_t *files,
				      struct error *err)
{
	const struct release *found;
	const char *best = NULL;
	char *tree = object_tree(r, commit);
	struct strvec lines = STRVEC_INIT, names = STRVEC_INIT;
	struct buf in = BUF_INIT, out = BUF_INIT;
	size_t at = 0;

	*files = 0;
	if (tree)
		add_trees(&in, &names, r, list, tree);
	if (!in.len || git_feed(r, &in, &out, err, "diff-tree", "--stdin",
				"-r", "--name-only", "--no-renames", NULL) < 0)
		goto out;
	strvec_split(&lines, out.s, '\n');
	for (size_t i = 0; i < names.nr && at < lines.nr; i++) {
		size_t n = 0, len = strlen(tree);

		for (at++; at < lines.nr; at++, n++)
			if (!strncmp(lines.v[at], tree, len) &&
			    lines.v[at][len] == ' ')
				break;
		/* On a tie the later release: `list` is oldest first. */
		if (!best || n <= *files) {
			best = names.v[i];
			*files = n;
		}
	}
out:
	found = best ? release_find(list, best) : NULL;
	free(tree);
	strvec_release(&lines);
	strvec_release(&names);
	buf_release(&in);
	buf_release(&out);
	return found;
}
