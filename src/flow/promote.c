#include "flow/promote_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "flow/push_internal.h"
#include "git/object.h"
#include "git/ref.h"
#include "model/lineage.h"
#include "model/path.h"

#include <stdlib.h>
#include <string.h>

/* Which environments */

/* What stands in for the name where none was said. */
#define USUAL_SOURCE "staging"

static int find_target(struct promote *p, struct repo *r,
		       const struct promote_request *q, struct error *err)
{
	struct push *push = &p->push;

	if (product_open(&push->product, r, NULL, err) < 0 ||
	    destination_find(&push->to, r, &push->product, q->to, err) < 0 ||
	    (q->turn && turn_begin(&push->turn, r, push->to.branch, q->turn,
				   err) < 0) ||
	    (q->command && push->to.is_driven &&
	     destination_publish(&push->to, r, err) < 0) ||
	    destination_fetch_tip(&push->to, r, err) < 0)
		return -1;
	p->target = xstrdup_or_null(destination_tip(&push->to));
	return 0;
}

/* 1: the configuration of that commit (NULL: HEAD) says from where. */
static int ask_config(struct promote *p, struct repo *r, const char *commit,
		      struct error *err)
{
	const struct environment *env;

	if (config_read(&p->config, r, commit, err) < 0)
		return -1;
	env = profile_environment(&p->config.profile, p->push.to.env);
	if (env && env->promotes_from) {
		p->env = env;
		return 1;
	}
	config_release(&p->config);
	return 0;
}

static int find_config(struct promote *p, struct repo *r, struct error *err)
{
	struct error unreadable = ERROR_INIT;
	int found = 0;

	/* Then nobody could mend it but by a push of something else. */
	if (p->target)
		found = ask_config(p, r, p->target, &unreadable);
	if (found < 0)
		config_release(&p->config);
	if (found <= 0)
		found = ask_config(p, r, NULL, err);
	error_release(&unreadable);
	return found < 0 ? -1 : 0;
}

/*
 * The environment that comes behind `env` on the way to `later`, which are the
 * wrong way round then; NULL: there is no such way.
 */
static const char *next_to(const struct promote *p, const char *env,
			   const char *later)
{
	const struct profile *profile = &p->push.product.profile;

	for (size_t i = 0; later && i <= profile->nr_environments; i++) {
		const struct environment *e = profile_environment(profile,
								  later);

		if (e && e->promotes_from && !strcmp(e->promotes_from, env))
			return later;
		later = e ? e->promotes_from : NULL;
	}
	return NULL;
}

/* What would make a circle is no advice. */
static int wrong_way(const char *env, const char *next, struct error *err)
{
	error_set(err, ERROR_REFUSED, "nothing is promoted to %s: %s is "
		  "promoted from it", env, next);
	return error_hint(err, "the other way round: git upgrade promote %s "
			  "%s", env, next);
}

static int no_source_is_said(const struct promote *p, const char *from,
			     struct error *err)
{
	const char *env = p->push.to.env, *source = from ? from : USUAL_SOURCE;
	const struct environment *known =
		env_list_find(&p->push.to.environments, source);

	error_set(err, ERROR_REFUSED, "nothing says from where %s is promoted",
		  env);
	error_hint(err, "say so in .gitupgrade.yaml, as %s's "
		   "'promotes_from', and commit it; or for this clone:", env);
	/* What only a platform knows of is not configured. */
	error_hint(err, "  git config upgrade.environments.%s.branch %s",
		   source, known ? known->branch : source);
	return error_hint(err, "  git config upgrade.environments.%s."
			  "promotes-from %s", env, source);
}

static int no_source(const struct promote *p, const char *from,
		     struct error *err)
{
	const char *env = p->push.to.env;
	const char *next = next_to(p, env, from ? from : USUAL_SOURCE);

	return next ? wrong_way(env, next, err) :
		      no_source_is_said(p, from, err);
}

/*
 * It is said by what is there now: whoever has changed it elsewhere, as where
 * an environment has another name by now, must bring that there first.
 */
