/*
 * The hop from what is deployed to what is pushed must be one the product
 * supports.  Judged from the last deployed commit where that is known:
 * deploys coalesce, so two legal pushes may arrive as one illegal hop.
 */
#include "gate/gate.h"

#include "git/ref.h"
#include "model/hops.h"
#include "model/path.h"
#include "model/record.h"
#include "state/proof.h"

#include <stdlib.h>
#include <string.h>

/* A move that is no legal hop, and the hops that the branch makes. */
struct jump {
	const struct move *m;
	const struct release *from, *to;
	struct hops hops;
	struct strvec names;		/* of the release each hop is to */
};

static int is_backwards(const struct jump *j)
{
	return version_cmp(&j->from->version, &j->to->version) > 0;
}

/* Each hop from `from` on, all of them legal. */
static int is_hop_by_hop(const struct jump *j)
{
	const struct release *at = j->from;

	for (size_t i = 0; i < j->names.nr; i++) {
		const struct release *next = release_find(j->m->releases,
							  j->names.v[i]);

		if (!next || !path_is_legal(j->m->profile, at, next))
			return 0;
		at = next;
	}
	return at == j->to;
}

static const char *hop_end(const struct jump *j, size_t hop)
{
	return hop + 1 < j->hops.ends.nr ? j->hops.ends.v[hop + 1] : j->m->new;
}

static int read_hops(struct jump *j, struct error *err)
{
	const struct move *m = j->m;
	int ret = hops_read(&j->hops, m->repo, m->releases,
			    m->deployed ? m->deployed : m->old, m->new, err);

	for (size_t i = 0; !ret && i < j->hops.ends.nr; i++) {
		char *name = adopted_name_at(m->repo, m->releases,
					     hop_end(j, i));

		strvec_push(&j->names, name ? name : "?");
		free(name);
	}
	return ret;
}

static void add_names(struct buf *out, const struct strvec *names)
{
	for (size_t i = 0; i < names->nr; i++)
		buf_addf(out, "%s%s", i ? ", " : "", names->v[i]);
}

/* It has every hop, only not one at a time. */
static void hint_hops(const struct jump *j, struct verdict *v)
{
	const struct move *m = j->m;
	struct buf names = BUF_INIT;

	add_names(&names, &j->names);
	if (m->here) {
		verdict_hint(v, "what was pulled has each hop, %s; deploy "
			     "them one after the other:", names.s);
		for (size_t i = 0; i < j->names.nr; i++)
			verdict_hint(v, "  git reset --keep %.12s && git "
				     "upgrade deploy %s", hop_end(j, i),
				     m->env);
	} else {
		verdict_hint(v, "it has each hop, %s; to have them deployed "
			     "one after the other, push with", names.s);
		verdict_hint(v, "  git upgrade push %s", m->env);
	}
	buf_release(&names);
}

/* The commit that jumps, and how it is taken back. */
static void hint_revert(const struct jump *j, struct verdict *v)
{
	const char *commit = j->hops.begins.v[0];
	struct strvec parents = STRVEC_INIT;
	struct error ignored = ERROR_INIT;

	if (!commit_parents(j->m->repo, commit, &parents, &ignored))
		verdict_hint(v, "  git revert %s%.12s",
			     parents.nr > 1 ? "-m 1 " : "", commit);
	error_release(&ignored);
	strvec_release(&parents);
}

/* The branch itself jumps: there is a path, and it was not taken. */
static void hint_path(const struct jump *j, const struct path *path,
		      struct verdict *v)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < path->nr; i++)
		buf_addf(&text, " -> %s", path->v[i]->name);
	verdict_hint(v, "the path is %s%s; %stake back what jumps, and go "
		     "it%s with", j->from->name, text.s, j->m->here ?
		     "in the clone where that was merged, " : "",
		     path->nr > 1 ? ", a commit a hop," : "");
	if (j->hops.begins.nr == 1)
		hint_revert(j, v);
	verdict_hint(v, "  git upgrade merge %s%s", path->nr > 1 ?
		     "--path " : "", j->to->name);
	verdict_hint(v, j->m->here ? "push it from there, and pull it here" :
		     "then %s", move_again(j->m));
	buf_release(&text);
}

/* The farthest that can be gone to and that the source has verified; NULL. */
static const char *first_stop(const struct jump *j, const char *source)
{
	const struct release_list *list = j->m->releases;
	struct event_list events = EVENT_LIST_INIT;
	struct error ignored = ERROR_INIT;
	const struct release *stop = NULL;
	int ret = proof_events(&events, j->m->repo, source, &ignored);

	for (size_t i = 0; ret >= 0 && i < list->nr; i++) {
		const struct release *at = &list->v[i];
		const struct release *last = stop ? stop : j->from;
		char *commit = NULL;

		if (version_cmp(&at->version, &last->version) > 0 &&
		    version_cmp(&at->version, &j->to->version) < 0 &&
		    path_is_legal(j->m->profile, j->from, at))
			commit = proof_of_release(&events, at->name);
		if (commit)
			stop = at;
		free(commit);
	}
	event_list_release(&events);
	error_release(&ignored);
	return stop ? stop->name : NULL;
}

/*
 * What is promoted goes from release to release as well, but over those that
 * the source had, which may be others than the path names.
 */
