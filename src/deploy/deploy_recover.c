#include "deploy/deploy_internal.h"

#include "base/buf.h"
#include "base/mem.h"
#include "deploy/data_mark.h"
#include "deploy/notify.h"
#include "deploy/place.h"
#include "deploy/standstill.h"

#include <stdlib.h>
#include <string.h>

/* A worker was killed between the switch and the record. */
static int record_switched(struct platform *p, const struct environment *env,
			   const struct release_dir *dir, const char *commit,
			   struct error *err)
{
	struct deploy d = DEPLOY_INIT(p, env, commit);
	int ret = deploy_prepare(&d, err);

	d.mode = profile_mode(&p->profile, env);
	if (!ret && (!d.state.deployed || strcmp(d.state.deployed, commit)))
		ret = deploy_record_deployed(&d, "recorded after the worker "
					     "was killed", NULL, err);
	if (!ret)
		ret = release_dir_resume(d.top, err);
	if (!ret)
		ret = data_mark_end(d.top, err);
	if (!ret)
		ret = mode_recover(p, env, err);
	if (!ret)
		ret = release_dir_mark(dir, NULL, err);
	if (!ret)
		deploy_log_close_dead(p, env->name, dir->id, "ok");
	deploy_release(&d);
	return ret;
}

/* A worker was killed before the switch. */
static int clean_up(struct platform *p, const struct environment *env,
		    const struct release_dir *dir, const char *commit,
		    struct error *err)
{
	struct env_state s = ENV_STATE_INIT;
	int ret;

	step_kill_leftovers(dir->id);
	/* While its folder is there. */
	ret = mode_recover(p, env, err);
	if (!ret)
		ret = env_state_read(&s, &p->repo, env->name, err);
	/* That it failed was recorded: its folder is to be looked at. */
	if (!ret)
		ret = are_same(commit, s.failed) ? p->place->failed(dir, err) :
						   p->place->discard(dir, err);
	deploy_log_close_dead(p, env->name, dir->id,
			      are_same(commit, s.failed) ? "failed" :
							   "killed");
	env_state_release(&s);
	return ret;
}

int deploy_recover(struct platform *p, const struct environment *env,
		   struct error *err)
{
	char *top = p->place->top(p, env);
	struct release_dir current = RELEASE_DIR_INIT;
	struct release_dir dir = RELEASE_DIR_INIT;
	struct strvec ids = STRVEC_INIT;
	int ret = 0;

	p->place->serving(&current, top);
	release_dir_marked(top, "building", &ids);
	for (size_t i = 0; !ret && i < ids.nr; i++) {
		char *commit;

		release_dir_set(&dir, top, ids.v[i]);
		commit = release_dir_marked_commit(&dir, "building");
		if (commit && are_same(current.id, dir.id))
			ret = record_switched(p, env, &dir, commit, err);
		else
			ret = clean_up(p, env, &dir, commit, err);
		free(commit);
	}
	if (!ret)
		ret = release_dir_sweep(top, err);
	if (!ret)
		ret = mode_recover(p, env, err);
	if (!ret)
		ret = standstill_recover(p, env, err);
	/* What it recorded, and could tell nobody. */
	notify_tell(p, env, NULL);
	release_dir_release(&current);
	release_dir_release(&dir);
	strvec_release(&ids);
	free(top);
	return ret;
}