static int hint_origin(const struct promote *p, struct error *err)
{
	const char *env = p->env->name;
	char *key = xstrfmt("environments.%s.promotes_from", env);

	error_hint(err, "that %s is promoted from %s is said by %s; to change "
		   "it, push a fix of %s's own", env, p->env->promotes_from,
		   profile_origin(&p->config.profile, key), env);
	free(key);
	return -1;
}

static int wrong_source(const struct promote *p, const char *from,
			struct error *err)
{
	const char *env = p->env->name, *right = p->env->promotes_from;

	error_set(err, ERROR_REFUSED, "%s is promoted from %s, not from %s",
		  env, right, from);
	error_hint(err, "git upgrade promote %s %s", right, env);
	if (next_to(p, env, from))
		error_hint(err, "or the other way round: git upgrade promote "
			   "%s %s", env, next_to(p, env, from));
	return hint_origin(p, err);
}

static int find_tip(struct promote *p, struct repo *r, const char *from,
		    struct error *err)
{
	if (destination_find(&p->from, r, &p->push.product, from, err) < 0 ||
	    destination_fetch_tip(&p->from, r, err) < 0)
		return -1;
	p->tip = xstrdup_or_null(destination_tip(&p->from));
	if (p->tip)
		return 0;
	return error_set(err, ERROR_REFUSED, "there is no branch '%s' at "
			 "'%s', so %s has nothing to promote",
			 p->from.branch, p->from.remote, from);
}

static int find_source(struct promote *p, struct repo *r,
		       const struct promote_request *q, struct error *err)
{
	int found;

	if (find_config(p, r, err) < 0)
		return -1;
	if (!p->env && !q->from)
		return no_source(p, NULL, err);
	if (p->env && q->from && strcmp(p->env->promotes_from, q->from))
		return wrong_source(p, q->from, err);
	if (find_tip(p, r, p->env ? p->env->promotes_from : q->from, err) < 0)
		return p->env && err->kind == ERROR_REFUSED ?
		       hint_origin(p, err) : -1;
	if (p->env)
		return 0;
	found = ask_config(p, r, p->tip, err);
	if (!found)
		return no_source(p, q->from, err);
	return found < 0 ? -1 : strcmp(p->env->promotes_from, q->from) ?
	       wrong_source(p, q->from, err) : 0;
}

/* Not what its branch is at, but what it verified before. */
static int find_release(struct promote *p, struct repo *r,
			const char *release, struct error *err)
{
	const char *from = p->env->promotes_from;
	struct event_list events = EVENT_LIST_INIT;
	char *commit = proof_events(&events, r, from, err) < 0 ? NULL :
		       proof_of_release(&events, release);
	int has = commit ? commit_contains(r, p->tip, commit, err) : 0;

	event_list_release(&events);
	if (!err->kind && has <= 0) {
		error_set(err, ERROR_REFUSED, "%s has verified nothing of %s "
			  "that its branch still has", from, release);
		error_hint(err, "see what was with \"git upgrade log %s\"",
			   from);
	}
	free(p->tip);
	p->tip = commit;
	return has > 0 ? 0 : -1;
}

/* To go back is no promotion: what was promoted last has it already? */
static int check_newer(const struct promote *p, struct repo *r,
		       const char *commit, struct error *err)
{
	struct lineage l = LINEAGE_INIT;
	const char *env = p->env->name, *last = NULL;
	int ret = p->target ? lineage_read(&l, r, p->target, err) : 0;
	int has = 0;

	if (!ret && l.promoted.nr)
		last = l.promoted.v[0];
	if (last && strcmp(last, commit) != 0)
		has = commit_contains(r, last, commit, err);
	if (has > 0) {
		error_set(err, ERROR_REFUSED, "%s has more of %s than that: "
			  "%.7s, which goes on from %.7s", env,
			  p->env->promotes_from, last, commit);
		error_hint(err, "to go back: git upgrade rollback %s", env);
	}
	lineage_release(&l);
	return err->kind ? -1 : 0;
}