static void hint_promotions(const struct jump *j, const struct path *path,
			    const char *source, struct verdict *v)
{
	const char *first = first_stop(j, source);
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < path->nr; i++)
		buf_addf(&text, " -> %s", path->v[i]->name);
	if (first) {
		verdict_hint(v, "the path is %s%s; promote what %s has "
			     "verified of %s first:", j->from->name, text.s,
			     source, first);
		verdict_hint(v, "  git upgrade promote --release=%s %s %s",
			     first, source, j->m->env);
		verdict_hint(v, "or all of them, one after the other: git "
			     "upgrade promote --path %s %s", source,
			     j->m->env);
	} else {
		verdict_hint(v, "the path is %s%s; promote what %s has "
			     "verified on the way, one after the other: git "
			     "upgrade promote --path %s %s", j->from->name,
			     text.s, source, source, j->m->env);
	}
	buf_release(&text);
}

/* The environment it is promoted from; NULL: none. */
static const char *source_of(const struct move *m)
{
	const struct environment *env = profile_environment(m->profile,
							    m->env);

	return env && !m->here ? env->promotes_from : NULL;
}

/* A host obeys its own configuration, so that one may let it pass. */
static void hint_let_pass(const struct jump *j, struct verdict *v)
{
	struct profile any = *j->m->profile;

	any.rule = PATH_ANY;
	if (j->m->here && path_is_legal(&any, j->from, j->to))
		verdict_hint(v, "or, where the product does support this "
			     "jump: git -c upgrade.path=any upgrade deploy "
			     "%s", j->m->env);
}

static void hint_backwards(const struct jump *j, struct verdict *v)
{
	const char *name = j->from->name;

	verdict_hint(v, "%s was deployed and may have changed the data, so it "
		     "is not taken back", name);
	verdict_hint(v, "%sbring it in again with \"git upgrade merge %s\", "
		     "mend there what is wrong with it, and %s", j->m->here ?
		     "in the clone where that was merged, " : "", name,
		     j->m->here ? "pull that" : move_again(j->m));
	if (!j->m->here)
		verdict_hint(v, "or have the platform go back to what it "
			     "verified before: git upgrade rollback %s",
			     j->m->env);
}

/* The words of path_check() are for who is about to merge. */
static int hint_way_out(struct jump *j, const struct strvec *merging,
			struct verdict *v, struct error *err)
{
	const struct move *m = j->m;
	struct path path = PATH_INIT;

	if (is_backwards(j)) {
		hint_backwards(j, v);
		return 0;
	}
	if (read_hops(j, err) < 0)
		return -1;
	if (is_hop_by_hop(j)) {
		hint_hops(j, v);
	} else if (path_find(&path, m->releases, m->profile, j->from,
			     j->to)) {
		if (source_of(m))
			hint_promotions(j, &path, source_of(m), v);
		else
			hint_path(j, &path, v);
		hint_let_pass(j, v);
	} else if (m->here) {
		verdict_hint(v, "pull a release that can be reached from %s: "
			     "see \"git upgrade list --all\"",
			     j->from->name);
		hint_let_pass(j, v);
	} else {
		for (size_t i = 0; i < merging->nr; i++)
			verdict_hint(v, "%s", merging->v[i]);
	}
	path_release(&path);
	return 0;
}

static int refuse(const struct move *m, const struct release *from,
		  const struct release *to, const struct error *why,
		  struct verdict *v, struct error *err)
{
	struct jump j = { .m = m, .from = from, .to = to, .hops = HOPS_INIT,
			  .names = STRVEC_INIT };
	int ret;

	if (is_backwards(&j))
		verdict_refuse(v, "%s -> %s goes backwards", from->name,
			       to->name);
	else
		verdict_refuse(v, "%s", why->message);
	ret = hint_way_out(&j, &why->hints, v, err);
	hops_release(&j.hops);
	strvec_release(&j.names);
	return ret;
}

static int judge_hop(const struct move *m, const struct adopted *from,
		     const struct adopted *to, struct verdict *v,
		     struct error *err)
{
	struct error why = ERROR_INIT;
	int ret = 0;

	/* An unfinished upgrade is the record gate's to explain. */
	if (!from->release || !to->release)
		return verdict_unknown(v, "%s has no release to compare",
				       from->release ? "the pushed commit" :
				       "what is there now");
	if (from->release == to->release)
		return 0;
	if (!path_check(m->releases, m->profile, from->release, to->release,
			&why))
		return 0;
	if (why.kind == ERROR_REFUSED)
		ret = refuse(m, from->release, to->release, &why, v, err);
	else
		ret = error_move(err, &why);
	error_release(&why);
	return ret;
}

/* Without a list the records still tell from where to where it goes. */
static int judge_records(const struct move *m, const char *base,
			 struct verdict *v, struct error *err)
{
	struct record from = RECORD_INIT, to = RECORD_INIT;
	int ret = -1;

	if (record_read(&from, m->repo, base, err) < 0 ||
	    record_read(&to, m->repo, m->new, err) < 0)
		goto out;
	ret = 0;
	if (!from.release || !to.release)
		verdict_unknown(v, "no release of upstream is known here");
	else if (strcmp(from.release, to.release))
		verdict_unknown(v, "no release of upstream is known here; by "
				"the records it goes from %s to %s",
				from.release, to.release);
	/* From a release to itself is no hop, whatever there is besides. */
	if (v->kind == VERDICT_UNKNOWN)
		verdict_hint_fetch(v, m);
out:
	record_release(&from);
	record_release(&to);
	return ret;
}

static int judge(const struct move *m, struct verdict *v, struct error *err)
{
	const struct adopted *from, *to;

	if (!m->new || (!m->deployed && !m->old))
		return 0;
	if (!m->releases->nr)
		return judge_records(m, m->deployed ? m->deployed : m->old, v,
				     err);
	from = move_from(m, err);
	to = from ? move_to(m, err) : NULL;
	return to ? judge_hop(m, from, to, v, err) : -1;
}

const struct gate gate_legal_hop = { "legal-hop", judge };
