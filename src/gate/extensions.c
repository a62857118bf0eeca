/*
 * Where an environment says what is work on extensions, none of it comes
 * together with an upgrade, or before that is verified: when something fails
 * then, nobody could tell which of the two it was.
 *
 * What it has verified is what its ledger says last.  As long as that is on
 * another release than what is to come, the upgrade is not verified, whether
 * it is there already or comes now.  What is new of the work is what neither
 * that, nor what is deployed, has.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "git/object.h"
#include "git/ref.h"
#include "git/tree.h"
#include "model/extensions.h"
#include "model/lineage.h"
#include "state/former.h"
#include "state/ledger.h"
#include "state/proof.h"

#include <stdlib.h>
#include <string.h>

/* Of the source's events so many trees are looked at. */
#define TREES_JUDGED 50
/* So many commits to revert, or files, are named. */
#define REVERTS_NAMED 5

struct judging {
	const struct move *m;
	const struct environment *env;
	struct verdict *v;
	char *verified;			/* the commit; NULL: none is */
	char *from, *to;		/* releases: verified, and to come */
	char *upstream;			/* the commit of that one; NULL */
	struct strvec releases;		/* and of those before it */
	struct strvec has;		/* commits: what is there */
	struct extension_list work;
	char *last;			/* what was promoted; NULL */
};

/* What there is */

static int add_base(struct judging *j, const char *commit, struct error *err)
{
	int found;

	if (!commit || strvec_has(&j->has, commit))
		return 0;
	found = object_find(j->m->repo, commit, NULL, NULL, err);
	if (found > 0)
		strvec_push(&j->has, commit);
	else if (!found)
		verdict_unknown(j->v, "%.7s, which is at %s, is not here",
				commit, j->env->name);
	return found < 0 ? -1 : 0;
}

static int read_bases(struct judging *j, struct error *err)
{
	const struct move *m = j->m;
	struct former f = FORMER_INIT;
	int ret = former_verified(&f, m->repo, m->env, err);

	j->verified = xstrdup_or_null(f.commit);
	former_release(&f);
	if (ret < 0 || add_base(j, j->verified, err) < 0 ||
	    add_base(j, m->deployed, err) < 0)
		return -1;
	if (!j->verified && !m->deployed && add_base(j, m->old, err) < 0)
		return -1;
	return 0;
}

static const struct release *listed(const struct judging *j,
				    const char *commit)
{
	const struct release_list *list = j->m->releases;
	char *name = adopted_name_at(j->m->repo, list, commit);
	const struct release *found = name ? release_find(list, name) : NULL;

	free(name);
	return found;
}

static int read_upstream(struct judging *j, struct error *err)
{
	const struct adopted *to = move_to(j->m, err);
	const char *commit;

	if (!to)
		return -1;
	commit = to->record.commit ? to->record.commit :
		 to->base ? to->base : to->release ? to->release->commit :
		 NULL;
	if (!commit)
		return 0;
	if (object_find(j->m->repo, commit, NULL, NULL, err) > 0)
		j->upstream = xstrdup(commit);
	return err->kind ? -1 : 0;
}

/*
 * Where releases have branches of their own, one that comes on the way is no
 * part of the one that is to come.
 */
static int read_releases(struct judging *j, struct error *err)
{
	const struct release_list *list = j->m->releases;
	const struct release *to = listed(j, j->m->new);
	int found = 0;

	for (size_t i = 0; to && found >= 0 && i < list->nr; i++) {
		const struct release *at = &list->v[i];

		if (!at->commit || version_cmp(&at->version, &to->version) > 0)
			continue;
		found = object_find(j->m->repo, at->commit, NULL, NULL, err);
		if (found > 0)
			strvec_push(&j->releases, at->commit);
	}
	return found < 0 ? -1 : 0;
}

static char *release_of(const struct judging *j, const char *commit)
{
	return adopted_shown_at(j->m->repo, j->m->releases, commit);
}