/* Not what its branch is at, but what that was at before. */
static int find_commit(struct promote *p, struct repo *r, const char *name,
		       struct error *err)
{
	const char *from = p->env->promotes_from;
	char *commit = object_commit(r, name);
	int has = commit ? commit_contains(r, p->tip, commit, err) : 0;

	if (!err->kind && has <= 0) {
		error_set(err, ERROR_REFUSED, "'%s' is no commit that the "
			  "branch of %s has", name, from);
		error_hint(err, "see what was verified there with \"git "
			   "upgrade log %s\"", from);
	}
	if (has > 0 && check_newer(p, r, commit, err) < 0)
		has = -1;
	free(p->tip);
	p->tip = commit;
	return has > 0 ? 0 : -1;
}

/* Whether the source verified it, in words for who can do something. */
static int check_proof(struct promote *p, struct repo *r,
		       const struct promote_request *q, struct error *err)
{
	const char *from = p->env->promotes_from;
	struct buf text = BUF_INIT;
	int ret = proof_read(&p->proof, r, from, p->tip, err);

	if (ret < 0 || p->proof.kind == PROOF_VERIFIED)
		return ret;
	proof_add(&text, &p->proof);
	if (p->proof.kind == PROOF_NO_LEDGER) {
		buf_reset(&text);
		buf_adds(&text, "nobody says was verified there");
	}
	if (q->commit)
		error_set(err, ERROR_REFUSED, "%.7s of %s %s", p->tip, from,
			  text.s);
	else
		error_set(err, ERROR_REFUSED, "%s is at %.7s, which %s", from,
			  p->tip, text.s);
	error_hint(err, "see how it stands with \"git upgrade status\"");
	if (p->proof.kind == PROOF_NONE)
		error_hint(err, "have it deployed there with \"git upgrade "
			   "push %s\"", from);
	else if (p->proof.kind == PROOF_FAILED)
		error_hint(err, "look at it again with \"git upgrade verify "
			   "%s\", or push a fix there", from);
	buf_release(&text);
	return -1;
}

/* As that commit knows it, whatever is checked out here. */
static int ask_product(struct promote *p, struct repo *r, const char *commit,
		       struct error *err)
{
	product_release(&p->push.product);
	return product_open(&p->push.product, r, commit, err);
}

/* The commit */

static void describe(const struct promote *p, const char *was,
		     const char *more, struct buf *out)
{
	const char *from = p->env->promotes_from;

	if (p->release)
		buf_addf(out, "Promote %s from %s to %s\n\n", p->release, from,
			 p->env->name);
	else
		buf_addf(out, "Promote %.7s from %s to %s\n\n", p->tip, from,
			 p->env->name);
	if (more)
		buf_addf(out, "%s\n\n", more);
	if (was && p->release && strcmp(was, p->release))
		buf_addf(out, "Upgrade-From: %s\nUpgrade-To: %s\n", was,
			 p->release);
	for (size_t i = p->nr_fixes; i-- > 0;)
		if (p->fixes[i].dropped)
			buf_addf(out, DROPPED_TRAILER ": %s\n",
				 p->fixes[i].commit);
	buf_addf(out, PROMOTED_TRAILER ": %s %s\n", from, p->tip);
}

static char *write_commit(const struct promote *p, struct repo *r,
			  const struct buf *message, struct error *err)
{
	struct proc proc = PROC_INIT;

	git_proc(&proc, r, "-c", "i18n.commitEncoding=UTF-8", "commit-tree",
		 NULL);
	if (repo_config_bool(r, "commit.gpgSign", 0))
		strvec_push(&proc.argv, "-S");
	if (p->target)
		strvec_pushl(&proc.argv, "-p", p->target, NULL);
	strvec_pushl(&proc.argv, "-p", p->tip, p->tree, NULL);
	proc.in = message->s;
	proc.in_len = message->len;
	return object_written(&proc, err);
}

static char *make_commit(struct promote *p, struct repo *r, const char *more,
			 struct error *err)
{
	const struct release_list *list = &p->push.product.releases;
	char *was = p->target ? adopted_name_at(r, list, p->target) : NULL;
	struct buf message = BUF_INIT;
	char *commit;

