/*
 * The schema of what a deploy runs: its steps, and their order.
 */
#include "model/profile_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define WEEK (7 * 24 * 3600L)

/* In the order of enum deploy_mode. */
const char *const profile_modes[] = {
	"none", "maintenance", "rolling", "source", "blue-green", NULL
};
/* In the order of enum deploy_phase. */
static const char *const phases[] = {
	"update", "maintenance_on", "stop", "warm", "start", "health",
	"switch", "maintenance_off", NULL
};

const char *deploy_mode_name(enum deploy_mode mode)
{
	return profile_modes[mode];
}

const char *deploy_phase_name(enum deploy_phase phase)
{
	return phases[phase];
}

int deploy_mode_named(const char *name)
{
	for (int i = 0; profile_modes[i]; i++)
		if (!strcmp(profile_modes[i], name))
			return i;
	return -1;
}

enum deploy_mode profile_mode(const struct profile *p,
			      const struct environment *env)
{
	return env->mode ? (enum deploy_mode)deploy_mode_named(env->mode) :
			   p->mode;
}

static int phase_named(const char *name)
{
	for (int i = 0; phases[i]; i++)
		if (!strcmp(phases[i], name))
			return i;
	return -1;
}

enum deploy_phase deploy_step_phase(const struct deploy_step *step)
{
	return step->as ? (enum deploy_phase)phase_named(step->as) :
			  PHASE_UPDATE;
}

static int check_phase(struct reader *r, const struct value *v,
		       const char *text)
{
	if (phase_named(text) >= 0)
		return 0;
	return schema_fail(r, v, "expected update or maintenance_on or stop "
			   "or warm or start or health or switch or "
			   "maintenance_off, not '%s'", text);
}

const struct field profile_deploy_step_fields[] = {
	{ FIELD(TEXT, "name", deploy_step, name), .required = 1 },
	{ FIELD(TEXTS, "run", deploy_step, run.argv), .required = 1 },
	{ FIELD(SPAN, "timeout", deploy_step, run.timeout), .max = WEEK },
	{ FIELD(TEXT, "dir", deploy_step, dir), .check = check_inside },
	{ FIELD(TEXT, "as", deploy_step, as), .check = check_phase },
	{ FIELD(TEXTS, "only_if", deploy_step, only_if) },
	{ FIELD(TEXT, "undoes", deploy_step, undoes) },
	{ FIELD(FLAG, "interrupts", deploy_step, interrupts) },
	{ FIELD(FLAG, "restores", deploy_step, restores) },
	FIELD_END
};

int check_mode(struct reader *r, const struct value *v, const char *text)
{
	if (deploy_mode_named(text) >= 0)
		return 0;
	return schema_fail(r, v, "expected none or maintenance or rolling or "
			   "source or blue-green, not '%s'", text);
}

/* Of a flag whose absence says a third thing. */
int check_flag(struct reader *r, const struct value *v, const char *text)
{
	if (!strcmp(text, "true") || !strcmp(text, "false"))
		return 0;
	return schema_fail(r, v, "expected true or false, not '%s'", text);
}

/* Where `root` says the mode of it, or at least the beginning. */
static const struct value *find_mode(struct reader *r,
				     const struct value *root,
				     const struct environment *env)
{
	const struct value *v;

	if (env && env->mode) {
		buf_addf(&r->where, "environments.%s.mode", env->name);
		v = value_get(root, "environments");
		v = v ? value_get(v, env->name) : NULL;
	} else {
		buf_adds(&r->where, "deploy.mode");
		v = value_get(root, "deploy");
	}
	v = v ? value_get(v, "mode") : NULL;
	return v ? v : root;
}

/* A mode that runs nothing deploys nothing, and says all is well. */
static int runs_nothing(const struct profile *p, enum deploy_mode mode)
{
	if (mode != MODE_SOURCE || !p->nr_deploy)
		return 0;
	for (size_t i = 0; i < p->nr_deploy; i++) {
		enum deploy_phase as = deploy_step_phase(&p->deploy[i]);

		if (as == PHASE_STOP || as == PHASE_WARM || as == PHASE_START)
			return 0;
	}
	return 1;
}

static int check_fit(struct reader *r, const struct value *root,
		     const struct profile *p, const struct environment *env,
		     enum deploy_mode mode)
{
	if (runs_nothing(p, mode))
		return schema_fail(r, find_mode(r, root, env), "%s runs none "
				   "of the steps: it leaves updates out; say "
				   "what they are with 'as'",
				   deploy_mode_name(mode));
	if (env && env->deploy == DEPLOY_BY_PULL && mode == MODE_BLUE_GREEN)
		return schema_fail(r, find_mode(r, root, env), "a host that "
				   "pulls has one folder, and blue-green "
				   "needs two releases side by side");
	return 0;
}

/* What a step undoes is another one. */
static int check_undoes(struct reader *r, const struct value *root,
			const struct profile *p, size_t at)
{
	const char *name = p->deploy[at].undoes;
	const struct value *v = value_get(root, "deploy");

	for (size_t i = 0; name && i < p->nr_deploy; i++)
		if (i != at && !strcmp(p->deploy[i].name, name))
			return 0;
	if (!name)
		return 0;
	v = v ? value_get(v, "steps") : NULL;
	v = v && at < v->nr ? value_get(v->items[at], "undoes") : NULL;
	buf_adds(&r->where, "deploy.steps.undoes");
	return schema_fail(r, v ? v : root, "there is no other step '%s' that "
			   "'%s' could undo", name, p->deploy[at].name);
}

int profile_check_modes(struct reader *r, const struct value *root,
			const struct profile *p)
{
	int ret = check_fit(r, root, p, NULL, p->mode);

	for (size_t i = 0; !ret && i < p->nr_environments; i++)
		ret = check_fit(r, root, p, &p->environments[i],
				profile_mode(p, &p->environments[i]));
	for (size_t i = 0; !ret && i < p->nr_deploy; i++)
		ret = check_undoes(r, root, p, i);
	return ret;
}
