#include "deploy/deploy_internal.h"

#include "base/buf.h"
#include "deploy/notify.h"
#include "deploy/place.h"
#include "deploy/restore_mark.h"
#include "git/object.h"

#include <stdlib.h>

static void fail_before(struct verification *v, const char *why)
{
	buf_adds(&v->reason, why);
	point_add(&v->points, "platform", 0, "failed", why);
	points_add_line(&v->points, &v->summary);
}

/* What no check that is good can make up for; NULL: nothing. */
static const char *known_trouble(const struct deploy *d)
{
	const struct profile *profile = &d->p->profile;

	if (mode_leaves_page(d->top))
		return "the maintenance page may be up: the step that takes "
		       "it off fails";
	if (release_dir_is_stopped(d->top))
		return "a restore stopped what serves, and it was not started "
		       "again";
	if (release_dir_is_interrupted(d->top) &&
	    !check_is_there(&profile->health) &&
	    !check_is_there(&profile->version))
		return "a deploy stopped what serves, and there is no check "
		       "to say that it serves again";
	return NULL;
}

int deploy_unverify(struct platform *p, const struct environment *env,
		    const char *why, struct error *err)
{
	struct deploy d = DEPLOY_INIT(p, env, NULL);
	struct verification v = VERIFICATION_INIT;
	struct env_state s = ENV_STATE_INIT;
	int ret = env_state_read(&s, &p->repo, env->name, err);

	d.commit = s.deployed;
	if (!ret && s.verified && s.deployed) {
		fail_before(&v, why);
		ret = deploy_prepare(&d, err);
		if (!ret)
			ret = deploy_record_verified(&d, &v, err);
		notify_tell(p, env, NULL);
	}
	verification_release(&v);
	env_state_release(&s);
	deploy_release(&d);
	return ret;
}

int deploy_verify(struct platform *p, const struct environment *env,
		  struct verification *v, struct error *err)
{
	struct deploy d = DEPLOY_INIT(p, env, NULL);
	struct env_state s = ENV_STATE_INIT;
	struct error half = ERROR_INIT;
	struct step_context c;
	const char *trouble;
	char *log = NULL;
	int ret = -1;

	if (env_state_read(&s, &p->repo, env->name, err) < 0)
		goto out;
	d.commit = s.deployed;
	if (d.commit && deploy_prepare(&d, err) < 0)
		goto out;
	if (!d.commit || (!p->place->is_one_folder &&
			  !p->place->serving(&d.old, d.top))) {
		error_set(err, ERROR_REFUSED, "nothing is deployed to %s",
			  env->name);
		error_hint(err, "push to '%s' first", env->branch);
		goto out;
	}
	c = (struct step_context){
		.platform = p, .env = env->name, .release = d.release,
		.commit = d.commit, .dir = d.old.path ? d.old.path :
						       repo_top(&p->repo),
		.at = env,
	};
	/* By what counts as a failure now. */
	log = deploy_log_of(p, env->name, d.commit);
	restore_mark_check(d.top, env->name, &half);
	trouble = half.kind ? half.message : known_trouble(&d);
	if (trouble)
		fail_before(v, trouble);
	else if (verify_release(v, &c, log, err) < 0)
		goto out;
	ret = deploy_record_verified(&d, v, err);
	notify_tell(p, env, log);
	/* Somebody has started it by hand. */
	if (!ret && v->ok)
		ret = release_dir_resume(d.top, err);
out:
	error_release(&half);
	free(log);
	env_state_release(&s);
	deploy_release(&d);
	return ret;
}