	describe(p, was, more, &message);
	commit = write_commit(p, r, &message, err);
	buf_release(&message);
	free(was);
	return commit;
}

/* 1: the target has all that the source has; 0, -1. */
static int is_there(const struct promote *p, struct repo *r,
		    struct error *err)
{
	char *tree = object_tree(r, p->target);
	int same = are_same(tree, p->tree);

	free(tree);
	return same ? commit_contains(r, p->target, p->tip, err) : 0;
}

static int count_commits(struct promote *p, struct repo *r,
			 struct error *err)
{
	char *without = p->target ? xstrfmt("^%s", p->target) : NULL;
	char *count = git_line(r, err, "rev-list", "--count", p->tip, without,
			       NULL);

	if (count)
		p->nr_commits = strtoul(count, NULL, 10);
	free(without);
	free(count);
	return count ? 0 : -1;
}

/* What is to be pushed: a new commit, or what is there already.  free(). */
static char *decide(struct promote *p, struct repo *r,
		    const struct promote_request *q, struct error *err)
{
	int there;

	p->tree = promotion_tree(r, p->env, p->target, p->tip, err);
	if (!p->tree || (p->target && p->env->own.nr &&
			 promote_carry_own(p, r, q, err) < 0))
		return NULL;
	there = p->target ? is_there(p, r, err) : 0;
	if (!there && p->target)
		there = promote_find_fixes(p, r, q, err);
	if (there < 0)
		return NULL;
	if (there)
		return xstrdup(p->target);
	if (count_commits(p, r, err) < 0)
		return NULL;
	return make_commit(p, r, q->message, err);
}

/* From here on it is a push of that commit, as the configuration has it. */
static int make_push(struct promote *p, struct repo *r, char *commit,
		     const char *release, struct error *err)
{
	struct push *push = &p->push;

	push->tip = commit;
	push->promotes = p->env->promotes_from;
	push->promotes_release = release;
	push->source_tip = destination_tip(&p->from);
	strvec_push(&push->hops, commit);
	if (ask_product(p, r, commit, err) < 0 ||
	    push_read_lock(push, r, err) < 0)
		return -1;
	push_aim(push, r, 0, 0);
	return 0;
}

int promote_prepare(struct promote *p, struct repo *r,
		    const struct promote_request *q, struct error *err)
{
	char *commit;

	if (find_target(p, r, q, err) < 0 || find_source(p, r, q, err) < 0 ||
	    (q->release && find_release(p, r, q->release, err) < 0) ||
	    (q->commit && find_commit(p, r, q->commit, err) < 0) ||
	    check_proof(p, r, q, err) < 0 ||
	    ask_product(p, r, p->tip, err) < 0 ||
	    (!q->command && quarantine_begin(&p->quarantine, r, err) < 0))
		return -1;
	p->release = adopted_name_at(r, &p->push.product.releases, p->tip);
	commit = decide(p, r, q, err);
	return commit ? make_push(p, r, commit, q->release, err) : -1;
}

/* The commit of its own that the source verified: of the same tree. */
static const char *verified_commit(const struct promote *p)
{
	return p->proof.commit ? p->proof.commit : p->tip;
}

static int refuse_denied(const struct promote *p, const char *why,
			 struct error *err)
{
	const char *from = p->env->promotes_from;

	error_set(err, ERROR_REFUSED, "%s: the platform does not say that "
		  "%.7s is deployed there, as was recorded: %s", from,
		  verified_commit(p), why);
	return error_hint(err, "have the record put right with \"git upgrade "
			  "verify %s\"", from);
}

static int ask_engine(struct promote *p, struct repo *r, struct error *err)
{
	struct client c = CLIENT_INIT;
	enum engine_word word = ENGINE_SAYS_NOTHING;
	struct buf why = BUF_INIT;
	int ret = client_open(&c, r, &p->push.product, &p->from, p->push.trust,
			      err);

	if (!ret)
		ret = client_confirm(&c, verified_commit(p), &word, &why, err);
	if (!ret && word == ENGINE_DENIES)
		ret = refuse_denied(p, why.s, err);
	buf_release(&why);
	client_release(&c);
	return ret;
}