static int find_work(const struct judging *j, struct extension_list *work,
		     const char *commit, int any, struct error *err)
{
	const struct extension_question q = { j->env, &j->has, j->upstream,
						&j->releases, any };

	return extensions_find(work, j->m->repo, &q, commit, err);
}

/* What to promote instead */

/* Is it on the release that is to come, or on one before that? */
static int is_upgrade(const struct judging *j, const char *commit)
{
	char *release = release_of(j, commit);
	const struct release *from, *to;
	int ret = are_same(release, j->to);

	if (!ret && release && strcmp(release, j->from) != 0) {
		from = listed(j, j->has.v[0]);
		to = listed(j, commit);
		ret = from && to &&
		      version_cmp(&from->version, &to->version) < 0;
	}
	free(release);
	return ret;
}

enum wanted {
	UPGRADE,	/* without such work */
	WORK		/* on the release that is verified there */
};

static int is_of(const struct judging *j, enum wanted wanted,
		 const char *commit)
{
	char *release;
	int ret;

	if (wanted == UPGRADE)
		return is_upgrade(j, commit);
	release = release_of(j, commit);
	ret = are_same(release, j->from);
	free(release);
	return ret;
}

/* Has the source's branch that, and verified it?  1, 0, -1. */
static int will_do(const struct judging *j, enum wanted wanted,
		   const char *tip, const char *commit, struct error *err)
{
	struct extension_list work = EXTENSION_LIST_INIT;
	struct proof p = PROOF_INIT;
	struct repo *r = j->m->repo;
	const char *last = j->last ? j->last :
			   wanted == WORK ? j->m->old : NULL;
	int ret = object_find(r, commit, NULL, NULL, err);

	if (ret > 0)
		ret = commit_contains(r, tip, commit, err);
	/* What is older than what is there is no promotion. */
	if (ret > 0 && last)
		ret = !commit_contains(r, last, commit, err);
	if (ret > 0)
		ret = is_of(j, wanted, commit);
	if (ret > 0 && !proof_read(&p, r, j->env->promotes_from, commit, err))
		ret = p.kind == PROOF_VERIFIED;
	if (ret > 0 && !find_work(j, &work, commit, 1, err))
		ret = wanted == WORK ? work.nr > 0 : !work.nr;
	extension_list_release(&work);
	proof_release(&p);
	return err->kind ? -1 : ret;
}

/* The newest that will do; free().  NULL: there is none, or an error. */
static char *find_instead(const struct judging *j, enum wanted wanted,
			  const char *tip, struct error *err)
{
	struct event_list list = EVENT_LIST_INIT;
	struct strmap seen = STRMAP_INIT;
	char *found = NULL;
	int ret = proof_events(&list, j->m->repo, j->env->promotes_from, err);

	for (size_t i = 0; !ret && !found && i < list.nr &&
	     seen.nr < TREES_JUDGED; i++) {
		const struct event *e = &list.v[i];

		if (!e->commit || !event_is_good(e) ||
		    !strmap_put(&seen, e->commit, NULL))
			continue;
		ret = will_do(j, wanted, tip, e->commit, err);
		if (ret > 0)
			found = xstrdup(e->commit);
		ret = ret < 0 ? -1 : 0;
	}
	strmap_release(&seen);
	event_list_release(&list);
	return found;
}

/* The source's commit that was promoted there; NULL: none was.  free(). */
static char *find_promoted(const struct judging *j, const char *there,
			   struct error *err)
{
	struct lineage l = LINEAGE_INIT;
	char *tip = NULL;

	if (there && j->env->promotes_from &&
	    object_find(j->m->repo, there, NULL, NULL, err) > 0 &&
	    !lineage_read(&l, j->m->repo, there, err) && l.promoted.nr)
		tip = xstrdup(l.promoted.v[0]);
	lineage_release(&l);
	return tip;
}

static int is_file_of(struct repo *r, const char *commit, const char *path)
{
	struct tree_list list = TREE_LIST_INIT;
	struct strvec paths = STRVEC_INIT;
	struct error ignored = ERROR_INIT;
	int ret;

	strvec_push(&paths, path);
	tree_list_pick(&list, r, commit, &paths, &ignored);
	ret = list.nr > 0;
	error_release(&ignored);
	tree_list_release(&list);
	strvec_release(&paths);
	return ret;
}

