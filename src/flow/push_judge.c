/*
 * What the gates say to a push, and what they are told about it.
 */
#include "flow/push_internal.h"

#include "base/mem.h"
#include "base/time.h"
#include "flow/conditions.h"
#include "gate/judge.h"
#include "state/backup.h"
#include "state/former.h"

#include <stdlib.h>

/* The environment that this one is promoted from, at the same remote. */
static void find_source(const struct push *p, const struct judge *j,
			struct move_source *source)
{
	const struct environment *env, *from = NULL;
	char *ref;

	source->tip = p->source_tip;
	env = profile_environment(&j->config.profile, p->to.env);
	if (env && env->promotes_from)
		from = env_list_find(&p->to.environments, env->promotes_from);
	if (!from || !p->to.is_platform)
		return;
	ref = xstrfmt("refs/heads/%s", from->branch);
	source->is_here = 1;
	if (!source->tip)
		source->tip = ls_remote_get(&p->to.refs, ref);
	free(ref);
}

/* What is overridden stands in the ledger: but whose? */
static int check_overrides(const struct push *p, struct error *err)
{
	if (!p->overrides || !p->overrides->gates.nr || p->to.is_platform ||
	    p->to.is_driven)
		return 0;
	if (p->to.is_pulled) {
		error_set(err, ERROR_REFUSED, "the host of %s judges what it "
			  "pulls by itself, and nothing is overridden there",
			  p->to.env);
		return error_hint(err, "have what refuses changed in the "
				  "configuration of %s", p->to.env);
	}
	error_set(err, ERROR_REFUSED, "'%s' is no platform: nothing there "
		  "records what is overridden", p->to.remote);
	return error_hint(err, "push without --override");
}

static int ask_and_judge(struct push *p, struct move *m,
			 const struct judge *j, struct error *err)
{
	struct condition_answers answers = CONDITION_ANSWERS_INIT;
	int ret = conditions_ask_here(&answers, m, j, p->trust, err);

	if (!ret)
		ret = judge_move(j, m, &p->verdicts, err);
	condition_answers_release(&answers);
	return ret;
}

/*
 * What keeps others out.  A platform, or a host, knows better; and that of an
 * earlier hop is no reason to stop there, nor for who goes on with a push of
 * several that was killed.
 */
static int find_backup(const struct push *p, struct repo *r,
		       struct backup_list *list, struct move *m,
		       struct error *err)
{
	if (!p->to.is_driven || p->at)
		return 0;
	if (backups_read(list, r, p->to.env, err) < 0)
		return -1;
	m->backup = backups_last_upgrade(list, time_now());
	if (m->backup && are_same(m->backup->path, p->tip))
		m->backup = NULL;
	return 0;
}

int push_judge(struct push *p, struct repo *r, struct error *err)
{
	struct judge j = JUDGE_INIT;
	struct move m = {
		.repo = r, .env = p->to.env, .branch = p->to.branch,
		.old = p->old, .new = p->commit,
		.deployed = p->before.deployed,
	};
	struct move_source source = { NULL, NULL, 0 };
	struct backup_list backups = BACKUP_LIST_INIT;
	int ret = check_overrides(p, err) < 0 ? -1 : push_read_lock(p, r, err);
	char *back = ret < 0 ? NULL : former_standing(r, p->to.env, p->old,
						      m.deployed, err);

	if (err->kind)
		return -1;
	if (back)
		m.deployed = back;
	m.lock = p->is_locked ? &p->lock : NULL;
	m.nonce = p->hold.nonce;
	m.overrides = p->overrides;
	ret = judge_open(&j, r, p->old, p->commit, &p->product.releases, err);
	if (!ret && j.warning)
		strvec_push(&p->product.warnings, j.warning);
	if (!ret)
		find_source(p, &j, &source);
	m.source = &source;
	if (!ret)
		ret = find_backup(p, r, &backups, &m, err);
	if (!back && p->has_there && j.releases == &p->product.releases)
		m.known_from = &p->there;
	if (!ret)
		ret = ask_and_judge(p, &m, &j, err);
	judge_release(&j);
	backup_list_release(&backups);
	free(back);
	return ret;
}