int promote_confirm(struct promote *p, struct repo *r, struct error *err)
{
	struct client c = CLIENT_INIT;
	int seen, ret;

	if (!p->from.is_driven)
		return 0;
	ret = engine_run_read(&c.run, r, p->from.env, err);
	seen = !ret && client_has_seen(&c, verified_commit(p), 1);
	client_release(&c);
	return ret < 0 || seen ? ret : ask_engine(p, r, err);
}

/* 1: the source's branch has something of that release that it verified. */
static int is_stop(const struct promote *p, struct repo *r,
		   const struct event_list *events, const char *release,
		   struct error *err)
{
	char *commit = proof_of_release(events, release);
	int has = commit ? commit_contains(r, p->tip, commit, err) : 0;

	free(commit);
	return has;
}

/* What the source has verified of the releases between, both ends as well. */
static int find_verified(struct release_list *between, const struct promote *p,
			 struct repo *r, const struct release *from,
			 const struct release *to, struct error *err)
{
	const struct release_list *list = &p->push.product.releases;
	struct event_list events = EVENT_LIST_INIT;
	int ret = proof_events(&events, r, p->env->promotes_from, err);

	/* Borrowed, all but the array. */
	*between = *list;
	between->v = xcalloc(list->nr + 1, sizeof(*between->v));
	between->nr = 0;
	for (size_t i = 0; ret >= 0 && i < list->nr; i++) {
		const struct release *at = &list->v[i];

		if (version_cmp(&at->version, &from->version) < 0 ||
		    version_cmp(&at->version, &to->version) > 0)
			continue;
		ret = at == from || at == to ? 1 :
		      is_stop(p, r, &events, at->name, err);
		if (ret > 0)
			between->v[between->nr++] = *at;
	}
	event_list_release(&events);
	return ret < 0 ? -1 : 0;
}

int promote_stops(const struct promote *p, struct repo *r,
		  struct strvec *stops, struct error *err)
{
	const struct product *pr = &p->push.product;
	const char *was = p->push.from, *is = p->release;
	struct release_list between = RELEASE_LIST_INIT;
	struct path path = PATH_INIT;
	const struct release *from, *to;
	int ret;

	from = was ? release_find(&pr->releases, was) : NULL;
	to = is ? release_find(&pr->releases, is) : NULL;
	if (!from || !to || version_cmp(&from->version, &to->version) >= 0)
		return 0;
	ret = find_verified(&between, p, r, from, to, err);
	if (!ret)
		path_find(&path, &between, &pr->profile,
			  release_find(&between, was),
			  release_find(&between, is));
	for (size_t i = 0; i + 1 < path.nr; i++)
		strvec_push(stops, path.v[i]->name);
	path_release(&path);
	free(between.v);
	return ret;
}

int promote_take_lock(struct promote *p, struct repo *r, size_t nr,
		      struct error *err)
{
	struct push *push = &p->push;
	char *what;
	int ret;

	/* What is asked of a platform is an object, and must be found. */
	quarantine_end(&p->quarantine, r);
	if (!push->to.is_platform ||
	    (push->hold.nonce && !push->hold.of_push))
		return 0;
	what = xstrfmt("promotion of %zu hops to %s", nr,
		       p->release ? p->release : p->tip);
	ret = hold_take(&push->hold, r, &push->to, 1, what, NULL, err);
	free(what);
	return ret;
}

void promote_release(struct promote *p, struct repo *r)
{
	quarantine_end(&p->quarantine, r);
	push_release(&p->push);
	destination_release(&p->from);
	config_release(&p->config);
	proof_release(&p->proof);
	for (size_t i = 0; i < p->nr_fixes; i++) {
		free(p->fixes[i].commit);
		free(p->fixes[i].subject);
	}
	free(p->fixes);
	strvec_release(&p->carried);
	free(p->tip);
	free(p->release);
	free(p->tree);
	free(p->target);
}