static void hint_reverts(const struct judging *j)
{
	const struct strvec *bringers = &j->work.bringers;
	const struct repo *r = j->m->repo;

	for (size_t i = 0; i < bringers->nr && i < REVERTS_NAMED; i++) {
		struct strvec parents = STRVEC_INIT;
		struct error ignored = ERROR_INIT;
		char *text = commit_described(r, bringers->v[i]);

		commit_parents(j->m->repo, bringers->v[i], &parents, &ignored);
		verdict_hint(j->v, "  git revert %s%.12s  (%s)",
			     parents.nr > 1 ? "-m 1 " : "", bringers->v[i],
			     text);
		error_release(&ignored);
		strvec_release(&parents);
		free(text);
	}
	if (bringers->nr > REVERTS_NAMED)
		verdict_hint(j->v, "  and %zu more",
			     bringers->nr - REVERTS_NAMED);
}

/* As it is there: the commands for some of the files. */
static void hint_files(const struct judging *j)
{
	const char *has = j->has.v[0];
	size_t named = 0;

	for (size_t i = 0; i < j->work.nr && named < REVERTS_NAMED; i++) {
		const struct extension *e = &j->work.v[i];
		struct buf shown = BUF_INIT, word = BUF_INIT;

		buf_add_path(&shown, e->what);
		buf_add_shell(&word, e->what);
		/* What has to be quoted for people nobody types. */
		if (e->rule == EXTENSION_PATH && *shown.s != '"') {
			if (is_file_of(j->m->repo, has, e->what))
				verdict_hint(j->v, "  git checkout %.12s -- %s",
					     has, word.s);
			else
				verdict_hint(j->v, "  git rm -- %s", word.s);
			named++;
		}
		buf_release(&shown);
		buf_release(&word);
	}
}

/* A squash of both, say: to revert it would take back the upgrade as well. */
static void hint_together(const struct judging *j)
{
	const char *source = j->env->promotes_from;

	if (source)
		verdict_hint(j->v, "%s has verified nothing that has %s "
			     "without it, as one commit brought both; take "
			     "its files out there in a commit of its own, "
			     "have that verified, and promote that:", source,
			     j->to);
	else
		verdict_hint(j->v, "one commit brought both; take its files "
			     "out in a commit of its own, and %s:",
			     move_again(j->m));
	hint_files(j);
}

/* Nothing verified there has the one without the other. */
static void hint_make(const struct judging *j)
{
	const char *source = j->env->promotes_from;

	if (!j->work.bringers.nr) {
		hint_together(j);
	} else {
		if (source)
			verdict_hint(j->v, "%s has verified nothing that has "
				     "%s without it; take it out where it was "
				     "merged, have that verified there, and "
				     "promote that:", source, j->to);
		else
			verdict_hint(j->v, "take it out, and %s:",
				     move_again(j->m));
		hint_reverts(j);
	}
	verdict_hint(j->v, "when %s is verified on %s, bring it back by "
		     "reverting that", j->to, j->env->name);
}

static void hint_upgrade(const struct judging *j, const char *commit)
{
	const char *source = j->env->promotes_from, *env = j->env->name;
	char *release = release_of(j, commit);

	verdict_hint(j->v, "%s has verified %s without it: git upgrade "
		     "promote --commit=%.12s %s %s", source, release, commit,
		     source, env);
	verdict_hint(j->v, "when that is verified on %s, the rest is let in: "
		     "git upgrade promote %s %s", env, source, env);
	free(release);
}

static void hint_work(const struct judging *j, const char *commit)
{
	const char *source = j->env->promotes_from, *env = j->env->name;

	verdict_hint(j->v, "%s has verified work on %s, which %s has, and it "
		     "may come now: git upgrade promote --commit=%.12s %s %s",
		     source, j->from, env, commit, source, env);
	verdict_hint(j->v, "then go on with: git upgrade promote %s %s",
		     source, env);
}

