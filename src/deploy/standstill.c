#include "deploy/standstill.h"

#include "base/mem.h"
#include "deploy/deploy_internal.h"
#include "deploy/place.h"
#include "deploy/prefix.h"
#include "deploy/restore_mark.h"

#include <stdlib.h>

static int run_step(const struct standstill *s,
		    const struct deploy_step *step, struct error *err)
{
	struct step_result result = { 0, 0, 0 };
	struct buf out = BUF_INIT, why = BUF_INIT;
	int ret = deploy_wants_step(step, s->context, err);

	if (ret > 0) {
		report(s->say, REPORT_LOG, "  %-10s %s", "step", step->name);
		ret = step_run(s->context, &step->run, step->dir, -1, &out,
			       &result, err);
	}
	if (!ret && result.status) {
		step_describe(&result, step->run.timeout, &why);
		step_add_excerpt(&why, &out);
		ret = error_set(err, ERROR_DEPLOY, "step '%s': %s",
				step->name, why.s);
		prefix_explain(s->context, &result, err);
	}
	buf_release(&out);
	buf_release(&why);
	return ret;
}

static int run_phase(const struct standstill *s, enum deploy_phase phase,
		     struct error *err)
{
	const struct profile *profile = &s->p->profile;

	for (size_t i = 0; i < profile->nr_deploy; i++)
		if (deploy_step_phase(&profile->deploy[i]) == phase &&
		    run_step(s, &profile->deploy[i], err) < 0)
			return -1;
	return 0;
}

/* Is there anything that stops it? */
static int has_stop(const struct profile *profile)
{
	for (size_t i = 0; i < profile->nr_deploy; i++) {
		enum deploy_phase at = deploy_step_phase(&profile->deploy[i]);

		if (at == PHASE_STOP || at == PHASE_MAINTENANCE_ON)
			return 1;
	}
	return 0;
}

/* What an engine deploys has no steps that run here. */
int standstill_begin(const struct standstill *s, struct error *err)
{
	if (s->p->place->is_client)
		return 0;
	if (release_dir_stop(s->top, err) < 0 ||
	    run_phase(s, PHASE_MAINTENANCE_ON, err) < 0)
		return -1;
	return run_phase(s, PHASE_STOP, err);
}

int standstill_end(const struct standstill *s, struct error *err)
{
	const struct profile *profile = &s->p->profile;
	int stops = has_stop(profile);

	if (s->p->place->is_client)
		return 0;
	if (stops && (run_phase(s, PHASE_START, err) < 0 ||
		      run_phase(s, PHASE_MAINTENANCE_OFF, err) < 0))
		return -1;
	for (size_t i = 0; !stops && i < profile->nr_deploy; i++)
		if (profile->deploy[i].restores &&
		    run_step(s, &profile->deploy[i], err) < 0)
			return -1;
	return release_dir_resume(s->top, err);
}

/* Else a deploy comes, or another restore. */
static int is_ours(struct platform *p, const struct environment *env,
		   const struct env_state *state, const char *top)
{
	char *tip = platform_tip(p, env);
	int is = state->deployed && tip &&
		 (are_same(tip, state->deployed) ||
		  are_same(tip, state->failed)) &&
		 release_dir_is_stopped(top) && !restore_mark_is_there(top);

	free(tip);
	return is;
}

int standstill_recover(struct platform *p, const struct environment *env,
		       struct error *err)
{
	struct release_dir serving = RELEASE_DIR_INIT;
	struct env_state state = ENV_STATE_INIT;
	struct step_context c;
	struct error failed = ERROR_INIT;
	char *top = p->place->top(p, env), *release = NULL;
	int ret = 0;

	if (release_dir_is_stopped(top))
		ret = env_state_read(&state, &p->repo, env->name, err);
	if (!ret && is_ours(p, env, &state, top) &&
	    p->place->serving(&serving, top)) {
		const struct standstill s = { p, &c, top, NULL };

		release = platform_release_of(p, state.deployed);
		c = (struct step_context){
			.platform = p, .env = env->name, .release = release,
			.commit = state.deployed, .dir = serving.path,
			.at = env,
		};
		standstill_end(&s, &failed);
	}
	error_release(&failed);
	env_state_release(&state);
	release_dir_release(&serving);
	free(release);
	free(top);
	return ret;
}