static int hint_instead(struct judging *j, struct error *err)
{
	char *tip = find_promoted(j, j->m->new, err);
	char *upgrade = NULL, *work = NULL;

	if (tip && !err->kind)
		j->last = find_promoted(j, j->m->old, err);
	if (tip && !err->kind)
		upgrade = find_instead(j, UPGRADE, tip, err);
	if (tip && !upgrade && !err->kind)
		work = find_instead(j, WORK, tip, err);
	if (upgrade)
		hint_upgrade(j, upgrade);
	else if (work)
		hint_work(j, work);
	else if (!err->kind)
		hint_make(j);
	free(tip);
	free(upgrade);
	free(work);
	return err->kind ? -1 : 0;
}

/* The upgrade is there already. */
static void hint_verify(const struct judging *j)
{
	const char *env = j->env->name, *source = j->env->promotes_from;

	verdict_hint(j->v, "see how it stands there with \"git upgrade "
		     "status %s\", or look at it again with \"git upgrade "
		     "verify %s\"", env, env);
	if (source)
		verdict_hint(j->v, "when it is verified: git upgrade promote "
			     "%s %s", source, env);
	else
		verdict_hint(j->v, "when it is verified, %s",
			     move_again(j->m));
}

static int refuse(struct judging *j, struct error *err)
{
	const char *there = j->m->old ? j->m->old : j->m->deployed;
	char *now = release_of(j, there);
	struct buf what = BUF_INIT;
	int is_there = are_same(now, j->to), ret = 0;

	extensions_add(&what, &j->work);
	verdict_refuse(j->v, "%s has not verified %s -> %s yet%s, and work on "
		       "extensions comes %s: %s", j->env->name, j->from, j->to,
		       is_there ? ", which is there" : "",
		       is_there ? "behind it" : "with it", what.s);
	if (is_there)
		hint_verify(j);
	else
		ret = hint_instead(j, err);
	free(now);
	buf_release(&what);
	return ret;
}

static int judge_upgrade(struct judging *j, struct error *err)
{
	if (read_upstream(j, err) < 0 || read_releases(j, err) < 0 ||
	    find_work(j, &j->work, j->m->new, 0, err) < 0)
		return -1;
	if (j->work.nr)
		return refuse(j, err);
	if (j->work.is_cut) {
		verdict_refuse(j->v, "this clone is shallow: its history ends "
			       "before it tells whether %s -> %s brings work "
			       "on extensions", j->from, j->to);
		verdict_hint(j->v, "fetch the rest with \"git fetch "
			     "--unshallow\", then %s", move_again(j->m));
		return 0;
	}
	verdict_ok(j->v, "%s -> %s brings no work on extensions", j->from,
		   j->to);
	j->v->is_telling = 1;
	return 0;
}

static int judge_move(struct judging *j, struct error *err)
{
	if (read_bases(j, err) < 0)
		return -1;
	if (j->v->kind == VERDICT_UNKNOWN || !j->has.nr)
		return 0;
	j->from = release_of(j, j->has.v[0]);
	j->to = release_of(j, j->m->new);
	/* What nobody can tell other gates judge. */
	if (!j->from || !j->to)
		return 0;
	if (strcmp(j->from, j->to) != 0)
		return judge_upgrade(j, err);
	if (j->verified) {
		verdict_ok(j->v, "%s has verified %s", j->env->name, j->to);
		j->v->is_telling = 1;
	}
	return 0;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	struct judging j = {
		.m = m, .env = profile_environment(m->profile, m->env),
		.v = v,
		.has = STRVEC_INIT, .releases = STRVEC_INIT,
		.work = EXTENSION_LIST_INIT,
	};
	int ret;

	if (!j.env || !profile_has_extensions(j.env) || !m->new)
		return 0;
	ret = judge_move(&j, err);
	free(j.verified);
	free(j.from);
	free(j.to);
	free(j.upstream);
	free(j.last);
	strvec_release(&j.has);
	strvec_release(&j.releases);
	extension_list_release(&j.work);
	return ret;
}

const struct gate gate_extensions = { "extensions", judge };
